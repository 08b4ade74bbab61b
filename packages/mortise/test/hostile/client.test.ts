import { describe, expect, test, vi } from 'vitest'
import { connect } from '../../src/client/index.ts'
import { createTestRuntime, memoryChannelPair } from '../../src/testing/index.ts'
import {
  choose,
  complete,
  endless,
  event,
  events,
  expectAlive,
  good,
  json,
  limits,
  members,
  overHttp,
  overMemory,
  reply,
  result,
} from './hostile-server.ts'
import type { Answer, Json } from './hostile-server.ts'
import { countCrashes } from './target.ts'

countCrashes()

/** Answers that are none, whatever carries them. */
const answers: [name: string, answer: Answer, expected: Json][] = [
  ['a result and an error', members({ result: good, error: { code: 1, message: 'x' } }), {}],
  ['an error that is a text', members({ error: 'x' }), {}],
  ['an error without a code', members({ error: { message: 'x' } }), {}],
  ['an error whose code is a fraction', members({ error: { code: 1.5, message: 'x' } }), {}],
  ['an error whose message is an object', members({ error: { code: 1, message: {} } }), {}],
  [
    'an error',
    members({ error: { code: 7, message: 'no', data: { a: 1 } } }),
    { code: 'ERR_RPC', rpcCode: 7 },
  ],
  ['a result of null', result(null), { code: 'ERR_INVALID_RESULT' }],
  ['a result that is a text', result('good'), { code: 'ERR_INVALID_RESULT' }],
  ['a result that is an array', result([good]), { code: 'ERR_INVALID_RESULT' }],
  ['a result without content', result(complete), { code: 'ERR_INVALID_RESULT' }],
  [
    'content that is an object',
    result({ ...good, content: { 0: 'x' } }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'an unknown resultType',
    result({ ...good, resultType: 'task' }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'a resultType in capitals',
    result({ ...good, resultType: 'Complete' }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'a resultType that is null',
    result({ ...good, resultType: null }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'a resultType that is an object',
    result({ ...good, resultType: { toString: 1 } }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'a question without a question',
    result({ resultType: 'input_required' }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'a question that is null',
    result({ resultType: 'input_required', inputRequests: { a: null } }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'a question of an unknown kind',
    result({ resultType: 'input_required', inputRequests: { a: { method: 'tools/call' } } }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'a question whose method is an object with strange members',
    result({
      resultType: 'input_required',
      inputRequests: { a: { method: { toString: 1, valueOf: 1 } } },
    }),
    { code: 'ERR_INVALID_RESULT' },
  ],
  [
    'a question that was not declared',
    result({
      resultType: 'input_required',
      inputRequests: {
        a: {
          method: 'elicitation/create',
          params: { mode: 'form', message: 'x', requestedSchema: {} },
        },
      },
    }),
    { code: 'ERR_RPC' },
  ],
  [
    'a hundred questions',
    result({
      resultType: 'input_required',
      inputRequests: Object.fromEntries(Array.from({ length: 100 }, (_, n) => [n, {}])),
    }),
    { code: 'ERR_INVALID_RESULT' },
  ],
]

for (const [transport, open] of [
  ['HTTP', overHttp],
  ['memory', overMemory],
] as const) {
  // BASE-21, BASE-22 (basic, "Result Responses")
  describe(`a client over ${transport} refuses what is no answer, and goes on:`, () => {
    for (const [name, answer, expected] of answers) {
      test(name, async () => {
        const client = await open(answer)
        const error = await client.callTool('bad' as never).catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(Error)
        expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_/), ...expected })
        expect(String((error as Error).message).length).toBeLessThan(500)
        await expectAlive(client)
      })
    }
  })
}

describe('a client over HTTP refuses what it cannot read, and goes on:', () => {
  const smuggled = reply(1, { result: good })
  const rows: [name: string, answer: Answer, code: string][] = [
    [
      'a page',
      () => new Response('<html>', { headers: { 'content-type': 'text/html' } }),
      'ERR_INVALID_RESULT',
    ],
    ['no type', () => new Response(new Uint8Array([123])), 'ERR_INVALID_RESULT'],
    [
      'something that begins like JSON',
      () => json('{}', { headers: { 'content-type': 'application/jsonp' } }),
      'ERR_INVALID_RESULT',
    ],
    [
      'something that begins like events',
      () => json('', { headers: { 'content-type': 'text/event-stream-x' } }),
      'ERR_INVALID_RESULT',
    ],
    ['nothing', () => json(''), 'ERR_INVALID_RESULT'],
    ['no JSON', () => json('{'), 'ERR_INVALID_RESULT'],
    [
      'JSON with a key twice',
      () => json('{"jsonrpc":"2.0","id":1,"id":2,"result":{}}'),
      'ERR_INVALID_RESULT',
    ],
    ['JSON nested too deep', () => json('['.repeat(500) + ']'.repeat(500)), 'ERR_INVALID_RESULT'],
    ['no UTF-8', () => json(new Uint8Array([0x22, 0xff, 0x22])), 'ERR_INVALID_RESULT'],
    ['JSON that is too long', () => json(`"${'x'.repeat(3000)}"`), 'ERR_LIMIT'],
    [
      'JSON without end',
      () =>
        new Response(endless('[[[').stream, { headers: { 'content-type': 'application/json' } }),
      'ERR_LIMIT',
    ],
    [
      'JSON declared too long',
      () =>
        json('{}', {
          headers: { 'content-type': 'application/json', 'content-length': '99999999999' },
        }),
      'ERR_LIMIT',
    ],
    ['neither a result nor an error', ({ id }) => json(reply(id, {})), 'ERR_INVALID_RESULT'],
    ['another id', () => json(reply('other', { result: good })), 'ERR_'],
    ['the id as a text', ({ id }) => json(reply(String(id), { result: good })), 'ERR_'],
    ['an empty batch', () => json('[]'), 'ERR_'],
    ['a batch of other answers', () => json(`[${smuggled.replace('"id":1', '"id":99')}]`), 'ERR_'],
    ['202', () => new Response(null, { status: 202 }), 'ERR_INVALID_RESULT'],
    ['204', () => new Response(null, { status: 204 }), 'ERR_INVALID_RESULT'],
    [
      'a redirect',
      () => new Response(null, { status: 307, headers: { location: 'http://169.254.169.254/' } }),
      'ERR_HTTP',
    ],
    ['404 with a page', () => new Response('<html>', { status: 404 }), 'ERR_HTTP'],
    ['400 with rubbish', () => json('{"error":5}', { status: 400 }), 'ERR_HTTP'],
    [
      '400 with JSON without end',
      () =>
        new Response(endless('[').stream, {
          status: 400,
          headers: { 'content-type': 'application/json' },
        }),
      'ERR_HTTP',
    ],
    [
      '400 with a result',
      ({ id }) => json(reply(id, { result: good }), { status: 400 }),
      'ERR_HTTP',
    ],
    [
      '500 with a result',
      ({ id }) => json(reply(id, { result: good }), { status: 500 }),
      'ERR_HTTP',
    ],
    ['events without an answer', () => events(event(reply('other', { result: good }))), 'ERR_'],
    [
      'events cut in the answer',
      ({ id }) => events(`data: ${reply(id, { result: good })}`),
      'ERR_DISCONNECTED',
    ],
    ['an event that is no JSON', () => events(event('{')), 'ERR_INVALID_RESULT'],
    ['an event that is too long', () => events(event(`"${'x'.repeat(3000)}"`)), 'ERR_LIMIT'],
    [
      'an event of many lines that is too long',
      () => events('data: x\n'.repeat(3000)),
      'ERR_LIMIT',
    ],
    [
      'events of another name',
      ({ id }) => events(`event: ping\ndata: ${reply(id, { result: good })}\n\n`),
      'ERR_',
    ],
    [
      'a network that breaks',
      () =>
        events(new ReadableStream({ start: (controller) => controller.error(new Error('reset')) })),
      'ERR_DISCONNECTED',
    ],
  ]
  test.each(rows)('%s', async (_name, answer, code) => {
    const client = await overHttp(answer)
    const error = await client.callTool('bad' as never).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: expect.stringContaining(code) })
    await expectAlive(client)
  })

  test('an event without end is let go of at the limit', async () => {
    const { stream, cancelled } = endless(`data: ${'x'.repeat(500)}`)
    const client = await overHttp(() => events(stream))
    await expect(client.callTool('bad' as never)).rejects.toMatchObject({
      code: 'ERR_LIMIT',
      limit: 'maxAnswerBytes',
    })
    await vi.waitFor(() => expect(cancelled()).toBe(true))
    await expectAlive(client)
  })

  const chatter: [name: string, text: string][] = [
    ['comments', ': keep-alive\n\n'],
    ['events without data', 'id: 1\n\n'],
    [
      'notifications',
      event(
        '{"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","data":1}}',
      ),
    ],
    [
      'progress of others',
      event(
        '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":"x","progress":1}}',
      ),
    ],
    ['answers to others', event(reply('other', { result: good }))],
    [
      'requests, which nobody may send',
      event(reply('ask', { method: 'elicitation/create', params: {} })),
    ],
  ]
  // HTTP26-13, CANC-10 (basic/patterns, "Timeouts")
  test.each(chatter)('%s for ever end with the time of the call', async (_name, text) => {
    const runtime = createTestRuntime()
    const bytes = new TextEncoder().encode(text)
    let turns = 0
    /** An event and a second of the client's clock in each turn, until the client gives up. */
    const chatter = (signal: AbortSignal | undefined): ReadableStream =>
      new ReadableStream({
        async pull(controller) {
          await new Promise((resolve) => setImmediate(resolve))
          runtime.advance(1000)
          if (signal?.aborted === true) controller.error(signal.reason)
          else if ((turns += 1) < 100) controller.enqueue(bytes)
        },
      })
    const client = await overHttp((_message, signal) => events(chatter(signal)), {
      runtime,
      limits: { ...limits, requestTimeoutMs: 5000, maxRequestMs: 20_000 },
    })
    const call = client.callTool('bad' as never)
    await expect(call).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(turns).toBeLessThan(30)
    await expectAlive(client)
  })
})

describe('a client over memory ignores what is no answer to it:', () => {
  const noise: [name: string, text: (id: unknown) => string][] = [
    ['no JSON', () => 'Listening on port 3000'],
    ['half a message', () => '{"jsonrpc":"2.0","id":'],
    ['another id', () => reply('other', { result: good })],
    ['the id as a text', (id) => reply(String(id), { result: good })],
    ['an answer without an id', () => '{"jsonrpc":"2.0","result":{}}'],
    ['an answer twice', () => `${reply('twice', { result: 1 })}`],
    [
      'an error for nobody',
      () => '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"x"}}',
    ],
    ['a batch of nothing', () => '[]'],
    ['batches in batches', () => '['.repeat(60) + ']'.repeat(60)],
    ['an unknown notification', () => '{"jsonrpc":"2.0","method":"notifications/__proto__"}'],
    ['a log line without a level', () => '{"jsonrpc":"2.0","method":"notifications/message"}'],
    [
      'a cancellation of nothing',
      () => '{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":{}}}',
    ],
    [
      'progress of nothing',
      () => '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":null}}',
    ],
    [
      'progress without a number',
      (id) =>
        JSON.stringify({
          jsonrpc: '2.0',
          method: 'notifications/progress',
          params: { progressToken: id, progress: 'x' },
        }),
    ],
  ]
  test.each(noise)('%s', async (_name, text) => {
    const [ours, theirs] = memoryChannelPair()
    theirs.start({
      message(sent) {
        const message = JSON.parse(sent)
        if (message.id === undefined) return
        void theirs.send(text(message.id))
        void theirs.send(choose(result(good))(message) as string)
        void theirs.send(text(message.id))
      },
      fault: () => {},
      closed: () => {},
    })
    const client = await connect({ key: '', open: () => ours }, { era: 'stateless', limits })
    await expectAlive(client)
  })
})
