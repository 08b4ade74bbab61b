import { createHash } from 'node:crypto'
import { calculateJwkThumbprint, createLocalJWKSet, EmbeddedJWK, jwtVerify } from 'jose'
import type { JSONWebKeySet, JWTPayload } from 'jose'
import type { Allowed, KnownClient } from './authorization-server.ts'
import type { Answered, Asked } from './site.ts'

/** How a token endpoint behaves. */
export interface TokenRules {
  /** How long an access token is good, in seconds. Default: 3600. */
  readonly tokenSeconds?: number
  /** Whether refresh tokens are given. Default: true. */
  readonly refresh?: boolean
  /** Scopes that are granted, whatever was asked for. Default: those that were asked for. */
  readonly grants?: string
  /** Every token request must have a proof with this nonce (RFC 9449 §8). */
  readonly dpopNonce?: string
  /** Answers a request for a grant that is not built in. */
  readonly otherGrant?: (
    params: URLSearchParams,
    asked: Asked,
  ) => { readonly claims: JWTPayload } | { readonly answer: Answered } | undefined
  /** Sees a request before anything is judged, and may answer it. */
  readonly intercept?: (
    params: URLSearchParams,
    asked: Asked,
  ) => Answered | undefined | Promise<Answered | undefined>
}

/** What a token endpoint is made of. */
export interface TokenParts {
  readonly issuer: string
  readonly clients: ReadonlyMap<string, KnownClient>
  readonly codes: Map<string, Allowed>
  readonly rules: TokenRules
  sign(claims: JWTPayload): Promise<string>
}

/** The token endpoint of a test's authorization server. */
export interface TokenEndpoint {
  readonly requests: readonly URLSearchParams[]
  answer(asked: Asked): Promise<Answered>
  revokeAll(): void
}

/** What a refresh token stands for. */
interface Kept {
  readonly clientId: string
  readonly resource: string | undefined
  readonly scope: string | undefined
}

/** A refusal on its way out. */
class Refusal extends Error {
  readonly answer: Answered

  constructor(error: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(error)
    this.answer = { status, headers, body: { error } }
  }
}

/** Makes a token endpoint: codes with PKCE, rotated refresh tokens, client credentials, DPoP. */
export function createTokenEndpoint(parts: TokenParts): TokenEndpoint {
  const { codes, rules } = parts
  const requests: URLSearchParams[] = []
  const kept = new Map<string, Kept>()
  let refreshTokens = 0

  async function answer(asked: Asked): Promise<Answered> {
    const params = new URLSearchParams(asked.body)
    requests.push(params)
    const intercepted = await rules.intercept?.(params, asked)
    if (intercepted !== undefined) return intercepted
    try {
      const clientId = await authenticate(parts, params, asked)
      const thumbprint = await checkProof(rules, asked)
      return await grant({ params, asked, clientId, thumbprint })
    } catch (error) {
      if (error instanceof Refusal) return error.answer
      throw error
    }
  }

  interface Judged {
    readonly params: URLSearchParams
    readonly asked: Asked
    readonly clientId: string
    readonly thumbprint: string | undefined
  }

  async function grant({ params, asked, clientId, thumbprint }: Judged): Promise<Answered> {
    const type = params.get('grant_type')
    const own = { clientId, resource: params.get('resource') ?? undefined }
    const scope = params.get('scope') ?? undefined
    if (type === 'authorization_code') return issue(redeem(params, clientId), thumbprint)
    if (type === 'refresh_token') return issue(rotate(params, clientId), thumbprint)
    if (type === 'client_credentials') return issue({ ...own, scope }, thumbprint, false)
    const other = rules.otherGrant?.(params, asked)
    if (other === undefined) throw new Refusal('unsupported_grant_type')
    if ('answer' in other) return other.answer
    return issue({ ...own, scope }, thumbprint, false, other.claims)
  }

  function redeem(params: URLSearchParams, clientId: string): Kept {
    const code = params.get('code') ?? ''
    const allowed = codes.get(code)
    codes.delete(code)
    const verifier = params.get('code_verifier') ?? ''
    const challenge = createHash('sha256').update(verifier).digest('base64url')
    const fits =
      allowed?.clientId === clientId &&
      allowed.redirectUri === params.get('redirect_uri') &&
      allowed.challenge === challenge
    if (!fits) throw new Refusal('invalid_grant')
    return { clientId, resource: params.get('resource') ?? undefined, scope: allowed.scope }
  }

  function rotate(params: URLSearchParams, clientId: string): Kept {
    const token = params.get('refresh_token') ?? ''
    const found = kept.get(token)
    // One that is used twice is refused, as a server that rotates must.
    kept.delete(token)
    if (found?.clientId !== clientId) throw new Refusal('invalid_grant')
    return { ...found, scope: params.get('scope') ?? found.scope }
  }

  async function issue(
    given: Kept,
    thumbprint: string | undefined,
    refreshable = true,
    claims: JWTPayload = {},
  ): Promise<Answered> {
    const { tokenSeconds = 3600, refresh = true } = rules
    const scope = rules.grants ?? given.scope
    const accessToken = await parts.sign({
      sub: 'user',
      client_id: given.clientId,
      exp: Math.floor(Date.now() / 1000) + tokenSeconds,
      jti: crypto.randomUUID(),
      ...(given.resource === undefined ? {} : { aud: given.resource }),
      ...(scope === undefined ? {} : { scope }),
      ...(thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } }),
      ...claims,
    })
    const refreshToken = `refresh-${(refreshTokens += 1)}`
    if (refresh && refreshable) kept.set(refreshToken, { ...given, scope })
    const body = {
      access_token: accessToken,
      token_type: thumbprint === undefined ? 'Bearer' : 'DPoP',
      expires_in: tokenSeconds,
      ...(refresh && refreshable ? { refresh_token: refreshToken } : {}),
      ...(scope === undefined ? {} : { scope }),
    }
    const nonce: Record<string, string> =
      rules.dpopNonce === undefined ? {} : { 'dpop-nonce': rules.dpopNonce }
    return { headers: { 'cache-control': 'no-store', ...nonce }, body }
  }

  return { requests, answer, revokeAll: () => kept.clear() }
}

/** The id of the client that asks, which must have proven it as it is registered to. */
async function authenticate(
  { issuer, clients }: TokenParts,
  params: URLSearchParams,
  { headers }: Asked,
): Promise<string> {
  const basic = /^Basic (.+)$/i.exec(headers['authorization'] ?? '')?.[1]
  const [basicId, basicSecret] = basic === undefined ? [] : readBasic(basic)
  const assertion = params.get('client_assertion')
  const clientId = basicId ?? params.get('client_id') ?? subjectOf(assertion)
  const client = clients.get(clientId ?? '')
  const known = client ?? (clientId?.startsWith('https://') ? { client_id: clientId } : undefined)
  if (known === undefined) throw new Refusal('invalid_client', 401)
  const method =
    known.token_endpoint_auth_method ??
    (known.client_secret === undefined ? 'none' : 'client_secret_basic')
  const secret = method === 'client_secret_basic' ? basicSecret : params.get('client_secret')
  const proven =
    method === 'none'
      ? basic === undefined && assertion === null
      : method === 'private_key_jwt'
        ? await isSigned(assertion, known, issuer)
        : known.client_secret !== undefined && secret === known.client_secret
  if (!proven) throw new Refusal('invalid_client', 401)
  return known.client_id
}

/** RFC 6749 §2.3.1. */
function readBasic(encoded: string): string[] {
  const decode = (part: string): string => new URLSearchParams(`v=${part}`).get('v') ?? ''
  return atob(encoded).split(':').map(decode)
}

function subjectOf(assertion: string | null): string | undefined {
  const payload = assertion?.split('.')[1]
  if (payload === undefined) return undefined
  const { sub } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as JWTPayload
  return sub
}

async function isSigned(
  assertion: string | null,
  { client_id, jwks }: KnownClient,
  issuer: string,
): Promise<boolean> {
  if (assertion === null || jwks === undefined) return false
  try {
    await jwtVerify(assertion, createLocalJWKSet(jwks as JSONWebKeySet), {
      issuer: client_id,
      subject: client_id,
      audience: issuer,
    })
    return true
  } catch {
    return false // an assertion that does not verify proves nothing
  }
}

/** The thumbprint of the key whose possession is proven (RFC 9449 §5). */
async function checkProof(rules: TokenRules, { headers }: Asked): Promise<string | undefined> {
  const proof = headers['dpop']
  if (proof === undefined) {
    if (rules.dpopNonce !== undefined) throw new Refusal('invalid_dpop_proof')
    return undefined
  }
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' })
  if (rules.dpopNonce !== undefined && payload['nonce'] !== rules.dpopNonce) {
    throw new Refusal('use_dpop_nonce', 400, { 'dpop-nonce': rules.dpopNonce })
  }
  // Safe: EmbeddedJWK found the key there.
  return calculateJwkThumbprint(protectedHeader.jwk!)
}
