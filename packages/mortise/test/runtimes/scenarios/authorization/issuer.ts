import {
  EmbeddedJWK,
  SignJWT,
  calculateJwkThumbprint,
  createLocalJWKSet,
  decodeJwt,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import type { JSONWebKeySet, JWK, JWTPayload } from 'jose'
import { calculatePKCECodeChallenge } from 'oauth4webapi'
import type { Place } from './place.ts'

/** A machine or an application that an issuer knows beforehand. */
export interface KnownClient {
  readonly secret?: string
  readonly keys?: JSONWebKeySet
}

/** How an issuer behaves. */
export interface IssuerOptions {
  readonly clients?: Readonly<Record<string, KnownClient>>
  /** What proofs to the token endpoint have to hold (RFC 9449 §8). */
  readonly nonce?: string
  /** What its authorization responses say of who it is. Default: its origin. */
  readonly responseIssuer?: string
  /** Members of its metadata in place of the usual ones. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** An authorization server of web requests alone, whose users allow everything. */
export interface Issuer {
  readonly origin: string
  /** What it was asked for, in order: `POST /token refresh_token`. */
  readonly asked: readonly string[]
  /** The scopes that its users were asked for. */
  readonly scopes: readonly (string | null)[]
  /** What it publishes. */
  readonly keys: JWK[]
  /** An access token, signed as its own are. */
  sign(claims: JWTPayload, header?: Readonly<Record<string, unknown>>): Promise<string>
}

interface Allowed {
  readonly client: string
  readonly challenge: string
  readonly scope: string | null
  readonly resource: string | null
}

/** What is on its way to the caller instead of tokens. */
class Refusal extends Error {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(error: string, status = 400, headers: Readonly<Record<string, string>> = {}) {
    super(error)
    this.status = status
    this.headers = headers
  }
}

/** Starts an authorization server: metadata, registration, codes with PKCE, rotated refresh tokens, machines, DPoP. */
export async function startIssuer(place: Place, options: IssuerOptions = {}): Promise<Issuer> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const asked: string[] = []
  const scopes: (string | null)[] = []
  const registered = new Set<string>()
  const codes = new Map<string, Allowed>()
  const refreshable = new Map<string, Allowed>()
  let count = 0
  const origin = await place.serve(async (request) => withCors(await answer(request)))

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    const text = request.method === 'POST' ? await request.text() : ''
    const form = new URLSearchParams(text)
    if (request.method === 'OPTIONS') return new Response(null, { status: 204 })
    asked.push([request.method, pathname, form.get('grant_type') ?? ''].join(' ').trim())
    if (pathname === '/.well-known/oauth-authorization-server') return Response.json(metadata)
    if (pathname === '/jwks') return Response.json({ keys: issuer.keys })
    if (pathname === '/register') return register(text)
    if (pathname === '/authorize') return authorize(searchParams, request)
    if (pathname === '/revoke') {
      refreshable.delete(form.get('token') ?? '')
      return new Response(null, { status: 200 })
    }
    if (pathname !== '/token') return new Response(null, { status: 404 })
    try {
      return await token(request, form)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { status, headers, message } = error
      return Response.json({ error: message }, { status, headers })
    }
  }

  function register(text: string): Response {
    const id = `client-${(count += 1)}`
    registered.add(id)
    const wish = JSON.parse(text) as Record<string, unknown>
    return Response.json({ ...wish, client_id: id }, { status: 201 })
  }

  function authorize(params: URLSearchParams, { headers }: Request): Response {
    const code = `code-${(count += 1)}`
    scopes.push(params.get('scope'))
    codes.set(code, {
      client: params.get('client_id') ?? '',
      challenge: params.get('code_challenge') ?? '',
      scope: params.get('scope'),
      resource: params.get('resource'),
    })
    const back = new URL(params.get('redirect_uri') ?? '')
    back.searchParams.set('code', code)
    back.searchParams.set('state', params.get('state') ?? '')
    back.searchParams.set('iss', options.responseIssuer ?? origin)
    const location = back.href
    if (headers.get('accept') === 'application/json') return Response.json({ location })
    return new Response(null, { status: 302, headers: { location } })
  }

  async function token(request: Request, form: URLSearchParams): Promise<Response> {
    const client = await authenticate(request, form)
    const thumbprint = await checkProof(request)
    const type = form.get('grant_type')
    const own = { client, challenge: '', scope: form.get('scope'), resource: form.get('resource') }
    if (type === 'client_credentials') return await give(own, thumbprint)
    const [held, name] = type === 'refresh_token' ? [refreshable, 'refresh_token'] : [codes, 'code']
    const found = held.get(form.get(name) ?? '')
    held.delete(form.get(name) ?? '')
    const challenge = await calculatePKCECodeChallenge(form.get('code_verifier') ?? '-')
    if (found?.client !== client || (held === codes && found.challenge !== challenge)) {
      throw new Refusal('invalid_grant')
    }
    const refreshToken = `refresh-${(count += 1)}`
    refreshable.set(refreshToken, found)
    return await give(found, thumbprint, { refresh_token: refreshToken })
  }

  async function give(
    { client, scope, resource }: Allowed,
    thumbprint: string | undefined,
    more: object = {},
  ): Promise<Response> {
    const claims = {
      sub: 'ada',
      client_id: client,
      jti: `token-${(count += 1)}`,
      ...(resource === null ? {} : { aud: resource }),
      ...(scope === null ? {} : { scope }),
      ...(thumbprint === undefined ? {} : { cnf: { jkt: thumbprint } }),
    }
    const body = {
      access_token: await issuer.sign(claims),
      token_type: thumbprint === undefined ? 'Bearer' : 'DPoP',
      expires_in: 3600,
      ...(scope === null ? {} : { scope }),
      ...more,
    }
    return Response.json(body, { headers: nonceOf() })
  }

  /** Whoever asks has proven it as it is known to. */
  async function authenticate(request: Request, form: URLSearchParams): Promise<string> {
    const assertion = form.get('client_assertion')
    const basic = /^Basic (.+)$/.exec(request.headers.get('authorization') ?? '')?.[1]
    const [id = '', secret] =
      basic === undefined
        ? [form.get('client_id') ?? decodeJwt(assertion ?? '').sub]
        : atob(basic).split(':').map(formDecoded)
    if (registered.has(id) && secret === undefined && assertion === null) return id
    const known = options.clients?.[id]
    if (known?.secret !== undefined && known.secret === secret) return id
    if (known?.keys === undefined || assertion === null) throw new Refusal('invalid_client', 401)
    const expected = { issuer: id, subject: id, audience: origin }
    await jwtVerify(assertion, createLocalJWKSet(known.keys), expected)
    return id
  }

  /** The thumbprint of the key whose possession is proven (RFC 9449 §5). */
  async function checkProof(request: Request): Promise<string | undefined> {
    const proof = request.headers.get('dpop')
    if (proof === null) return undefined
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, { typ: 'dpop+jwt' })
    if (payload['nonce'] !== options.nonce) throw new Refusal('use_dpop_nonce', 400, nonceOf())
    if (payload['htu'] !== request.url) throw new Refusal('invalid_dpop_proof')
    // Safe: EmbeddedJWK found the key there.
    return await calculateJwkThumbprint(protectedHeader.jwk!)
  }

  function nonceOf(): Record<string, string> {
    return options.nonce === undefined ? {} : { 'dpop-nonce': options.nonce }
  }

  const metadata = {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    revocation_endpoint: `${origin}/revoke`,
    jwks_uri: `${origin}/jwks`,
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'private_key_jwt'],
    authorization_response_iss_parameter_supported: true,
    dpop_signing_alg_values_supported: ['ES256'],
    ...options.metadata,
  }
  const issuer: Issuer = {
    origin,
    asked,
    scopes,
    keys: [{ ...(await exportJWK(publicKey)), kid: 'first', alg: 'ES256' }],
    async sign(claims, header = {}) {
      const nowSec = Math.floor(Date.now() / 1000)
      return await new SignJWT({ iss: origin, iat: nowSec, exp: nowSec + 3600, ...claims })
        .setProtectedHeader({ alg: 'ES256', kid: 'first', typ: 'at+jwt', ...header })
        .sign(privateKey)
    },
  }
  return issuer
}

/** RFC 6749 §2.3.1. */
function formDecoded(text: string): string {
  return decodeURIComponent(text.replaceAll('+', '%20'))
}

/** Pages of every origin may ask it. */
function withCors(response: Response): Response {
  const headers = new Headers(response.headers)
  headers.set('access-control-allow-origin', '*')
  headers.set(
    'access-control-allow-headers',
    'authorization, content-type, dpop, mcp-protocol-version',
  )
  headers.set('access-control-expose-headers', 'dpop-nonce, www-authenticate')
  const { status, body } = response
  return new Response(body, { status, headers })
}
