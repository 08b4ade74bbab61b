import * as oauth from 'oauth4webapi'
import { McpError } from '../../std/error.ts'
import { clientAuthentication } from './client-auth-method.ts'
import type { ClientIdentity, Discovered, DpopKey, Flow, TokenSet } from './flow.ts'
import { AuthRefusedError, authError, oauthOptions } from './oauth-options.ts'
import { readScopes } from './scopes.ts'
import { askTokenEndpoint, restriction } from './token-request.ts'

/** What tokens were asked for, to read the answer by. */
export interface Asked {
  readonly found: Discovered
  readonly clientId: string
  readonly requested: readonly string[]
  /** Names the sign-in. */
  readonly grant: string
  readonly dpop: DpopKey | undefined
  /** The tokens that are refreshed: what the answer leaves out stays as it was (RFC 6749 §6). */
  readonly before?: TokenSet
}

/** Ten years: a token that is said to live longer is looked at again then. */
const maxLifeSec = 10 * 365 * 24 * 3600

/** The tokens in the answer of a token endpoint. */
export function readTokens(
  { runtime, limits }: Flow,
  answer: oauth.TokenEndpointResponse,
  { found, clientId, requested, grant, dpop, before }: Asked,
): TokenSet {
  const refreshToken = answer.refresh_token ?? before?.refreshToken
  const granted =
    answer.scope === undefined ? before?.granted : readScopes(answer.scope, limits.maxScopes)
  const { resource, server } = found
  return {
    accessToken: answer.access_token,
    tokenType: answer.token_type,
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(answer.expires_in === undefined
      ? {}
      : { expiresAtMs: runtime.now() + Math.min(answer.expires_in, maxLifeSec) * 1000 }),
    requested,
    ...(granted === undefined ? {} : { granted }),
    issuer: server.issuer,
    clientId,
    ...(resource === undefined ? {} : { resource }),
    grant,
    ...(answer.token_type === 'dpop' && dpop !== undefined ? { dpopJwk: dpop.jwk } : {}),
  }
}

/** What a refresh is made of. */
export interface Refresh {
  readonly found: Discovered
  readonly identity: ClientIdentity
  readonly tokens: TokenSet
  readonly dpop: DpopKey | undefined
}

/**
 * Refreshes tokens, with the same scopes (RFC 6749 §6), for the same resource (AUTHC-23). It is not given up half-way: a
 * refresh token that was used and whose answer is lost is lost too.
 * @throws McpError `ERR_AUTH_REFUSED` when the answer is no, or of no use; what `flow.fetch` throws.
 */
export async function refreshTokens(
  flow: Flow,
  { found, identity, tokens, dpop }: Refresh,
): Promise<TokenSet> {
  const { refreshToken = '', requested, grant, clientId } = tokens
  const answer = await askTokenEndpoint(flow, {
    server: found.server,
    identity,
    grantType: 'refresh_token',
    parameters: { refresh_token: refreshToken, ...restriction(undefined, found.resource) },
    dpop,
  })
  return readTokens(flow, answer, { found, clientId, requested, grant, dpop, before: tokens })
}

/** Whether a refusal stands, so that asking again is of no use: no outage, and nothing that passes. */
export function isFinal(error: unknown): error is AuthRefusedError {
  if (!(error instanceof AuthRefusedError)) return false
  const { status = 400 } = error
  return status < 500 && status !== 429 && !passing.has(error.error)
}

/** Whether the authorization server does not know the client, or no longer. */
export function isUnknownClient(error: unknown): boolean {
  if (!(error instanceof AuthRefusedError)) return false
  return error.error === 'invalid_client' || error.error === 'unauthorized_client'
}

/** Forgets a registration that the server does not know any more, so that the next sign-in registers anew. */
export async function withKnownClient<T>(
  { credentials }: Pick<Flow, 'credentials'>,
  { found, identity }: { readonly found: Discovered; readonly identity: ClientIdentity },
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (identity.how === 'dynamic' && isUnknownClient(error)) {
      await credentials.forgetClient(found.server.issuer, identity.clientId)
    }
    throw error
  }
}

const passing: ReadonlySet<string> = new Set([
  'server_error',
  'temporarily_unavailable',
  'slow_down',
])

/**
 * Tells the authorization server that the tokens are not used any more (RFC 7009), the refresh token first, since most servers
 * end its access tokens with it. A server without such an endpoint is told nothing, and one that cannot take back a kind of
 * token need not.
 * @throws McpError `ERR_AUTH_REFUSED` when it refuses; what `flow.fetch` throws.
 */
export async function revokeTokens(
  flow: Flow,
  { found, identity, tokens }: Omit<Refresh, 'dpop'>,
): Promise<void> {
  const { server } = found
  if (server.revocation_endpoint === undefined) return
  const { refreshToken, accessToken } = tokens
  const named = [
    ...(refreshToken === undefined ? [] : [{ token: refreshToken, hint: 'refresh_token' }]),
    { token: accessToken, hint: 'access_token' },
  ]
  const client = { client_id: identity.clientId }
  for (const { token, hint } of named) {
    const options = oauthOptions(flow)
    try {
      const authentication = clientAuthentication(server, identity)
      const answer = await oauth.revocationRequest(server, client, authentication, token, {
        ...options,
        additionalParameters: { token_type_hint: hint },
      })
      await oauth.processRevocationResponse(answer)
    } catch (error) {
      const refused = authError(error, options.sent)
      // Access tokens that say everything themselves cannot be taken back: they end by their time (RFC 7009 §2.2.1).
      const isKept =
        refused instanceof AuthRefusedError && refused.error === 'unsupported_token_type'
      if (!isKept) throw refused
    }
  }
}

/** @throws McpError `ERR_AUTH_REFUSED` when a token cannot be sent in a header (RFC 6750 §2.1, RFC 9449 §7.1). */
export function checkTokens({ accessToken, tokenType }: TokenSet): void {
  const isSendable = /^[\x21-\x7e]+$/.test(accessToken)
  if (isSendable && (tokenType === 'bearer' || tokenType === 'dpop')) return
  const text = 'the authorization server gave a token that is of no use: it cannot be sent'
  throw new McpError('ERR_AUTH_REFUSED', text)
}
