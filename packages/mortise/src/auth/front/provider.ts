import * as oauth from 'oauth4webapi'
import { decodeUtf8, encodeUtf8 } from '../../std/encoding.ts'
import { McpError } from '../../std/error.ts'
import { parseJson } from '../../std/json.ts'
import type { Identity, ProviderTokens } from './options.ts'
import { providerRequests } from './provider-http.ts'
import type { FrontSetup } from './setup.ts'

/** A user's tokens at the provider, as they are kept. */
export interface UpstreamTokens {
  readonly accessToken: string
  readonly refreshToken?: string
  /** Milliseconds since the epoch; absent where it was not told. */
  readonly expiresAtMs?: number
  readonly scopes: readonly string[]
}

/** What ties one visit at the provider together. */
export interface Visit {
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

/** The identity provider, seen as its client. */
export interface Provider {
  /** What is asked for there. */
  readonly scopes: readonly string[]
  /** Where the user signs in. */
  authorizationUrl(visit: Visit): Promise<string>
  /** Takes the answer that came to the callback. @throws ProviderError, McpError */
  finish(
    answer: URLSearchParams,
    visit: Visit,
  ): Promise<{ readonly tokens: UpstreamTokens; readonly identity: Identity }>
  /** @throws ProviderError when the provider will not refresh it ever; McpError when it was in trouble. */
  refresh(tokens: UpstreamTokens & { readonly refreshToken: string }): Promise<UpstreamTokens>
}

/** The provider, or the user there, said no. */
export class ProviderError extends McpError {
  readonly error: string

  constructor(error: string) {
    super('ERR_AUTH_REFUSED', 'the identity provider refused')
    this.error = error
  }
}

const discoveredForMs = 60 * 60_000
/** Words, as every registered error is; a code or a state that somebody repeats there is none. */
const errorName = /^[a-z]{1,24}(?:_[a-z]{1,24}){0,5}$/
const maxSubjectLength = 256
const maxClaimsBytes = 4096
/** GitHub has a name of its own for what RFC 6749 §5.2 calls `invalid_grant`. */
const endsGrant: ReadonlySet<string> = new Set(['invalid_grant', 'bad_refresh_token'])

/** Speaks to the provider with oauth4webapi, which checks `iss`, nonce and id token. */
export function createProvider(setup: FrontSetup): Provider {
  const { options, runtime, providerFetch, issuer, limits } = setup
  const { provider } = options
  const { clientId, clientSecret, parameters = {} } = provider
  const plain = 'tokenEndpoint' in provider
  const scopes = provider.scopes ?? (plain ? [] : ['openid'])
  const redirectUri = `${issuer}/callback`
  const requests = providerRequests(providerFetch)
  const client: oauth.Client = { client_id: clientId }
  const isOpenid = !plain && scopes.includes('openid')
  let discovered: { readonly server: oauth.AuthorizationServer; readonly atMs: number } | undefined

  async function server(): Promise<oauth.AuthorizationServer> {
    if ('tokenEndpoint' in provider) {
      return {
        issuer: provider.issuer ?? new URL(provider.authorizationEndpoint).origin,
        authorization_endpoint: provider.authorizationEndpoint,
        token_endpoint: provider.tokenEndpoint,
      }
    }
    const now = runtime.now()
    if (discovered !== undefined && now - discovered.atMs < discoveredForMs) {
      return discovered.server
    }
    const url = new URL(provider.issuer)
    const response = await oauth.discoveryRequest(url, { ...requests, algorithm: 'oidc' })
    const found = await oauth.processDiscoveryResponse(url, response)
    discovered = { server: found, atMs: now }
    return found
  }

  function authentication(at: oauth.AuthorizationServer): oauth.ClientAuth {
    const supported = at.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    // In a form the secret has one encoding; in a header providers disagree about it (RFC 6749 §2.3.1).
    const canPost = plain || supported.includes('client_secret_post')
    const how = provider.clientAuth ?? (canPost ? 'post' : 'basic')
    return how === 'post'
      ? oauth.ClientSecretPost(clientSecret)
      : oauth.ClientSecretBasic(clientSecret)
  }

  async function authorizationUrl({ state, nonce, verifier }: Visit): Promise<string> {
    const { authorization_endpoint: endpoint } = await server()
    if (endpoint === undefined) throw new McpError('ERR_AUTH_DISCOVERY', noEndpoint)
    const url = new URL(endpoint)
    const own = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
      ...(isOpenid ? { nonce } : {}),
    }
    for (const [name, value] of Object.entries({ ...parameters, ...own })) {
      url.searchParams.set(name, value)
    }
    return url.href
  }

  async function finish(
    answer: URLSearchParams,
    visit: Visit,
  ): Promise<{ tokens: UpstreamTokens; identity: Identity }> {
    const at = await server()
    const params = new URLSearchParams(answer)
    // Without metadata nobody said who the provider is, and so there is nothing to compare with.
    if (plain && provider.issuer === undefined) params.delete('iss')
    const valid = oauth.validateAuthResponse(at, client, params, visit.state)
    const response = await oauth.authorizationCodeGrantRequest(
      at,
      client,
      authentication(at),
      valid,
      redirectUri,
      visit.verifier,
      requests,
    )
    const expected = isOpenid ? { expectedNonce: visit.nonce, requireIdToken: true } : {}
    const result = await oauth.processAuthorizationCodeResponse(at, client, response, expected)
    const idToken = isOpenid ? oauth.getValidatedIdTokenClaims(result) : undefined
    const tokens = readTokens(result)
    return { tokens, identity: await identify(tokens, idToken) }
  }

  function readTokens(result: oauth.TokenEndpointResponse): UpstreamTokens {
    const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = result
    return {
      accessToken,
      // GitHub separates by commas.
      scopes: result.scope?.split(/[ ,]+/).filter((scope) => scope !== '') ?? scopes,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(seconds === undefined ? {} : { expiresAtMs: runtime.now() + seconds * 1000 }),
    }
  }

  async function identify(tokens: UpstreamTokens, idToken?: oauth.IDToken): Promise<Identity> {
    const shown: ProviderTokens = {
      accessToken: tokens.accessToken,
      scopes: tokens.scopes,
      ...(idToken === undefined ? {} : { idToken }),
    }
    const identity =
      provider.identify !== undefined
        ? await provider.identify(shown, (url) => fetchJson(url, tokens.accessToken))
        : identityOf(idToken)
    const { subject, claims = {} } = identity
    if (typeof subject !== 'string' || subject === '' || subject.length > maxSubjectLength) {
      throw new TypeError(`identify must give a subject of 1 to ${maxSubjectLength} characters`)
    }
    // Bytes: they are in every token, and a token that is too long is refused, here or on the way.
    if (encodeUtf8(JSON.stringify(claims)).length > maxClaimsBytes) {
      throw new TypeError(`identify must give at most ${maxClaimsBytes} bytes of claims, as JSON`)
    }
    return identity
  }

  async function fetchJson(url: string, accessToken: string): Promise<unknown> {
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${accessToken}`,
      'user-agent': 'mortise',
    }
    const answer = await providerFetch({ method: 'GET', url, headers })
    const json = parseJson(decodeUtf8(answer.body) ?? '', { maxDepth: limits.maxJsonDepth })
    if (answer.status === 200 && json.ok) return json.value
    throw new McpError(
      'ERR_UNREACHABLE',
      `the identity provider answered ${answer.status} at ${new URL(url).pathname}`,
    )
  }

  async function refresh(
    tokens: UpstreamTokens & { readonly refreshToken: string },
  ): Promise<UpstreamTokens> {
    const at = await server()
    const { refreshToken } = tokens
    const response = await oauth.refreshTokenGrantRequest(
      at,
      client,
      authentication(at),
      refreshToken,
      requests,
    )
    const result = await oauth.processRefreshTokenResponse(at, client, response)
    const { scope } = result
    const fresh = readTokens(result)
    return { refreshToken, ...fresh, scopes: scope === undefined ? tokens.scopes : fresh.scopes }
  }

  return {
    scopes,
    authorizationUrl: (visit) => said(authorizationUrl(visit)),
    finish: (answer, visit) => said(finish(answer, visit)),
    refresh: (tokens) => said(refresh(tokens)),
  }
}

const noEndpoint = 'the metadata of the identity provider names no authorization endpoint'

/** Whether the provider will give nothing more for a refresh token. */
export function isFinal(error: unknown): boolean {
  return error instanceof ProviderError && endsGrant.has(error.error)
}

/** Turns errors of oauth4webapi, whose causes hold the answer, into ours, which do not. */
async function said<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    if (error instanceof McpError) throw error
    if (
      error instanceof oauth.ResponseBodyError ||
      error instanceof oauth.AuthorizationResponseError
    ) {
      throw new ProviderError(errorName.test(error.error) ? error.error : 'unknown')
    }
    if (error instanceof TypeError && !('code' in error)) throw error // of `identify`
    const why = error instanceof Error ? error.message.slice(0, 200) : 'unknown'
    throw new McpError('ERR_UNREACHABLE', `the identity provider gave no usable answer: ${why}`)
  }
}

function identityOf(idToken: oauth.IDToken | undefined): Identity {
  if (idToken === undefined) {
    throw new TypeError('provider.identify is needed where there is no id token')
  }
  const told = ['name', 'email', 'preferred_username'].flatMap((name) =>
    typeof idToken[name] === 'string' ? [[name, idToken[name]] as const] : [],
  )
  return { subject: idToken.sub, claims: Object.fromEntries(told) }
}
