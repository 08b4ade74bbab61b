/** Protects a server: `mortise/auth/server`. On Node the entry point is `node/auth-server.ts`. */
import type { Protection } from '../../http/authorize.ts'
import { fetchPlatform } from './fetch-platform.ts'
import type { ProtectOptions } from './options.ts'
import { protectOn } from './protect-on.ts'

export type { AuthRefusal, AuthRequest, Authorize, Protection } from '../../http/authorize.ts'
export type {
  Claims,
  DpopOptions,
  IntrospectionOptions,
  IssuerOptions,
  ProtectOptions,
} from './options.ts'
export type { RefusalReason, Refused } from './refused.ts'

/**
 * Protects a server by the access tokens of an authorization server, for the option `auth` of `createServer`: every request
 * is checked, and clients are told where to get tokens (basic/authorization). Tokens are JWTs that are verified by the keys of
 * their issuer, or others that it is asked about. The metadata are served at the well-known place of the server's URL.
 * @throws TypeError with a sentence when an option is missing or wrong.
 */
export function protect(options: ProtectOptions): Protection {
  return protectOn(fetchPlatform, options)
}
