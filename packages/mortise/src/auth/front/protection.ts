import type { AuthRefusal, Authorize, OfferedScopes, Protection } from '../../http/authorize.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { AuthInfo } from '../../model/call.ts'
import { readAuthorization } from '../server/bearer.ts'
import { createPlaceCheck } from '../server/place-check.ts'
import { resolvePolicy } from '../server/policy.ts'
import { createMetadataRoute } from '../server/protected-resource.ts'
import { createRefusals } from '../server/refusals.ts'
import { shownValues } from '../server/refused.ts'
import type { Refused } from '../server/refused.ts'
import { checkNames } from '../../std/option-names.ts'
import type { Names } from '../../std/option-names.ts'
import type { AccessTokens, Verified } from './access-token.ts'
import type { Grants } from './grants.ts'
import type { FrontSetup } from './setup.ts'

/** Options of `front.protection`. */
export interface FrontProtectionOptions {
  /** Scopes that every request needs. Default: none. */
  readonly scopes?: readonly string[]
  /** Which of the front's resources this server is. Default: the first. */
  readonly resource?: string
  /** Hears why a request was refused, as `onRefused` of `protect` does. Default: nobody. */
  readonly onRefused?: (why: Refused) => void
}

const names: Names<FrontProtectionOptions> = { scopes: true, resource: true, onRefused: true }

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
  checkNames('protection has no option ', options, names)
  const { scopes: needed = [], resource = resources[0], onRefused } = options
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
    onError: setup.report,
    ...(onRefused === undefined ? {} : { onRefused }),
  })
  const refusals = createRefusals(policy)
  const invalid = refusals.invalidToken('bearer')
  const metadata = createMetadataRoute(policy, { name })
  const tellPlace = createPlaceCheck('createFront', policy)
  const known = new Map<string, Known>()
  grants.onEnd((id) => {
    for (const [header, { grant }] of known) if (grant === id) known.delete(header)
  })

  const authorize: Authorize = (request) => {
    const header = request.header('authorization')
    const found = header === undefined ? undefined : known.get(header)
    if (found === undefined || !isFresh(found)) return decide(header, request.path)
    return judge(found)
  }

  function isFresh({ checkedAt, expiresAtMs }: Known): boolean {
    const ageMs = runtime.monotonic() - checkedAt
    return ageMs < lifetimes.recheckMs && runtime.now() < expiresAtMs
  }

  function decide(
    header: string | undefined,
    path: string,
  ): AuthRefusal | Promise<AuthInfo | AuthRefusal> {
    const presented = readAuthorization(header)
    if (header === undefined || presented.kind === 'none') {
      return refuse({ reason: 'missing' }, refusals.missing)
    }
    if (presented.kind === 'malformed') return refuse({ reason: 'malformed' }, refusals.malformed)
    if (presented.scheme !== 'bearer') return refuse({ reason: 'scheme' }, invalid)
    return check(header, presented.token, path)
  }

  async function check(
    header: string,
    token: string,
    path: string,
  ): Promise<AuthInfo | AuthRefusal> {
    const checkedAt = runtime.monotonic()
    let why: Refused | undefined
    const verified = await accessTokens.verify(token, (found) => void (why = found))
    if (verified !== undefined) why = await faultOf(verified)
    known.delete(header)
    if (verified === undefined || why !== undefined) {
      return refuse(why ?? { reason: 'claims' }, invalid)
    }
    if (known.size >= limits.maxVerifiedTokens) known.delete(known.keys().next().value ?? '')
    known.set(header, { ...verified, checkedAt })
    tellPlace(path)
    return judge(verified)
  }

  async function faultOf(verified: Verified): Promise<Refused | undefined> {
    if (verified.resource !== resource) {
      return { reason: 'audience', expected: [resource], found: shownValues(verified.resource) }
    }
    // A grant can end while its tokens are good: by revocation, by reuse of a code, or at the provider.
    return (await grants.isLive(verified.grant)) ? undefined : { reason: 'ended' }
  }

  function refuse(why: Refused, refusal: AuthRefusal): AuthRefusal {
    policy.onRefused(why)
    return refusal
  }

  function judge({ auth }: Verified): AuthInfo | AuthRefusal {
    const isEnough = needed.every((scope) => auth.scopes.includes(scope))
    if (isEnough) return auth
    const why = { expected: needed, found: shownValues(auth.scopes) }
    return refuse({ reason: 'scopes', ...why }, refusals.insufficientScope)
  }

  return {
    authorize,
    challenge(scopes) {
      policy.onRefused({ reason: 'scopes', expected: [...needed, ...scopes] })
      return refusals.challenge(scopes)
    },
    expired: refusals.expired,
    hosts: [...new Set([issuer, resource].map((url) => new URL(url).hostname))],
    route(exchange, offered) {
      const own = [...Object.keys(setup.options.scopes ?? {}), ...needed]
      const all: OfferedScopes = { scopes: () => [...new Set([...own, ...offered.scopes()])] }
      return metadata(exchange, all) || serve(exchange, all.scopes())
    },
  }
}
