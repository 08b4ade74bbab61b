/** One key or index as a reference token (RFC 6901 §3), with its leading slash. */
export function pointerToken(segment: string | number): string {
  if (typeof segment === 'number') return `/${segment}`
  return `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** A JSON Pointer from its segments. */
export function toPointer(segments: readonly (string | number)[]): string {
  return segments.map(pointerToken).join('')
}

/** The segments of a JSON Pointer, or `undefined` where `text` is none. */
export function parsePointer(text: string): string[] | undefined {
  if (text === '') return []
  if (!text.startsWith('/')) return undefined
  const tokens = text.slice(1).split('/')
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}
