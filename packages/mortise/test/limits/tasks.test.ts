import { expect } from 'vitest'
import { attachTask, startTask, tasksClient } from '../../src/extensions/tasks/index.ts'
import type { TaskState, TasksOptions } from '../../src/extensions/tasks/index.ts'
import { createMemoryStore } from '../../src/server/index.ts'
import type { Limits } from '../../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../../src/testing/index.ts'
import type { TestConnectOptions } from '../../src/testing/index.ts'
import { settle } from '../settle.ts'
import { createTaskServer } from '../tasks/fixture.ts'
import { testLimit } from './limit.ts'

/** A server of tasks with `limits`, and clients of whoever a header names. */
function taskServer(limits: Partial<Limits>, own: Partial<TasksOptions> = {}) {
  const runtime = createTestRuntime()
  const made = createTaskServer(
    {
      runtime,
      limits,
      http: {
        authorize: ({ header }) => ({ subject: header('x-subject') ?? 'nobody', scopes: [] }),
      },
    },
    own,
  )
  const connect = (options: TestConnectOptions = {}, subject = 'ann') =>
    connectInProcess<typeof made.server>(made.server, {
      transport: 'fetch',
      extensions: [tasksClient()],
      headers: { 'x-subject': subject },
      runtime,
      ...options,
    })
  return { ...made, runtime, connect }
}

const tooMany = { rpcCode: -32603, message: 'Too many tasks are kept: try again later' }

testLimit('maxTasks', {
  at: [
    'so many tasks are kept, whoever began them',
    async () => {
      const { connect } = taskServer({ maxTasks: 2 })
      await using ann = await connect()
      await using bob = await connect({}, 'bob')
      await startTask(ann, 'must')
      const { id } = await startTask(bob, 'must')
      expect(id).toBeTypeOf('string')
    },
  ],
  past: [
    'the call of one more is an error, until the time of another is over',
    async () => {
      const { connect, runtime } = taskServer({ maxTasks: 2 }, { ttlMs: 10_000 })
      await using ann = await connect()
      await using bob = await connect({}, 'bob')
      await startTask(ann, 'must')
      await startTask(ann, 'must')
      await expect(startTask(bob, 'must')).rejects.toMatchObject(tooMany)
      runtime.advance(10_000 + 60_000)
      expect((await startTask(bob, 'must')).id).toBeTypeOf('string')
    },
  ],
})

testLimit('maxTasksPerPeer', {
  at: [
    'so many tasks of one subject are kept',
    async () => {
      const { connect } = taskServer({ maxTasksPerPeer: 1 })
      await using ann = await connect()
      expect((await startTask(ann, 'must')).id).toBeTypeOf('string')
    },
  ],
  past: [
    'one more is an error, and others are not touched',
    async () => {
      const { connect } = taskServer({ maxTasksPerPeer: 1 })
      await using ann = await connect()
      await using bob = await connect({}, 'bob')
      await startTask(ann, 'must')
      await expect(startTask(ann, 'must')).rejects.toMatchObject(tooMany)
      expect((await startTask(bob, 'must')).id).toBeTypeOf('string')
    },
  ],
})

/** The time for which a task is kept that its client wants for `ttl`. */
async function keptFor(ttl: number, limits: Partial<Limits>): Promise<unknown> {
  const { connect } = taskServer(limits)
  await using client = await connect({ version: '2025-11-25' })
  const { task } = await client.request('tools/call', { name: 'waits', task: { ttl } })
  return (task as { readonly ttl: number }).ttl
}

// TASK25-21 (basic/utilities/tasks, "Security Considerations")
testLimit('maxTaskTtlMs', {
  at: [
    'a client may ask for so long',
    async () => expect(await keptFor(5_000, { maxTaskTtlMs: 5_000 })).toBe(5_000),
  ],
  past: [
    'one that asks for more gets that, and reads so in the answer',
    async () => expect(await keptFor(5_001, { maxTaskTtlMs: 5_000 })).toBe(5_000),
  ],
})

/** How a task ends whose result is `chars` long. */
async function endOf(chars: number, maxTaskBytes: number): Promise<unknown> {
  const { connect, server } = taskServer({ maxTaskBytes })
  server.tool('must', {}, () => 'x'.repeat(chars))
  await using client = await connect()
  const task = await startTask(client, 'must')
  let state = await task.status()
  while (state.status === 'working') state = await task.status()
  return state.status === 'failed' ? state.error : state.status
}

testLimit('maxTaskBytes', {
  at: [
    'a result for which there is room is kept',
    async () => expect(await endOf(3_000, 4_096)).toBe('completed'),
  ],
  past: [
    'a task whose result is longer has failed, and says why',
    async () =>
      expect(await endOf(4_096, 4_096)).toEqual({
        code: -32603,
        message: 'What is kept of a task is longer than 4096 bytes',
      }),
  ],
})

/** How a task stands after its first worker was lost. */
async function afterLoss(maxTaskRuns: number): Promise<TaskState> {
  const own = { store: createMemoryStore(), leaseMs: 3_000 }
  const first = taskServer({ maxTaskRuns }, own)
  const second = taskServer({ maxTaskRuns }, own)
  const { id = '' } = await startTask(await first.connect(), 'waits')
  await first.server.close({ drainMs: 1 }) // its lease is free at once
  const task = attachTask(await second.connect(), id)
  const before = second.runtime.timers
  let state = await task.status() // takes it over
  for (let turn = 0; turn < 50 && second.runtime.timers <= before + 1; turn++) await settle(1)
  state = await task.status()
  return state
}

testLimit('maxTaskRuns', {
  at: ['a task is begun so often', async () => expect((await afterLoss(2)).status).toBe('working')],
  past: [
    'a task whose worker is lost once more has failed',
    async () =>
      expect((await afterLoss(1)).error?.message).toBe(
        'Whoever worked on the task was lost too often',
      ),
  ],
})

/** Milliseconds after which a client looks at a task whose server wants to be asked every `pollIntervalMs`. */
async function looksAfter(pollIntervalMs: number, limits: Partial<Limits>): Promise<number> {
  const { connect, runtime, gate, server } = taskServer({}, { pollIntervalMs })
  let looks = 0
  server.use('tasks/get', (_call, next) => {
    looks += 1
    return next()
  })
  await using client = await connect({ limits, transport: 'memory' })
  const result = client.call('builds', { what: 'it' })
  await settle()
  let waited = 0
  for (; looks === 0 && waited < 100_000; waited += 10) {
    runtime.advance(10)
    await settle(2)
  }
  gate.open()
  let over = false
  void result.then(() => (over = true))
  while (!over) {
    runtime.advance(1_000)
    await settle(2)
  }
  return waited
}

// TASK-13 (tasks, "Polling")
testLimit('minTaskPollMs', {
  at: [
    'a server may be asked so often',
    async () => expect(await looksAfter(50, { minTaskPollMs: 50 })).toBe(50),
  ],
  past: [
    'one that wants to be asked more often is not',
    async () => expect(await looksAfter(10, { minTaskPollMs: 50 })).toBe(50),
  ],
})

testLimit('maxTaskPollMs', {
  at: [
    'a server may be asked so seldom',
    async () => expect(await looksAfter(2_000, { maxTaskPollMs: 2_000 })).toBe(2_000),
  ],
  past: [
    'one that wants to be asked more seldom is asked all the same',
    async () => expect(await looksAfter(9_000, { maxTaskPollMs: 2_000 })).toBe(2_000),
  ],
})
