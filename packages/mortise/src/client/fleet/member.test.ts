import { expect, test } from 'vitest'
import { createTestRuntime } from '../../testing/index.ts'
import { settle } from '../../../test/settle.ts'
import { stateless, talkingTarget } from '../../../test/talking-target.ts'
import { McpError } from '../../std/error.ts'
import { resolveLimits } from '../../std/limits.ts'
import { connect } from '../index.ts'
import type { Client, ConnectOptions } from '../index.ts'
import { createMember } from './member.ts'
import type { Member } from './member.ts'
import type { ServerStatus } from './types.ts'

const refused = new McpError('ERR_UNREACHABLE', 'nothing listens there')
const limits = resolveLimits({ reconnectDelayMs: 100, maxReconnectDelayMs: 1_000 })

/** A member whose server is connected to by `attempt`. */
function member(attempt: (options: ConnectOptions, count: number) => Promise<Client>): {
  member: Member
  attempts: () => number
  heard: ServerStatus['state'][]
  runtime: ReturnType<typeof createTestRuntime>
} {
  const runtime = createTestRuntime()
  const heard: ServerStatus['state'][] = []
  let attempts = 0
  const made = createMember(
    {
      name: 'x',
      enabled: true,
      target: { url: 'http://localhost/mcp', headers: {} },
      tools: { allow: undefined, deny: [] },
      startTimeoutMs: 5_000,
      requestTimeoutMs: 7_000,
    },
    {
      connectEntry: (_target, options) => attempt(options, (attempts += 1)),
      options: {},
      limits,
      runtime,
      onStatus: ({ state }) => heard.push(state),
    },
  )
  return { member: made, attempts: () => attempts, heard, runtime }
}

const target = () => talkingTarget(stateless(() => {}))

test('a server is connected when it is first used, once for all who ask at once', async () => {
  const { member: one, attempts, heard } = member((options) => connect(target(), options))
  expect(one.status()).toEqual({ server: 'x', state: 'idle' })
  const [first, second] = await Promise.all([one.client({}), one.client({})])
  expect([first === second, attempts()]).toEqual([true, 1])
  expect(one.status()).toMatchObject({ state: 'connected', facts: { version: '2026-07-28' } })
  await one.close()
  expect(heard).toEqual(['connecting', 'connected', 'closed'])
})

test('a server that failed is tried again by the next use, after delays that double', async () => {
  const {
    member: one,
    attempts,
    runtime,
  } = member(async (options, count) => {
    if (count < 3) throw refused
    return await connect(target(), options)
  })
  await expect(one.client({})).rejects.toBe(refused)
  expect(one.status()).toEqual({ server: 'x', state: 'failed', error: refused, retryMs: 100 })
  runtime.advance(99)
  await expect(one.client({})).rejects.toBe(refused)
  expect(attempts()).toBe(1)
  runtime.advance(1)
  await expect(one.client({})).rejects.toBe(refused)
  expect(one.status()).toMatchObject({ retryMs: 200 })
  runtime.advance(200)
  await one.client({})
  expect([attempts(), one.status().state]).toEqual([3, 'connected'])
  await one.close()
})

test('a wait for a connection ends by itself, and the attempt goes on', async () => {
  let answer = (): void => {}
  const { member: one, runtime } = member(async (options) => {
    await new Promise<void>((resolve) => (answer = resolve))
    return await connect(target(), options)
  })
  const waiting = expect(one.client({ timeoutMs: 50 })).rejects.toMatchObject({
    code: 'ERR_TIMEOUT',
    message: 'connecting to x got no answer within 50 ms',
  })
  runtime.advance(50)
  await waiting
  expect(one.status().state).toBe('connecting')
  answer()
  await one.client({})
  expect(one.status().state).toBe('connected')
  await one.close()
})

test('an attempt ends after the time that the configuration gives it', async () => {
  const { member: one, runtime } = member(async ({ signal }) => {
    return await new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error))
    })
  })
  const failed = expect(one.client({})).rejects.toMatchObject({
    code: 'ERR_TIMEOUT',
    message: 'x could not be connected to within 5000 ms',
  })
  await settle()
  runtime.advance(5_000)
  await failed
  expect(runtime.timers).toBe(0)
})

test('requests have the time that the configuration gives them', async () => {
  const { member: one, runtime } = member((options) => connect(target(), options))
  const client = await one.client({})
  const late = expect(client.call('any')).rejects.toThrow('within 7000 ms')
  runtime.advance(7_000)
  await late
  await one.close()
})

test('a server that was given up is connected anew by the next use', async () => {
  const own = target()
  const {
    member: one,
    attempts,
    runtime,
  } = member((options) => connect(own, { ...options, reconnect: false }))
  await one.client({})
  own.last?.die(refused)
  expect(one.status()).toEqual({ server: 'x', state: 'failed', error: refused, retryMs: 100 })
  runtime.advance(100)
  await one.client({})
  expect([attempts(), one.status().state]).toEqual([2, 'connected'])
  // It was there again, so counting has begun anew.
  own.last?.die(refused)
  expect(one.status()).toMatchObject({ state: 'failed', retryMs: 100 })
  await one.close()
})

test('closing ends an attempt that is under way, and nothing is connected later', async () => {
  let signal: AbortSignal | undefined
  const { member: one, attempts } = member(async (options) => {
    signal = options.signal
    return await new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal?.reason as Error))
    })
  })
  const failed = expect(one.client({})).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  await one.close()
  await failed
  await expect(one.client({})).rejects.toMatchObject({ message: 'the fleet was closed' })
  expect([signal?.aborted, attempts(), one.status().state]).toEqual([true, 1, 'closed'])
})

test('an attempt ends by the signal that the application gave for it', async () => {
  const controller = new AbortController()
  const own = createMember(
    {
      name: 'x',
      enabled: true,
      target: { url: 'http://localhost/mcp', headers: {} },
      tools: { allow: undefined, deny: [] },
      startTimeoutMs: undefined,
      requestTimeoutMs: undefined,
    },
    {
      connectEntry: (_target, { signal }) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason as Error))
        }),
      options: { signal: controller.signal },
      limits,
      runtime: createTestRuntime(),
      onStatus: () => {},
    },
  )
  const failed = expect(own.client({})).rejects.toThrow('enough')
  controller.abort(new Error('enough'))
  await failed
})

test('closing it again waits for the first time, which may take a while', async () => {
  let end = (): void => {}
  const ended = new Promise<void>((resolve) => (end = resolve))
  const { member: one, heard } = member(async (options) => {
    const client = await connect(target(), options)
    const close = async (): Promise<void> => {
      await ended
      await client.close()
    }
    return { ...client, status: client.status, close }
  })
  await one.client({})
  const first = one.close()
  let isOver = false
  const second = one.close().then(() => (isOver = true))
  await settle()
  expect(isOver).toBe(false)
  end()
  await Promise.all([first, second])
  expect([isOver, heard.filter((state) => state === 'closed')]).toEqual([true, ['closed']])
})
