// Tasks of revision 2025-11-25, both ways: a client of this library with the reference server "everything", and the client of
// the official SDK with a server of this library.
import { connect } from 'mortise/client'
import { serve } from 'mortise/node'
import { ToolError, createServer } from 'mortise/server'
import { startTask, tasks, tasksClient } from 'mortise/tasks'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { everythingTransports } from './fixtures/everything.mjs'
import { connectTaskClient } from './fixtures/official-task-client.mjs'

const name = 'simulate-research-query'

describe.each(['stdio', 'HTTP'])('everything over %s', (transport) => {
  let server
  let client
  let asked = 0

  beforeAll(async () => {
    server = await everythingTransports[transport]()
    client = await connect(server.target, {
      stderr: 'ignore',
      extensions: [tasksClient()],
      elicit() {
        asked += 1
        return { action: 'accept', content: { interpretation: 'programming' } }
      },
    })
  })

  afterAll(async () => {
    await client?.close()
    await server?.close()
  })

  // TASK25-04, TASK25-11 (2025-11-25, basic/utilities/tasks)
  test('a tool that must be a task comes to its result, and says how far it is', async () => {
    const told = []
    const onProgress = ({ message }) => told.push(message)
    const text = await client.call(name, { topic: 'wood', ambiguous: false }, { onProgress })
    expect(text).toContain('Research Report: wood')
    // A look a second sees most of its stages, and which ones is a matter of time.
    expect(
      told.filter((said) => /^(?:Gathering|Analyzing|Synth|Generating)/.test(said)),
    ).not.toEqual([])
  })

  // TASK25-14, TASK25-15 (2025-11-25, basic/utilities/tasks, "Input Required Status")
  test('its question is answered on the way to the result', async () => {
    const task = await startTask(client, name, { topic: 'python', ambiguous: true })
    const { content } = await task.result()
    expect(content[0].text).toContain('programming')
    expect(asked).toBe(1)
    expect((await task.status()).status).toBe('completed')
  })

  test('a task that is cancelled stays so', async () => {
    const task = await startTask(client, name, { topic: 'stone', ambiguous: false })
    await task.cancel()
    expect((await task.status()).status).toBe('cancelled')
  })
})

describe('the client of the official SDK', () => {
  const answers = { type: 'object', properties: { yes: { type: 'boolean' } } }
  let serving
  let peer
  let goOn

  beforeAll(async () => {
    const server = createServer({ name: 'tasks', version: '1.0.0' })
      .tool('asks', {}, async (_args, ctx) => {
        ctx.progress(1, 2, 'asking')
        const { action } = await ctx.elicit('sure', 'Sure?', answers)
        return `it was ${action}`
      })
      .tool('fails', {}, () => {
        throw new ToolError('out of paper')
      })
      .tool('bakes', {}, async (_args, { progress }) => {
        progress(1, 3, 'kneading')
        for (let step = 2; step <= 3; step++) {
          await new Promise((resolve) => (goOn = resolve))
          progress(step, 3)
        }
        await new Promise((resolve) => (goOn = resolve))
        return 'bread'
      })
      .tool('waits', {}, (_args, { signal }) => {
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve('late')))
      })
      .extend(
        tasks({
          tools: { asks: 'required', bakes: 'optional', fails: 'optional', waits: 'optional' },
          pollIntervalMs: 50,
        }),
      )
    serving = await serve(server, { transport: 'http', port: 0, onListening: () => {} })
    const elicit = () => ({ action: 'accept', content: { yes: true } })
    peer = await connectTaskClient(serving.url, elicit)
  })

  afterAll(async () => {
    await peer?.client.close()
    await serving?.close()
  })

  async function follow(params, options) {
    const seen = []
    for await (const message of peer.stream(params, options)) seen.push(message)
    return seen
  }

  // TASK25-03, TASK25-07, TASK25-13 (2025-11-25, basic/utilities/tasks)
  test('calls a tool that must be a task, and answers its question', async () => {
    await peer.client.listTools()
    const seen = await follow({ name: 'asks', arguments: {} })
    expect(seen[0].type).toBe('taskCreated')
    const last = seen.at(-1)
    expect(last).toMatchObject({
      type: 'result',
      result: { content: [{ type: 'text', text: 'it was accept' }] },
    })
  })

  // PROG-07 (2025-11-25, basic/utilities/tasks, "Task Progress Notifications")
  test('hears the progress of a task under the token of its call', async () => {
    const heard = []
    const onprogress = ({ progress }) => {
      heard.push(progress)
      goOn()
    }
    const seen = await follow({ name: 'bakes', arguments: {} }, { task: {}, onprogress })
    expect(seen[0].type).toBe('taskCreated')
    expect(seen.at(-1)).toMatchObject({ type: 'result', result: { content: [{ text: 'bread' }] } })
    expect(heard).toEqual([1, 2, 3])
  })

  test('calls a tool plainly that may be a task', async () => {
    const result = await peer.client.callTool({ name: 'fails', arguments: {} })
    expect(result.isError).toBe(true)
  })

  // TASK25-16, TASK25-17 (2025-11-25, basic/utilities/tasks)
  test('lists its tasks, and cancels one', async () => {
    const params = { name: 'waits', arguments: {} }
    const stream = peer.stream(params, { task: { ttl: 60_000 } })
    const { value: created } = await stream.next()
    const { taskId } = created.task
    const { tasks: listed } = await peer.tasks.listTasks()
    expect(listed.map((task) => task.taskId)).toContain(taskId)
    expect((await peer.tasks.cancelTask(taskId)).status).toBe('cancelled')
    expect((await peer.tasks.getTask(taskId)).status).toBe('cancelled')
    await expect(peer.tasks.cancelTask(taskId)).rejects.toMatchObject({ code: -32602 })
    await stream.return?.()
  })
})
