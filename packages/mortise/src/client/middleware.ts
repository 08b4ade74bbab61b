import type { ParamsOf, ResultOf, TypedMethod } from '../model/method-types.ts'
import type { RequestAsking } from '../model/request-asking.ts'
import type { LogLevel, Params, Result } from '../model/types.ts'
import type { StopSignal } from '../std/stop.ts'
import { abortSignalOf } from '../std/stop.ts'

/** A request of the client, as middleware sees it. */
export interface ClientRequest {
  readonly method: string
  readonly params: Params
  readonly signal: AbortSignal
}

/**
 * Stands around every request of a client: sees it first, may answer it, refuse it, change its parameters and look at its
 * result. `next` sends it, with `params` in the place of its own if they are given.
 */
export type ClientMiddleware = (
  request: ClientRequest,
  next: (params?: Params) => Promise<Result>,
) => Promise<Result> | Result

/** A request of one method of the protocol's core. */
export interface MethodRequest<M extends TypedMethod> extends Omit<
  ClientRequest,
  'method' | 'params'
> {
  readonly method: M
  readonly params: ParamsOf<M>
}

/**
 * A middleware around the requests of one method, with its types: `forMethod('tools/call', (request, next) => …)`. They say what
 * the protocol says; what the server really sent is looked at only behind the middleware.
 */
export function forMethod<M extends TypedMethod>(
  method: M,
  middleware: (
    request: MethodRequest<M>,
    next: (params?: ParamsOf<M>) => Promise<ResultOf<M>>,
  ) => ResultOf<M> | Promise<ResultOf<M>>,
): ClientMiddleware {
  const around = middleware as unknown as ClientMiddleware // only for requests of this method
  return (request, next) => (request.method === method ? around(request, next) : next())
}

/** `send` with `middleware` around it, the first one outermost. */
export function composeClient<R extends { readonly method: string; readonly params: Params }>(
  middleware: readonly ClientMiddleware[],
  send: (request: R, options: SendingOptions) => Promise<Result>,
): (request: R, options: SendingOptions) => Promise<Result> {
  return middleware.reduceRight<typeof send>((rest, around) => {
    return async (request, options) => {
      const { method, params } = request
      const next = (changed: Params = params): Promise<Result> =>
        rest({ ...request, params: changed }, options)
      return await around({ method, params, signal: abortSignalOf(options.signal) }, next)
    }
  }, send)
}

/** What accompanies a request on its way. */
export interface SendingOptions {
  readonly signal: StopSignal
  readonly onNotification: (method: string, params: Params) => void
  readonly onAlive?: () => void
  readonly asking?: RequestAsking | undefined
  readonly logLevel?: LogLevel | undefined
  readonly lasting?: AbortSignal | undefined
}
