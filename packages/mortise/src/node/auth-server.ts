import type { ServerAuthPlatform } from '../auth/server/platform.ts'
import type { ProtectOptions } from '../auth/server/options.ts'
import { protectOn } from '../auth/server/protect-on.ts'
import type { Protection } from '../http/authorize.ts'
import { createNodeGuardedFetch } from './guarded-fetch.ts'

export type * from '../auth/server/index.ts'

const platform: ServerAuthPlatform = {
  createFetch: (policy, limits) => createNodeGuardedFetch(policy, { limits }),
}

/**
 * Protects a server by the access tokens of an authorization server, for the option `auth` of `createServer`: every request
 * is checked, and clients are told where to get tokens (basic/authorization). Tokens are JWTs that are verified by the keys of
 * their issuer, or others that it is asked about. The metadata are served at the well-known place of the server's URL.
 * @throws TypeError with a sentence when an option is missing or wrong.
 */
export function protect(options: ProtectOptions): Protection {
  return protectOn(platform, options)
}
