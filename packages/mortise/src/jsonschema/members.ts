import { spend, type Run } from './run.ts'

// V8 lists the keys of a small object from a cache, and those of a large one slowly.
const FEW = 64

/** What one more key of an object costs, given how many came before. */
export function keyCost(before: number): number {
  return before < FEW ? 1 : 12
}

/** How many members `JSON.stringify` would write, counting no further than one past `enough`. */
export function countMembers(
  value: Readonly<Record<string, unknown>>,
  run: Run,
  enough: number = Infinity,
): number {
  let count = 0
  for (const key in value) {
    spend(run, keyCost(count))
    if (!Object.hasOwn(value, key) || value[key] === undefined) continue
    count += 1
    if (count > enough) break
  }
  return count
}
