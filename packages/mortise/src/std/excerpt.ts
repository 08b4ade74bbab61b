const lastIsHalf = /[\ud800-\udbff]$/

/**
 * The beginning of a peer's text, at most `maxLength` UTF-16 code units long and never ending in half of a surrogate pair:
 * strict readers, ours among them, refuse a message that holds one.
 */
export function excerpt(text: string, maxLength: number): string {
  const cut = text.slice(0, maxLength)
  return lastIsHalf.test(cut) ? cut.slice(0, -1) : cut
}
