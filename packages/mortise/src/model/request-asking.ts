import type { ClientCapabilities } from './capabilities.ts'
import type { Params, Result } from './types.ts'

/**
 * Who is asked what the server wants to know for one request, in the place of the functions that were given to `connect`.
 * Without a session a question belongs to its request, and over HTTP to the request on whose stream it comes. A session over a
 * channel does not say to which one it belongs: it is asked here while this request is the only one under way that may ask, and
 * refused while there are several.
 */
export interface RequestAsking {
  /** What can be asked of them. A session has been told once and for all, by `connect`. */
  readonly capabilities: ClientCapabilities
  /** Answers one question, in neutral terms. @throws RpcError to refuse it; without a session the request fails with that. */
  answer(method: string, params: Params, signal: AbortSignal): Promise<unknown>
  /**
   * Stands around each round of a request that is asked again with answers: `send` sends it. Giving a result with
   * `input_required` that an earlier attempt had got goes on from there. Default: sends.
   */
  round?(count: number, send: () => Promise<Result>): Promise<Result>
}
