import type { AuthInfo } from '../model/call.ts'
import type { Exchange, HeaderRecord } from './exchange.ts'

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

/** Everything that protects a server over HTTP: what `protect` of `mortise/auth/server` makes. */
export interface Protection {
  readonly authorize: Authorize
  /**
   * The headers of a 403 to a caller who lacks scopes; `scopes` are all that the operation needs (basic/authorization, "Scope
   * Challenge Handling").
   */
  challenge(scopes: readonly string[]): HeaderRecord
  /** The headers of a 401 to a caller whose time is over. Default: a challenge that names no metadata. */
  readonly expired?: HeaderRecord
  /** Host names that clients call the server by: let in as those of `http.hosts` are. Default: none. */
  readonly hosts?: readonly string[]
  /**
   * Answers requests about authorization itself, such as the protected resource metadata, and says whether this was one.
   * Called before everything but the check of `Host`, for every request that is not for the path of the MCP server, as far as
   * that is known, and while the server closes too: it must cost nothing where it is none. `offered` tells which scopes the server's definitions ask for.
   */
  route(exchange: Exchange, offered: OfferedScopes): boolean
}

/** What a server's definitions ask for. */
export interface OfferedScopes {
  /** Every scope that some tool, resource, template or prompt needs, once; what was mounted comes last. */
  scopes(): readonly string[]
}
