import type { AuthEvent } from '../../src/auth/client/flow.ts'
import { createManualUserAgent } from '../../src/auth/client/manual-user-agent.ts'
import type { AuthPlatform } from '../../src/auth/client/platform.ts'
import { signInOn } from '../../src/auth/client/sign-in.ts'
import type { SignIn, SignInOptions } from '../../src/auth/client/sign-in.ts'
import { createNodeGuardedFetch } from '../../src/node/guarded-fetch.ts'
import { systemRuntime } from '../../src/std/runtime.ts'
import type { Runtime } from '../../src/std/runtime.ts'

export const redirectUri = 'http://127.0.0.1:33418/callback'

const platform: AuthPlatform = {
  createFetch: (policy, limits) =>
    createNodeGuardedFetch(policy, { limits, runtime: systemRuntime }),
}

/** A user whose browser goes where it is sent, once. */
export interface SignedUser {
  readonly auth: SignIn
  /** The pages that the user was sent to. */
  readonly pages: URL[]
  readonly events: AuthEvent[]
}

/** Follows one redirect of the authorization server, as a browser whose user allows everything would. */
export async function visit(page: URL): Promise<URL> {
  const answer = await fetch(page, { redirect: 'manual' })
  await answer.body?.cancel()
  return new URL(answer.headers.get('location') ?? 'about:blank')
}

/** A user who signs in; `open` stands for the browser. */
export function createUser(
  options: SignInOptions & { readonly open?: (page: URL) => Promise<URL> } = {},
): SignedUser {
  const { open = visit, ...rest } = options
  const pages: URL[] = []
  const events: AuthEvent[] = []
  const userAgent = createManualUserAgent({
    redirectUri,
    open: async (page) => {
      pages.push(page)
      return await open(page)
    },
  })
  const auth = signInOn(platform, {
    userAgent,
    allowLoopback: true,
    onEvent: (event) => void events.push(event),
    ...rest,
  })
  return { auth, pages, events }
}

/** The system's clock, which a test can put forward. */
export function createShiftedRuntime(): Runtime & { shift(ms: number): void } {
  let shiftedMs = 0
  return {
    ...systemRuntime,
    now: () => Date.now() + shiftedMs,
    shift(ms) {
      shiftedMs += ms
    },
  }
}
