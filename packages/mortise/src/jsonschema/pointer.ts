/** One key or index as a reference token (RFC 6901 §3), with its leading slash. */
export function pointerToken(segment: string | number): string {
  if (typeof segment === 'number') return `/${segment}`
  if (!segment.includes('~') && !segment.includes('/')) return `/${segment}`
  return `/${segment.replaceAll('~', '~0').replaceAll('/', '~1')}`
}

/** The segments of a JSON Pointer that is not empty. */
export function parsePointer(text: string): readonly string[] {
  const tokens = text.slice(1).split('/')
  if (!text.includes('~')) return tokens
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'))
}
