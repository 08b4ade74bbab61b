/** Control, formatting and other characters that a terminal obeys, hides or reorders by, and halves of pairs. */
const unseen = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu

/**
 * Text of a server for a person's terminal: line breaks and tabs stay; what would move the cursor, turn the direction of
 * writing or take no room is shown as `\x1b` or `\u{202e}`.
 */
export function visibleText(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(unseen, (character) => (character === '\n' ? '\n' : shown(character)))
}

/** The same on one line: a line break is a blank. */
export function visibleLine(text: string): string {
  return visibleText(text).replace(/\s*\n\s*/g, ' ')
}

function shown(character: string): string {
  if (character === '\t') return '  '
  const code = character.codePointAt(0) ?? 0
  return code <= 0xff ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
}
