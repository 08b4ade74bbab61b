import { expect, test } from 'vitest'
import {
  attachTask,
  beginTask,
  startTask,
  tasks,
  tasksClient,
} from '../../src/extensions/tasks/index.ts'
import type { TaskState } from '../../src/extensions/tasks/index.ts'
import { createMemoryStore, createServer } from '../../src/server/index.ts'
import type { KeyValueChange, KeyValueStore } from '../../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../../src/testing/index.ts'
import { defaultLimits } from '../../src/std/limits.ts'
import { settle } from '../settle.ts'
import { createLatch, createTaskServer } from './fixture.ts'

test('what a task came to is kept for its time, however many others come and go meanwhile', async () => {
  const runtime = createTestRuntime()
  const { server } = createTaskServer({ runtime, limits: { maxTasks: 3 } })
  await using client = await connectInProcess(server, { version: '2025-11-25', runtime })
  const call = (ttl: number) =>
    client.request('tools/call', { name: 'fails', arguments: {}, task: { ttl } })
  const { taskId } = (await call(3_600_000))['task'] as TaskState
  for (let count = 0; count < 20; count++) {
    await call(1_000)
    runtime.advance(61_001)
  }
  expect(await client.request('tasks/get', { taskId })).toMatchObject({ status: 'failed' })
})

test('a task that draws more than can be kept still ends with its result', async () => {
  const runtime = createTestRuntime()
  const gate = createLatch()
  const server = createServer({
    name: 'draws',
    version: '1.0.0',
    runtime,
    limits: { maxTaskBytes: 2_000 },
    onError() {},
  })
    .tool('draws', {}, async (_args, ctx) => {
      for (let count = 0; count < 1_000; count++) ctx.random()
      await gate.opened
      return ctx.signal.aborted ? 'aborted' : 'drawn'
    })
    .extend(tasks({ tools: { draws: 'optional' } }))
  await using client = await connectInProcess(server, { runtime, extensions: [tasksClient()] })
  const task = await startTask(client, 'draws')
  runtime.advance(10_000)
  await settle()
  gate.open()
  await settle()
  expect(await task.status()).toMatchObject({
    status: 'completed',
    result: { content: [{ text: 'drawn' }] },
  })
})

/** A store whose swaps wait until they are let go. */
function slowStore(store: KeyValueStore) {
  let gate: Promise<void> = Promise.resolve()
  return {
    wait(until: Promise<void>) {
      gate = until
    },
    store: {
      ...store,
      async swap(key: string, change: KeyValueChange) {
        await gate
        return await store.swap(key, change)
      },
    },
  }
}

test('a server that has closed takes no task over', async () => {
  const runtime = createTestRuntime()
  const kept = createMemoryStore({ runtime })
  const first = createTaskServer({ runtime }, { store: kept })
  const client = await connectInProcess(first.server, { runtime, extensions: [tasksClient()] })
  const { id = '' } = await startTask(client, 'waits')
  await client.close()
  await first.server.close()

  const { store, wait } = slowStore(kept)
  const second = createTaskServer({ runtime }, { store })
  const latch = createLatch()
  wait(latch.opened)
  runtime.advance(1_000) // looks for tasks that were lost
  await settle()
  await second.server.close()
  latch.open()
  await settle()
  const record = JSON.parse((await kept.get(`task:${id}`)) ?? '{}') as { lease?: unknown }
  expect(record.lease).toBeUndefined()
})

test('a task that cannot be read does not keep those after it from being taken over', async () => {
  const runtime = createTestRuntime()
  const store = createMemoryStore({ runtime })
  const first = createTaskServer({ runtime }, { store })
  const client = await connectInProcess(first.server, { runtime, extensions: [tasksClient()] })
  const broken = await startTask(client, 'waits')
  const { id = '' } = await startTask(client, 'waits')
  await client.close()
  await first.server.close()
  const key = `task:${broken.id}`
  await store.swap(key, { expected: await store.get(key), value: 'no JSON', ttlMs: 60_000 })

  const second = createTaskServer({ runtime }, { store })
  runtime.advance(1_000)
  await settle()
  const record = JSON.parse((await store.get(`task:${id}`)) ?? '{}') as { lease?: unknown }
  expect(record.lease).toBeDefined()
  expect(second.errors).toHaveLength(1)
  await second.server.close()
})

test('a handler that goes on though its task could not be begun is still its client’s call', async () => {
  const runtime = createTestRuntime()
  const server = createServer({ name: 'told', version: '1.0.0', runtime, limits: { maxTasks: 1 } })
    .tool(
      'waits',
      {},
      (_args, { signal }) =>
        new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('late'))),
    )
    .tool('told', {}, async (_args, ctx) => {
      const begun = await beginTask(ctx).then(
        () => true,
        () => false,
      )
      ctx.progress(1, 2, 'halfway')
      await settle()
      return `${begun} ${ctx.signal.aborted}`
    })
    .extend(tasks({ tools: { waits: 'optional', told: { support: 'optional', start: 'told' } } }))
  await using client = await connectInProcess(server, { runtime, extensions: [tasksClient()] })
  await startTask(client, 'waits')
  const heard: unknown[] = []
  const result = await client.callTool(
    'told',
    {},
    { onProgress: (said) => heard.push(said.message) },
  )
  expect(result.content).toMatchObject([{ text: 'false false' }])
  expect(heard).toEqual(['halfway'])
})

test('a store that fails once does not stop who works on a task', async () => {
  const runtime = createTestRuntime()
  const kept = createMemoryStore({ runtime })
  let fails = false
  const store: KeyValueStore = {
    ...kept,
    swap: (key, change) =>
      fails ? Promise.reject(new Error('no store now')) : kept.swap(key, change),
  }
  const { server, gate, errors } = createTaskServer({ runtime }, { store })
  await using client = await connectInProcess(server, { runtime, extensions: [tasksClient()] })
  const task = await startTask(client, 'builds', { what: 'a boat' })
  fails = true
  runtime.advance(10_000) // a third of the lease
  await settle()
  fails = false
  runtime.advance(10_000)
  await settle()
  gate.open()
  await settle()
  expect(await task.status()).toMatchObject({ status: 'completed' })
  expect(errors).toMatchObject([{ message: 'no store now' }])
})

test('a server that closes keeps the effect that is under way, so that nobody does it again', async () => {
  const runtime = createTestRuntime()
  const store = createMemoryStore({ runtime })
  const done = createLatch()
  let bought = 0
  const start = () =>
    createServer({ name: 'shop', version: '1.0.0', runtime })
      .tool('buys', {}, async (_args, { once }) => {
        const number = await once('buy', async () => {
          bought += 1
          await done.opened
          return bought
        })
        return `bought ${number}`
      })
      .extend(tasks({ tools: { buys: 'required' }, store }))
  const first = start()
  const before = await connectInProcess(first, { runtime, extensions: [tasksClient()] })
  const { id = '' } = await startTask(before, 'buys')
  await settle()
  await before.close()
  const closing = first.close()
  await settle()
  done.open()
  await closing

  const second = start()
  await using after = await connectInProcess(second, { runtime, extensions: [tasksClient()] })
  const result = attachTask(after, id).result()
  for (let look = 0; look < 4; look++) {
    await settle()
    runtime.advance(5_000) // the next look at it
  }
  expect(await result).toMatchObject({ content: [{ text: 'bought 1' }] })
  expect(bought).toBe(1)
})

test('a server does not wait for an effect that does not end', async () => {
  const runtime = createTestRuntime()
  const store = createMemoryStore({ runtime })
  const server = createServer({ name: 'shop', version: '1.0.0', runtime })
    .tool('buys', {}, (_args, { once }) => once('buy', () => new Promise<string>(() => {})))
    .extend(tasks({ tools: { buys: 'required' }, store }))
  const client = await connectInProcess(server, { runtime, extensions: [tasksClient()] })
  await startTask(client, 'buys')
  await settle()
  await client.close()
  let closed = false
  const closing = server.close().then(() => (closed = true))
  await settle()
  expect(closed).toBe(false)
  runtime.advance(defaultLimits.drainMs)
  await closing
})

test('a server closes though the store of its tasks fails', async () => {
  const runtime = createTestRuntime()
  const kept = createMemoryStore({ runtime })
  let fails = false
  const store: KeyValueStore = {
    ...kept,
    swap: (key, change) => (fails ? Promise.reject(new Error('no store')) : kept.swap(key, change)),
  }
  const { server, errors, traces } = createTaskServer({ runtime }, { store })
  const client = await connectInProcess(server, { runtime, extensions: [tasksClient()] })
  await startTask(client, 'waits')
  await client.close()
  fails = true
  await server.close()
  expect(traces).toEqual(['aborted'])
  expect(errors).toMatchObject([{ message: 'no store' }])
})

// TASK25-13, TASK25-18 (basic/utilities, "Tasks")
test('who waits for the result of a task that is no longer kept hears that there is none', async () => {
  const runtime = createTestRuntime()
  const store = createMemoryStore({ runtime })
  const { server } = createTaskServer({ runtime }, { store })
  await using client = await connectInProcess(server, { version: '2025-11-25', runtime })
  const { task } = await client.request('tools/call', { name: 'waits', arguments: {}, task: {} })
  const { taskId } = task as TaskState
  const result = client.request('tasks/result', { taskId })
  const heard = expect(result).rejects.toMatchObject({ rpcCode: -32602 })
  await settle()
  await store.delete(`task:${taskId}`)
  runtime.advance(1_000) // the next look
  await heard
})

test('the signal of a task that ended well does not abort: a handler may undo its work on it', async () => {
  const reasons: unknown[] = []
  const server = createServer({ name: 'undoing', version: '1.0.0' })
    .tool('work', {}, async (_args, { signal }) => {
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      await settle()
      return 'done'
    })
    .extend(tasks({ tools: { work: 'required' } }))
  await using client = await connectInProcess<typeof server>(server, {
    extensions: [tasksClient()],
  })
  expect(await client.call('work')).toBe('done')
  await settle(50)
  expect(reasons).toEqual([])
})

test('a tool that may be a task is called plainly when there is no room for one', async () => {
  const server = createServer({ name: 'full', version: '1.0.0', limits: { maxTasks: 1 } })
    .tool('may', {}, () => 'done')
    .tool('must', {}, () => 'done')
    .extend(tasks({ tools: { may: 'optional', must: 'required' } }))
  await using client = await connectInProcess<typeof server>(server, {
    extensions: [tasksClient()],
  })
  expect(await client.call('must')).toBe('done') // and what it came to is kept for its time
  expect(await client.call('may')).toBe('done')
  await expect(client.call('must')).rejects.toThrow('Too many tasks')
})
