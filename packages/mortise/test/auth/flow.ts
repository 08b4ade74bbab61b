import { createCredentials } from '../../src/auth/client/credentials.ts'
import type { AuthEvent, Flow } from '../../src/auth/client/flow.ts'
import { createNodeGuardedFetch } from '../../src/node/guarded-fetch.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { defaultLimits } from '../../src/std/limits.ts'
import { systemRuntime } from '../../src/std/runtime.ts'

/** A flow to a server on loopback, over real sockets, and what it said. */
export function createFlow(
  serverUrl: string,
  changes: Partial<Flow> = {},
): Flow & { readonly said: readonly AuthEvent[] } {
  const { limits = defaultLimits, runtime = systemRuntime } = changes
  const said: AuthEvent[] = []
  return {
    serverUrl,
    fetch: createNodeGuardedFetch({ allowLoopback: true }, { limits, runtime }),
    credentials: createCredentials(createMemoryStore({ runtime }), runtime),
    limits,
    runtime,
    asking: (ask) => ask(),
    say: (event) => void said.push(event),
    ...changes,
    said,
  }
}
