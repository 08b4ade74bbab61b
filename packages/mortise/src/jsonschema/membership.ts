import { canonical, equal, hashable } from './equal.ts'
import { spend, type Run } from './run.ts'

// Up to this length a walk through the list is quicker than a lookup.
const SMALL = 8

// Building an index of a schema's own values is bounded by the limits on the schema.
const UNBOUNDED: Run = {
  steps: Infinity,
  depth: Infinity,
  frame: undefined,
  scope: undefined,
  report: undefined,
}

/** A test for being one of `values`, in about constant time however many there are. */
export function createMembership(
  values: readonly unknown[],
): (value: unknown, run: Run) => boolean {
  if (values.length > SMALL) return indexed(values)
  return (value, run) => {
    for (const candidate of values) if (equal(candidate, value, run)) return true
    return false
  }
}

function indexed(values: readonly unknown[]): (value: unknown, run: Run) => boolean {
  const numbers = Float64Array.from(values.filter((value) => typeof value === 'number')).sort()
  const others = new Set<unknown>()
  for (const value of values) {
    if (typeof value === 'object' && value !== null) others.add(`#${canonical(value, UNBOUNDED)}`)
    else if (typeof value === 'string') others.add(hashable(value))
    else if (typeof value !== 'number') others.add(value)
  }
  const hasObjects = values.some((value) => typeof value === 'object' && value !== null)
  return (value, run) => {
    spend(run, 4)
    if (typeof value === 'number') return includesSorted(numbers, value)
    if (typeof value === 'string') {
      spend(run, value.length >> 4)
      return others.has(hashable(value))
    }
    if (typeof value !== 'object' || value === null) return others.has(value)
    return hasObjects && others.has(`#${canonical(value, run)}`)
  }
}

// A binary search: integers in a `Set` could be chosen to collide.
function includesSorted(sorted: Float64Array, value: number): boolean {
  let low = 0
  let high = sorted.length - 1
  while (low <= high) {
    const middle = (low + high) >> 1
    const candidate = sorted[middle] ?? Number.NaN
    if (candidate === value) return true
    if (candidate < value) low = middle + 1
    else high = middle - 1
  }
  return false
}
