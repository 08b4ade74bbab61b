import { describe, expect, test } from 'vitest'
import { attachTask, startTask, tasksClient } from '../../src/extensions/tasks/index.ts'
import { createMemoryStore } from '../../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../../src/testing/index.ts'
import { readEvents } from '../event-reading.ts'
import { json } from '../json.ts'
import type { Json } from '../json.ts'
import { statelessMeta, statelessPost } from '../post.ts'
import { sessionPeer } from '../session-peer.ts'
import { settle, until } from '../settle.ts'
import { createTaskServer } from './fixture.ts'

const id = 'io.modelcontextprotocol/tasks'
const extension = { elicitation: {}, extensions: { [id]: {} } }
const missing = { code: -32021, data: { requiredCapabilities: { extensions: { [id]: {} } } } }

interface Asking {
  readonly capabilities?: object
  readonly subject?: string
  readonly headers?: Record<string, string | undefined>
}

/** A server of tasks, whose callers a header names, and what is POSTed to it as a stateless request. */
function setUp(options: Parameters<typeof createTaskServer>[0] = {}) {
  const runtime = createTestRuntime()
  const made = createTaskServer({
    runtime,
    http: {
      authorize: ({ header }) => ({ subject: header('x-subject') ?? 'nobody', scopes: [] }),
    },
    ...options,
  })
  function send(
    method: string,
    params: Record<string, unknown>,
    { capabilities = extension, subject = 'ann', headers = {} }: Asking = {},
  ): Promise<Response> {
    const _meta = {
      ...statelessMeta,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    }
    const name = params['taskId'] ?? params['name']
    const named = { 'mcp-name': typeof name === 'string' ? name : '' }
    const post = statelessPost(
      { method, params: { _meta, ...params } },
      { ...named, 'x-subject': subject, ...headers },
    )
    return made.server.fetch(post)
  }
  async function ask(...asked: Parameters<typeof send>): Promise<Json> {
    return await (await send(...asked)).json()
  }
  async function begin(name: string, args: object = {}, own?: Asking): Promise<string> {
    const { result } = await ask('tools/call', { name, arguments: args }, own)
    return result.taskId
  }
  return { ...made, runtime, send, ask, begin }
}

describe('in the form of the extension', () => {
  // TASK-02, TASK-09, TASK-10, TASK-16, TASK-18, TASK-20, TASK-42, TASK-49: tasks, "Task Creation" and "Getting a Task"
  test('a task is flat where it is created, and inlines its end where it is asked for', async () => {
    const { ask } = setUp()
    const { result: created } = await ask('tools/call', { name: 'must' })
    expect(created).toEqual({
      resultType: 'task',
      taskId: expect.stringMatching(/^[\w-]{22}$/),
      status: 'working',
      createdAt: '2025-06-15T15:06:40.000Z',
      lastUpdatedAt: '2025-06-15T15:06:40.000Z',
      ttlMs: 3_600_000,
      pollIntervalMs: 50,
      _meta: expect.anything(),
    })
    const { taskId } = created
    const { result } = await ask('tasks/get', { taskId })
    expect(result).toMatchObject({
      resultType: 'complete',
      status: 'completed',
      result: { resultType: 'complete', content: [{ type: 'text', text: 'must' }] },
    })
  })

  // TASK-19, TASK-21, TASK-22, TASK-23: tasks, "Task Status"
  test('a tool that failed has completed, a refusal has failed', async () => {
    const { ask, begin } = setUp()
    const failed = await ask('tasks/get', { taskId: await begin('fails') })
    expect(failed.result).toMatchObject({ status: 'completed', result: { isError: true } })
    const refused = await ask('tasks/get', { taskId: await begin('refuses') })
    expect(refused.result).toMatchObject({
      status: 'failed',
      statusMessage: 'not here',
      error: { code: -32000, message: 'not here', data: { why: 'closed' } },
    })
    expect(refused.result.result).toBeUndefined()
  })

  // TASK-17, TASK-28, TASK-29, TASK-30: tasks, "Input Required"
  test('answers are taken one by one, strange ones are ignored, and no key comes again', async () => {
    const { ask, begin, traces } = setUp()
    const taskId = await begin('asks')
    const asked = async (): Promise<string[]> =>
      Object.keys((await ask('tasks/get', { taskId })).result.inputRequests ?? {})
    const update = async (inputResponses: unknown): Promise<Json> =>
      await ask('tasks/update', { taskId, inputResponses })
    const accept = { action: 'accept', content: { yes: true } }
    expect(await asked()).toEqual(['one', 'two'])
    const { result } = await update({ one: accept, seven: accept, __proto__: accept })
    expect(result).toEqual({ resultType: 'complete', _meta: expect.anything() })
    expect(await asked()).toEqual(['two'])
    await update({ one: { action: 'decline' } }) // it has an answer
    await update({ two: 12 })
    expect(await asked()).toEqual(['two~2'])
    await update({ 'two~2': accept })
    expect(await asked()).toEqual(['three'])
    await update({ three: { action: 'cancel' } })
    const ended = await ask('tasks/get', { taskId })
    expect(ended.result.result.content[0].text).toBe('accept accept cancel')
    expect(traces).toEqual(['both'])
  })

  test.each([undefined, null, 'one', ['one'], 7])(
    'answers that are %j are refused',
    async (inputResponses) => {
      const { ask, begin } = setUp()
      const { error } = await ask('tasks/update', { taskId: await begin('asks'), inputResponses })
      expect(error.code).toBe(-32602)
    },
  )

  // TASK-34: tasks, "Error Handling"
  test.each([undefined, 7, '', 'no-such-task', '__proto__'])(
    'a task called %j is not there',
    async (taskId) => {
      const { ask } = setUp()
      for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
        const { error } = await ask(method, { taskId, inputResponses: {} })
        expect(error.code).toBe(-32602)
      }
    },
  )

  // TASK-43: tasks, "Security Considerations"
  test("another subject's task is as unknown as none", async () => {
    const { ask, begin } = setUp()
    const taskId = await begin('asks')
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const other = { subject: 'bob' }
      const theirs = await ask(method, { taskId, inputResponses: {} }, other)
      const none = await ask(method, { taskId: 'A'.repeat(22), inputResponses: {} }, other)
      expect(theirs.error.code).toBe(-32602)
      expect(theirs.error.message).toBe(none.error.message.replace('A'.repeat(22), taskId))
    }
    expect((await ask('tasks/get', { taskId })).result.status).toBe('input_required')
  })

  // TASK-03, TASK-06, TASK-35: tasks, "Capability Negotiation"
  test('every request must declare the extension itself', async () => {
    const { ask, send, begin } = setUp()
    const taskId = await begin('waits')
    const none = { capabilities: {} }
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const { error } = await ask(method, { taskId, inputResponses: {} }, none)
      expect(error).toMatchObject(missing)
    }
    const refused = await send('tools/call', { name: 'must' }, none)
    expect(refused.status).toBe(400)
    expect((await json(refused)).error).toMatchObject(missing)
    const plain = await ask('tools/call', { name: 'fails' }, none)
    expect(plain.result).toMatchObject({ resultType: 'complete', isError: true })
  })

  // TASK-01, TASK-44, TASK-45, TASK-46: SEP-2663
  test('what the older form had is unknown, ignored and not declared', async () => {
    const { ask, send } = setUp()
    for (const method of ['tasks/result', 'tasks/list']) {
      const response = await send(method, { taskId: 'x' }, { headers: { 'mcp-name': undefined } })
      expect(response.status).toBe(404)
      expect((await json(response)).error.code).toBe(-32601)
    }
    const { result } = await ask('tools/call', { name: 'plain', task: { ttl: 1 } })
    expect(result).toMatchObject({ resultType: 'complete', content: [{ text: 'plain' }] })
    const { result: found } = await ask('server/discover', {})
    expect(found.capabilities).toMatchObject({ extensions: { [id]: {} } })
    expect(found.capabilities.tasks).toBeUndefined()
    const { result: listed } = await ask('tools/list', {})
    expect(listed.tools.filter((tool: Json) => tool.execution !== undefined)).toEqual([])
  })

  // TASK-48: SEP-2663
  test('a client that knows the older form alone is one that declares nothing', async () => {
    const { ask, begin } = setUp()
    const taskId = await begin('waits')
    const { error } = await ask('tasks/get', { taskId }, { capabilities: { tasks: {} } })
    expect(error).toMatchObject(missing)
  })

  // TASK-37: tasks, "Streamable HTTP"
  test('the header names the task', async () => {
    const { ask, begin } = setUp()
    const taskId = await begin('waits')
    const headers = { 'mcp-name': 'another' }
    expect((await ask('tasks/get', { taskId }, { headers })).error.code).toBe(-32020)
  })

  // TASK-24: tasks, "Task TTL"
  test('a task whose time is over has failed, its handler is aborted, and then it is gone', async () => {
    const { ask, begin, runtime, traces } = setUp()
    const taskId = await begin('waits')
    runtime.advance(3_600_000)
    await until(() => traces.includes('aborted'))
    const over = await ask('tasks/get', { taskId })
    expect(over.result).toMatchObject({ status: 'failed', error: { code: -32603 } })
    runtime.advance(60_000)
    expect((await ask('tasks/get', { taskId })).error.code).toBe(-32602)
  })

  // TASK-29, TASK-32: tasks, "Cancelling a Task"
  test('what has ended stays as it ended, whoever cancels or answers it', async () => {
    const { ask, begin } = setUp()
    const taskId = await begin('must')
    const before = (await ask('tasks/get', { taskId })).result
    expect((await ask('tasks/cancel', { taskId })).result.resultType).toBe('complete')
    const inputResponses = { one: 1 }
    expect((await ask('tasks/update', { taskId, inputResponses })).error).toBeUndefined()
    expect((await ask('tasks/get', { taskId })).result).toEqual(before)
  })

  // TASK-36, TASK-38, TASK-39, TASK-40, TASK-41: tasks, "Task Status Notifications"
  test('who listens to a task is told of it as it would be told if it asked', async () => {
    const { send, ask, begin, gate } = setUp()
    const mine = await begin('builds', { what: 'it' })
    const theirs = await begin('waits', {}, { subject: 'bob' })
    const notifications = { taskIds: [mine, theirs, 'none'] }
    const refused = await send('subscriptions/listen', { notifications }, { capabilities: {} })
    expect((await json(refused)).error).toMatchObject(missing)
    const stream = readEvents(await send('subscriptions/listen', { notifications }))
    await until(() => stream.messages.length === 1)
    expect(stream.messages[0].params.notifications).toEqual({ taskIds: [mine] })
    gate.open()
    await until(() => stream.messages.length === 2)
    const { method, params } = stream.messages[1]
    expect(method).toBe('notifications/tasks')
    const { _meta, ...state } = params
    expect(_meta['io.modelcontextprotocol/subscriptionId']).toBe(1)
    const { resultType, _meta: _own, ...asked } = (await ask('tasks/get', { taskId: mine })).result
    expect([state, resultType]).toEqual([asked, 'complete'])
    expect(state.status).toBe('completed')
    await stream.leave()
  })

  test('a store that fails is an internal error, reported and masked', async () => {
    const store = createMemoryStore()
    const { server, errors } = createTaskServer(
      {},
      { store: { ...store, swap: () => Promise.reject(new Error('disk full')) } },
    )
    const _meta = {
      ...statelessMeta,
      'io.modelcontextprotocol/clientCapabilities': extension,
    }
    const response = await server.fetch(
      statelessPost({ method: 'tools/call', params: { _meta, name: 'must' } }),
    )
    const { error }: Json = await response.json()
    expect([error.code, error.message]).toEqual([-32603, expect.stringMatching(/^Internal error/)])
    expect(errors).toMatchObject([{ message: 'disk full' }])
    await server.close()
  })
})

describe('in the form of the core', () => {
  /** A client of a session, over HTTP, and what it asks. */
  async function open(made = createTaskServer({ runtime: createTestRuntime() })) {
    const peer = sessionPeer(made.server.handle, {
      capabilities: { elicitation: {}, extensions: { [id]: {} } },
    })
    const opened = await peer.open()
    let lastId = 100
    const send = (method: string, params: object = {}): Promise<Response> => {
      lastId += 1
      return peer.post({ jsonrpc: '2.0', id: lastId, method, params })
    }
    const ask = async (method: string, params: object = {}): Promise<Json> => {
      const response = await send(method, params)
      const text = await response.text()
      const last = text.startsWith('{') ? text : text.split('data: ').at(-1)
      return JSON.parse(last ?? '')
    }
    const begin = async (name: string, args: object = {}): Promise<string> =>
      (await ask('tools/call', { name, arguments: args, task: {} })).result.task.taskId
    return { ...made, peer, opened, send, ask, begin }
  }

  // TASK25-01, TASK25-03, TASK-47: basic/utilities/tasks, "Capabilities" and "Tool-Level Negotiation"
  test('it is declared as a capability, and by every tool that may be a task', async () => {
    const { opened, ask } = await open()
    const { capabilities } = JSON.parse((await opened.text()).replace(/^[^]*data: /, '')).result
    expect(capabilities.tasks).toEqual({ list: {}, cancel: {}, requests: { tools: { call: {} } } })
    expect(capabilities.extensions).toBeUndefined()
    const { result } = await ask('tools/list')
    const execution = Object.fromEntries(
      result.tools.map((tool: Json) => [tool.name, tool.execution?.taskSupport]),
    )
    expect(execution).toMatchObject({ must: 'required', builds: 'optional', plain: undefined })
    const { result: plain } = await ask('tools/call', { name: 'fails', arguments: {} })
    expect(plain.isError).toBe(true) // its declaration of the extension makes no task of it
  })

  // TASK25-05, TASK25-18: basic/utilities/tasks, "Tool-Level Negotiation" and "Error Handling"
  test.each([
    ['must', {}, -32601],
    ['plain', { task: {} }, -32601],
    ['builds', { task: 7 }, -32602],
    ['builds', { task: { ttl: 'long' } }, -32602],
    ['builds', { task: { ttl: -1 } }, -32602],
  ])('a call of %s with %j is refused', async (name, more, code) => {
    const { ask } = await open()
    const { error } = await ask('tools/call', { name, arguments: {}, ...more })
    expect(error.code).toBe(code)
  })

  // TASK25-07, TASK25-08, TASK25-09, TASK25-10, TASK25-22: basic/utilities/tasks, "Creating Tasks" and "Task Status Lifecycle"
  test('a task is created nested, and read flat', async () => {
    const { ask, begin } = await open()
    const { result } = await ask('tools/call', {
      name: 'waits',
      arguments: {},
      task: { ttl: 5_000 },
    })
    const task = {
      taskId: expect.stringMatching(/^[\w-]{22}$/),
      status: 'working',
      createdAt: '2025-06-15T15:06:40.000Z',
      lastUpdatedAt: '2025-06-15T15:06:40.000Z',
      ttl: 5_000,
      pollInterval: 50,
    }
    expect(result).toEqual({ task })
    expect((await ask('tasks/get', { taskId: result.task.taskId })).result).toEqual(task)
    const failed = await ask('tasks/get', { taskId: await begin('fails') })
    expect(failed.result.status).toBe('failed')
  })

  // TASK25-13, TASK25-15: basic/utilities/tasks, "Getting Task Results" and "Associating Task-Related Messages"
  test('its result says to which task it belongs, and an error is the one of the call', async () => {
    const { ask, begin } = await open()
    const taskId = await begin('fails')
    const { result } = await ask('tasks/result', { taskId })
    expect(result).toMatchObject({
      isError: true,
      content: [{ text: 'out of paper' }],
      _meta: { 'io.modelcontextprotocol/related-task': { taskId } },
    })
    const { error } = await ask('tasks/result', { taskId: await begin('refuses') })
    expect(error).toEqual({ code: -32000, message: 'not here', data: { why: 'closed' } })
  })

  // TASK25-13, TASK25-14, TASK25-15: basic/utilities/tasks, "Input Required Status"
  test('its questions come with the request for its result, each tied to the task', async () => {
    const { send, peer, begin } = await open()
    const taskId = await begin('asks')
    const stream = readEvents(await send('tasks/result', { taskId }))
    const related = { 'io.modelcontextprotocol/related-task': { taskId } }
    const questions = (): Json[] =>
      stream.messages.filter(({ method }) => method === 'elicitation/create')
    await until(() => questions().length === 2)
    expect(questions().map(({ params }) => params._meta)).toEqual([related, related])
    const reply = async (question: Json): Promise<void> => {
      const result = { action: 'accept', content: { yes: true } }
      await peer.post({ jsonrpc: '2.0', id: question.id, result })
    }
    await Promise.all(questions().map(reply))
    await until(() => questions().length === 3)
    await reply(questions()[2])
    await until(() => stream.messages.some(({ result }) => result !== undefined))
    const { result } = stream.messages.at(-1)
    expect(result).toMatchObject({ content: [{ text: 'accept accept accept' }], _meta: related })
  })

  test('a question goes to one of the requests for its result, and to the next one when that left', async () => {
    const { send, peer, begin } = await open()
    const taskId = await begin('asks')
    const asks = (stream: { readonly messages: Json[] }): number =>
      stream.messages.filter(({ method }) => method === 'elicitation/create').length
    const first = readEvents(await send('tasks/result', { taskId }))
    await until(() => asks(first) === 2)
    const answer = send('tasks/result', { taskId })
    await settle()
    await peer.post({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 102 },
    })
    const second = readEvents(await answer)
    await until(() => asks(second) === 2)
    expect(asks(first)).toBe(2)
  })

  // TASK-48: SEP-2663
  test('a task that was begun in it may be looked after without the extension', async () => {
    const { begin, server } = await open()
    const taskId = await begin('waits')
    for (const [method, status] of [
      ['tasks/get', 'working'],
      ['tasks/cancel', undefined],
    ] as const) {
      const _meta = {
        ...statelessMeta,
        'io.modelcontextprotocol/clientCapabilities': { tasks: {} },
      }
      const post = statelessPost({ method, params: { _meta, taskId } }, { 'mcp-name': taskId })
      const { result } = await json(await server.fetch(post))
      expect([result.resultType, result.status]).toEqual(['complete', status])
    }
  })

  test('a server that closes aborts what it works on, and reports nothing', async () => {
    const { begin, server, traces, errors } = await open()
    await begin('waits')
    await server.close({ drainMs: 1 })
    expect([traces, errors]).toEqual([['aborted'], []])
  })

  // TASK25-17: basic/utilities/tasks, "Cancelling Tasks"
  test('what is cancelled is so before the answer, and cannot be again', async () => {
    const { ask, begin, traces } = await open()
    const taskId = await begin('waits')
    expect((await ask('tasks/cancel', { taskId })).result.status).toBe('cancelled')
    expect((await ask('tasks/get', { taskId })).result.status).toBe('cancelled')
    expect((await ask('tasks/cancel', { taskId })).error.code).toBe(-32602)
    await until(() => traces.includes('aborted'))
  })

  // TASK25-16, TASK25-18, TASK25-20: basic/utilities/tasks, "Listing Tasks" and "Security Considerations"
  test('a session lists its own tasks, page by page', async () => {
    const made = createTaskServer({ runtime: createTestRuntime(), limits: { pageSize: 2 } })
    const { ask, begin } = await open(made)
    const ids = [await begin('waits'), await begin('waits'), await begin('waits')]
    const other = await open(made)
    const first = (await ask('tasks/list')).result
    const second = (await ask('tasks/list', { cursor: first.nextCursor })).result
    const listed = [...first.tasks, ...second.tasks].map(({ taskId }: Json) => taskId)
    expect([listed, second.nextCursor]).toEqual([ids, undefined])
    expect((await other.ask('tasks/list')).result.tasks).toEqual([])
    for (const cursor of ['nonsense', 7, other.peer.id]) {
      expect((await ask('tasks/list', { cursor })).error.code).toBe(-32602)
    }
  })
})

// TASK25-16, TASK25-19: basic/utilities/tasks, "Security Considerations"
test("in a session too a task is its subject's alone, and on no list of another", async () => {
  const { server } = setUp()
  const as = (subject: string) =>
    connectInProcess<typeof server>(server, {
      transport: 'fetch',
      version: '2025-11-25',
      headers: { 'x-subject': subject },
      extensions: [tasksClient()],
    })
  await using ann = await as('ann')
  await using bob = await as('bob')
  const { id: taskId = '' } = await startTask(ann, 'waits')
  await expect(attachTask(bob, taskId).status()).rejects.toMatchObject({ rpcCode: -32602 })
  await expect(attachTask(bob, taskId).cancel()).rejects.toMatchObject({ rpcCode: -32602 })
  await expect(bob.request('tasks/result', { taskId })).rejects.toMatchObject({ rpcCode: -32602 })
  expect(await bob.request('tasks/list')).toMatchObject({ tasks: [] })
  await using again = await as('ann')
  expect(await again.request('tasks/list')).toMatchObject({ tasks: [{ taskId }] })
})

describe('in a revision without words for tasks', () => {
  test('what may be a task is an ordinary call, and what must is refused', async () => {
    const { server } = createTaskServer()
    const peer = sessionPeer(server.handle, { version: '2025-06-18' })
    await peer.open()
    await using client = await connectInProcess(server, { version: '2025-06-18' })
    expect(client.server.capabilities).not.toHaveProperty('extensions')
    const { result }: Json = await (await peer.call('fails')).json()
    expect(result.isError).toBe(true)
    const { error }: Json = await (await peer.call('must')).json()
    expect(error.message).toContain('knows nothing')
    const got = await peer.post({ jsonrpc: '2.0', id: 9, method: 'tasks/get', params: {} })
    expect((await json(got)).error.code).toBe(-32601)
  })
})
