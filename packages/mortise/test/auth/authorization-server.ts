import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from 'jose'
import type { JWTPayload } from 'jose'
import type { Answered, Asked, Page, Site } from './site.ts'
import { startSite } from './site.ts'
import { createTokenEndpoint } from './token-endpoint.ts'
import type { TokenRules } from './token-endpoint.ts'

/** A client that the authorization server knows, by the names of RFC 7591. */
export interface KnownClient {
  readonly client_id: string
  readonly client_secret?: string
  /** Default: `none` without a secret, else `client_secret_basic`. */
  readonly token_endpoint_auth_method?: string
  readonly redirect_uris?: readonly string[]
  /** Public keys for `private_key_jwt`. */
  readonly jwks?: { readonly keys: readonly object[] }
}

/** What a user allowed, until its code is redeemed. */
export interface Allowed {
  readonly clientId: string
  readonly redirectUri: string
  readonly challenge: string
  readonly resource: string | undefined
  readonly scope: string | undefined
}

/** How an authorization server of a test behaves. */
export interface AuthorizationServerOptions extends TokenRules {
  /** The path of the issuer, `/tenant1`. Default: none. */
  readonly issuerPath?: string
  /** Where its metadata is. Default: `oauth`. */
  readonly metadataAt?: 'oauth' | 'openid' | 'openid-appended' | 'nowhere'
  /** Members of its metadata in place of the usual ones; undefined takes one away. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Clients that it knows from the start. */
  readonly clients?: readonly KnownClient[]
  /**
   * Whether clients may register themselves. A function sees what is asked for, and gives members of the registration, or a
   * refusal. Default: true.
   */
  readonly registration?: boolean | ((wish: Readonly<Record<string, unknown>>) => Registration)
  /** What stands in the `iss` of its authorization responses. Default: its issuer; `false` leaves it out. */
  readonly responseIssuer?: string | false
  /** Whether it shows a page to users of clients that it does not know, and redirects nowhere. Default: false. */
  readonly unknownAreShown?: boolean
  /** Answers an authorization request in place of a user who allows everything: members of the response. */
  readonly decide?: (asked: URLSearchParams) => Readonly<Record<string, string>> | undefined
}

/** What a registration comes to: members of it, or a refusal. */
export type Registration =
  | Readonly<Record<string, unknown>>
  | { readonly refuse: string; readonly description?: string; readonly status?: number }

/** An authorization server on loopback. */
export interface TestAuthorizationServer extends Site {
  readonly issuer: string
  /** Clients that are known, by id. */
  readonly clients: Map<string, KnownClient>
  /** What clients asked to be registered as, in order. */
  readonly registrations: readonly Readonly<Record<string, unknown>>[]
  /** Every request to the token endpoint, in order. */
  readonly tokenRequests: readonly URLSearchParams[]
  /** Serves protected resource metadata of `url`, which names this server, at `site`, or at this server's own origin. */
  protect(url: string, options?: ProtectOptions): void
  /** An access token, signed as its own are. */
  sign(claims: JWTPayload): Promise<string>
  /** The claims of an access token that it signed. @throws when it did not, or the token has expired. */
  verify(token: string): Promise<JWTPayload>
  /** Forgets every refresh token: the next refresh is refused. */
  revokeAll(): void
}

/** Where and how metadata of a protected resource is served. */
export interface ProtectOptions {
  /** Default: the authorization server's own. */
  readonly site?: Site
  /** Default: where RFC 9728 has it. */
  readonly at?: string
  /** Members in place of the usual ones. */
  readonly metadata?: Readonly<Record<string, unknown>>
}

/**
 * Starts a small authorization server: metadata, registration, an authorization endpoint whose user allows everything at
 * once, a token endpoint with codes, PKCE, rotated refresh tokens, client credentials and DPoP.
 */
export async function startAuthorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<TestAuthorizationServer> {
  const { issuerPath = '', metadataAt = 'oauth', registration = true } = options
  const site = await startSite()
  const issuer = `${site.origin}${issuerPath}`
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const clients = new Map((options.clients ?? []).map((client) => [client.client_id, client]))
  const registrations: Record<string, unknown>[] = []
  const codes = new Map<string, Allowed>()

  const sign = (claims: JWTPayload): Promise<string> =>
    new SignJWT({ iss: issuer, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'test', typ: 'at+jwt' })
      .setIssuedAt()
      .sign(privateKey)

  const tokens = createTokenEndpoint({ issuer, clients, codes, sign, rules: options })

  function register({ body }: Asked): Answered {
    const wish = JSON.parse(body) as Record<string, unknown>
    registrations.push(wish)
    const decided = typeof registration === 'function' ? registration(wish) : {}
    if (typeof decided['refuse'] === 'string') {
      const { refuse: error, description, status = 400 } = decided
      return { status: Number(status), body: { error, error_description: description } }
    }
    const client = { ...wish, client_id: `client-${registrations.length}`, ...decided }
    clients.set(client.client_id, client)
    return { status: 201, body: client }
  }

  function authorize({ query }: Asked): Answered {
    const clientId = query.get('client_id') ?? ''
    const redirectUri = query.get('redirect_uri') ?? ''
    const known = clients.get(clientId)?.redirect_uris
    if (known !== undefined && !known.includes(redirectUri)) {
      return { status: 400, body: 'that redirect URI is not registered' }
    }
    if (options.unknownAreShown === true && !clients.has(clientId)) {
      return { status: 400, body: 'this program is not known here' }
    }
    const decided = options.decide?.(query)
    const code = `code-${codes.size + 1}`
    if (decided === undefined) {
      codes.set(code, {
        clientId,
        redirectUri,
        challenge: query.get('code_challenge') ?? '',
        resource: query.get('resource') ?? undefined,
        scope: query.get('scope') ?? undefined,
      })
    }
    const location = new URL(redirectUri)
    const state = query.get('state')
    const { responseIssuer = issuer } = options
    const answer = {
      ...(decided ?? { code }),
      ...(state === null ? {} : { state }),
      ...(responseIssuer === false ? {} : { iss: responseIssuer }),
    }
    for (const [name, value] of Object.entries(answer)) location.searchParams.set(name, value)
    return { status: 302, headers: { location: location.href } }
  }

  const metadata = {
    issuer,
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    ...(registration === false ? {} : { registration_endpoint: `${issuer}/register` }),
    response_types_supported: ['code'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [
      'none',
      'client_secret_basic',
      'client_secret_post',
      'private_key_jwt',
    ],
    ...(options.responseIssuer === false
      ? {}
      : { authorization_response_iss_parameter_supported: true }),
    ...options.metadata,
  }
  const places = {
    oauth: `/.well-known/oauth-authorization-server${issuerPath}`,
    openid: `/.well-known/openid-configuration${issuerPath}`,
    'openid-appended': `${issuerPath}/.well-known/openid-configuration`,
    nowhere: undefined,
  }
  const place = places[metadataAt]
  if (place !== undefined) site.page(place, { body: metadata })
  const pages: Record<string, Page> = {
    authorize,
    token: tokens.answer,
    jwks: { body: { keys: [{ ...(await exportJWK(publicKey)), kid: 'test', alg: 'ES256' }] } },
  }
  if (registration !== false) pages['register'] = register
  for (const [name, page] of Object.entries(pages)) site.page(`${issuerPath}/${name}`, page)

  return {
    issuer,
    clients,
    registrations,
    tokenRequests: tokens.requests,
    origin: site.origin,
    asked: site.asked,
    get paths() {
      return site.paths
    },
    page: site.page,
    close: site.close,
    protect(url, { site: own = site, at, metadata: members } = {}) {
      const { pathname } = new URL(url)
      const path = pathname === '/' ? '' : pathname
      own.page(at ?? `/.well-known/oauth-protected-resource${path}`, {
        body: { resource: url, authorization_servers: [issuer], ...members },
      })
    },
    sign,
    async verify(token) {
      const { payload } = await jwtVerify(token, publicKey, { issuer })
      return payload
    },
    revokeAll: tokens.revokeAll,
  }
}
