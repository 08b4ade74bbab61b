import { createManualUserAgent } from '../../../src/auth/client/manual-user-agent.ts'
import type { AuthPlatform } from '../../../src/auth/client/platform.ts'
import { signInOn } from '../../../src/auth/client/sign-in.ts'
import type { SignIn, SignInOptions } from '../../../src/auth/client/sign-in.ts'
import type { Client, ConnectOptions } from '../../../src/client/types.ts'
import { createFetchConnector } from '../../../src/http/fetch-connector.ts'
import { createGuardedFetch } from '../../../src/http/guarded-fetch.ts'
import { connect } from '../../../src/node/client.ts'
import { createNodeGuardedFetch } from '../../../src/node/guarded-fetch.ts'
import { systemRuntime } from '../../../src/std/runtime.ts'
import { visit } from '../../auth/signed-user.ts'
import type { Witness } from './witness.ts'

/** Both ways in which metadata and tokens are fetched. */
export const platforms: Readonly<Record<'node' | 'fetch', AuthPlatform>> = {
  node: {
    createFetch: (policy, own) =>
      createNodeGuardedFetch(policy, { limits: own, runtime: systemRuntime }),
  },
  fetch: {
    createFetch: (policy, own) =>
      createGuardedFetch(policy, {
        limits: own,
        runtime: systemRuntime,
        connect: createFetchConnector(),
      }),
  },
}

/** How a watched user differs from the usual one. */
export interface WatchedOptions extends SignInOptions {
  readonly on?: 'node' | 'fetch'
  /** Stands for the browser. Default: its user allows everything. */
  readonly open?: (page: URL) => Promise<URL>
}

/** Users and connections whose every hook is watched. */
export function watchUser({ bring, see }: Witness): {
  createUser(options?: WatchedOptions): SignIn
  /** Connects, with secrets in the headers. */
  join(place: { readonly url: string }, options: ConnectOptions): Promise<Client>
} {
  return {
    createUser({ on = 'node', open = visit, ...options } = {}) {
      const redirectUri = `http://127.0.0.1:33418/callback?k=${bring('query of the redirect URI')}`
      return signInOn(platforms[on], {
        userAgent: createManualUserAgent({ redirectUri, open }),
        allowLoopback: true,
        onEvent: (event) => see('onEvent', event),
        ...options,
      })
    },
    async join({ url }, options) {
      const client = await connect(url, {
        headers: { 'x-api-key': bring('header x-api-key'), cookie: `a=${bring('header cookie')}` },
        onWarning: (warning) => see('onWarning', warning),
        onError: (error) => see('onError', error),
        onStatus: (status) => see('onStatus', status),
        onLog: (entry) => see('onLog', entry),
        ...options,
      })
      see('the client', client)
      return client
    },
  }
}
