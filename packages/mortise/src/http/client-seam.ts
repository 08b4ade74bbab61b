import type { StopSignal } from '../std/stop.ts'
import type { HeaderRecord } from './exchange.ts'

/** One HTTP request of a client. */
export interface HttpRequest {
  readonly method: 'POST' | 'GET' | 'DELETE'
  readonly url: string
  readonly headers: HeaderRecord
  readonly body?: string
  /** Aborting ends the request, or the reading of its answer. */
  readonly signal?: StopSignal
}

/** The head of an answer, and its body as it comes. */
export interface HttpAnswer {
  readonly status: number
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined
  /** The body, once. Leaving the iteration early ends the connection's use for this answer. */
  readonly body: AsyncIterable<Uint8Array>
  /** The whole body, once, instead of `body`. @throws LimitError (`maxAnswerBytes`) when it is longer than `maxBytes`. */
  bytes(maxBytes: number): Promise<Uint8Array>
  /** Throws the body away without reading it. */
  discard(): void
}

/**
 * The client's view of HTTP, mirror of `Exchange`: one implementation over `fetch`, one over pooled Node sockets.
 * Redirects are never followed: a POST that turns into a GET, or a token carried elsewhere, is worse than an error.
 */
export interface HttpClient {
  /** @throws McpError `ERR_UNREACHABLE` when no answer came; the signal's reason when it was aborted. */
  send(request: HttpRequest): Promise<HttpAnswer>
  /** Frees pooled connections. */
  close(): Promise<void>
}
