/** What reading a JSON text came to. `reason` is one short clause that quotes nothing of the text. */
export type ParsedJson =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: string }

/** How strictly `parseJson` reads. */
export interface ParseJsonOptions {
  /** Objects and arrays inside one another; `[[1]]` is 2 deep. At most a few thousand: counting recurses. */
  readonly maxDepth: number
  /** Members of all its objects together. Default: as many as fit. */
  readonly maxMembers?: number
  /** Lets strings with half of a surrogate pair pass, as a careless peer may write them. Default: they are refused. */
  readonly allowHalfPairs?: boolean
}

const quote = 0x22
const colon = 0x3a
const backslash = 0x5c
const openBracket = 0x5b
const closeBracket = 0x5d
const openBrace = 0x7b
const closeBrace = 0x7d

/**
 * Reads one JSON text (RFC 8259), and refuses what two parsers may read as different values, after RFC 7493 (I-JSON):
 * an object that has one key twice (§2.3), and a string with half of a surrogate pair (§2.1). Depth is checked before
 * `JSON.parse` sees the text. Numbers out of range become `Infinity`; a `__proto__` key is an ordinary own property.
 */
export function parseJson(
  text: string,
  { maxDepth, maxMembers = Infinity, allowHalfPairs = false }: ParseJsonOptions,
): ParsedJson {
  const written = countWrittenMembers(text, maxDepth)
  if (written === undefined) return refuse(`it is nested deeper than ${maxDepth} levels`)
  if (written > maxMembers) return refuse(`its objects have more than ${maxMembers} members`)
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return refuse(syntaxReason(text, error))
  }
  // A repeated key leaves one member where two colons were written, however the key was escaped.
  if (written > 1 && written !== countMembers(value)) return refuse('an object has a key twice')
  if (!allowHalfPairs && mayHoldLoneSurrogate(text) && holdsLoneSurrogate(value)) {
    return refuse('a string holds half of a surrogate pair')
  }
  return { ok: true, value }
}

function refuse(reason: string): ParsedJson {
  return { ok: false, reason }
}

/** Counts colons outside strings, which valid JSON has one of for each member. Undefined when too deep. */
function countWrittenMembers(text: string, maxDepth: number): number | undefined {
  let members = 0
  let depth = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === quote) index = endOfString(text, index)
    else if (code === colon) members++
    else if (code === openBrace || code === openBracket) {
      if (++depth > maxDepth) return undefined
    } else if (code === closeBrace || code === closeBracket) depth--
  }
  return members
}

/** The index of the quote that ends the string begun at `start`, or the text's length when none does. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1)
  while (end !== -1 && text.charCodeAt(end - 1) === backslash) {
    // An even run of backslashes escapes itself. A run cannot reach back over `start`, which is a quote.
    let before = end - 2
    while (text.charCodeAt(before) === backslash) before--
    if ((end - before) % 2 === 1) return end
    end = text.indexOf('"', end + 1)
  }
  return end === -1 ? text.length : end
}

/** Own members of all objects in a parsed value. Recursion is bounded by the depth that was checked. */
function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  let members = 0
  if (Array.isArray(value)) {
    for (const item of value as unknown[]) {
      if (typeof item === 'object' && item !== null) members += countMembers(item)
    }
    return members
  }
  const keys = Object.keys(value)
  members = keys.length
  for (const key of keys) {
    // Safe: a non-null object that JSON.parse made.
    const item = (value as Record<string, unknown>)[key]
    if (typeof item === 'object' && item !== null) members += countMembers(item)
  }
  return members
}

/** Text from UTF-8 has no half pairs of its own; only an escape can make one. */
function mayHoldLoneSurrogate(text: string): boolean {
  return text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text)
}

function holdsLoneSurrogate(value: unknown): boolean {
  if (typeof value === 'string') return /\p{Surrogate}/u.test(value)
  if (typeof value !== 'object' || value === null) return false
  if (Array.isArray(value)) return value.some(holdsLoneSurrogate)
  return Object.entries(value).some(([key, item]) => {
    return holdsLoneSurrogate(key) || holdsLoneSurrogate(item)
  })
}

/** Engines quote the input in their messages, which may be a secret; only the position is taken over. */
function syntaxReason(text: string, error: unknown): string {
  if (text.trim() === '') return 'it is empty'
  const position = error instanceof SyntaxError && /at position (\d+)/.exec(error.message)?.[1]
  return position ? `it is not valid JSON at character ${position}` : 'it is not valid JSON'
}
