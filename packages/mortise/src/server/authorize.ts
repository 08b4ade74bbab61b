import type { HeaderRecord } from '../http/exchange.ts'
import type { AuthInfo } from '../model/call.ts'

/** What authorization sees of a request. */
export interface AuthRequest {
  readonly method: string
  readonly path: string
  /** The value of a header by its lower-case name. */
  header(name: string): string | undefined
}

/** A request that may not go on: the status and headers of its answer (RFC 6750 §3). */
export interface AuthRefusal {
  readonly refused: true
  readonly status: 400 | 401 | 403 | 503
  readonly headers?: HeaderRecord
  readonly message?: string
}

/**
 * Decides about every HTTP request before its body is read. Throwing refuses it with 503: what cannot be checked is not let
 * in.
 */
export type Authorize = (
  request: AuthRequest,
) => AuthInfo | AuthRefusal | Promise<AuthInfo | AuthRefusal>
