import { digest } from './front-store.ts'
import type { FrontSetup } from './setup.ts'
import type { UpstreamTokens } from './provider.ts'

/** What a user consented to, and for whom. */
export interface Grant {
  readonly clientId: string
  readonly subject: string
  readonly user?: Readonly<Record<string, unknown>>
  readonly scopes: readonly string[]
  readonly resource: string
}

/** Grants by their ids, each with the one refresh token that is good now. */
export interface Grants {
  /** Begins the grant `id`, once; its first refresh token, or undefined when it was ended before it began. */
  begin(id: string, grant: Grant, upstream: UpstreamTokens): Promise<string | undefined>
  /**
   * Replaces a refresh token; undefined when it is none of this client's that is good. Where it is for another `resource` than
   * is asked for, it stays as it is.
   */
  refresh(
    token: string,
    asked: { readonly clientId: string; readonly resource?: string },
  ): Promise<Refreshed | 'other-resource' | undefined>
  /** Whose refresh token this is, good or not. */
  grantOf(token: string): Promise<string | undefined>
  /** Whether tokens of the grant are good. */
  isLive(id: string): Promise<boolean>
  /** Ends a grant: from now on none of its tokens is good. `clientId` given: only that client's. */
  end(id: string, clientId?: string): Promise<void>
  /** Calls `listener` with the id of each grant that ends in this process. */
  onEnd(listener: (id: string) => void): void
}

/** A refresh token that was replaced. */
export interface Refreshed {
  readonly id: string
  readonly grant: Grant
  readonly refreshToken: string
}

interface LiveGrant extends Grant {
  readonly refreshToken: string
  /** Digest of `refreshToken`. */
  readonly current: string
  /** Digests of those before it, and until when they still give it. */
  readonly past: readonly { readonly digest: string; readonly untilMs: number }[]
}

interface EndedGrant {
  readonly ended: true
}

/** More refresh tokens than these are not replaced in a grace by a client that keeps what it gets. */
const maxPast = 16

/** Keeps grants in the store. */
export function createGrants({ store, lifetimes, runtime, secret }: FrontSetup): Grants {
  const { refreshTokenMs, refreshGraceMs, accessTokenMs } = lifetimes
  const listeners: ((id: string) => void)[] = []
  const keyOf = (id: string): string => `grant:${id}`

  // Sealed, so that a text that was never ours cannot be taken for an old one and end the grant.
  const makeToken = (id: string): Promise<string> => store.seal('refresh', { g: id, s: secret() })

  async function grantOf(token: string): Promise<string | undefined> {
    return (await store.open<{ g: string }>('refresh', token))?.g
  }

  async function begin(
    id: string,
    grant: Grant,
    upstream: UpstreamTokens,
  ): Promise<string | undefined> {
    const refreshToken = await makeToken(id)
    const current = await digest(refreshToken)
    const value: LiveGrant = { ...grant, refreshToken, current, past: [] }
    await store.swap(upstreamKey(id), undefined, { value: upstream, ttlMs: refreshTokenMs })
    if (await store.swap(keyOf(id), undefined, { value, ttlMs: refreshTokenMs })) {
      return refreshToken
    }
    await store.delete(upstreamKey(id))
    return undefined
  }

  async function refresh(
    token: string,
    { clientId, resource }: { readonly clientId: string; readonly resource?: string },
  ): Promise<Refreshed | 'other-resource' | undefined> {
    const id = await grantOf(token)
    if (id === undefined) return undefined
    const shown = await digest(token)
    for (;;) {
      const kept = await store.get<LiveGrant | EndedGrant>(keyOf(id))
      const grant = kept?.value
      if (grant === undefined || 'ended' in grant || grant.clientId !== clientId) return undefined
      if ((resource ?? grant.resource) !== grant.resource) return 'other-resource'
      const now = runtime.now()
      const past = grant.past.filter(({ untilMs }) => untilMs > now)
      if (grant.current === shown) {
        const refreshToken = await makeToken(id)
        const replaced = { digest: shown, untilMs: now + refreshGraceMs }
        const value: LiveGrant = {
          ...grant,
          refreshToken,
          current: await digest(refreshToken),
          past: [...past, replaced].slice(-maxPast),
        }
        if (!(await store.swap(keyOf(id), kept, { value, ttlMs: refreshTokenMs }))) continue
        await keepUpstream(id)
        return { id, grant, refreshToken }
      }
      // Its answer was lost, or another process of the client was quicker: both get what the first one got.
      if (past.some((old) => old.digest === shown)) {
        return { id, grant, refreshToken: grant.refreshToken }
      }
      // Two hold what one was given (OAuth 2.1 §4.3.1).
      await end(id)
      return undefined
    }
  }

  /** The provider's tokens live as long as the grant, also where they never change. */
  async function keepUpstream(id: string): Promise<void> {
    const kept = await store.get(upstreamKey(id))
    // Whoever writes it at this moment keeps it as well.
    if (kept?.value === undefined) return
    await store.swap(upstreamKey(id), kept, { value: kept.value, ttlMs: refreshTokenMs })
  }

  async function end(id: string, clientId?: string): Promise<void> {
    for (;;) {
      const kept = await store.get<LiveGrant | EndedGrant>(keyOf(id))
      const grant = kept?.value
      if (clientId !== undefined) {
        if (grant === undefined || 'ended' in grant || grant.clientId !== clientId) return
      }
      // Kept for as long as a code that leads to it may still be on its way.
      const value: EndedGrant = { ended: true }
      const ttlMs = accessTokenMs + endedMs
      if (await store.swap(keyOf(id), kept, { value, ttlMs })) break
    }
    await store.delete(upstreamKey(id))
    for (const listener of listeners) listener(id)
  }

  return {
    begin,
    refresh,
    grantOf,
    async isLive(id) {
      const grant = (await store.get<LiveGrant | EndedGrant>(keyOf(id)))?.value
      return grant !== undefined && !('ended' in grant)
    },
    end,
    onEnd(listener) {
      listeners.push(listener)
    },
  }
}

const endedMs = 15 * 60_000

/** Where the provider's tokens of a grant are kept. */
export function upstreamKey(id: string): string {
  return `upstream:${id}`
}
