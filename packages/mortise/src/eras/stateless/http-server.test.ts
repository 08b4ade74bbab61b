import { describe, expect, test } from 'vitest'
import { createServer } from '../../server/index.ts'
import type { Context, Server } from '../../server/index.ts'
import { createTestRuntime } from '../../testing/index.ts'
import type { TestRuntime } from '../../testing/index.ts'
import { readEvents } from '../../../test/event-reading.ts'
import type { EventReading } from '../../../test/event-reading.ts'
import { json } from '../../../test/json.ts'
import { statelessMeta, statelessPost } from '../../../test/post.ts'
import { settle, until } from '../../../test/settle.ts'
import { callStateless } from '../../../test/stateless-peer.ts'
import { channelPeer } from '../../../test/channel-peer.ts'

interface Held {
  readonly server: Server
  readonly runtime: TestRuntime
  /** The contexts of the calls that run, and how each ends. */
  readonly calls: { readonly context: Context; readonly end: () => void }[]
}

/** A server with one tool, `talk`, whose calls speak and end when the test says so. */
function held(): Held {
  const calls: Held['calls'] = []
  const runtime = createTestRuntime()
  const server = createServer({
    name: 'held',
    version: '1.0.0',
    runtime,
    limits: { keepAliveMs: 1_000 },
  }).tool(
    'talk',
    {},
    (_args, context) =>
      new Promise<string>((resolve) => {
        calls.push({ context, end: () => resolve('done') })
      }),
  )
  return { server, runtime, calls }
}

/** The stream of a call that has spoken once. */
async function talking(
  { server, calls }: Held,
  options: Parameters<typeof callStateless>[2] = {},
): Promise<{ stream: EventReading; response: Response; context: Context; end: () => void }> {
  const pending = callStateless(server.handle, 'talk', { logLevel: 'debug', ...options })
  const before = calls.length
  await until(() => calls.length > before)
  const { context, end } = calls.at(-1) ?? expect.fail('no call runs')
  context.progress(1)
  const response = await pending
  return { stream: readEvents(response), response, context, end }
}

describe('a call that speaks', () => {
  // HTTP26-07, HTTP26-10, HTTP26-11 (basic/transports, "Sending Messages to the Server")
  test('is answered on a stream without requests, which ends with the answer', async () => {
    const { stream, response, context, end } = await talking(held())
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    context.log('info', 'a line')
    end()
    await until(() => stream.end !== undefined)
    expect(stream.end).toBe('done')
    expect(stream.messages.map(({ id, method }) => [id, method])).toEqual([
      [undefined, 'notifications/progress'],
      [undefined, 'notifications/message'],
      [1, undefined],
    ])
  })

  // HTTP26-10, HTTP26-11, MRTR-25 (basic/patterns/mrtr)
  test('asks by its answer, the last message of its stream, and not by a request', async () => {
    const form = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
    const server = createServer({ name: 'asking', version: '1.0.0' }).tool(
      'ask',
      {},
      async (_args, { elicit, progress }) => {
        progress(1)
        const asking = elicit('sure', 'Sure?', form)
        progress(2)
        return (await asking).action
      },
    )
    const stream = readEvents(
      await callStateless(server.handle, 'ask', { capabilities: { elicitation: {} } }),
    )
    await until(() => stream.end === 'done')
    expect(stream.messages).toMatchObject([
      { method: 'notifications/progress', params: { progress: 1 } },
      { id: 1, result: { resultType: 'input_required', inputRequests: { sure: {} } } },
    ])
    expect(stream.messages).toHaveLength(2)
  })

  // HTTP26-12 (basic/transports, "Sending Messages to the Server")
  test('tells proxies not to hold its stream back', async () => {
    const { response, end } = await talking(held())
    expect(response.headers.get('x-accel-buffering')).toBe('no')
    end()
  })

  // HTTP26-09, LOG-05, PROG-08 (basic/utilities/progress)
  test('is heard on its own stream alone, and no longer when it was answered', async () => {
    const server = held()
    const one = await talking(server)
    const two = await talking(server)
    one.context.log('info', 'of one')
    one.context.progress(5)
    one.end()
    await until(() => one.stream.end === 'done')
    one.context.log('info', 'too late')
    one.context.progress(9)
    two.end()
    await until(() => two.stream.end === 'done')
    const told = ({ stream }: typeof one): unknown[] =>
      stream.messages.flatMap(({ params }) => params?.data ?? params?.progress ?? [])
    expect([told(one), told(two)]).toEqual([[1, 'of one', 5], [1]])
  })

  // HTTP26-13 (basic/transports, "Sending Messages to the Server")
  test('is kept alive by comments while it is silent', async () => {
    const server = held()
    const { stream, end } = await talking(server)
    await settle()
    server.runtime.advance(1_000)
    await until(() => stream.text.includes(': keep-alive\n'))
    end()
    await until(() => stream.end === 'done')
    expect(stream.messages).toHaveLength(2)
  })

  // HTTP26-14, CANC-11 (basic/transports, "Sending Messages to the Server")
  test('is cancelled when its client closes the stream, and says nothing more', async () => {
    const server = held()
    const { stream, context, end } = await talking(server)
    const { signal } = context
    expect(signal.aborted).toBe(false)
    await settle()
    const { length } = stream.text
    await stream.leave()
    await until(() => signal.aborted)
    context.progress(2)
    end()
    await settle()
    expect(stream.text.length).toBe(length)
  })

  // PROG-02, PROG-03 (basic/utilities/progress)
  test('tells progress that grows, by the token that it was given, and without one none', async () => {
    const { stream, context, end } = await talking(held())
    for (const step of [1, 3, 2, 3, 3.5, -1]) context.progress(step)
    end()
    await until(() => stream.end === 'done')
    const steps = stream.messages.flatMap(({ params }) => (params === undefined ? [] : [params]))
    expect(steps).toEqual([1, 3, 3.5].map((progress) => ({ progressToken: 1, progress })))

    const quiet = held()
    const post = statelessPost({ method: 'tools/call', params: { name: 'talk' } })
    const pending = quiet.server.fetch(post)
    await until(() => quiet.calls.length === 1)
    quiet.calls[0]?.context.progress(1)
    quiet.calls[0]?.end()
    expect((await pending).headers.get('content-type')).toBe('application/json')
  })
})

// LOG-04 (server/utilities/logging)
test('a call that names no level hears no log line, whatever another one has named', async () => {
  const server = held()
  const loud = await talking(server)
  const pending = callStateless(server.server.handle, 'talk')
  await until(() => server.calls.length === 2)
  server.calls[1]?.context.log('emergency', 'the house is on fire')
  server.calls[1]?.end()
  const response = await pending
  expect(response.headers.get('content-type')).toBe('application/json')
  loud.end()
})

describe('what one request declares', () => {
  const asking = createServer({ name: 'asking', version: '1.0.0' }).tool(
    'ask',
    {},
    async (_args, { elicit }) => {
      const form = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
      return (await elicit('sure', 'Sure?', form)).action
    },
  )
  const params = (capabilities: object): Record<string, unknown> => {
    const key = 'io.modelcontextprotocol/clientCapabilities'
    return { name: 'ask', _meta: { ...statelessMeta, [key]: capabilities } }
  }

  // BASE-32, BASE-44 (basic, "Statelessness")
  test('says nothing about the next one on the same channel', async () => {
    const peer = channelPeer()
    void asking.attach(peer.channel)
    for (const [id, capabilities] of [
      [1, { elicitation: {} }],
      [2, {}],
      [3, { elicitation: {} }],
    ] as const) {
      peer.send({ jsonrpc: '2.0', id, method: 'tools/call', params: params(capabilities) })
      await until(() => peer.told.length === id)
    }
    expect(peer.told.map(({ result, error }) => result?.resultType ?? error.code)).toEqual([
      'input_required',
      -32021,
      'input_required',
    ])
  })

  // BASE-45 (basic, "Error Codes")
  test('and what it would have had to, is answered with 400', async () => {
    const response = await asking.fetch(statelessPost({ method: 'tools/call', params: params({}) }))
    expect(response.status).toBe(400)
    expect((await json(response)).error).toMatchObject({
      code: -32021,
      data: { requiredCapabilities: { elicitation: { form: {} } } },
    })
  })
})
