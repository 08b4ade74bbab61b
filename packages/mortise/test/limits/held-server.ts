import { z } from 'zod'
import { createServer } from '../../src/server/index.ts'
import type { Server, ServerOptions } from '../../src/server/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import type { Json } from '../json.ts'

/** A server whose calls last as long as the test wants. */
export interface HeldServer {
  readonly server: Server
  readonly runtime: TestRuntime
  /** What was masked on the wire, or cut. */
  readonly reported: Json[]
  /** Calls of the tool `hold` that run. */
  readonly held: Set<() => void>
  /** Lets all of them end. */
  release(): void
}

/**
 * A server with the tools `hold` (runs until it is released or aborted), `deaf` (until it is released alone), `say` (gives
 * `chars` characters), `flood` (says `times` log lines of `chars` characters, then gives "done") and `ask`.
 */
export function heldServer(options: Partial<ServerOptions> = {}): HeldServer {
  const runtime = createTestRuntime()
  const reported: Json[] = []
  const held = new Set<() => void>()
  const hold = (signal?: AbortSignal): Promise<string> =>
    new Promise((resolve) => {
      const end = (): void => {
        held.delete(end)
        resolve('held')
      }
      held.add(end)
      signal?.addEventListener('abort', end, { once: true })
    })
  const amount = z.object({ chars: z.number().default(10), times: z.number().default(1) })
  const server = createServer({
    name: 'held',
    version: '1.0.0',
    runtime,
    onError: (error) => reported.push(error),
    ...options,
  })
  server
    .tool('hold', {}, (_args, { signal }) => hold(signal))
    .tool('deaf', {}, () => hold())
    .tool('say', { input: amount }, ({ chars }) => 'x'.repeat(chars))
    .tool('flood', { input: amount }, ({ chars, times }, { log }) => {
      for (let time = 0; time < times; time++) log('warning', 'x'.repeat(chars))
      return 'done'
    })
    .tool('ask', {}, async (_args, { elicit }) => {
      const answer = await elicit('sure', 'Sure?', z.object({ yes: z.boolean() }))
      return answer.action
    })
    .tool('asks', { input: amount }, async ({ times }, { elicit }) => {
      const asked = Array.from({ length: times }, (_, index) =>
        elicit(`sure ${index}`, 'Sure?', z.object({ yes: z.boolean() })),
      )
      const answers = await Promise.all(asked)
      return answers.map(({ action }) => action).join(' ')
    })
  return {
    server,
    runtime,
    reported,
    held,
    release() {
      for (const end of held) end()
    },
  }
}
