import { createFetchConnector } from '../../http/fetch-connector.ts'
import { createGuardedFetch } from '../../http/guarded-fetch.ts'
import { systemRuntime } from '../../std/runtime.ts'
import type { ServerAuthPlatform } from './platform.ts'

/** Verifying where there is the web's `fetch` and nothing else. */
export const fetchPlatform: ServerAuthPlatform = {
  createFetch: (policy, limits) =>
    createGuardedFetch(policy, {
      limits,
      runtime: systemRuntime,
      connect: createFetchConnector(),
    }),
}
