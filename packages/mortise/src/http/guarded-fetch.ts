import type { HeaderRecord } from './exchange.ts'

/** A request to a URL that a peer named. */
export interface OutboundRequest {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers?: HeaderRecord
  readonly body?: string
  readonly signal?: AbortSignal
}

/** The answer, whole. */
export interface OutboundAnswer {
  readonly status: number
  /** Where it came from, after redirects. */
  readonly url: string
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined
  readonly headers: HeaderRecord
  readonly body: Uint8Array<ArrayBuffer>
}

/**
 * Fetches a URL that a peer named, within a policy: its scheme and resolved address are checked, and the address that was
 * checked is the one that is connected to. Redirects are followed for GET without credentials alone, each hop checked anew.
 * @throws McpError `ERR_BLOCKED_URL` when the policy forbids it; `ERR_UNREACHABLE` when no answer came; `ERR_TIMEOUT`.
 *   LimitError (`maxOutboundBytes`) when the answer is too long.
 */
export type GuardedFetch = (request: OutboundRequest) => Promise<OutboundAnswer>

/** Where outbound requests may go besides public addresses by https. */
export interface OutboundPolicy {
  /** Origins that the application itself names, such as `https://id.corp.example`: at any address, and by http too. */
  readonly trust?: readonly string[]
  /** Whether loopback hosts may be reached, by http too: for development. Default: false. */
  readonly allowLoopback?: boolean
}
