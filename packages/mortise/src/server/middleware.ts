import { PreparedResult } from '../model/call.ts'
import type { Call, Dispatch, Outcome } from '../model/call.ts'
import type { ParamsOf, ResultOf, TypedMethod } from '../model/method-types.ts'
import type { Result } from '../model/types.ts'
import { checkParams, isTyped } from './method-params.ts'

/**
 * Stands around every call, or every call of one method: sees it first, may answer it, refuse it, change it (`changeCall`)
 * and look at its result. `next` runs the rest; what it gives is the neutral result, not yet written for any version.
 * @throws RpcError for what the peer may know; anything else is masked.
 */
export type Middleware = (
  call: Call,
  next: (call?: Call) => Promise<Result>,
) => Result | Promise<Result>

/** A call of one method of the protocol's core: its parameters are what they should be. */
export interface MethodCall<M extends TypedMethod> extends Omit<Call, 'method' | 'params'> {
  readonly method: M
  readonly params: ParamsOf<M>
}

/**
 * A middleware around the calls of one method, with its types. A call whose parameters are not what the method takes is refused
 * before. An extension may bring results of its own kinds, which have a `resultType`.
 */
export type MethodMiddleware<M extends TypedMethod> = (
  call: MethodCall<M>,
  next: (call?: Call | MethodCall<M>) => Promise<ResultOf<M>>,
) => ResultOf<M> | Promise<ResultOf<M>>

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
  const typed = isTyped(method) ? method : undefined
  return (call, next) => {
    if (call.method !== method) return next()
    if (typed !== undefined) checkParams(typed, call.params)
    return middleware(call, next)
  }
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
