import type { Params, Result } from './types.ts'

/**
 * Goes on from a result of an extension's own kind (`resultType`) to the complete one, as the client would have got it
 * without the extension.
 * @throws RpcError with which the request ends.
 */
export type FollowUp = (result: Result, request: FollowedRequest) => Promise<Result>

/** The request whose result is followed up, and what may be done for it. */
export interface FollowedRequest {
  readonly method: string
  readonly params: Params
  /** Aborts when the caller gives up, or waited for too long. */
  readonly signal: AbortSignal
  /** Sends another request of the same client. */
  send(method: string, params: Params): Promise<Result>
  /** Answers a question of the server by the application's handlers, in neutral terms. */
  answer(method: string, params: Params): Promise<unknown>
  /** Waits. @throws the signal's reason when it aborts before. */
  pause(delayMs: number): Promise<void>
  /** Tells whoever waits that the server is at work: the request's timeout begins anew. */
  alive(): void
  /** Tells the caller something that belongs to its request: progress. */
  notify(method: string, params: Params): void
}
