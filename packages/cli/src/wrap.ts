import { widthOf } from './width.ts'

/** How text is set. */
export interface WrapOptions {
  /** Columns of the terminal. */
  readonly columns: number
  /** Blanks before every line. */
  readonly indent: number
}

/** Below this nothing is gained by wrapping. */
const minColumns = 20

/** Breaks the lines of `text` between words, so that none is wider than the terminal, unless a word is. */
export function wrap(text: string, { columns, indent }: WrapOptions): string {
  const room = Math.max(minColumns, columns - indent)
  return text
    .split('\n')
    .flatMap((line) => wrapLine(line, room))
    .map((line) => (line === '' ? '' : ' '.repeat(indent) + line))
    .join('\n')
}

function wrapLine(line: string, room: number): string[] {
  const own = /^ */.exec(line)?.[0] ?? ''
  const lines: string[] = []
  let current = own
  for (const word of line.trim().split(/ +/)) {
    const longer = current === own ? own + word : `${current} ${word}`
    if (widthOf(longer) <= room || current === own) current = longer
    else {
      lines.push(current)
      current = own + word
    }
  }
  return [...lines, current.trimEnd()]
}
