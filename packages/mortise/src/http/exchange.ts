import type { BodyBudget } from './body-budget.ts'

/** Names are lower case. */
export type HeaderRecord = Readonly<Record<string, string>>

/**
 * One HTTP request and the place for its answer: all that the server's HTTP code knows of HTTP. There are two
 * implementations, `fetch` and Node's. Exactly one of `reply` and `open` is called, once.
 */
export interface Exchange {
  /** Upper case. */
  readonly method: string
  /** The path of the request target, without query. */
  readonly path: string
  /** The query of the request target, without its `?` and still encoded. Absent: there is none, or it is not told. */
  readonly query?: string
  /** Who is at the other end of the connection, for limits per peer: an address, or the empty string where unknown. */
  readonly peer: string
  /**
   * Whether a timer may end with the request during which it was set, as on Workers: then what was set for another request
   * is not to be relied upon. Default: false.
   */
  readonly isolated?: boolean
  /** The value of a header by its lower-case name. Repeated headers are joined by `, `; a repeated `host` too. */
  header(name: string): string | undefined
  /**
   * Reads the whole body, at most `maxBytes`; what arrives piece by piece is taken from `budget` meanwhile.
   * @throws LimitError (`maxMessageBytes`) when it is longer, declared or not; (`bodyTimeoutMs`) when it trickles in for
   *   longer than `timeoutMs`; (`maxBodyBytes`) when the budget is used up. McpError `ERR_DISCONNECTED` when the peer left.
   */
  body(maxBytes: number, timeoutMs: number, budget?: BodyBudget): Promise<Uint8Array>
  /** Answers at once. Does nothing when the peer has left. */
  reply(status: number, headers: HeaderRecord, body?: string): void
  /** Answers with a stream, and flushes the head at once. */
  open(status: number, headers: HeaderRecord): Sink
  /** Whether the peer left before the answer was complete. */
  readonly gone: boolean
  /** Calls `listener` once, when the peer leaves before the answer is complete; at once if it has. The answer forgets it. */
  onGone(listener: () => void): () => void
}

/** The writing end of a streamed answer. */
export interface Sink {
  /** Queues text. After the peer left, or after `end`, it does nothing. */
  write(text: string): void
  /** Bytes that were written and that the peer has not taken yet. */
  readonly queuedBytes: number
  /** Ends the answer. */
  end(): void
  /** Breaks the answer off and throws away what was not taken yet; `reason` is told where the platform lets it. */
  cut(reason: Error): void
}
