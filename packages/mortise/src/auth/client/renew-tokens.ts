import { McpError } from '../../std/error.ts'
import type { Lease, StoredTokens } from './credentials.ts'
import { createDpopKey } from './dpop.ts'
import type { ClientIdentity, Discovered, Flow, Grant, TokenSet } from './flow.ts'
import { isFinal, isUnknownClient, refreshTokens, revokeTokens } from './token.ts'

/** What tokens are renewed by. */
export interface Renewing {
  readonly grant: Grant
  readonly found: Discovered
  /** Those that are to be renewed. */
  readonly tokens: TokenSet
}

/** What came of it: without tokens the user has to sign in anew. */
export interface Renewal {
  readonly tokens: TokenSet | undefined
  /** Whether somebody has signed out meanwhile. */
  readonly isGone: boolean
}

/** Another process that renews is looked after this often. */
const pollMs = 100

/**
 * Renews tokens by their refresh token, of which every use may be the only one: one process at a time, and the new tokens are
 * stored before anybody uses them. Whoever finds that another process has renewed them takes its tokens.
 * @throws what asking the token endpoint comes to, unless it is a refusal that stands: the tokens stay.
 */
export async function renewTokens(
  flow: Flow,
  { grant, found, tokens }: Renewing,
): Promise<Renewal> {
  const { credentials, serverUrl, runtime, limits } = flow
  const place = { server: serverUrl, account: grant.key }
  const read = (): Promise<StoredTokens | undefined> => credentials.tokens(serverUrl, grant.key)
  const isOther = (other: TokenSet): boolean =>
    other.accessToken !== tokens.accessToken && other.issuer === tokens.issuer
  const isRenewed = (other: TokenSet): boolean =>
    isOther(other) && runtime.now() < (other.expiresAtMs ?? Infinity)

  /** The lock, or what another one has renewed while we waited for it. */
  async function take(): Promise<Lease | Renewal> {
    // Two requests at most are made while it is held: one, and once more with a nonce.
    const ttlMs = limits.outboundTimeoutMs * 3
    for (;;) {
      const lease = await credentials.lease(`refresh:${grant.key}:${serverUrl}`, ttlMs)
      if (lease !== undefined) return lease
      await new Promise<void>((resolve) => void runtime.after(pollMs, resolve, { holds: true }))
      const now = await read()
      if (now === undefined) return gone
      if (isRenewed(now.tokens)) return { tokens: now.tokens, isGone: false }
    }
  }

  async function refresh(kept: StoredTokens): Promise<Renewal> {
    const identity = await identityOf(flow, grant, { found, clientId: kept.tokens.clientId })
    if (identity?.clientId !== kept.tokens.clientId) return refused
    const { dpopJwk } = kept.tokens
    const dpop = dpopJwk === undefined ? undefined : await createDpopKey(dpopJwk, runtime)
    let next: TokenSet
    try {
      next = await refreshTokens(flow, { found, identity, tokens: kept.tokens, dpop })
    } catch (error) {
      if (!isFinal(error)) throw error
      const now = await read()
      if (now !== undefined && isOther(now.tokens)) return { tokens: now.tokens, isGone: false }
      if (identity.how === 'dynamic' && isUnknownClient(error)) {
        await credentials.forgetClient(found.server.issuer, identity.clientId)
      }
      return refused
    }
    if (await credentials.swapTokens(place, kept, next)) {
      flow.say({ type: 'refreshed', issuer: next.issuer })
      return { tokens: next, isGone: false }
    }
    // Somebody has signed in or out meanwhile: what they did counts.
    const now = await read()
    if (now !== undefined) return { tokens: now.tokens, isGone: false }
    // Whoever signed out could not tell of tokens that were still on their way; if it is refused now, they end by their time.
    await revokeTokens(flow, { found, identity, tokens: next }).catch(() => {})
    return gone
  }

  const lease = await take()
  if (!('release' in lease)) return lease
  try {
    const kept = await read()
    if (kept === undefined) return gone
    if (isRenewed(kept.tokens)) return { tokens: kept.tokens, isGone: false }
    return await refresh(kept)
  } finally {
    await lease.release()
  }
}

const refused: Renewal = { tokens: undefined, isGone: false }
const gone: Renewal = { tokens: undefined, isGone: true }

/** Who we are; undefined when that is not known any more, so that tokens of another client cannot be renewed. */
async function identityOf(
  flow: Flow,
  grant: Grant,
  { found, clientId }: { readonly found: Discovered; readonly clientId: string },
): Promise<ClientIdentity | undefined> {
  try {
    return await grant.identity(flow, found, clientId)
  } catch (error) {
    if (error instanceof McpError && error.code === 'ERR_AUTH_REGISTRATION') return undefined
    throw error
  }
}
