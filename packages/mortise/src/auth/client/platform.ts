import type { GuardedFetch, OutboundPolicy } from '../../http/guarded-fetch.ts'
import type { Limits } from '../../std/limits.ts'

/** What signing in is made of on one platform. */
export interface AuthPlatform {
  createFetch(policy: OutboundPolicy, limits: Limits): GuardedFetch
  /** How the user is brought to a page, where the platform has a way of its own. */
  readonly userAgent?: UserAgent
}

/** Brings the user to a page of the authorization server, and back with its answer. */
export interface UserAgent {
  /**
   * Gets ready for one sign-in: says where the answer will come to. `registered` are the redirect URIs that the client has at
   * this authorization server already; empty when it has none yet.
   */
  prepare(registered: readonly string[], signal?: AbortSignal): Promise<Visit>
}

/** One visit of the user. */
export interface Visit {
  readonly redirectUri: string
  /** Sends the user to `url`; resolves with the URL that the answer came to, query and all. */
  go(url: URL): Promise<URL>
  /** Frees what was opened; called once, whatever happened. `outcome` is shown to the user where there is a page for it. */
  end(outcome: 'signed-in' | 'failed'): Promise<void>
}
