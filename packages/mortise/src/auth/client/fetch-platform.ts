import { createFetchConnector } from '../../http/fetch-connector.ts'
import { createGuardedFetch } from '../../http/guarded-fetch.ts'
import { systemRuntime } from '../../std/runtime.ts'
import type { AuthPlatform } from './platform.ts'

/** Signing in where there is `fetch` and nothing else: the application brings its user to the page by itself. */
export const fetchPlatform: AuthPlatform = {
  createFetch: (policy, limits) =>
    createGuardedFetch(policy, { limits, runtime: systemRuntime, connect: createFetchConnector() }),
}
