import { PreparedResult } from '../../model/call.ts'
import type { Outcome } from '../../model/call.ts'
import type { Result } from '../../model/types.ts'
import { chained } from '../../std/chained.ts'

/** What `change` makes of a result; the outcome as it was where that is the same. */
export function changeOutcome(
  outcome: Outcome | Promise<Outcome>,
  change: (result: Result) => Result,
): Outcome | Promise<Outcome> {
  return chained(outcome, (given) => {
    const result = given instanceof PreparedResult ? given.result : given
    const changed = change(result)
    return changed === result ? given : changed
  })
}
