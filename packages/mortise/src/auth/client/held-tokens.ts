import { McpError } from '../../std/error.ts'
import type { StopSignal } from '../../std/stop.ts'
import type { StoredTokens } from './credentials.ts'
import type { Demand } from './demand.ts'
import { discover } from './discover.ts'
import type { DiscoverHint } from './discover.ts'
import { DiscoveryError, shownUrl } from './discovery-error.ts'
import { createDpopKey, dpopAlgorithm } from './dpop.ts'
import { createFlights } from './flight.ts'
import type { Discovered, DpopKey, Flow, Grant, TokenSet } from './flow.ts'
import { renewTokens } from './renew-tokens.ts'
import { chooseScopes, unite } from './scopes.ts'
import { checkTokens } from './token.ts'

/** Tokens as requests are sent with them. */
export interface Ready {
  readonly tokens: TokenSet
  /** The header `authorization`. */
  readonly authorization: string
  /** Undefined: bearer tokens. */
  readonly dpop: DpopKey | undefined
  /** From then on, by the wall clock, they are renewed before they are sent. */
  readonly dueMs: number
}

/** The tokens of one account for one server, in this process: got, renewed and widened by one flow at a time. */
export interface HeldTokens {
  /** Those of now, without looking whether they are due. */
  readonly current: Ready | undefined
  /** Those to send: looked up at first, renewed when they are due. Undefined: nobody is signed in. */
  usable(signal?: StopSignal): Promise<Ready | undefined>
  /** New ones in place of those that the server did not take (401). */
  renewed(refused: Ready | undefined, demand: Demand, signal?: StopSignal): Promise<Ready>
  /** Those with more scopes than the server found in these (403). `begin` is called before they are asked for; it may throw. */
  widened(
    refused: Ready,
    demand: Demand,
    options: { readonly begin: () => void; readonly signal?: StopSignal | undefined },
  ): Promise<Ready>
  /** The server did not take tokens that were just renewed: next time they are got anew. */
  distrust(refused: Ready): void
  /** Forgets them here and in the store; what was forgotten. */
  forget(): Promise<TokenSet | undefined>
  /** What was found last. */
  readonly found: Discovered | undefined
}

/** What tokens are held by. */
export interface HeldTokensParts {
  readonly flow: Flow
  readonly grant: Grant
  /** The version of the protocol that requests for metadata name. */
  readonly version: string
  /** Scopes that are asked for besides what the server wants. */
  readonly scopes: readonly string[]
  /** Whether tokens are bound to a key wherever both servers can. */
  readonly dpop: boolean
  /** Hears what the user should know. */
  readonly warn: (text: string) => void
  /** The only issuer that may be used. */
  readonly issuer: string | undefined
  /** Whether a user is being asked at the moment. */
  readonly isAsking: () => boolean
  /** Called before somebody is to sign in anew; it may throw. */
  readonly beforeSignIn: () => void
  /** Hears that somebody signed in anew. */
  readonly onSignIn: () => void
}

/** After a renewal that failed, tokens that still are good are sent as they are for this long, in milliseconds. */
const retryMs = 5_000

/** Holds the tokens for `flow.serverUrl` of the account that `grant` names. */
export function createHeldTokens(parts: HeldTokensParts): HeldTokens {
  const { flow, grant, version, isAsking } = parts
  const { credentials, runtime, limits, serverUrl } = flow
  const flights = createFlights<Ready | undefined>()
  let current: Ready | undefined
  let lookedUp: Promise<void> | undefined
  let found: Discovered | undefined
  let isWarned = false
  let retryAtMs = -Infinity
  /** A refresh token that was refused, and a sign-in whose renewed tokens were. */
  let spent: string | undefined
  let distrusted: string | undefined

  async function adopt(tokens: TokenSet): Promise<Ready> {
    checkTokens(tokens)
    const { accessToken, dpopJwk, expiresAtMs = Infinity, tokenType } = tokens
    const isBound = tokenType === 'dpop'
    const dpop = isBound ? await createDpopKey(dpopJwk, runtime) : undefined
    // Tokens that live shortly are not renewed for most of their life.
    const skewMs = Math.min(limits.tokenSkewMs, (expiresAtMs - runtime.now()) / 10)
    const dueMs = expiresAtMs === Infinity ? Infinity : expiresAtMs - Math.max(skewMs, 0)
    const authorization = `${isBound ? 'DPoP' : 'Bearer'} ${accessToken}`
    current = { tokens, authorization, dpop, dueMs }
    return current
  }

  const stored = (): Promise<StoredTokens | undefined> => credentials.tokens(serverUrl, grant.key)

  async function lookUp(): Promise<void> {
    try {
      const kept = await stored()
      if (kept !== undefined && current === undefined) await adopt(kept.tokens)
    } catch (error) {
      lookedUp = undefined // the store may be there next time
      throw error
    }
  }

  const isOver = ({ tokens }: Ready): boolean => runtime.now() >= (tokens.expiresAtMs ?? Infinity)
  const isDue = ({ dueMs }: Ready): boolean => runtime.now() >= dueMs
  /** Whether new tokens can be had without a user. */
  const isRenewable = ({ refreshToken, grant: signIn }: TokenSet): boolean =>
    !grant.interactive ||
    (refreshToken !== undefined && refreshToken !== spent && signIn !== distrusted)

  async function find(demand: Demand | undefined, signal: AbortSignal): Promise<Discovered> {
    const { resourceMetadata } = demand ?? {}
    const hint = {
      version,
      hadMetadata: current?.tokens.resource !== undefined,
      ...(resourceMetadata === undefined ? {} : { resourceMetadata }),
      ...(parts.issuer === undefined ? {} : { issuer: parts.issuer }),
    }
    found = (await findAgain(hint, signal)) ?? (await discover(flow, hint, signal))
    return found
  }

  /** The issuer of the tokens that there are, as long as the server names it, whichever stands first by now. */
  async function findAgain(
    hint: DiscoverHint,
    signal: AbortSignal,
  ): Promise<Discovered | undefined> {
    const { issuer = current?.tokens.issuer } = hint
    if (issuer === undefined || issuer === hint.issuer) return undefined
    try {
      return await discover(flow, { ...hint, issuer }, signal)
    } catch (error) {
      const isMoved = error instanceof McpError && error.code === 'ERR_AUTH_REGISTRATION'
      if (isMoved || error instanceof DiscoveryError) return undefined
      throw error
    }
  }

  /** Renews what is due; what cannot be renewed is sent as it is, for the server to say what it wants. */
  async function renewDue(signal: AbortSignal): Promise<Ready | undefined> {
    const now = current
    if (now === undefined || !isDue(now) || !isRenewable(now.tokens)) return now
    try {
      const known = found ?? (await find(undefined, signal))
      if (known.server.issuer !== now.tokens.issuer) return now
      return (await renew(known, now.tokens, signal)) ?? current
    } catch (error) {
      if (error instanceof DiscoveryError) return now
      found = undefined // its places may have moved
      if (isOver(now)) throw error
      retryAtMs = runtime.now() + retryMs
      return now
    }
  }

  /** New tokens of the same sign-in; undefined where that is not to be had. */
  async function renew(
    known: Discovered,
    tokens: TokenSet,
    signal: AbortSignal,
  ): Promise<Ready | undefined> {
    if (!isRenewable(tokens)) return undefined
    if (!grant.interactive) {
      const scopes = tokens.requested.length === 0 ? undefined : tokens.requested
      return await obtain(known, { scopes, dpop: tokens.dpopJwk !== undefined }, signal)
    }
    const renewal = await renewTokens(flow, { grant, found: known, tokens })
    if (renewal.tokens !== undefined) return await adopt(renewal.tokens)
    if (renewal.isGone) current = undefined
    spent = tokens.refreshToken
    return undefined
  }

  async function obtain(
    known: Discovered,
    { scopes, dpop }: { scopes: readonly string[] | undefined; dpop: boolean },
    signal: AbortSignal,
  ): Promise<Ready> {
    const canBind = known.server.dpop_signing_alg_values_supported?.includes(dpopAlgorithm) === true
    // A server that does not know of bound tokens refuses them, or sees no difference.
    const isTaken = dpop || known.dpopRequired === true
    const isBound = canBind && (isTaken || (parts.dpop && known.dpopOffered === true))
    if (parts.dpop && !isBound) warnUnbound(known, canBind)
    const got = await grant.obtain(flow, {
      found: known,
      scopes,
      dpop: isBound ? await createDpopKey(undefined, runtime) : undefined,
      signal,
    })
    // A machine is who it is, however often it asks.
    const tokens = grant.interactive ? got : { ...got, grant: grant.key }
    checkTokens(tokens)
    const place = { server: serverUrl, account: grant.key }
    while (!(await credentials.swapTokens(place, await stored(), tokens))) {
      // Somebody else has signed in meanwhile; the last one counts.
    }
    flow.say({ type: 'signed-in', issuer: tokens.issuer, scopes: tokens.granted ?? scopes })
    return await adopt(tokens)
  }

  function warnUnbound({ server }: Discovered, canBind: boolean): void {
    if (isWarned) return
    isWarned = true
    const who = canBind ? serverUrl : server.issuer
    parts.warn(
      `${shownUrl(who)} does not say that it takes DPoP: its tokens are not bound to a key`,
    )
  }

  /** What the store has of this issuer; tokens of another one are not used any more (AUTHC-09, AUTHC-39). */
  async function ownTokens({ server }: Discovered): Promise<TokenSet | undefined> {
    const tokens = (await stored())?.tokens
    if (current !== undefined && current.tokens.issuer !== server.issuer) current = undefined
    return tokens?.issuer === server.issuer ? tokens : undefined
  }

  const isOther = (refused: Ready | undefined, tokens: TokenSet): boolean =>
    tokens.accessToken !== refused?.tokens.accessToken

  async function replace(
    refused: Ready | undefined,
    demand: Demand,
    signal: AbortSignal,
  ): Promise<Ready> {
    if (current !== undefined && isOther(refused, current.tokens)) return current
    const known = await find(demand, signal)
    const own = await ownTokens(known)
    if (own !== undefined) {
      // Another process may have been faster.
      const isGood = runtime.now() < (own.expiresAtMs ?? Infinity)
      if (isOther(refused, own) && isGood) return await adopt(own)
      const next = grant.interactive ? await renew(known, own, signal) : undefined
      if (next !== undefined) return next
    }
    parts.beforeSignIn()
    const scopes = chooseScopes({
      found: known,
      demanded: demand.scopes,
      previous: own,
      extra: parts.scopes,
      refreshes: grant.interactive,
    })
    const next = await obtain(known, { scopes, dpop: demand.dpop }, signal)
    parts.onSignIn()
    return next
  }

  async function widen(
    refused: Ready,
    demand: Demand,
    { begin, signal }: { readonly begin: () => void; readonly signal: AbortSignal },
  ): Promise<Ready> {
    if (current !== undefined && isOther(refused, current.tokens)) return current
    begin()
    const known = await find(demand, signal)
    const own = await ownTokens(known)
    const { scopes: demanded = [] } = demand
    const before = own === undefined ? [] : unite(own.requested, own.granted ?? [])
    const scopes = unite(before, demanded)
    flow.say({ type: 'step-up', issuer: known.server.issuer, scopes })
    const dpop = demand.dpop || own?.dpopJwk !== undefined
    return await obtain(known, { scopes, dpop }, signal)
  }

  return {
    get current() {
      return current
    },
    get found() {
      return found
    },
    async usable(signal) {
      await (lookedUp ??= lookUp())
      const now = current
      if (now === undefined || !isDue(now) || !isRenewable(now.tokens)) return now
      if (!isOver(now) && (runtime.now() < retryAtMs || isAsking())) return now
      return await flights.join('due', renewDue, signal)
    },
    renewed: (refused, demand, signal) =>
      must(flights.join('refused', (own) => replace(refused, demand, own), signal)),
    widened: (refused, demand, { begin, signal }) => {
      const kind = `widened ${(demand.scopes ?? []).join(' ')}`
      const work = (own: AbortSignal): Promise<Ready> =>
        widen(refused, demand, { begin, signal: own })
      return must(flights.join(kind, work, signal))
    },
    distrust({ tokens }) {
      distrusted = tokens.grant
    },
    async forget() {
      const kept = (await stored())?.tokens ?? current?.tokens
      await credentials.forgetTokens(serverUrl, grant.key)
      current = undefined
      return kept
    },
  }
}

/** The flights of these two kinds always bring tokens. */
async function must(ready: Promise<Ready | undefined>): Promise<Ready> {
  const came = await ready
  if (came !== undefined) return came
  throw new McpError('ERR_AUTH_REFUSED', 'there are no tokens for the server')
}
