import { createInterpreter } from 'mortise/jsonschema'

/** Different patterns of one document that are looked at: each may cost a millisecond. */
const maxPatterns = 1_000

/** Enough for what people write; all patterns of a tool together have ten times that. */
const interpreter = createInterpreter({ maxPatternStates: 2_000 })

/**
 * Tells of each pattern of a document whether it can be checked in bounded time; one that cannot would make the whole schema
 * unusable. Past a thousand different ones none is.
 */
export function createPatterns(): (pattern: string) => boolean {
  const known = new Map<string, boolean>()
  return (pattern) => {
    const verdict = known.get(pattern)
    if (verdict !== undefined) return verdict
    if (known.size >= maxPatterns) return false
    const usable = isUsable(pattern)
    known.set(pattern, usable)
    return usable
  }
}

function isUsable(pattern: string): boolean {
  try {
    interpreter.compile({ pattern })
    return true
  } catch {
    return false // malformed, too large, or no regular language
  }
}
