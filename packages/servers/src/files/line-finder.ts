/** A line that holds the query, in one text. */
export interface FoundLine {
  /** Counts from 1. */
  readonly line: number
  readonly text: string
  readonly before?: readonly string[]
  readonly after?: readonly string[]
}

/** What is looked for and how much is told of it. */
export interface LineFinderOptions {
  readonly query: string
  readonly caseSensitive: boolean
  readonly wholeWord: boolean
  readonly contextLines: number
  /** A longer line is cut around the query, in UTF-16 units. */
  readonly maxShownLine: number
}

/** A search for a literal text: `(text, most) → at most so many lines`. */
export function createLineFinder(
  options: LineFinderOptions,
): (text: string, most: number) => readonly FoundLine[] {
  const { query, caseSensitive, contextLines, maxShownLine } = options
  const fold = (text: string): string => (caseSensitive ? text : text.toLowerCase())
  const wanted = fold(query)
  return (text, most) => {
    if (!fold(text).includes(wanted)) return []
    const lines = text.split(/\r?\n/)
    const found: FoundLine[] = []
    for (const [index, line] of lines.entries()) {
      const at = findIn(fold(line), wanted, options.wholeWord)
      if (at === -1) continue
      const cut = (other: string): string => cutAround(other, 0, maxShownLine)
      const before = lines.slice(Math.max(0, index - contextLines), index).map(cut)
      const after = lines.slice(index + 1, index + 1 + contextLines).map(cut)
      found.push({
        line: index + 1,
        text: cutAround(line, at, maxShownLine),
        ...(contextLines > 0 ? { before, after } : {}),
      })
      if (found.length === most) break
    }
    return found
  }
}

function findIn(line: string, wanted: string, wholeWord: boolean): number {
  let at = line.indexOf(wanted)
  while (wholeWord && at !== -1 && touchesWord(line, at, at + wanted.length)) {
    at = line.indexOf(wanted, at + 1)
  }
  return at
}

const wordCharacter = /[\p{L}\p{N}_]/u

function touchesWord(line: string, start: number, end: number): boolean {
  return wordCharacter.test(line.charAt(start - 1)) || wordCharacter.test(line.charAt(end))
}

/** Half a surrogate pair at a cut is left out. */
function cutAround(line: string, at: number, most: number): string {
  if (line.length <= most) return line
  const start = Math.max(0, Math.min(at - Math.floor(most / 4), line.length - most))
  const end = start + most
  const shown = line.slice(start, end).replace(/[\ud800-\udfff]/gu, '')
  return `${start > 0 ? '…' : ''}${shown}${end < line.length ? '…' : ''}`
}
