import { describe, test } from 'vitest'
import type { Limits } from '../../src/std/limits.ts'

/** One side of a limit: what holds there, in a sentence, and the proof. */
type Side = readonly [sentence: string, proof: () => void | Promise<void>]

/** Tests one limit where it still lets through, and one past it. `table.test.ts` counts who has such a test. */
export function testLimit(
  name: keyof Limits,
  { at, past }: { readonly at: Side; readonly past: Side },
): void {
  describe(name, () => {
    test(`at the limit: ${at[0]}`, at[1])
    test(`one past it: ${past[0]}`, past[1])
  })
}
