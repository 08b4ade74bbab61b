import { checkTrace } from '../model/trace-context.ts'
import type { TraceContext } from '../model/trace-context.ts'
import type { Params } from '../model/types.ts'
import type { ClientMiddleware, ClientRequest } from './middleware.ts'

/**
 * A middleware that tells the server where in a trace each request stands (basic, "_meta"): what `current` gives is put into its
 * `_meta`. What the caller put there stays.
 * @throws TypeError, with which the request fails, when `current` gives what is not as W3C Trace Context or Baggage has it.
 */
export function tracing(
  current: (request: ClientRequest) => TraceContext | undefined,
): ClientMiddleware {
  return (request, next) => {
    const trace = current(request)
    if (trace === undefined) return next()
    checkTrace(trace)
    const { traceparent, tracestate, baggage } = trace
    const told = Object.entries({ traceparent, tracestate, baggage })
    const given = told.filter(([, value]) => value !== undefined)
    const { _meta: meta } = request.params
    const _meta = { ...Object.fromEntries(given), ...(meta as Params | undefined) }
    return next({ ...request.params, _meta })
  }
}
