const lastIsHalf = /[\ud800-\udbff]$/

/**
 * The beginning of what a peer sent, for a message: at most `maxLength` UTF-16 code units, never ending in half of a
 * surrogate pair, since strict readers, ours among them, refuse a message that holds one. A value that should have been a
 * text, and is not, is shown as JSON: `String` of it may throw.
 */
export function excerpt(value: unknown, maxLength: number): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? 'undefined')
  const cut = text.slice(0, maxLength)
  return lastIsHalf.test(cut) ? cut.slice(0, -1) : cut
}
