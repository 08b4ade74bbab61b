import { describe, expect, test } from 'vitest'
import { attachTask, startTask, tasksClient } from '../../src/extensions/tasks/index.ts'
import { connectInProcess } from '../../src/testing/index.ts'
import type { TestConnectOptions } from '../../src/testing/index.ts'
import { until } from '../settle.ts'
import { createTaskServer } from './fixture.ts'

const yes = () => ({ action: 'accept' as const, content: { yes: true } })

const cells = (['memory', 'bytes', 'fetch'] as const).flatMap((transport) =>
  ['2026-07-28', '2025-11-25'].map((version) => ({ transport, version })),
)

describe.for(cells)('tasks over $transport in $version', ({ transport, version }) => {
  function setUp() {
    const made = createTaskServer()
    const connect = (options: TestConnectOptions = {}) =>
      connectInProcess<typeof made.server>(made.server, {
        transport,
        version,
        extensions: [tasksClient()],
        elicit: yes,
        ...options,
      })
    return { ...made, connect }
  }

  // TASK25-11, TASK25-12 (2025-11-25, basic/utilities/tasks): nobody tells the client, it looks.
  test('a call that has become a task comes to its result as any other', async () => {
    const { connect, gate } = setUp()
    await using client = await connect()
    const task = await startTask(client, 'builds', { what: 'ship' })
    expect(await task.status()).toMatchObject({ taskId: task.id, status: 'working' })
    await until(() => true)
    gate.open()
    expect((await task.result()).content).toEqual([{ type: 'text', text: 'built ship' }])
    expect(await task.status()).toMatchObject({ status: 'completed' })
    expect(await client.call('must')).toBe('must')
    expect(await client.call('plain')).toBe('plain')
  })

  test('questions are put to the client, each once', async () => {
    const { connect, traces } = setUp()
    let asked = 0
    const elicit = () => {
      asked += 1
      return yes()
    }
    await using client = await connect({ elicit })
    const task = await startTask(client, 'asks')
    expect((await task.result()).content).toEqual([{ type: 'text', text: 'accept accept accept' }])
    expect(asked).toBe(3)
    expect(traces).toEqual(['both'])
  })

  test('a tool that fails is a result, a refusal is an error', async () => {
    const { connect } = setUp()
    await using client = await connect()
    const failed = await startTask(client, 'fails')
    expect(await failed.result()).toMatchObject({ isError: true })
    const refused = await startTask(client, 'refuses')
    await expect(refused.result()).rejects.toMatchObject({
      rpcCode: -32000,
      data: { why: 'closed' },
    })
  })

  test('a task that is cancelled aborts its handler, and stays cancelled', async () => {
    const { connect, traces } = setUp()
    await using client = await connect()
    const task = await startTask(client, 'waits')
    await task.cancel()
    await until(() => traces.includes('aborted'))
    expect(await task.status()).toMatchObject({ status: 'cancelled' })
    await expect(task.result()).rejects.toThrow(/cancelled/)
  })

  test('a handler may make its call a task after it has asked', async () => {
    const { connect, traces } = setUp()
    await using client = await connect()
    const task = await startTask(client, 'told')
    expect(task.id).toBeTypeOf('string')
    const { structuredContent } = await task.result()
    expect(structuredContent).toEqual({ name: 'accept', more: 'accept', same: true })
    expect(traces).toEqual(['begun'])
  })

  test('a client without tasks gets what is optional as an ordinary call', async () => {
    const { connect, gate } = setUp()
    gate.open()
    await using client = await connect({ extensions: [] })
    expect(await client.call('builds', { what: 'plain' })).toBe('built plain')
    await expect(client.call('must')).rejects.toMatchObject({
      rpcCode: version === '2026-07-28' ? -32021 : -32601,
    })
  })

  // TASK-15: tasks, "Polling"
  test('a task is taken up again by its id', async () => {
    const { connect, gate } = setUp()
    let id = ''
    {
      await using first = await connect()
      id = (await startTask(first, 'builds', { what: 'again' })).id ?? ''
    }
    gate.open()
    await using second = await connect()
    const { content } = await attachTask(second, id).result()
    expect(content).toEqual([{ type: 'text', text: 'built again' }])
  })
})
