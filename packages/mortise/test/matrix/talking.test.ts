import { expect, test, vi } from 'vitest'
import { describeMatrix, tracesOf } from './ways.ts'
import type { FixtureClient } from './ways.ts'

const levels = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const

/** How many calls of `waits` were told that they are not wanted any more. */
async function aborted(client: FixtureClient): Promise<number> {
  return (await tracesOf(client)).filter((trace) => trace === 'waits was aborted').length
}

describeMatrix('talking while a call runs', ({ connect }) => {
  // PROG-03 (basic/utilities/progress)
  test('progress arrives in order, all of it, before the answer', async () => {
    await using client = await connect()
    const seen: unknown[] = []
    expect(await client.call('steps', {}, { onProgress: (progress) => seen.push(progress) })).toBe(
      'walked',
    )
    expect(seen).toEqual(
      [1, 2, 3, 4, 5].map((step) => ({ progress: step, total: 5, message: `step ${step}` })),
    )
  })

  // LOG-03 (server/utilities/logging)
  test('log lines arrive at and above the level that the client set, whichever it is', async () => {
    const onLog = vi.fn()
    await using client = await connect({ onLog })
    await client.setLogLevel('info')
    expect(await client.call('logs')).toBe('logged')
    expect(onLog.mock.calls).toEqual([
      [{ level: 'warning', logger: 'fixture', data: { text: 'look' } }],
    ])
    const counts: Record<string, number> = {}
    for (const level of levels) {
      await client.setLogLevel(level)
      onLog.mockClear()
      await client.call('logs')
      counts[level] = onLog.mock.calls.length
    }
    const none = { error: 0, critical: 0, alert: 0, emergency: 0 }
    expect(counts).toEqual({ debug: 2, info: 1, notice: 1, warning: 1, ...none })
  })

  // HTTP25-20, STDIO-12, CANC-05 (basic/utilities/cancellation)
  test('cancelling a call reaches its handler, and the next call is answered', async () => {
    await using client = await connect()
    const before = await aborted(client)
    const controller = new AbortController()
    const call = client.call(
      'waits',
      {},
      { signal: controller.signal, onProgress: () => controller.abort() },
    )
    await expect(call).rejects.toBeDefined()
    await vi.waitFor(async () => expect(await aborted(client)).toBe(before + 1))
    expect(await client.call('text', { name: 'again' })).toBe('hello again')
  })

  // BASE-30, LIFE-14, CANC-10 (basic/patterns, "Timeouts")
  test('a call without an answer in time fails by itself and is cancelled', async () => {
    await using client = await connect()
    const before = await aborted(client)
    await expect(client.call('waits', {}, { timeoutMs: 30 })).rejects.toMatchObject({
      code: 'ERR_TIMEOUT',
    })
    await vi.waitFor(async () => expect(await aborted(client)).toBe(before + 1))
  })

  // HTTP25-21, TOOL-05 (server/tools, "List Changed Notification")
  test('a tool that is registered while clients are connected can be called, and clients are told', async () => {
    const onListChanged = vi.fn()
    await using client = await connect({ onListChanged })
    await vi.waitFor(async () => {
      const name = (await client.call('learns')) as 'nothing'
      expect(await client.call(name)).toBe('new')
      // The stream on which it is told may still be opening.
      expect(onListChanged).toHaveBeenCalledWith('tools')
    })
  })
})
