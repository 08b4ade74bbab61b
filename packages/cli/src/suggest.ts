const maxLength = 64

/** The candidate that `text` is probably a misspelling of, when no more than a third of it differs. */
export function suggest(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > maxLength) return undefined
  const allowed = Math.max(1, Math.floor(text.length / 3))
  const ranked = candidates
    .filter((candidate) => Math.abs(candidate.length - text.length) <= allowed)
    .map((candidate) => ({ candidate, distance: distance(text, candidate) }))
    .filter((found) => found.distance <= allowed)
    .sort((a, b) => a.distance - b.distance)
  return ranked[0]?.candidate ?? candidates.find((candidate) => completes(text, candidate))
}

/** ` Did you mean "list"?`, or nothing. */
export function didYouMean(text: string, candidates: readonly string[]): string {
  const found = suggest(text, candidates)
  return found === undefined ? '' : ` Did you mean "${found}"?`
}

function completes(text: string, candidate: string): boolean {
  return text.length >= 3 && candidate.includes(text)
}

/** Levenshtein's distance, row by row; two letters swapped count once. */
function distance(a: string, b: string): number {
  let before: number[] = []
  let row = Array.from({ length: b.length + 1 }, (_, index) => index)
  const at = (cells: readonly number[], index: number): number => cells[index] ?? Infinity
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = at(row, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      next.push(
        Math.min(
          changed,
          at(row, j) + 1,
          at(next, j - 1) + 1,
          swapped ? at(before, j - 2) + 1 : Infinity,
        ),
      )
    }
    before = row
    row = next
  }
  return at(row, b.length)
}
