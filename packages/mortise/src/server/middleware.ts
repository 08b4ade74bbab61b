import { PreparedResult } from '../model/call.ts'
import type { Call, Dispatch, Outcome } from '../model/call.ts'
import type { Result } from '../model/types.ts'

/**
 * Stands around every call, or every call of one method: sees it first, may answer it, refuse it, change it (`changeCall`)
 * and look at its result. `next` runs the rest; what it gives is the neutral result, not yet written for any version.
 * @throws RpcError for what the peer may know; anything else is masked.
 */
export type Middleware = (
  call: Call,
  next: (call?: Call) => Promise<Result>,
) => Result | Promise<Result>

/** `inner` with `middleware` around it, the first one outermost. */
export function compose(middleware: readonly Middleware[], inner: Dispatch): Dispatch {
  return middleware.reduceRight<Dispatch>((rest, around) => {
    return async (call) => {
      const next = async (changed: Call = call): Promise<Result> => plain(await rest(changed))
      return prepared(await around(call, next))
    }
  }, inner)
}

/** `middleware` around the calls of one method, and around no other. */
export function onlyFor(method: string, middleware: Middleware): Middleware {
  return (call, next) => (call.method === method ? middleware(call, next) : next())
}

/** Results whose text is made already: one that comes out as it went in keeps it. */
const texts = new WeakMap<Result, PreparedResult>()

function plain(outcome: Outcome): Result {
  if (!(outcome instanceof PreparedResult)) return outcome
  texts.set(outcome.result, outcome)
  return outcome.result
}

function prepared(result: Result): Outcome {
  return texts.get(result) ?? result
}
