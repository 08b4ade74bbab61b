import * as oauth from 'oauth4webapi'
import { McpError } from '../../std/error.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import { clientAuthentication } from './client-auth-method.ts'
import type { ClientWish } from './client-wish.ts'
import { shownUrl } from './discovery-error.ts'
import { withDpopNonce } from './dpop.ts'
import type { ClientIdentity, Discovered, Flow, Grant, TokenSet, Wanted } from './flow.ts'
import { authError, oauthOptions } from './oauth-options.ts'
import type { UserAgent, Visit } from './platform.ts'
import { registeredRedirect } from './redirect-uris.ts'
import { identify } from './register.ts'
import { isLoopbackHost } from '../../http/address.ts'
import { readTokens, withKnownClient } from './token.ts'
import { unlessAborted } from '../../std/unless-aborted.ts'

/** How a user gives a client tokens. */
export interface UserGrantOptions {
  /** Tells users apart who share a store. */
  readonly account: string
  /** Undefined: nobody can be asked. */
  readonly userAgent: UserAgent | undefined
  /** Who the client would like to be, but for its redirect URIs: these are the user agent's. */
  readonly wish: (flow: Pick<Flow, 'clientName'>) => Promise<Omit<ClientWish, 'redirectUris'>>
  /** Origins whose pages are opened by http too. */
  readonly trust: readonly string[]
}

/** The grant of a user who visits a page: authorization code with PKCE (basic/authorization, "Authorization Flow Steps"). */
export function userGrant(options: UserGrantOptions): Grant {
  const { account, userAgent } = options
  return {
    key: `user:${account}`,
    interactive: true,
    async obtain(flow, wanted) {
      requirePkce(wanted.found)
      if (userAgent === undefined) throw nobodyToAsk(wanted.found)
      const kept = await flow.credentials.client(wanted.found.server.issuer)
      const visit = await prepared(flow, wanted.signal, () =>
        userAgent.prepare(kept?.redirectUris ?? [], wanted.signal),
      )
      let outcome: 'signed-in' | 'failed' = 'failed'
      try {
        const tokens = await authorize(flow, wanted, { ...options, visit, kept })
        outcome = 'signed-in'
        return tokens
      } finally {
        await visit.end(outcome)
      }
    },
    async identity(flow, found, clientId) {
      const wish = await options.wish(flow)
      const kept = await flow.credentials.formerClient(found.server.issuer, clientId)
      if (kept !== undefined && wish.preRegistered === undefined) return kept
      // Nobody registers in order to refresh: a new client has no tokens.
      const isKnown =
        wish.preRegistered !== undefined ||
        (wish.metadataUrl !== undefined &&
          found.server.client_id_metadata_document_supported === true)
      if (!isKnown) throw notRegistered(found)
      return await identify(flow, found, { ...wish, redirectUris: [] })
    },
  }
}

/** One authorization that is under way: what is remembered while the user is away (AUTHC-31). */
interface Recorded {
  readonly server: oauth.AuthorizationServer
  readonly client: oauth.Client
  readonly state: string
  readonly verifier: string
  /** As it is registered. */
  readonly redirectUri: string
  /** Where the user is sent. */
  readonly page: URL
}

async function authorize(
  flow: Flow,
  { found, scopes, dpop, signal }: Wanted,
  {
    wish,
    trust,
    visit,
    kept,
  }: UserGrantOptions & { readonly visit: Visit; readonly kept: ClientIdentity | undefined },
): Promise<TokenSet> {
  const { server, resource } = found
  const redirectUris = [visit.redirectUri]
  const identity = await identify(flow, found, { ...(await wish(flow)), redirectUris }, signal)
  const { clientId } = identity
  const recorded: Recorded = {
    server,
    client: { client_id: clientId },
    state: oauth.generateRandomState(),
    verifier: oauth.generateRandomCodeVerifier(),
    redirectUri: registeredRedirect(identity, visit.redirectUri) ?? visit.redirectUri,
    page: pageOf(server, trust),
  }
  const { page } = recorded
  const query = {
    response_type: 'code',
    client_id: clientId,
    redirect_uri: recorded.redirectUri,
    state: recorded.state,
    code_challenge: await oauth.calculatePKCECodeChallenge(recorded.verifier),
    code_challenge_method: 'S256',
    ...(scopes === undefined ? {} : { scope: scopes.join(' ') }),
    // Whether or not the server knows it (AUTHC-23).
    ...(resource === undefined ? {} : { resource }),
    // OpenID Connect Core §11: without it the scope is ignored.
    ...(scopes?.includes('offline_access') === true ? { prompt: 'consent' } : {}),
  }
  for (const [name, value] of Object.entries(query)) page.searchParams.set(name, value)
  flow.say({ type: 'authorizing', issuer: server.issuer, scopes })
  const answered = await unanswered(flow, { found, identity, kept }, () =>
    flow.asking(() => inTime(flow, signal, visit.go(page))),
  )
  const answer = await withKnownClient(flow, { found, identity }, async () => {
    const parameters = readAnswer(recorded, answered)
    return await exchange(flow, { found, identity, recorded, parameters, dpop, signal })
  })
  return readTokens(flow, answer, {
    found,
    clientId,
    requested: scopes ?? [],
    grant: encodeBase64Url(flow.runtime.randomBytes(16)),
    dpop,
  })
}

/**
 * The answer of the authorization server, which is the one that the user was sent to: looked at before anything of it is
 * used or shown, an error among it (RFC 9207 §2.4, RFC 6749 §10.12; AUTHC-32 to AUTHC-35).
 * @throws McpError `ERR_AUTH_MIX_UP`, which holds nothing of the answer; `ERR_AUTH_REFUSED` when the answer is no.
 */
function readAnswer({ server, client, state, page }: Recorded, answered: URL): URLSearchParams {
  const { searchParams } = answered
  // An empty one is not the issuer either.
  const [issuer] = searchParams.getAll('iss')
  if (issuer !== undefined && issuer !== server.issuer) throw mixUp(server)
  try {
    return oauth.validateAuthResponse(server, client, searchParams, state)
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) {
      throw authError(error, [{ url: page.href }])
    }
    throw mixUp(server)
  }
}

function mixUp({ issuer }: oauth.AuthorizationServer): McpError {
  const text = `the answer that came back was not the one of ${shownUrl(issuer)} to this sign-in: nothing of it was used. Sign in again, and if it goes on, do not trust the server that you connect to`
  return new McpError('ERR_AUTH_MIX_UP', text)
}

async function exchange(
  flow: Flow,
  {
    found: { server, resource },
    identity,
    recorded: { client, redirectUri, verifier },
    parameters,
    dpop,
    signal,
  }: Pick<Wanted, 'found' | 'dpop'> & {
    readonly signal: AbortSignal | undefined
    readonly identity: ClientIdentity
    readonly recorded: Recorded
    readonly parameters: URLSearchParams
  },
): Promise<oauth.TokenEndpointResponse> {
  const options = {
    ...oauthOptions(flow, signal),
    ...(dpop === undefined ? {} : { DPoP: dpop.handle }),
    ...(resource === undefined ? {} : { additionalParameters: { resource } }),
  }
  try {
    const authentication = clientAuthentication(server, identity)
    return await withDpopNonce(dpop, async () => {
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        authentication,
        parameters,
        redirectUri,
        verifier,
        options,
      )
      return await oauth.processAuthorizationCodeResponse(server, client, response)
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw authError(error, options.sent)
  }
}

/**
 * Registers anew next time where nobody came back: a server that does not know a registration any more shows the user a page
 * that says so, and us nothing.
 */
async function unanswered<T>(
  { credentials }: Flow,
  {
    found,
    identity: { how, clientId },
    kept,
  }: {
    readonly found: Discovered
    readonly identity: ClientIdentity
    /** The registration that there was before. */
    readonly kept: ClientIdentity | undefined
  },
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (how === 'dynamic' && kept?.clientId === clientId) {
      await credentials.retireClient(found.server.issuer, clientId)
    }
    throw error
  }
}

/** @throws McpError `ERR_AUTH_PKCE` when the authorization server does not say that it checks `S256` (AUTHC-22). */
function requirePkce({ server }: Discovered): void {
  if (server.code_challenge_methods_supported?.includes('S256') === true) return
  const text = `the authorization server ${shownUrl(server.issuer)} does not say that it protects codes by PKCE: its metadata must list S256 in code_challenge_methods_supported`
  throw new McpError('ERR_AUTH_PKCE', text)
}

function notRegistered({ server }: Discovered): McpError {
  const text = `the client is not registered at ${shownUrl(server.issuer)} any more`
  return new McpError('ERR_AUTH_REGISTRATION', text)
}

function nobodyToAsk({ server }: Discovered): McpError {
  const text = `somebody has to sign in at ${shownUrl(server.issuer)}, and nobody can be asked here: give signIn a userAgent`
  return new McpError('ERR_AUTH_NEEDED', text)
}

/** The page that the user is sent to, of https, or by http on this machine or where the application says so (AUTHC-46). */
function pageOf(
  { authorization_endpoint: endpoint }: oauth.AuthorizationServer,
  trust: readonly string[],
): URL {
  const page = endpoint !== undefined && URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (page === undefined) {
    throw new McpError('ERR_AUTH_DISCOVERY', 'the authorization server has no page to sign in at')
  }
  const isPlain =
    page.protocol === 'http:' && (isLoopbackHost(page.hostname) || trust.includes(page.origin))
  if (page.protocol === 'https:' || isPlain) {
    page.hash = ''
    return page
  }
  const text = `the authorization server wants the user at ${shownUrl(page.href)}, which is not opened: only https is`
  throw new McpError('ERR_AUTH_DISCOVERY', text)
}

/** Waits for a visit that may have to wait for others; one that is ready too late is ended. */
async function prepared(
  flow: Flow,
  signal: AbortSignal | undefined,
  prepare: () => Promise<Visit>,
): Promise<Visit> {
  const preparing = prepare()
  try {
    return await flow.asking(() => inTime(flow, signal, preparing))
  } catch (error) {
    preparing.then((visit) => visit.end('failed')).catch(() => {}) // nobody has been waiting for it
    throw error
  }
}

/** Waits for the user, for a while. @throws McpError `ERR_TIMEOUT`; the signal's reason. */
async function inTime<T>(
  { limits: { signInTimeoutMs }, runtime }: Flow,
  signal: AbortSignal | undefined,
  visit: Promise<T>,
): Promise<T> {
  const late = new AbortController()
  const onAbort = (): void => late.abort(signal?.reason)
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted === true) onAbort()
  const text = `nobody signed in within ${signInTimeoutMs} ms`
  const stop = runtime.after(signInTimeoutMs, () => late.abort(new McpError('ERR_TIMEOUT', text)), {
    holds: true,
  })
  try {
    return await unlessAborted(visit, late.signal)
  } finally {
    stop()
    signal?.removeEventListener('abort', onAbort)
  }
}
