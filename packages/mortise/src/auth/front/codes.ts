import { calculatePKCECodeChallenge } from 'oauth4webapi'
import { digest } from './front-store.ts'
import type { Grant, Grants } from './grants.ts'
import type { UpstreamTokens } from './provider.ts'
import type { FrontSetup } from './setup.ts'

/** What a code stands for. */
export interface CodeContent {
  readonly grant: Grant
  readonly upstream: UpstreamTokens
  readonly redirectUri: string
  readonly challenge: string
}

/** What a client shows to get what a code stands for. */
export interface Redemption {
  readonly code: string
  readonly clientId: string
  readonly redirectUri: string | undefined
  readonly resource: string | undefined
  readonly verifier: string
}

/** Authorization codes: single-use, for a minute. */
export interface Codes {
  issue(content: CodeContent): Promise<string>
  /** The tokens' grant; undefined when the code is not good, or not for who shows it. */
  redeem(
    shown: Redemption,
  ): Promise<
    { readonly id: string; readonly grant: Grant; readonly refreshToken: string } | undefined
  >
}

interface StoredCode extends CodeContent {
  readonly id: string
  readonly untilMs: number
}

interface UsedCode {
  readonly used: true
  readonly id: string
}

const codeMs = 60_000
/** That a code was used is remembered for this long: whoever shows it again ends what came of it. */
const usedMs = 15 * 60_000

/** Keeps codes in the store, by their digests. */
export function createCodes({ store, runtime, secret }: FrontSetup, grants: Grants): Codes {
  return {
    async issue(content) {
      const code = secret()
      const value: StoredCode = { ...content, id: secret(), untilMs: runtime.now() + codeMs }
      await store.swap(`code:${await digest(code)}`, undefined, { value, ttlMs: usedMs })
      return code
    },
    async redeem({ code, clientId, redirectUri, resource, verifier }) {
      const key = `code:${await digest(code)}`
      const kept = await store.get<StoredCode | UsedCode>(key)
      const stored = kept?.value
      if (stored === undefined) return undefined
      if ('used' in stored) {
        await grants.end(stored.id)
        return undefined
      }
      if (stored.grant.clientId !== clientId) return undefined
      // Used from here on, whatever else is wrong: it is in hands that it was not meant for.
      const value: UsedCode = { used: true, id: stored.id }
      if (!(await store.swap(key, kept, { value, ttlMs: usedMs }))) {
        await grants.end(stored.id)
        return undefined
      }
      const { grant, upstream, id, untilMs, challenge } = stored
      const fits =
        untilMs > runtime.now() &&
        (redirectUri ?? stored.redirectUri) === stored.redirectUri &&
        (resource ?? grant.resource) === grant.resource &&
        /^[\w.~-]{43,128}$/.test(verifier) &&
        (await calculatePKCECodeChallenge(verifier)) === challenge
      if (!fits) return undefined
      const refreshToken = await grants.begin(id, grant, upstream)
      return refreshToken === undefined ? undefined : { id, grant, refreshToken }
    },
  }
}
