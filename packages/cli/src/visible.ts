import { visible } from 'mortise'

/**
 * Text of a server for a person's terminal: line breaks and tabs stay; what would move the cursor, turn the direction of
 * writing or take no room is shown as `\x1b` or `\u{202e}`.
 */
export function visibleText(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll('\t', '  ').split('\n').map(visible).join('\n')
}

/** The same on one line: a line break is a blank. */
export function visibleLine(text: string): string {
  return visibleText(text).replace(/\s*\n\s*/g, ' ')
}
