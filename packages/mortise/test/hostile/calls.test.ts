import { describe, expect, test } from 'vitest'
import type { Server } from '../../src/server/index.ts'
import { statelessMeta, statelessPost } from '../post.ts'
import { memoryPeer } from './peers.ts'
import { countCrashes, createTarget, modern } from './target.ts'

countCrashes()

const initialize =
  '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}'
const legacyCall = (id: unknown, name: string, args: object = {}): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name, arguments: args } })
const cancel = (requestId: unknown): string =>
  JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } })

/** A target whose tool `waits` ends when it is let go. */
function waiting() {
  const waits: { end: (said: string) => void; signal: AbortSignal }[] = []
  const { server, errors } = createTarget()
  const more = server.tool('waits', {}, (_args, { signal }) => {
    return new Promise<string>((resolve) => waits.push({ end: resolve, signal }))
  })
  return { server: more as unknown as Server, waits, errors }
}

const eras: [name: string, call: (id: unknown, name: string) => string, begin: string[]][] = [
  [
    'stateless',
    (id, name) => modern({ id, method: 'tools/call', params: { name, arguments: {} } }),
    [],
  ],
  ['of a session', legacyCall, [initialize]],
]

for (const [era, call, begin] of eras) {
  describe(`calls in flight on a channel, ${era}`, () => {
    test('are not disturbed by another one with the same id, which is refused', async () => {
      const { server, waits } = waiting()
      const peer = memoryPeer(server)
      await peer.say(...begin)
      const refused = await peer.say(
        call('same', 'waits'),
        call('same', 'waits'),
        call('same', 'touch'),
      )
      expect(refused.map(({ id, error }) => [id, error.code])).toEqual([
        ['same', -32600],
        ['same', -32600],
      ])
      expect(waits).toHaveLength(1)
      waits[0]?.end('at last')
      const [answer] = await peer.say()
      expect(answer).toMatchObject({ id: 'same', result: { content: [{ text: 'at last' }] } })
      const [again] = await peer.say(call('same', 'touch'))
      expect(again).toMatchObject({ id: 'same', result: {} })
      await peer.close()
    })

    // BASE-07, STDIO-13, CANC-05 (basic/utilities/cancellation)
    test('are told apart by the type of their id', async () => {
      const { server, waits } = waiting()
      const peer = memoryPeer(server)
      await peer.say(...begin)
      expect(await peer.say(call(1, 'waits'), call('1', 'waits'))).toEqual([])
      await peer.say(cancel('1'))
      expect(waits.map(({ signal }) => signal.aborted)).toEqual([false, true])
      for (const { end } of waits) end('done')
      const answers = await peer.say()
      expect(answers.map(({ id }) => id)).toEqual([1])
      await peer.close()
    })

    // STDIO-13, CANC-05 (basic/utilities/cancellation)
    test('of two clients with the same id get each its own answer', async () => {
      const { server, waits } = waiting()
      const [first, second] = [memoryPeer(server), memoryPeer(server)]
      await first.say(...begin)
      await second.say(...begin)
      await first.say(call(1, 'waits'))
      await second.say(call(1, 'waits'))
      await second.say(cancel(1))
      expect(waits.map(({ signal }) => signal.aborted)).toEqual([false, true])
      waits[0]?.end('first')
      waits[1]?.end('second')
      expect((await first.say())[0].result.content[0].text).toBe('first')
      expect(await second.say()).toEqual([])
      await Promise.all([first.close(), second.close()])
    })

    const cancels: [name: string, requestId: unknown][] = [
      ['no id', undefined],
      ['null', null],
      ['another id', 'other'],
      ['an object', { id: 1 }],
      ['a fraction', 1.5],
    ]
    // CANC-06, CANC-08, CANC-09 (basic/utilities/cancellation, "Error Handling")
    test.each(cancels)('go on when somebody cancels %s', async (_name, requestId) => {
      const { server, waits } = waiting()
      const peer = memoryPeer(server)
      await peer.say(...begin)
      expect(await peer.say(call(1, 'waits'), cancel(requestId))).toEqual([])
      expect(waits[0]?.signal.aborted).toBe(false)
      waits[0]?.end('done')
      expect((await peer.say())[0]).toMatchObject({ id: 1, result: {} })
      await peer.close()
    })
  })
}

// VER-06 (basic/versioning)
describe('calls of the same id in both eras of one channel', () => {
  test('get each its own answer', async () => {
    const { server, waits } = waiting()
    const peer = memoryPeer(server)
    await peer.say(initialize)
    expect(
      await peer.say(
        legacyCall(1, 'waits'),
        modern({ method: 'tools/call', params: { name: 'waits' } }),
      ),
    ).toEqual([])
    waits[0]?.end('session')
    waits[1]?.end('stateless')
    const answers = await peer.say()
    expect(answers.map(({ result }) => [result.content[0].text, result.resultType])).toEqual([
      ['session', undefined],
      ['stateless', 'complete'],
    ])
    await peer.close()
  })
})

describe('calls over HTTP', () => {
  test('of many clients with the same id get each its own answer', async () => {
    const { server } = createTarget()
    const answers = await Promise.all(
      Array.from({ length: 50 }, async (_, n) => {
        const post = statelessPost({
          id: 1,
          method: 'tools/call',
          params: { name: 'echo', arguments: { n } },
        })
        const response = await server.fetch(post)
        return JSON.parse(await response.text()).result.structuredContent.n
      }),
    )
    expect(answers).toEqual(Array.from({ length: 50 }, (_, n) => n))
  })
})

const circle: Record<string, unknown> = {}
circle['self'] = circle
const whole = (extra: object): object => ({ content: [{ type: 'text', text: 'x', ...extra }] })

describe('a handler that fails in a strange way is an error of its call alone:', () => {
  const strange: [name: string, handler: () => unknown][] = [
    [
      'it throws a string',
      () => {
        throw 'no error'
      },
    ], // oxlint-disable-line no-throw-literal
    [
      'it throws null',
      () => {
        throw null
      },
    ],
    [
      'it throws nothing',
      () => {
        throw undefined
      },
    ],
    [
      'it throws what has no text',
      () => {
        throw Object.create(null)
      },
    ],
    [
      'it throws what throws when it is read',
      () => {
        throw {
          get message() {
            throw new Error('again')
          },
        }
      },
    ],
    ['it rejects with nothing', () => Promise.reject()],
    ['it gives a circle', () => circle],
    ['it gives a bigint', () => ({ n: 1n })],
    ['it gives a function', () => () => {}],
    ['it gives a symbol', () => Symbol('x')],
    [
      'it gives what throws when it is written',
      () => ({
        toJSON() {
          throw new Error('unwritable')
        },
      }),
    ],
    ['it gives what is written as nothing', () => ({ toJSON: () => undefined })],
    ['it gives a whole result with a circle', () => whole({ circle })],
    ['it gives a whole result with a bigint', () => whole({ n: 1n })],
    ['it gives a whole result with a bigint in _meta', () => ({ ...whole({}), _meta: { n: 1n } })],
    [
      'it gives a whole result that throws when it is written',
      () =>
        whole({
          toJSON() {
            throw new Error('unwritable')
          },
        }),
    ],
    [
      'it gives a promise of a promise that rejects',
      () => Promise.resolve(Promise.reject(new Error('late'))),
    ],
    [
      'it throws after it reported progress',
      () => {
        throw new RangeError('x')
      },
    ],
  ]
  for (const [name, handler] of strange) {
    for (const late of [false, true]) {
      test(`${name}${late ? ', later' : ''}`, async () => {
        const { server, errors } = createTarget()
        const more = server.tool(
          'strange',
          {},
          late ? async () => await Promise.resolve().then(handler) : handler,
        )
        const text = modern({ method: 'tools/call', params: { name: 'strange' } })
        const peer = memoryPeer(more as unknown as Server)
        const [answer] = await peer.say(text)
        expect(answer.id).toBe(1)
        expect(isFailure(answer)).toBe(true)
        await peer.say(initialize)
        const [legacy] = await peer.say(legacyCall(2, 'strange'))
        expect(legacy.id).toBe(2)
        expect(isFailure(legacy)).toBe(true)
        const response = await more.fetch(
          statelessPost({ id: 3, method: 'tools/call', params: { name: 'strange' } }),
        )
        const over = JSON.parse(await response.text())
        expect(response.status).toBe(200)
        expect(over.id).toBe(3)
        expect(isFailure(over)).toBe(true)
        expect(errors).toHaveLength(3)
        expect(JSON.stringify([answer, legacy, over])).not.toMatch(/unwritable|late|again/)
        await peer.close()
      })
    }
  }

  test('its place is free again, however it failed', async () => {
    const { server } = createTarget({ limits: { maxCallsPerPeer: 2, maxCalls: 2 } })
    const more = server.tool('strange', {}, () => whole({ n: 1n }))
    for (let count = 0; count < 5; count++) {
      const response = await more.fetch(
        statelessPost({ method: 'tools/call', params: { name: 'strange' } }),
      )
      expect(JSON.parse(await response.text()).error.code).toBe(-32603)
    }
    const peer = memoryPeer(more as unknown as Server)
    await peer.say(initialize)
    for (let count = 0; count < 5; count++) {
      expect((await peer.say(legacyCall(count, 'strange')))[0].error.code).toBe(-32603)
    }
    await peer.close()
  })

  test('an onError that throws changes nothing', async () => {
    const { server } = createTarget({
      onError: () => {
        throw new Error('the log is full')
      },
    })
    const more = server.tool('strange', {}, () => {
      throw new Error('x')
    })
    const response = await more.fetch(
      statelessPost({ method: 'tools/call', params: { name: 'strange' } }),
    )
    expect(JSON.parse(await response.text()).result.isError).toBe(true)
  })

  // RES-07, RES-09, PROMPT-08 (server/resources, "Error Handling")
  test('a resource and a prompt fail like a tool', async () => {
    const { server, errors } = createTarget()
    const more = server
      .resource('memo://bad', { name: 'bad' }, () => ({ text: 'x', n: 1n }) as never)
      .prompt(
        'bad',
        {},
        () => [{ role: 'user', content: { type: 'text', text: 'x', n: 1n } }] as never,
      )
    const peer = memoryPeer(more as unknown as Server)
    const [resource] = await peer.say(
      modern({ method: 'resources/read', params: { uri: 'memo://bad' } }),
    )
    const [prompt] = await peer.say(modern({ method: 'prompts/get', params: { name: 'bad' } }))
    expect([resource.error.code, prompt.error.code]).toEqual([-32603, -32603])
    expect(errors).toHaveLength(2)
    await peer.close()
  })
})

describe('what travels in _meta', () => {
  const rows: [name: string, extra: Record<string, unknown>][] = [
    ['a progress token of any kind', { progressToken: { a: 1 } }],
    ['a progress token that is null', { progressToken: null }],
    ['a client that is a number', { 'io.modelcontextprotocol/clientInfo': 5 }],
    ['a client without a name', { 'io.modelcontextprotocol/clientInfo': {} }],
    [
      'capabilities of nothing known',
      { 'io.modelcontextprotocol/clientCapabilities': { a: 1, elicitation: 5, sampling: null } },
    ],
    ['keys against the grammar', { '': 1, '/': 2, '..': 3, 'a b/c': 4 }],
    ['a trace that is none', { traceparent: 5, baggage: [] }],
  ]
  test.each(rows)('is served with care: %s', async (_name, extra) => {
    const { server, errors } = createTarget()
    const more = server.tool('talks', {}, ({}, { progress, log, client, canElicit }) => {
      progress(1)
      log('error', 'x')
      return [typeof client.info, canElicit()].join(' ')
    })
    const _meta = { ...statelessMeta, 'io.modelcontextprotocol/logLevel': 'debug', ...extra }
    const response = await more.fetch(
      statelessPost({ method: 'tools/call', params: { name: 'talks', _meta } }),
    )
    expect(response.status).toBe(200)
    expect(await response.text()).toMatch(/(object|undefined) false/)
    expect(errors).toEqual([])
  })
})

/** Whether an answer says that the call failed, and nothing about why. */
function isFailure({ result, error }: { result?: any; error?: any }): boolean {
  if (error !== undefined) {
    return error.code === -32603 && /^Internal error \(id [0-9a-f]{8}\)$/.test(error.message)
  }
  const { text } = result.content[0]
  return result.isError === true && /failed: internal error \(id [0-9a-f]{8}\)$/.test(text)
}
