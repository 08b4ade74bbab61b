import type { AuthInfo } from '../../model/call.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { Kept } from './front-store.ts'
import { upstreamKey } from './grants.ts'
import type { Grants } from './grants.ts'
import type { Provider, UpstreamTokens } from './provider.ts'
import { isFinal } from './provider.ts'
import type { FrontSetup } from './setup.ts'
import { SignInNeededError } from './sign-in-needed-error.ts'

/** A caller's own token at the provider. */
export interface UpstreamToken {
  readonly accessToken: string
  /** Milliseconds since the epoch; absent where the provider did not say. */
  readonly expiresAt?: number
  readonly scopes: readonly string[]
}

interface StoredTokens extends UpstreamTokens {
  /** Who refreshes them now, and until when that holds. */
  readonly turn?: { readonly holder: string; readonly untilMs: number }
}

/** A token that ends this soon is refreshed. */
const earlyMs = 60_000
/** Longer than a request to the provider may take. */
const turnMs = 60_000
const lookMs = 100

/**
 * Makes the function that gives a caller's token at the provider. One process at a time refreshes it, so that a provider that
 * replaces refresh tokens never sees one twice.
 */
export function createUpstream(
  setup: FrontSetup,
  { grants, provider }: { readonly grants: Grants; readonly provider: Provider },
): (auth: AuthInfo) => Promise<UpstreamToken> {
  const { store, runtime, lifetimes, secret, warn } = setup
  const isPlain = 'tokenEndpoint' in setup.options.provider
  let isWarned = false
  const refreshing = new Map<string, Promise<UpstreamTokens>>()

  function warnOnce(): void {
    if (isWarned || isPlain) return
    isWarned = true
    warn(
      'the identity provider gives no refresh token although its access tokens end, so that users have to sign in again each time: ' +
        "most give one for offline_access among provider.scopes, and some with provider.parameters { prompt: 'consent' } alone",
    )
  }

  async function current(id: string): Promise<UpstreamTokens> {
    for (;;) {
      const kept = await store.get<StoredTokens>(upstreamKey(id))
      const tokens = kept?.value
      if (kept === undefined || tokens === undefined) throw new SignInNeededError()
      const now = runtime.now()
      const { expiresAtMs = Infinity, refreshToken, turn } = tokens
      if (refreshToken === undefined && expiresAtMs < Infinity) warnOnce()
      if (now < expiresAtMs - earlyMs) return tokens
      if (refreshToken === undefined) {
        if (now < expiresAtMs) return tokens
        await grants.end(id)
        throw new SignInNeededError()
      }
      if (turn === undefined || turn.untilMs <= now) {
        const mine = { holder: secret(), untilMs: now + turnMs }
        const taken = { ...tokens, turn: mine }
        if (await write(id, kept, taken)) return await renew(id, { ...taken, refreshToken })
        continue
      }
      // Somebody else is at it. What is left of the old token is good meanwhile.
      if (now < expiresAtMs) return tokens
      await pause(runtime)
    }
  }

  async function renew(
    id: string,
    tokens: StoredTokens & { readonly refreshToken: string },
  ): Promise<UpstreamTokens> {
    const { turn: _mine, ...rest } = tokens
    let fresh: UpstreamTokens
    try {
      fresh = await provider.refresh(tokens)
    } catch (error) {
      if (isFinal(error)) {
        await grants.end(id)
        throw new SignInNeededError()
      }
      // Trouble of the provider takes nothing away: what there was is tried again.
      await settle(id, tokens, rest)
      if (runtime.now() < (tokens.expiresAtMs ?? Infinity)) return rest
      throw error
    }
    await settle(id, tokens, fresh)
    return fresh
  }

  /** Writes what came of a turn, unless the grant ended meanwhile or the turn went to somebody else. */
  async function settle(id: string, mine: StoredTokens, outcome: UpstreamTokens): Promise<void> {
    for (;;) {
      const kept = await store.get<StoredTokens>(upstreamKey(id))
      if (kept?.value?.turn?.holder !== mine.turn?.holder) return
      if (await write(id, kept, outcome)) return
    }
  }

  function write(
    id: string,
    kept: Kept<unknown> | undefined,
    value: StoredTokens,
  ): Promise<boolean> {
    return store.swap(upstreamKey(id), kept, { value, ttlMs: lifetimes.refreshTokenMs })
  }

  return async ({ claims }) => {
    const id = claims?.['grant']
    if (typeof id !== 'string') {
      throw new TypeError('upstream needs the AuthInfo of a call that this front let in')
    }
    let work = refreshing.get(id)
    if (work === undefined) {
      work = current(id).finally(() => refreshing.delete(id))
      refreshing.set(id, work)
    }
    const { accessToken, expiresAtMs, scopes } = await work
    return { accessToken, scopes, ...(expiresAtMs === undefined ? {} : { expiresAt: expiresAtMs }) }
  }
}

function pause(runtime: Runtime): Promise<void> {
  return new Promise((resolve) => void runtime.after(lookMs, resolve, { holds: true }))
}
