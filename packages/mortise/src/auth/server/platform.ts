import type { GuardedFetch, OutboundPolicy } from '../../http/guarded-fetch.ts'
import type { Limits } from '../../std/limits.ts'

/** What verifying is made of on one platform. */
export interface ServerAuthPlatform {
  createFetch(policy: OutboundPolicy, limits: Limits): GuardedFetch
}
