import { expect, test } from 'vitest'
import { createServer } from '../src/server/index.ts'
import type { Runtime } from '../src/server/index.ts'
import { createTestRuntime } from '../src/testing/index.ts'
import { statelessPost } from './post.ts'

/** A platform like Workers: a timer that was set during a request ends with it. */
function createIsolatingRuntime() {
  const clock = createTestRuntime()
  let pending: (() => void)[] = []
  const runtime: Runtime = {
    ...clock,
    after(delayMs, run) {
      const cancel = clock.after(delayMs, run)
      pending.push(cancel)
      return cancel
    },
  }
  const endRequest = (): void => {
    for (const cancel of pending) cancel()
    pending = []
  }
  return { clock, runtime, endRequest }
}

test('a silent call is kept alive, though the timers of an earlier request ended with that request', async () => {
  const { clock, runtime, endRequest } = createIsolatingRuntime()
  let begin = (): void => {}
  const begun = new Promise<void>((resolve) => {
    begin = resolve
  })
  let abort = (): void => {}
  const aborted = new Promise<void>((resolve) => {
    abort = resolve
  })
  const server = createServer({ name: 'isolated', version: '1', runtime })
    .tool('soon', {}, async () => 'done')
    .tool('waits', {}, async (_args, { signal }) => {
      begin()
      await new Promise<void>((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true })
      })
      abort()
      return 'never heard'
    })
  const call = (name: string): Promise<Response> =>
    server.fetch(statelessPost({ method: 'tools/call', params: { name, arguments: {} } }))

  expect((await call('soon')).status).toBe(200)
  endRequest()

  const answer = call('waits')
  await begun
  clock.advance(2 * server.limits.keepAliveMs)
  const { body } = await answer
  const reader = body?.getReader()
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe(': keep-alive\n\n')

  // How such a platform tells that the client has left: what is written next cannot be sent.
  await reader?.cancel()
  await aborted
  await server.close()
  expect(clock.timers).toBe(0)
})
