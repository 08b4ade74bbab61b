/** Lines around a difference that are shown. */
const around = 2
/** Texts with more lines than this each are compared line by line from their ends alone. */
const maxLines = 2_000

/**
 * What must change in `expected` to give `actual`, line by line: `-` is missing, `+` is new, and what is equal is shown near
 * them. Undefined when they are the same.
 */
export function difference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined
  const lines = align(expected.split('\n'), actual.split('\n'))
  const shown = lines.map((_, index) =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ mark }) => mark !== ' '),
  )
  const told: string[] = []
  for (const [index, { mark, line }] of lines.entries()) {
    if (shown[index] === true) told.push(`${mark} ${line}`.trimEnd())
    else if (shown[index - 1] === true) told.push('…')
  }
  return told.join('\n')
}

interface Line {
  readonly mark: ' ' | '-' | '+'
  readonly line: string
}

function align(expected: readonly string[], actual: readonly string[]): readonly Line[] {
  let start = 0
  while (start < expected.length && expected[start] === actual[start]) start += 1
  let same = 0
  const longest = Math.min(expected.length, actual.length) - start
  while (same < longest && expected.at(-1 - same) === actual.at(-1 - same)) same += 1
  const equal = (line: string): Line => ({ mark: ' ', line })
  return [
    ...expected.slice(0, start).map(equal),
    ...middle(
      expected.slice(start, expected.length - same),
      actual.slice(start, actual.length - same),
    ),
    ...expected.slice(expected.length - same).map(equal),
  ]
}

/** The longest common subsequence, as a table from the end. */
function middle(expected: readonly string[], actual: readonly string[]): readonly Line[] {
  const rows = expected.length
  const columns = actual.length
  const lengths = Array.from({ length: rows + 1 }, () => new Uint16Array(columns + 1))
  const at = (row: number, column: number): number => lengths[row]?.[column] ?? 0
  if (rows <= maxLines && columns <= maxLines) {
    for (let row = rows - 1; row >= 0; row--) {
      for (let column = columns - 1; column >= 0; column--) {
        lengths[row]![column] =
          expected[row] === actual[column]
            ? at(row + 1, column + 1) + 1
            : Math.max(at(row + 1, column), at(row, column + 1))
      }
    }
  }
  const lines: Line[] = []
  let row = 0
  let column = 0
  while (row < rows || column < columns) {
    const [gone, come] = [expected[row], actual[column]]
    if (gone !== undefined && gone === come) {
      lines.push({ mark: ' ', line: gone })
      row += 1
      column += 1
    } else if (
      gone !== undefined &&
      (come === undefined || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push({ mark: '-', line: gone })
      row += 1
    } else {
      lines.push({ mark: '+', line: come ?? '' })
      column += 1
    }
  }
  return lines
}
