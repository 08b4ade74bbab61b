import type { RequestAsking } from '../model/request-asking.ts'
import type { LogLevel, Params, Result } from '../model/types.ts'

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
      return await around({ method, params, signal: options.signal }, next)
    }
  }, send)
}

/** What accompanies a request on its way. */
export interface SendingOptions {
  readonly signal: AbortSignal
  readonly onNotification: (method: string, params: Params) => void
  readonly onAlive?: () => void
  readonly asking?: RequestAsking | undefined
  readonly logLevel?: LogLevel | undefined
}
