import type { Limits } from '../../std/limits.ts'
import { resolveLimits } from '../../std/limits.ts'
import type { Names } from '../../std/option-names.ts'
import { checkNames } from '../../std/option-names.ts'
import type { Runtime } from '../../std/runtime.ts'
import { systemRuntime } from '../../std/runtime.ts'
import type { DpopOptions, IntrospectionOptions, IssuerOptions, ProtectOptions } from './options.ts'
import type { Refused } from './refused.ts'
import { isScopeToken } from './scopes.ts'
import { signatureAlgorithms } from './signature-algorithms.ts'

/** The options of `protect`, whole and checked. */
export interface Policy {
  readonly issuers: readonly IssuerPolicy[]
  /** The URL of the server, as the application wrote it. */
  readonly resource: string
  readonly scopes: readonly string[]
  readonly hierarchy: Readonly<Record<string, readonly string[]>>
  readonly dpop: DpopOptions | undefined
  readonly requireAccessTokenType: boolean
  readonly clockToleranceSec: number
  readonly trust: readonly string[]
  readonly allowLoopback: boolean
  readonly limits: Limits
  readonly runtime: Runtime
  readonly onError: (error: unknown) => void
  readonly onRefused: (why: Refused) => void
}

/** One issuer of it. */
export interface IssuerPolicy extends IssuerOptions {
  readonly audiences: readonly string[]
  readonly algorithms: readonly string[]
}

const names: Names<ProtectOptions> = {
  issuer: true,
  audience: true,
  resource: true,
  scopes: true,
  hierarchy: true,
  name: true,
  documentation: true,
  dpop: true,
  requireAccessTokenType: true,
  clockToleranceSec: true,
  accepts: true,
  store: true,
  trust: true,
  allowLoopback: true,
  limits: true,
  onError: true,
  onRefused: true,
  runtime: true,
}

const issuerNames: Names<IssuerOptions> = {
  issuer: true,
  audience: true,
  jwksUri: true,
  keys: true,
  algorithms: true,
  introspection: true,
  scopes: true,
  subject: true,
}

const dpopNames: Names<DpopOptions> = { required: true, nonces: true, secrets: true }

const introspectionNames: Names<IntrospectionOptions> = {
  clientId: true,
  clientSecret: true,
  endpoint: true,
  withoutAudience: true,
}

/** @throws TypeError with a sentence when an option is missing, wrong, or has a name that none has. */
export function resolvePolicy(options: ProtectOptions): Policy {
  checkNames('protect has no option ', options, names)
  const { trust = [], dpop, scopes = [], hierarchy = {}, runtime = systemRuntime } = options
  const { allowLoopback = false, requireAccessTokenType = false, onError = logError } = options
  const { clockToleranceSec = 5 } = options
  // A text would be joined to the end of a token instead of added.
  if (
    typeof clockToleranceSec !== 'number' ||
    !(clockToleranceSec >= 0 && clockToleranceSec <= 600)
  ) {
    throw new TypeError('clockToleranceSec must be from 0 to 600 seconds')
  }
  checkDpop(dpop)
  for (const [scope, implied] of Object.entries(hierarchy)) {
    checkScopes([scope])
    checkScopes(implied)
  }
  checkScopes(scopes)
  const audiences = listOf(options.audience)
  if (audiences.length === 0 || audiences.some((audience) => audience === '')) {
    throw new TypeError(
      'protect needs an audience, the URL under which clients call this server: a token for any other server would be let in',
    )
  }
  const named = [options.issuer ?? []].flat()
  if (named.length === 0) {
    throw new TypeError(
      'protect needs an issuer: the URL of the authorization server that gives tokens',
    )
  }
  const issuers = named.map((issuer) => resolveIssuer(issuer, audiences, trust))
  const tell = (error: unknown): void => {
    try {
      onError(error)
    } catch {
      /* whoever listens for errors must not cause one */
    }
  }
  if (new Set(issuers.map(({ issuer }) => issuer)).size < issuers.length) {
    throw new TypeError('protect was given one issuer twice')
  }
  return {
    issuers,
    resource: resolveResource(options.resource, audiences, trust),
    scopes,
    hierarchy,
    dpop: dpop === true ? {} : dpop,
    requireAccessTokenType,
    clockToleranceSec,
    // What the application itself names may be anywhere.
    trust: [...trust, ...issuers.flatMap(originsOf)],
    allowLoopback,
    limits: resolveLimits(options.limits),
    runtime,
    onError: tell,
    onRefused(why) {
      try {
        options.onRefused?.(why)
      } catch (error) {
        tell(error)
      }
    },
  }
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console -- the default of `onError`: what nobody else is told must be seen somewhere
  console.error(error)
}

function resolveIssuer(
  given: string | IssuerOptions,
  audiences: readonly string[],
  trust: readonly string[],
): IssuerPolicy {
  const options: IssuerOptions = typeof given === 'string' ? { issuer: given } : given
  checkNames('an issuer of protect has no option ', options, issuerNames)
  const { issuer, audience, algorithms = signatureAlgorithms, jwksUri, introspection } = options
  const url = safeUrl(issuer, trust)
  // RFC 8414 §2. It is also what keeps subjects of two issuers apart.
  if (url === undefined || /[?#\s]/.test(issuer)) {
    throw new TypeError(
      `the issuer ${JSON.stringify(issuer)} must be an https URL without query and fragment; ${plainText}`,
    )
  }
  for (const endpoint of [jwksUri, introspection?.endpoint]) {
    if (endpoint !== undefined && safeUrl(endpoint, trust) === undefined) {
      throw new TypeError(
        `${JSON.stringify(endpoint)} of the issuer ${issuer} must be an https URL; ${plainText}`,
      )
    }
  }
  if (introspection !== undefined) checkIntrospection(introspection, issuer)
  const weak = algorithms.find((algorithm) => !signatureAlgorithms.includes(algorithm))
  if (weak !== undefined || algorithms.length === 0) {
    throw new TypeError(
      `algorithms of the issuer ${issuer} must be some of ${signatureAlgorithms.join(', ')}`,
    )
  }
  return {
    ...options,
    audiences: (audience === undefined ? audiences : listOf(audience)).flatMap(spellings),
    algorithms,
  }
}

/** What was meant to refuse tokens, and is not understood, would let them in. */
function checkDpop(dpop: unknown): void {
  if (dpop === undefined || dpop === true) return
  if (typeof dpop !== 'object' || dpop === null) {
    throw new TypeError('dpop must be true, or an object such as { required: true }')
  }
  checkNames('protect has no option dpop.', dpop, dpopNames)
  const { required = false, nonces = false }: { required?: unknown; nonces?: unknown } = dpop
  if (typeof required === 'boolean' && typeof nonces === 'boolean') return
  throw new TypeError('dpop.required and dpop.nonces must be true or false')
}

function checkIntrospection(introspection: IntrospectionOptions, issuer: string): void {
  checkNames(
    `introspection of the issuer ${issuer} has no option `,
    introspection,
    introspectionNames,
  )
  const { clientId, clientSecret }: { clientId?: unknown; clientSecret?: unknown } = introspection
  if ([clientId, clientSecret].every((text) => typeof text === 'string' && text !== '')) return
  throw new TypeError(`introspection of the issuer ${issuer} needs a clientId and a clientSecret`)
}

function resolveResource(
  given: string | undefined,
  audiences: readonly string[],
  trust: readonly string[],
): string {
  const resource = given ?? audiences.find((audience) => safeUrl(audience, trust) !== undefined)
  // RFC 9728 §1.2: https, no fragment. A query has no place in where the metadata are.
  if (resource === undefined || !safeUrl(resource, trust) || /[?#\s]/.test(resource)) {
    throw new TypeError(
      'protect needs the https URL under which clients call this server, without query and fragment: as audience, or as ' +
        `resource where tokens name the server otherwise; ${plainText}`,
    )
  }
  return resource
}

const plainText = 'http is for this machine, and for an origin that is in trust'

/** An https URL, or one that may be http: of this machine, or of an origin that is trusted. */
function safeUrl(text: string, trust: readonly string[]): URL | undefined {
  if (!URL.canParse(text)) return undefined
  const url = new URL(text)
  if (url.username !== '' || url.password !== '') return undefined
  if (url.protocol === 'https:') return url
  const isLoopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  return url.protocol === 'http:' && (isLoopback || trust.includes(url.origin)) ? url : undefined
}

function originsOf({ issuer, jwksUri, introspection }: IssuerPolicy): string[] {
  return [issuer, jwksUri, introspection?.endpoint]
    .filter((url) => url !== undefined)
    .map((url) => new URL(url).origin)
}

/** An origin with and without its slash is one URL (RFC 3986 §6.2.3), and clients write both. */
function spellings(audience: string): string[] {
  if (!URL.canParse(audience)) return [audience]
  const { origin, href } = new URL(audience)
  return href === `${origin}/` && (audience === origin || audience === href)
    ? [origin, href]
    : [audience]
}

function listOf(value: string | readonly string[]): readonly string[] {
  return typeof value === 'string' ? [value] : (value ?? [])
}

function checkScopes(scopes: readonly string[]): void {
  if (!Array.isArray(scopes))
    throw new TypeError('scopes must be an array of scopes, without spaces')
  for (const scope of scopes) {
    if (!isScopeToken(scope)) {
      throw new TypeError(
        `${JSON.stringify(scope)} is no scope: printable ASCII without blanks, quotes and backslashes (RFC 6749 §3.3)`,
      )
    }
  }
}
