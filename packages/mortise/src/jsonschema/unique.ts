import { canonical, equal, hashable } from './equal.ts'
import { spend, type Run } from './run.ts'

// Up to this length comparing all pairs is cheaper than hashing.
const SMALL = 12

/**
 * A value that occurs twice in `items`, in an array of one, or `undefined`. Numbers are sorted and not hashed, since
 * V8 hashes integers without a secret; all else is hashed by content.
 */
export function findDuplicate(items: readonly unknown[], run: Run): [unknown] | undefined {
  return items.length <= SMALL ? findByPairs(items, run) : findByHash(items, run)
}

function findByPairs(items: readonly unknown[], run: Run): [unknown] | undefined {
  for (let i = 1; i < items.length; i++) {
    for (let j = 0; j < i; j++) if (equal(items[i], items[j], run)) return [items[i]]
  }
  return undefined
}

function findByHash(items: readonly unknown[], run: Run): [unknown] | undefined {
  const numbers: number[] = []
  const seen = new Set<unknown>()
  for (const item of items) {
    spend(run, 6)
    if (typeof item === 'number') {
      numbers.push(item)
      continue
    }
    const key = toKey(item, run)
    if (seen.has(key)) return [item]
    seen.add(key)
  }
  return findInNumbers(numbers)
}

function toKey(item: unknown, run: Run): unknown {
  if (typeof item === 'string') {
    spend(run, 2 + (item.length >> 4))
    return hashable(item)
  }
  if (typeof item !== 'object' || item === null) return item
  // The tag keeps the text of an object apart from a string that reads the same.
  return `#${canonical(item, run)}`
}

function findInNumbers(numbers: readonly number[]): [number] | undefined {
  const sorted = Float64Array.from(numbers).sort()
  for (let i = 1; i < sorted.length; i++) {
    const value = sorted[i]
    if (value !== undefined && value === sorted[i - 1]) return [value]
  }
  return undefined
}
