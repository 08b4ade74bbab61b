/** Characters that take two columns of a terminal: East Asian wide and full-width ones, and pictures. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}|[\u{20000}-\u{3fffd}]/u
/** Characters that take none, as they are put on the one before. */
const combining = /\p{Mn}|\p{Me}/u

/** How many columns of a terminal a line of visible text takes. */
export function widthOf(text: string): number {
  let columns = 0
  for (const character of text) {
    if (combining.test(character)) continue
    columns += wide.test(character) ? 2 : 1
  }
  return columns
}

/** `text` with blanks up to `columns`; longer text as it is. */
export function pad(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(0, columns - widthOf(text)))
}
