import type { EraMemory } from './types.ts'

/** Servers remembered at most. */
const maxRemembered = 1_000

/** An era memory that lives as long as the process. */
export function createEraMemory(): EraMemory {
  const verdicts = new Map<string, string>()
  return {
    get: (key) => verdicts.get(key),
    set(key, value) {
      const oldest = verdicts.keys().next()
      if (verdicts.size >= maxRemembered && oldest.done !== true) verdicts.delete(oldest.value)
      verdicts.set(key, value)
    },
    delete: (key) => void verdicts.delete(key),
  }
}
