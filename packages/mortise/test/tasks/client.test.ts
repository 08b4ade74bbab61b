import { describe, expect, test } from 'vitest'
import { attachTask, startTask, tasksClient } from '../../src/extensions/tasks/index.ts'
import { createServer } from '../../src/server/index.ts'
import type { Server } from '../../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../../src/testing/index.ts'
import { settle, until } from '../settle.ts'
import { createTaskServer } from './fixture.ts'

const id = 'io.modelcontextprotocol/tasks'
const times = { createdAt: '2026-01-01T00:00:00Z', lastUpdatedAt: '2026-01-01T00:00:00Z' }
const working = { taskId: 't', status: 'working', ttlMs: null, pollIntervalMs: 1, ...times }
const yes = () => ({ action: 'accept' as const, content: { yes: true } })

/** A server whose tool becomes a task as the test says, and what it was asked. */
function talking(looks: readonly object[], created: object = working) {
  const heard: { readonly method: string; readonly params: object }[] = []
  let next = 0
  const server = createServer({ name: 'talking', version: '1.0.0' })
    .tool('works', {}, () => 'plain')
    .extend({
      id,
      resultTypes: ['task'],
      methods: Object.fromEntries(
        ['tasks/get', 'tasks/update', 'tasks/cancel'].map((method) => [
          method,
          {
            answer: ({ params }) => {
              heard.push({ method, params })
              if (method !== 'tasks/get') return {}
              next += 1
              return { ...working, ...looks[Math.min(next, looks.length) - 1] }
            },
          },
        ]),
      ),
      middleware: (call, proceed) =>
        ['tools/call', 'prompts/list'].includes(call.method)
          ? { resultType: 'task', ...created }
          : proceed(),
    })
  const methods = (): string[] => heard.map(({ method }) => method)
  return { server, heard, methods }
}

const done = { status: 'completed', result: { content: [{ type: 'text', text: 'done' }] } }

describe('a client', () => {
  // TASK-04, TASK-13, TASK-14: tasks, "Polling"
  test('looks at a task until it has ended, and no longer', async () => {
    const { server, methods } = talking([{}, {}, done])
    await using client = await connectInProcess<Server>(server, { extensions: [tasksClient()] })
    expect(await client.call('works')).toBe('done')
    expect(methods()).toEqual(['tasks/get', 'tasks/get', 'tasks/get'])
  })

  // TASK-25, TASK-26, TASK-27: tasks, "Input Required"
  test('answers a question once, however often it still sees it', async () => {
    const question = {
      method: 'elicitation/create',
      params: {
        mode: 'form',
        message: 'Sure?',
        requestedSchema: { type: 'object', properties: { yes: { type: 'boolean' } } },
      },
    }
    const asks = { status: 'input_required', inputRequests: { sure: question } }
    const { server, heard, methods } = talking([asks, asks, asks, done])
    let asked = 0
    await using client = await connectInProcess<Server>(server, {
      extensions: [tasksClient()],
      elicit() {
        asked += 1
        return yes()
      },
    })
    expect(await client.call('works')).toBe('done')
    expect([asked, methods().filter((method) => method === 'tasks/update').length]).toEqual([1, 1])
    expect(heard[1]?.params).toMatchObject({ taskId: 't', inputResponses: { sure: yes() } })
  })

  test('is told by progress what the task says', async () => {
    const { server } = talking([{ statusMessage: 'one' }, { statusMessage: 'two' }, {}, done])
    const told: unknown[] = []
    await using client = await connectInProcess<Server>(server, { extensions: [tasksClient()] })
    await client.call('works', undefined, { onProgress: (step) => void told.push(step) })
    expect(told).toEqual([
      { progress: 1, message: 'one' },
      { progress: 2, message: 'two' },
    ])
  })

  // TASK-31, TASK-33: tasks, "Cancelling a Task"
  test('that gives up cancels the task, by a request', async () => {
    const { server, methods } = talking([{}])
    await using client = await connectInProcess<Server>(server, { extensions: [tasksClient()] })
    const leave = new AbortController()
    const result = client.call('works', undefined, { signal: leave.signal })
    await until(() => methods().includes('tasks/get'))
    leave.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
    await until(() => methods().includes('tasks/cancel'))
  })

  // CANC-04 (2025-11-25, basic/utilities/cancellation): by its request, not by the notification
  test('that gives up a task of the core cancels it by a request too', async () => {
    const { server, traces } = createTaskServer({}, { tools: { waits: 'required' } })
    const heard: string[] = []
    await using client = await connectInProcess<typeof server>(
      server.use((call, next) => {
        heard.push(call.method)
        return next()
      }),
      { version: '2025-11-25', extensions: [tasksClient()] },
    )
    const leave = new AbortController()
    const result = client.call('waits', undefined, { signal: leave.signal })
    await until(() => heard.includes('tasks/get'))
    leave.abort(new Error('enough'))
    await expect(result).rejects.toThrow('enough')
    await until(() => traces.includes('aborted'))
    expect(heard).toContain('tasks/cancel')
  })

  test('that is closed leaves the task to go on', async () => {
    const { server, methods } = talking([{}])
    const client = await connectInProcess<Server>(server, { extensions: [tasksClient()] })
    const result = client.call('works')
    await until(() => methods().includes('tasks/get'))
    await client.close()
    await expect(result).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
    await settle()
    expect(methods()).not.toContain('tasks/cancel')
  })

  test('waits for a task for longer than for an answer, while it is heard of', async () => {
    const runtime = createTestRuntime()
    const { server, gate } = createTaskServer({ runtime }, { pollIntervalMs: 1_000 })
    await using client = await connectInProcess<typeof server>(server, {
      extensions: [tasksClient()],
      runtime,
    })
    const result = client.call('builds', { what: 'it' }, { timeoutMs: 1_500 })
    for (let second = 0; second < 10; second++) {
      await settle()
      runtime.advance(1_000)
    }
    gate.open()
    await settle()
    runtime.advance(1_000)
    expect(await result).toBe('built it')
  })

  test('finds its task again after a connection that was lost on the way', async () => {
    const { server, methods } = talking([{}, {}, done])
    let losses = 2
    await using client = await connectInProcess<Server>(server, {
      transport: 'fetch',
      extensions: [tasksClient()],
      through: [
        {
          channel: (channel) => channel,
          fetch: (inner) => (input, init) => {
            const body = typeof init?.body === 'string' ? init.body : ''
            const isLost = body.includes('tasks/get') && losses > 0
            if (!isLost) return inner(input, init)
            losses -= 1
            return Promise.reject(new TypeError('fetch failed'))
          },
        },
      ],
    })
    expect(await client.call('works')).toBe('done')
    expect([losses, methods().length]).toEqual([0, 3])
  })

  // TASK25-13, TASK25-14 (basic/utilities, "Tasks")
  test.each([
    ['while it has questions', 'asks'],
    ['once it has ended', 'must'],
  ])('asks again for the result of a task in a session, lost %s', async (_when, tool) => {
    const { server } = createTaskServer()
    let losses = 2
    await using client = await connectInProcess<Server>(server, {
      version: '2025-11-25',
      transport: 'fetch',
      extensions: [tasksClient()],
      elicit: () => ({ action: 'accept', content: { yes: true } }),
      limits: { reconnectDelayMs: 1 },
      through: [
        {
          channel: (channel) => channel,
          fetch: (inner) => (input, init) => {
            const body = typeof init?.body === 'string' ? init.body : ''
            if (!body.includes('tasks/result') || losses === 0) return inner(input, init)
            losses -= 1
            return Promise.reject(new TypeError('fetch failed'))
          },
        },
      ],
    })
    const { result } = await startTask(client, tool)
    expect((await result()).content).toMatchObject([{ type: 'text' }])
    expect(losses).toBe(0)
  })

  // TASK-05, TASK-07: tasks, "Supported Methods"
  test('takes no task in the place of another result', async () => {
    const { server } = talking([done])
    server.prompt('one', {}, () => 'one')
    await using client = await connectInProcess<Server>(server, { extensions: [tasksClient()] })
    await expect(client.request('prompts/list')).rejects.toMatchObject({
      code: 'ERR_INVALID_RESULT',
    })
  })

  test.each([
    ['a task without an id', {}, { ...working, taskId: 7 }],
    ['a status that is none', {}, { ...working, status: 'resting' }],
    ['an end without a result', { status: 'completed' }, working],
    ['an end without an error', { status: 'failed', error: 'bad' }, working],
    ['a status that becomes none', { status: ['working'] }, working],
  ])('refuses %s', async (_name, look, created) => {
    const { server } = talking([look], created)
    await using client = await connectInProcess<Server>(server, { extensions: [tasksClient()] })
    await expect(client.call('works')).rejects.toMatchObject({ code: 'ERR_INVALID_RESULT' })
  })

  test('answers no more than so many questions of one task', async () => {
    const keys = Array.from({ length: 4 }, (_, n) => [`q${n}`, { method: 'roots/list' }])
    const asks = { status: 'input_required', inputRequests: Object.fromEntries(keys) as object }
    const { server } = talking([asks])
    await using client = await connectInProcess<Server>(server, {
      extensions: [tasksClient()],
      roots: [],
      limits: { maxAsksPerCall: 3 },
    })
    await expect(client.call('works')).rejects.toMatchObject({ code: 'ERR_ROUNDS' })
  })

  // TASK25-02, TASK25-06 (2025-11-25, basic/utilities/tasks, "Capabilities")
  test('wants no task of a server that declares none, which would not make one', async () => {
    const wishes: unknown[] = []
    const server = createServer({ name: 'old', version: '1.0.0' })
      .tool('works', {}, () => 'plain')
      .use('tools/call', (call, next) => {
        wishes.push((call.params as { readonly task?: unknown }).task)
        return next()
      })
    await using client = await connectInProcess<typeof server>(server, {
      version: '2025-11-25',
      extensions: [tasksClient()],
    })
    expect((await startTask(client, 'works')).id).toBeUndefined()
    const asked = await client.request('tools/call', { name: 'works', task: {} })
    expect(asked).toEqual({ content: [{ type: 'text', text: 'plain' }] })
    expect(wishes).toEqual([undefined, {}])
  })

  test('that was not given the extension is told so where it wants a task', async () => {
    const { server } = createTaskServer()
    await using client = await connectInProcess<typeof server>(server)
    await expect(startTask(client, 'fails')).rejects.toThrow(/tasksClient/)
  })

  test('has a handle too where the server answers at once', async () => {
    const { server } = createTaskServer()
    await using client = await connectInProcess<typeof server>(server, {
      extensions: [tasksClient()],
    })
    const task = await startTask(client, 'plain')
    expect(task.id).toBeUndefined()
    expect((await task.result()).content).toEqual([{ type: 'text', text: 'plain' }])
    await task.cancel()
    await expect(task.status()).rejects.toThrow(TypeError)
    await expect(attachTask(client, 'gone').result()).rejects.toMatchObject({ rpcCode: -32602 })
  })
})

// TASK-32 (tasks, "Cancelling a Task"): of an end and a cancellation at once one wins, and stays.
test.each([0, 1, 2, 3, 5, 8, 13])(
  'a cancellation %i turns after the end has begun, and what was told first stays',
  async (turns) => {
    const { server, gate } = createTaskServer()
    await using client = await connectInProcess<typeof server>(server, {
      extensions: [tasksClient()],
    })
    const task = await startTask(client, 'builds', { what: 'it' })
    gate.open()
    for (let turn = 0; turn < turns; turn++) await Promise.resolve()
    await task.cancel()
    const { status } = await task.status()
    expect(['completed', 'cancelled']).toContain(status)
    await settle()
    expect((await task.status()).status).toBe(status)
  },
)
