import fc from 'fast-check'
import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.ts'
import { isId } from '../../src/jsonrpc/message.ts'
import { createTestRuntime, memoryChannelPair } from '../../src/testing/index.ts'
import { rawPost, statelessMeta, statelessPost } from '../post.ts'
import { memoryPeer, stdioPeer } from './peers.ts'
import { countCrashes, createTarget } from './target.ts'

countCrashes()

const numRuns = 300
const base = {
  host: '127.0.0.1:3000',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}
const names = [
  'jsonrpc',
  'id',
  'method',
  'params',
  'result',
  'error',
  '_meta',
  'name',
  'arguments',
  'uri',
  'cursor',
  'ref',
  'argument',
  'requestState',
  'inputResponses',
  'level',
  'protocolVersion',
  '__proto__',
  'constructor',
  ...Object.keys(statelessMeta),
]
const methods = [
  'tools/call',
  'tools/list',
  'resources/read',
  'resources/list',
  'prompts/get',
  'completion/complete',
  'server/discover',
  'initialize',
  'ping',
  'logging/setLevel',
  'notifications/progress',
  'nowhere',
]

/** Values that mean something to somebody, among any others. */
const value = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      '2.0',
      'touch',
      'echo',
      'region',
      'memo://one',
      'greet',
      '',
      '2026-07-28',
      '2025-11-25',
      '2025-03-26',
      null,
      0,
      1,
      -1,
      1.5,
      true,
      statelessMeta,
    ),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
  {
    weight: 1,
    arbitrary: fc.dictionary(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 1 }), {
      maxKeys: 4,
    }),
  },
)

const valid = fc.record({
  jsonrpc: fc.constant('2.0'),
  id: fc.oneof(fc.integer(), fc.string()),
  method: fc.constantFrom(...methods),
  params: fc.record({
    _meta: fc.constantFrom(statelessMeta, {}, undefined),
    name: fc.constantFrom('echo', 'touch', 'region', 'greet', undefined),
    uri: fc.constantFrom('memo://one', 'file:///a/b', undefined),
    arguments: fc.constantFrom({}, { a: 1 }, undefined),
  }),
})

interface Mutation {
  readonly path: readonly number[]
  readonly name: string
  readonly value: unknown
  readonly kind: 'set' | 'drop'
}
const mutation: fc.Arbitrary<Mutation> = fc.record({
  path: fc.array(fc.nat(5), { maxLength: 3 }),
  name: fc.constantFrom(...names),
  value,
  kind: fc.constantFrom('set' as const, 'drop' as const),
})

/** A valid message after some members, wherever they are, were set or dropped. */
const mutated = fc
  .tuple(valid, fc.array(mutation, { maxLength: 4 }))
  .map(([message, mutations]) => {
    const whole = JSON.parse(JSON.stringify(message))
    for (const { path, name, value: given, kind } of mutations) {
      let place = whole
      for (const step of path) {
        const inner = Object.values(place).filter(
          (item) => typeof item === 'object' && item !== null,
        )
        if (inner.length > 0) place = inner[step % inner.length]
      }
      if (kind === 'drop') delete place[Object.keys(place)[0] ?? '']
      else {
        const copy = JSON.parse(JSON.stringify(given)) // a later mutation must not reach what others share
        const member = { value: copy, enumerable: true, configurable: true, writable: true }
        Object.defineProperty(place, name, member)
      }
    }
    return JSON.stringify(whole)
  })

/** A text with a few characters replaced, dropped or doubled. */
const damaged = fc
  .tuple(
    mutated,
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom(
          '',
          '"',
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '\\',
          '\\u0000',
          '\\ud800',
          '0',
          'e',
          '-',
        ),
      ),
      { maxLength: 3 },
    ),
  )
  .map(([text, cuts]) =>
    cuts.reduce(
      (cut, [at, put]) =>
        cut.slice(0, at % (cut.length + 1)) + put + cut.slice((at % (cut.length + 1)) + 1),
      text,
    ),
  )

const oneLine = fc
  .oneof(
    mutated,
    damaged,
    fc.json(),
    fc.string(),
    fc.array(mutated, { maxLength: 3 }).map((items) => `[${items.join(',')}]`),
  )
  .map((text) => text.replaceAll('\n', ' '))
const bytes = fc.oneof(
  oneLine.map((text) => new TextEncoder().encode(text)),
  fc.uint8Array({ maxLength: 200 }),
)

/** The ids of the requests in `text` that must be answered once; undefined where that cannot be told from outside. */
function readableId(text: string): string | number | undefined {
  try {
    const message: unknown = JSON.parse(text)
    if (typeof message !== 'object' || message === null || Array.isArray(message)) return undefined
    const { id, method } = message as { id?: unknown; method?: unknown }
    const whole = Object.hasOwn(message, 'id') && Object.hasOwn(message, 'method')
    return whole && method !== undefined && isId(id) ? id : undefined
  } catch {
    /* no JSON, so no id */
    return undefined
  }
}

// BASE-08 (basic, "Responses")
test('whatever is posted, each request is answered by its id, and the next one too', async () => {
  const { server, errors } = createTarget()
  const begin = async (protocolVersion: string): Promise<string> => {
    const params = { protocolVersion, capabilities: {} }
    const text = JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
    const response = await server.fetch(rawPost(text, base))
    return response.headers.get('mcp-session-id') ?? ''
  }
  const sessions = [await begin('2025-11-25'), await begin('2025-03-26'), 'x', undefined]
  const headers = fc.record({
    'mcp-protocol-version': fc.constantFrom('2026-07-28', '2025-11-25', 'x', undefined),
    'mcp-method': fc.constantFrom(...methods, undefined),
    'mcp-name': fc.constantFrom('touch', 'echo', 'memo://one', '=?base64?!?=', undefined),
    'mcp-session-id': fc.constantFrom(...sessions),
  })
  await fc.assert(
    fc.asyncProperty(bytes, headers, async (body, given) => {
      const post = rawPost(body as unknown as string, { ...base, ...given })
      const response = await server.fetch(post)
      const text = await response.text()
      expect([200, 202, 400, 404]).toContain(response.status)
      const answers = text === '' ? [] : [JSON.parse(text)].flat()
      expect(answers.length === 0).toBe(response.status === 202)
      for (const answer of answers) {
        expect(answer.error?.code ?? 0).not.toBe(-32603)
        expect('result' in answer).not.toBe('error' in answer)
      }
      const id = readableId(new TextDecoder().decode(body))
      // What strict reading refuses before it looks at members is answered without an id.
      if (id !== undefined && answers[0].error?.code !== -32700) expect(answers[0].id).toBe(id)
      const good = await server.fetch(
        statelessPost({ id: 'good', method: 'tools/call', params: { name: 'echo' } }),
      )
      expect(JSON.parse(await good.text())).toMatchObject({ id: 'good', result: {} })
    }),
    { numRuns },
  )
  expect(errors).toEqual([])
})

// BASE-07 (basic, "Responses")
test.each(['memory', 'stdio'])(
  'whatever is sent over %s, each request is answered once',
  async (channel) => {
    const { server, errors } = createTarget()
    const peer = channel === 'memory' ? memoryPeer(server) : stdioPeer(server)
    await fc.assert(
      fc.asyncProperty(fc.array(oneLine, { minLength: 1, maxLength: 4 }), async (lines) => {
        const answers = (await peer.say(...lines)).flat()
        for (const answer of answers) {
          expect(answer.jsonrpc).toBe('2.0')
          expect(answer.error?.code ?? 0).not.toBe(-32603)
        }
        const unread = answers.filter(({ error }) => error?.code === -32700).length
        const ids = lines.map(readableId).filter((id) => id !== undefined)
        const answered = ids.filter((id) => answers.some((answer) => answer.id === id))
        expect(answered.length + unread).toBeGreaterThanOrEqual(ids.length)
        const batches = lines.some((line) => line.startsWith('['))
        if (!batches) expect(answers.length).toBeLessThanOrEqual(lines.length)
      }),
      { numRuns: numRuns / 2 },
    )
    expect(errors).toEqual([])
    await peer.close()
  },
)

test('whatever bytes come over stdio, in whatever pieces, the next request is answered', async () => {
  const { server } = createTarget()
  const peer = stdioPeer(server, { maxMessageBytes: 2000, drainMs: 1 })
  await fc.assert(
    fc.asyncProperty(fc.array(bytes, { maxLength: 5 }), async (pieces) => {
      for (const piece of pieces) peer.write(piece)
      peer.write(new Uint8Array([0x0a]))
      await peer.say()
    }),
    { numRuns },
  )
  await peer.close()
})

test('whatever a server answers, a call ends, with a result or an error of ours, and the next one too', async () => {
  const runtime = createTestRuntime()
  let hostile = ''
  const answer = (id: unknown): string => hostile.replaceAll('"the id"', JSON.stringify(id))
  const good = { resultType: 'complete', content: [] }
  const discovery = { resultType: 'complete', supportedVersions: ['2026-07-28'], capabilities: {} }
  const replies = ({ id, method, params }: any): string => {
    if (method === 'server/discover')
      return JSON.stringify({ jsonrpc: '2.0', id, result: discovery })
    if (params?.name === 'good') return JSON.stringify({ jsonrpc: '2.0', id, result: good })
    return answer(id)
  }
  const open = () => {
    const [ours, theirs] = memoryChannelPair()
    const message = (text: string): void => {
      const sent = JSON.parse(text)
      if (sent.id !== undefined && sent.method !== undefined) void theirs.send(replies(sent))
    }
    theirs.start({ message, fault: () => {}, closed: () => {} })
    return ours
  }
  let type = 'application/json'
  const fetch = async (_url: unknown, { body }: { body: string }) =>
    new Response(replies(JSON.parse(body)), { headers: { 'content-type': type } })
  const options = {
    era: 'stateless' as const,
    runtime,
    elicit: () => ({ action: 'decline' as const }),
  }
  const clients = [
    await connect({ key: '', open }, options),
    await connect('http://127.0.0.1/mcp', {
      ...options,
      fetch: fetch as unknown as typeof globalThis.fetch,
    }),
  ]
  const result = fc.dictionary(
    fc.constantFrom(
      'resultType',
      'content',
      'tools',
      'nextCursor',
      'inputRequests',
      'requestState',
      'structuredContent',
      'isError',
      '_meta',
    ),
    fc.oneof(
      fc.constantFrom('complete', 'input_required', [], {}, null, {
        a: { method: 'elicitation/create', params: { message: 'x', requestedSchema: {} } },
      }),
      value,
    ),
  )
  const text = fc.oneof(
    result.map((members) => JSON.stringify({ jsonrpc: '2.0', id: 'the id', result: members })),
    fc
      .record({ code: value, message: value, data: value })
      .map((error) => JSON.stringify({ jsonrpc: '2.0', id: 'the id', error })),
    mutated,
    damaged,
    result.map(
      (members) => `data: ${JSON.stringify({ jsonrpc: '2.0', id: 'the id', result: members })}\n\n`,
    ),
  )
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.constantFrom('application/json', 'text/event-stream', 'text/html'),
      async (said, contentType) => {
        hostile = said
        for (const client of clients) {
          type = contentType
          const end = client.request('tools/call', { name: 'bad' }).then(
            () => undefined,
            (error: unknown) => error,
          )
          // Whoever waits for an answer that does not come, or for the next round, is told so by the clock.
          let over = false
          void end.then(() => (over = true))
          while (!over) {
            await new Promise((resolve) => setImmediate(resolve))
            runtime.advance(60_000)
          }
          const error = await end
          if (error !== undefined)
            expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_/) })
          type = 'application/json'
          expect(await client.request('tools/call', { name: 'good' })).toEqual(good)
        }
      },
    ),
    { numRuns },
  )
  for (const client of clients) await client.close()
})
