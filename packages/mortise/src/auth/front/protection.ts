import type { AuthRefusal, Authorize, OfferedScopes, Protection } from '../../http/authorize.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { AuthInfo } from '../../model/call.ts'
import { readAuthorization } from '../server/bearer.ts'
import { resolvePolicy } from '../server/policy.ts'
import { createMetadataRoute } from '../server/protected-resource.ts'
import { createRefusals } from '../server/refusals.ts'
import type { AccessTokens, Verified } from './access-token.ts'
import type { Grants } from './grants.ts'
import type { FrontSetup } from './setup.ts'

/** Options of `front.protection`. */
export interface FrontProtectionOptions {
  /** Scopes that every request needs. Default: none. */
  readonly scopes?: readonly string[]
  /** Which of the front's resources this server is. Default: the first. */
  readonly resource?: string
}

/** A token that was verified, by its header. */
interface Known extends Verified {
  /** On the monotonic clock. */
  readonly checkedAt: number
}

/** Makes the protection of one server: tokens are verified here, without HTTP. */
export function createFrontProtection(
  setup: FrontSetup,
  parts: {
    readonly grants: Grants
    readonly accessTokens: AccessTokens
    /** Answers what is for the front. */
    readonly serve: (exchange: Exchange, offered: readonly string[]) => boolean
  },
  options: FrontProtectionOptions = {},
): Protection {
  const { issuer, resources, runtime, lifetimes, limits, name } = setup
  const { grants, accessTokens, serve } = parts
  const { scopes: needed = [], resource = resources[0] } = options
  if (!resources.includes(resource)) {
    throw new TypeError('protection: resource must be one of those that createFront was given')
  }
  const { allowLoopback = false } = setup.options
  const policy = resolvePolicy({
    issuer,
    audience: resource,
    resource,
    scopes: needed,
    allowLoopback,
  })
  const refusals = createRefusals(policy)
  const metadata = createMetadataRoute(policy, { name })
  const known = new Map<string, Known>()
  grants.onEnd((id) => {
    for (const [header, { grant }] of known) if (grant === id) known.delete(header)
  })

  const authorize: Authorize = (request) => {
    const header = request.header('authorization')
    const found = header === undefined ? undefined : known.get(header)
    if (found === undefined || !isFresh(found)) return decide(header)
    return judge(found)
  }

  function isFresh({ checkedAt, expiresAtMs }: Known): boolean {
    const ageMs = runtime.monotonic() - checkedAt
    return ageMs < lifetimes.recheckMs && runtime.now() < expiresAtMs
  }

  function decide(header: string | undefined): AuthRefusal | Promise<AuthInfo | AuthRefusal> {
    const presented = readAuthorization(header)
    if (header === undefined || presented.kind === 'none') return refusals.missing
    if (presented.kind === 'malformed') return refusals.malformed
    if (presented.scheme !== 'bearer') return refusals.invalidToken('bearer')
    return check(header, presented.token)
  }

  async function check(header: string, token: string): Promise<AuthInfo | AuthRefusal> {
    const checkedAt = runtime.monotonic()
    const verified = await accessTokens.verify(token)
    // A grant can end while its tokens are good: by revocation, by reuse of a code, or at the provider.
    const isGood =
      verified !== undefined &&
      verified.resource === resource &&
      (await grants.isLive(verified.grant))
    known.delete(header)
    if (!isGood) return refusals.invalidToken('bearer')
    if (known.size >= limits.maxVerifiedTokens) known.delete(known.keys().next().value ?? '')
    known.set(header, { ...verified, checkedAt })
    return judge(verified)
  }

  function judge({ auth }: Verified): AuthInfo | AuthRefusal {
    const isEnough = needed.every((scope) => auth.scopes.includes(scope))
    return isEnough ? auth : refusals.insufficientScope
  }

  return {
    authorize,
    challenge: refusals.challenge,
    route(exchange, offered) {
      const own = [...Object.keys(setup.options.scopes ?? {}), ...needed]
      const all: OfferedScopes = { scopes: () => [...new Set([...own, ...offered.scopes()])] }
      return metadata(exchange, all) || serve(exchange, all.scopes())
    },
  }
}
