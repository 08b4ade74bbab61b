import type { AuthConnection, ClientAuth } from '../../http/client-auth.ts'
import { shownPlace } from '../../http/echo.ts'
import type { GuardedFetch, OutboundPolicy } from '../../http/guarded-fetch.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import { McpError } from '../../std/error.ts'
import { defaultLimits, resolveLimits } from '../../std/limits.ts'
import type { Limits } from '../../std/limits.ts'
import { systemRuntime } from '../../std/runtime.ts'
import { createAskers } from './askers.ts'
import { createCredentials } from './credentials.ts'
import { discoverIssuer } from './discover.ts'
import { DiscoveryError, shownUrl } from './discovery-error.ts'
import type { AuthEvent, Discovered, Flow, Grant, TokenSet } from './flow.ts'
import { createHeldTokens } from './held-tokens.ts'
import { isLoopbackHost } from '../../http/address.ts'
import { createSignInPace } from './sign-in-pace.ts'
import type { SignInPace } from './sign-in-pace.ts'
import { createSignedClient } from './signed-client.ts'
import type { SignInSession } from './signed-client.ts'
import { createStepUps } from './step-ups.ts'
import { revokeTokens, withKnownClient } from './token.ts'

/** What getting in is made of, whatever the grant. */
export interface SignedInParts {
  readonly grant: Grant
  readonly store: KeyValueStore
  readonly createFetch: (policy: OutboundPolicy, limits: Limits) => GuardedFetch
  /** Where requests may go besides public addresses and the server's own origin. */
  readonly policy?: OutboundPolicy
  /** Scopes that are asked for besides what the server wants. Default: none. */
  readonly scopes?: readonly string[]
  /** Whether tokens are bound to a key wherever both servers say that they can, also unasked. Default: false. */
  readonly dpop?: boolean
  /** The only issuer that may be used. Default: whichever the server names. */
  readonly issuer?: string
  /** Hears what is done. */
  readonly onEvent?: (event: AuthEvent) => void
  /** Over the limits of the connection. */
  readonly limits?: Partial<Limits>
}

/** A way in that remembers. */
export interface SignedIn extends ClientAuth {
  /** Whether there are tokens for the server. They may have ended, or be refused. */
  isSignedIn(url: string | URL): Promise<boolean>
  /** What the tokens for the server are good for; undefined where there are none. */
  status(url: string | URL): Promise<SignedInStatus | undefined>
  /**
   * Forgets the tokens for the server, and tells its authorization server (RFC 7009). Where that cannot be told, the event
   * `signed-out` says why in `untold`: they are forgotten all the same, and end by their time there.
   */
  signOut(url: string | URL): Promise<void>
  /**
   * Forgets who the client registered itself as at an authorization server, so that the next sign-in there registers anew. Tokens
   * that the registration got are not refreshed any more: sign out first. `issuer` is that of `status`.
   */
  forgetRegistration(issuer: string): Promise<void>
}

/** What is known of tokens, without secrets. The server may refuse them all the same. */
export interface SignedInStatus {
  /** Who issued them. */
  readonly issuer: string
  /** Those that were granted, else those that were asked for. */
  readonly scopes: readonly string[]
  /** Milliseconds since the epoch; absent where that was not told. */
  readonly expiresAtMs?: number
  /** Whether new ones are had without asking anybody. */
  readonly renewable: boolean
}

/** The session of one server, and what ends it. */
interface Kept extends SignInSession {
  readonly flow: Flow
  readonly pace: SignInPace
}

/** What a session is for. */
type Place = Pick<AuthConnection, 'url' | 'version' | 'limits' | 'runtime'> &
  Partial<Pick<AuthConnection, 'warning' | 'clientName'>>

/** Servers that are known at once; of one that is forgotten the tokens are still in the store. */
const maxSessions = 1_000

/** Gets in by `parts.grant`: connections to the same server share its tokens, and one flow at a time. */
export function createSignedIn(parts: SignedInParts): SignedIn {
  const { grant } = parts
  const sessions = new Map<string, Kept>()

  function open(place: Place): Kept {
    const { url, version, limits: given, runtime, clientName, warning = () => {} } = place
    const serverUrl = withoutFragment(url)
    const limits = resolveLimits(parts.limits, given)
    const { trust = [], ...policy } = parts.policy ?? {}
    const { protocol, hostname } = new URL(url)
    if (protocol === 'http:' && !isLoopbackHost(hostname)) {
      // RFC 6750 §5.3. Within a network of one's own it is common.
      const text = `whoever is on the way to ${shownUrl(serverUrl)} can read the tokens for it: it is not of https`
      warning(text)
    }
    const askers = createAskers()
    const flow: Flow = {
      serverUrl,
      ...(clientName === undefined ? {} : { clientName }),
      fetch: parts.createFetch({ ...policy, trust: [new URL(url).origin, ...trust] }, limits),
      credentials: createCredentials(parts.store, runtime),
      limits,
      runtime,
      asking: askers.asking,
      say(event) {
        try {
          parts.onEvent?.(event)
        } catch (error) {
          warning(`onEvent threw: ${String(error)}`)
        }
      },
    }
    const stepUps = createStepUps(limits)
    const pace = createSignInPace(runtime)
    const held = createHeldTokens({
      flow,
      grant,
      version,
      scopes: parts.scopes ?? [],
      dpop: parts.dpop ?? false,
      warn: warning,
      issuer: parts.issuer,
      isAsking: askers.isAsking,
      beforeSignIn() {
        // A machine asks nobody.
        if (grant.interactive) pace.check()
      },
      onSignIn() {
        stepUps.forget()
        pace.done()
      },
    })
    const failures: SignInSession['failures'] = new WeakMap()
    const shared = { serverUrl, held, stepUps, askers, limits, runtime, failures }
    return { ...shared, nonce: undefined, flow, pace }
  }

  function sessionOf(place: Place): Kept {
    const key = withoutFragment(place.url)
    const session = sessions.get(key) ?? open(place)
    sessions.delete(key)
    sessions.set(key, session)
    const [oldest] = sessions.keys()
    if (sessions.size > maxSessions && oldest !== undefined) sessions.delete(oldest)
    return session
  }

  /** One that is not kept, since a connection would bring limits of its own. */
  function known(url: string | URL): Kept {
    // The error of `URL` would show all of it.
    if (!URL.canParse(url)) {
      throw new TypeError(`"${shownPlace(String(url))}" is no URL of a server`)
    }
    const { href } = new URL(url)
    const place = { url: href, version: '', limits: defaultLimits, runtime: systemRuntime }
    return sessions.get(withoutFragment(href)) ?? open(place)
  }

  return {
    sign: (http, connection) => createSignedClient(http, connection, sessionOf(connection)),
    async isSignedIn(url) {
      const { flow } = known(url)
      return (await flow.credentials.tokens(flow.serverUrl, grant.key)) !== undefined
    },
    async status(url) {
      const { flow } = known(url)
      const kept = await flow.credentials.tokens(flow.serverUrl, grant.key)
      if (kept === undefined) return undefined
      const { issuer, granted, requested, expiresAtMs, refreshToken } = kept.tokens
      return {
        issuer,
        scopes: granted ?? requested,
        ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
        renewable: !grant.interactive || refreshToken !== undefined,
      }
    },
    async signOut(url) {
      const { held, stepUps, pace, flow } = known(url)
      const tokens = await held.forget()
      stepUps.forget()
      pace.forget()
      if (tokens === undefined) return
      const untold = await tell(tokens, { flow, known: held.found, grant })
      const event = { type: 'signed-out', issuer: tokens.issuer } as const
      flow.say(untold === undefined ? event : { ...event, untold })
    },
    async forgetRegistration(issuer) {
      const credentials = createCredentials(parts.store, systemRuntime)
      const kept = await credentials.client(issuer)
      if (kept !== undefined) await credentials.forgetClient(issuer, kept.clientId)
    },
  }
}

/** Tells the authorization server that tokens are not used any more; why not, where that is not possible. */
async function tell(
  tokens: TokenSet,
  { grant, ...place }: Telling & { readonly grant: Grant },
): Promise<string | undefined> {
  const { flow } = place
  try {
    const found = await issuerOf(tokens, place)
    if (found === undefined) return undefined
    const identity = await grant.identity(flow, found, tokens.clientId)
    await withKnownClient(flow, { found, identity }, () =>
      revokeTokens(flow, { found, identity, tokens }),
    )
    return undefined
  } catch (error) {
    // Whoever signs out is out: a server that is down, or does not know the client any more, changes nothing.
    if (error instanceof McpError) return error.message
    throw error
  }
}

/** What of telling is known before. */
interface Telling {
  readonly flow: Flow
  readonly known: Discovered | undefined
}

/** Who issued tokens, whatever the server says by now; undefined where there never was metadata of it, and so nothing to tell. */
async function issuerOf(
  { issuer, resource }: TokenSet,
  { flow, known }: Telling,
): Promise<Discovered | undefined> {
  if (known?.server.issuer === issuer) return known
  try {
    return { resource, scopesSupported: undefined, server: await discoverIssuer(flow, issuer) }
  } catch (error) {
    if (resource === undefined && error instanceof DiscoveryError) return undefined
    throw error
  }
}

function withoutFragment(url: string): string {
  const parsed = new URL(url)
  parsed.hash = ''
  return parsed.href
}
