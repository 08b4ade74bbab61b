import { describe, expect, test } from 'vitest'
import { startTask, tasks, tasksClient } from '../../src/extensions/tasks/index.ts'
import { createServer } from '../../src/server/index.ts'
import type { Context } from '../../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../../src/testing/index.ts'
import { channelPeer } from '../channel-peer.ts'
import { readEvents } from '../event-reading.ts'
import type { Json } from '../json.ts'
import { sessionPeer } from '../session-peer.ts'
import { settle, until } from '../settle.ts'
import { createCorePeer } from './core-peer.ts'

const version = '2025-11-25'

/** A server whose task says what the test says, and stands still otherwise. */
function createTalking(options: { readonly maxProgressPerSecond?: number } = {}) {
  const runtime = createTestRuntime()
  const contexts: Context[] = []
  const ends: ((text: string) => void)[] = []
  const server = createServer({ name: 'talking', version: '1.0.0', runtime, limits: options })
    .tool('works', {}, async (_args, context) => {
      contexts.push(context)
      context.progress(1, 9, 'begun')
      return await new Promise<string>((resolve) => ends.push(resolve))
    })
    .extend(tasks({ tools: { works: 'required' }, pollIntervalMs: 30_000 }))
  const say = (progress: number): void => contexts.at(-1)?.progress(progress)
  const end = (): void => ends.at(-1)?.('done')
  return { server, runtime, contexts, say, end }
}

const initialize = {
  jsonrpc: '2.0',
  id: 1,
  method: 'initialize',
  params: { protocolVersion: version, capabilities: {}, clientInfo: { name: 'a', version: '1' } },
}

const note = (progressToken: unknown, progress: number, message?: string): object => ({
  jsonrpc: '2.0',
  method: 'notifications/progress',
  params: { progressToken, progress, ...(message && { message }) },
})

// PROG-07 (2025-11-25, basic/utilities/tasks, "Task Progress Notifications")
describe.each(['memory', 'bytes', 'fetch'] as const)('over %s', (transport) => {
  async function setUp() {
    const made = createTalking()
    const client = await connectInProcess<typeof made.server>(made.server, {
      version,
      transport,
      runtime: made.runtime,
      extensions: [tasksClient()],
    })
    const heard: number[] = []
    const onProgress = ({ progress }: { readonly progress: number }): void =>
      void heard.push(progress)
    const timers = made.runtime.timers
    return { ...made, client, heard, onProgress, timers }
  }

  test('progress of a task is heard by its call until the task ends, in order', async () => {
    const { server, client, runtime, say, end, heard, onProgress, timers } = await setUp()
    const result = client.call('works', undefined, { onProgress })
    await until(() => heard.length === 1)
    for (const progress of [2, 3, 4]) {
      await settle()
      say(progress)
    }
    await until(() => heard.length === 4)
    end()
    await settle()
    runtime.advance(29_999)
    say(5)
    runtime.advance(1)
    expect(await result).toBe('done')
    say(6)
    await settle()
    expect(heard).toEqual([1, 2, 3, 4])
    await client.close()
    await server.close()
    expect(runtime.timers).toBeLessThanOrEqual(timers)
  })

  test('progress of a task gives its call more time', async () => {
    const { client, server, runtime, say, heard, onProgress } = await setUp()
    const result = client.call('works', undefined, { onProgress, timeoutMs: 1_000 })
    result.catch(() => {})
    await until(() => heard.length === 1)
    for (let step = 2; step <= 6; step++) {
      await settle()
      runtime.advance(900)
      say(step)
      await until(() => heard.length === step)
    }
    runtime.advance(1_000)
    await expect(result).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await client.close()
    await server.close()
  })

  test('whoever holds on to a task hears it too, and nothing once it was cancelled', async () => {
    const { client, server, runtime, say, contexts, heard, onProgress, timers } = await setUp()
    const task = await startTask(client, 'works', undefined, { onProgress })
    say(2)
    await until(() => heard.length === 2)
    await task.cancel()
    await until(() => contexts.every(({ signal }) => signal.aborted))
    say(3)
    await settle()
    expect(heard).toEqual([1, 2])
    await client.close()
    await server.close()
    expect(runtime.timers).toBeLessThanOrEqual(timers)
  })
})

// PROG-07, TASK25-15 (2025-11-25, basic/utilities/tasks, "Task Progress Notifications", "Associating Task-Related Messages")
describe('a server', () => {
  const call = (taken: object = {}): object => ({
    jsonrpc: '2.0',
    id: 7,
    method: 'tools/call',
    params: { name: 'works', task: {}, _meta: { progressToken: 'p' }, ...taken },
  })
  const steps = (messages: readonly Json[]): Json[] =>
    messages.filter(({ method }) => method === 'notifications/progress')

  async function open(limits?: Parameters<typeof createTalking>[0]) {
    const made = createTalking(limits)
    const peer = sessionPeer(made.server.handle)
    await peer.open()
    const home = readEvents(await peer.get())
    return { ...made, peer, home }
  }

  test('tells it on the stream of the call while that is open, then on the one of no request', async () => {
    const { server, peer, home, say, end } = await open()
    const own = readEvents(await peer.post(call()))
    await until(() => own.end === 'done')
    const { taskId } = own.messages.at(-1).result.task
    say(2)
    await until(() => steps(home.messages).length === 1)
    end()
    await settle()
    say(3)
    await settle()
    const _meta = { 'io.modelcontextprotocol/related-task': { taskId } }
    const common = { progressToken: 'p', _meta }
    expect(steps(own.messages).map(({ params }) => params)).toEqual([
      { ...common, progress: 1, total: 9, message: 'begun' },
    ])
    expect(steps(home.messages).map(({ params }) => params)).toEqual([{ ...common, progress: 2 }])
    await server.close()
  })

  test('tells nothing to a client that has left, nor to one that gave no token', async () => {
    const { server, peer, home, say } = await open()
    await peer.post(call({ _meta: {} }))
    say(2)
    await settle()
    expect(steps(home.messages)).toEqual([])
    const own = readEvents(await peer.post(call()))
    await until(() => own.end === 'done')
    await peer.delete()
    say(3)
    await settle()
    expect(steps(home.messages)).toEqual([])
    await server.close()
  })

  test('tells nothing over a channel that has ended', async () => {
    const { server, say } = createTalking()
    const peer = channelPeer()
    let sent = 0
    const send = (text: string): void | Promise<void> => {
      sent += 1
      return peer.channel.send(text)
    }
    void server.attach({ ...peer.channel, send })
    peer.send(initialize)
    peer.send(call())
    await until(() => peer.told.some(({ id }) => id === 7))
    say(2)
    await settle()
    const before = sent
    peer.leave()
    await settle()
    say(3)
    await settle()
    expect([sent, steps(peer.told).length]).toEqual([before, 2])
    await server.close()
  })

  // PROG-06 (basic/utilities/progress, "Behavior Requirements")
  test.each([
    ['the newest note before its end', [1, 2, 5], 'end'],
    ['nothing once it was cancelled', [1, 2], 'cancel'],
  ] as const)('that told too much in a second tells %s', async (_what, told, how) => {
    const { server, runtime, say, end } = createTalking({ maxProgressPerSecond: 2 })
    const peer = channelPeer()
    void server.attach(peer.channel)
    peer.send(initialize)
    await until(() => peer.told.length === 1)
    peer.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
    peer.send(call())
    await until(() => peer.told.some(({ id }) => id === 7))
    for (const progress of [2, 3, 4, 5]) say(progress)
    if (how === 'end') end()
    else {
      const { taskId } = peer.told.find(({ id }) => id === 7).result.task
      peer.send({ jsonrpc: '2.0', id: 8, method: 'tasks/cancel', params: { taskId } })
    }
    await settle()
    runtime.advance(2_000)
    expect(steps(peer.told).map(({ params: { progress } }) => progress)).toEqual(told)
    await server.close()
  })
})

// PROG-07 (2025-11-25, basic/utilities/tasks, "Task Progress Notifications"): whatever a server does
describe.each(['channel', 'HTTP'] as const)('a client over %s', (transport) => {
  async function setUp() {
    const peer = createCorePeer(transport)
    const runtime = createTestRuntime()
    const heard: unknown[] = []
    const client = await peer.connect({ runtime, extensions: [tasksClient()], reconnect: false })
    await settle() // the stream of no request is open
    const timers = runtime.timers
    const onProgress = ({ progress }: { readonly progress: number }): void =>
      void heard.push(progress)
    /** How often it looked at the task. */
    const looks = (): number => peer.heard.filter(({ method }) => method === 'tasks/get').length
    const look = async (): Promise<void> => {
      const before = looks()
      await settle()
      runtime.advance(50)
      await until(() => looks() > before)
      await settle()
    }
    return { peer, runtime, client, heard, timers, onProgress, look }
  }

  test('hears it by whatever stream it comes, and leaves out what was overtaken', async () => {
    const { peer, client, heard, onProgress, look, runtime, timers } = await setUp()
    const result = client.call('works', undefined, { onProgress })
    await look()
    peer.say(note(peer.token, 1))
    peer.status = 'input_required'
    await look() // asks for the result
    peer.sayWithResult(note(peer.token, 2))
    await settle()
    peer.say(note(peer.token, 3))
    await settle()
    peer.sayWithResult(note(peer.token, 2.5))
    await settle()
    peer.say(note(9_999, 4))
    await settle()
    peer.end()
    expect(await result).toBe('done')
    peer.say(note(peer.token, 5))
    await settle()
    expect(heard).toEqual([1, 2, 3])
    expect(runtime.timers).toBeLessThanOrEqual(timers)
    await client.close()
  })

  test('hears no more of a task that it knows has ended, though its result is still to come', async () => {
    const { peer, client, heard, onProgress, look } = await setUp()
    const result = client.call('works', undefined, { onProgress })
    await look()
    peer.say(note(peer.token, 1))
    await settle()
    peer.status = 'completed'
    await look()
    await until(() => peer.heard.some(({ method }) => method === 'tasks/result'))
    peer.say(note(peer.token, 2))
    await settle()
    peer.end()
    expect(await result).toBe('done')
    expect(heard).toEqual([1])
    await client.close()
  })

  test('hears no more of a task that it gave up', async () => {
    const { peer, client, heard, onProgress, look, runtime, timers } = await setUp()
    const leave = new AbortController()
    const result = client.call('works', undefined, { onProgress, signal: leave.signal })
    await look()
    peer.say(note(peer.token, 1))
    await settle()
    leave.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
    peer.say(note(peer.token, 2))
    await until(() => peer.heard.some(({ method }) => method === 'tasks/cancel'))
    await settle()
    expect(heard).toEqual([1])
    expect(runtime.timers).toBeLessThanOrEqual(timers)
    await client.close()
  })

  test.each(['status', 'result'] as const)(
    'hears no more of a task that it holds on to once its %s has told of the end',
    async (how) => {
      const { peer, client, heard, onProgress, runtime, timers } = await setUp()
      const task = await startTask(client, 'works', undefined, { onProgress })
      peer.say(note(peer.token, 1))
      await settle()
      expect(runtime.timers).toBeLessThanOrEqual(timers) // its call is over, and has no deadline
      peer.status = 'completed'
      if (how === 'status') await task.status()
      else {
        const result = task.result()
        await until(() => peer.heard.some(({ method }) => method === 'tasks/result'))
        peer.end()
        await result
      }
      peer.say(note(peer.token, 2))
      await settle()
      expect(heard).toEqual([1])
      await client.close()
      expect(runtime.timers).toBe(0)
    },
  )
})
