import { afterAll, describe, expect, test } from 'vitest'
import { encodeHeaderValue } from '../../src/http/param-headers.ts'
import { memoryPeer, stdioPeer, touch } from './peers.ts'
import type { ChannelPeer } from './peers.ts'
import { rawPost, statelessMeta, statelessPost } from '../post.ts'
import { countCrashes, createTarget, modern } from './target.ts'

countCrashes()

/** A message that is no good, and what it is answered with: an error of `code`, with `id` where it could be read. */
interface Row {
  readonly name: string
  readonly input: string | Uint8Array
  readonly code: number
  readonly id?: string | number
  /** Default 400. */
  readonly status?: number
  /** The `Mcp-Method` of the POST. Default `tools/call`. */
  readonly method?: string
  /** The code over a channel, where there is no header to tell the era by. Default `code`. */
  readonly channelCode?: number
}

const parseError = -32700
const invalidRequest = -32600
const methodNotFound = -32601
const invalidParams = -32602
const meta = JSON.stringify(statelessMeta)
const params = `{"_meta":${meta},"name":"touch","arguments":{}}`
const call = { method: 'tools/call', params: { name: 'touch', arguments: {} } }

/** A call of `touch` whose members are written as given. */
const written = (members: string): string => `{"jsonrpc":"2.0",${members}}`
const withArguments = (text: string): string =>
  written(
    `"id":1,"method":"tools/call","params":{"_meta":${meta},"name":"touch","arguments":${text}}`,
  )
const bytes = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)))
const utf16 = (text: string, mark: readonly number[]): Uint8Array =>
  Buffer.concat([Buffer.from(mark), Buffer.from(text, 'utf16le')])
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

/** V15: what two parsers could read differently. */
const twoReadings: Row[] = [
  row(
    'a method twice',
    written(`"id":1,"method":"tools/list","method":"tools/call","params":${params}`),
  ),
  row(
    'a method twice, once escaped',
    written(`"id":1,"method":"tools/list","m\\u0065thod":"tools/call","params":${params}`),
  ),
  row('an id twice', written(`"id":1,"id":2,"method":"tools/call","params":${params}`)),
  row(
    'a name twice',
    written(`"id":1,"method":"tools/call","params":{"_meta":${meta},"name":"echo","name":"touch"}`),
  ),
  row('an argument twice', withArguments('{"a":1,"a":2}')),
  row('an argument twice, once with an escaped solidus', withArguments('{"a/b":1,"a\\/b":2}')),
  row('an argument twice, deep inside', withArguments('{"a":[{"b":{"c":1,"c":2}}]}')),
  row(
    'an argument twice, beside a string that looks like members',
    withArguments('{"a":"\\"b\\":1","a":"x"}'),
  ),
  row('__proto__ twice', withArguments('{"__proto__":1,"__proto__":2}')),
  row(
    'a version in _meta twice',
    written(
      `"id":1,"method":"tools/call","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2025-11-25",${meta.slice(1)}},"name":"touch"}`,
    ),
  ),
  row('a comment', written(`"id":1,/* */"method":"tools/call","params":${params}`)),
  row('a comma at the end', written(`"id":1,"method":"tools/call","params":${params},`)),
  row('single quotes', `{'jsonrpc':'2.0','id':1,'method':'tools/call'}`),
  row('NaN', withArguments('{"a":NaN}')),
  row('a leading zero', withArguments('{"a":01}')),
  row('a raw control character in a string', withArguments('{"a":"\u0001"}')),
  row('something after the message', `${touch} ${touch}`),
  row('something before the message', `)]}' ${touch}`),
  row('half a message', touch.slice(0, -9)),
  row('half a literal', 'tru'),
]

/** Keys are compared as they are: no folding of case, no likeness. */
const otherKeys: Row[] = [
  {
    name: 'Method for method',
    input: written(`"id":1,"Method":"tools/call","params":${params}`),
    code: invalidRequest,
    id: 1,
  },
  {
    name: 'METHOD and ID',
    input: written(`"ID":1,"METHOD":"tools/call","params":${params}`),
    code: invalidRequest,
  },
  {
    name: 'JSONRPC for jsonrpc',
    input: `{"JSONRPC":"2.0","id":1,"method":"tools/call","params":${params}}`,
    code: invalidRequest,
    id: 1,
  },
  {
    name: 'a long s in params',
    input: written(`"id":1,"method":"tools/call","param\u017f":${params}`),
    code: invalidParams,
    id: 1,
    channelCode: invalidRequest,
  },
  {
    name: 'a Kelvin sign for a k',
    input: touch.replace('"touch"', '"touch","to\u212aen":1').replace('"_meta"', '"_Meta"'),
    code: invalidParams,
    id: 1,
    channelCode: invalidRequest,
  },
  {
    name: 'Name for name',
    input: written(`"id":1,"method":"tools/call","params":{"_meta":${meta},"Name":"touch"}`),
    code: invalidParams,
    id: 1,
    status: 200,
  },
  {
    name: 'a method that ends in NUL',
    input: modern({ ...call, method: 'tools/call\u0000' }),
    code: methodNotFound,
    id: 1,
    status: 400,
  },
  {
    name: 'a method with a blank',
    input: modern({ ...call, method: 'tools/call ' }),
    code: methodNotFound,
    id: 1,
    status: 400,
  },
  {
    name: 'a method in capitals',
    input: modern({ ...call, method: 'TOOLS/CALL' }),
    code: methodNotFound,
    id: 1,
    status: 404,
    method: 'TOOLS/CALL',
  },
  {
    name: 'a tool in capitals',
    input: modern({ ...call, params: { name: 'TOUCH' } }),
    code: invalidParams,
    id: 1,
    status: 200,
  },
  {
    name: 'a tool name that ends in NUL',
    input: modern({ ...call, params: { name: 'touch\u0000' } }),
    code: invalidParams,
    id: 1,
    status: 200,
  },
]

/** The shape of JSON-RPC. */
const shapes: Row[] = [
  { name: 'null', input: 'null', code: invalidRequest },
  { name: 'a number', input: '42', code: invalidRequest },
  { name: 'a string', input: '"tools/call"', code: invalidRequest },
  { name: 'an empty object', input: '{}', code: invalidRequest },
  { name: 'an empty batch', input: '[]', code: invalidRequest },
  { name: 'a batch of a good call', input: `[${touch}]`, code: invalidRequest },
  { name: 'version 1.0', input: touch.replace('"2.0"', '"1.0"'), code: invalidRequest, id: 1 },
  { name: 'version 2', input: touch.replace('"2.0"', '2.0'), code: invalidRequest, id: 1 },
  {
    name: 'no version',
    input: `{"id":1,"method":"tools/call","params":${params}}`,
    code: invalidRequest,
    id: 1,
  },
  {
    name: 'a method that is a number',
    input: modern({ ...call, method: 5 }),
    code: invalidRequest,
    id: 1,
  },
  { name: 'an empty method', input: modern({ ...call, method: '' }), code: invalidRequest, id: 1 },
  {
    name: 'a method that is null',
    input: modern({ ...call, method: null }),
    code: invalidRequest,
    id: 1,
  },
  {
    name: 'params in an array',
    input: written(`"id":1,"method":"tools/call","params":[${params}]`),
    code: invalidRequest,
    id: 1,
  },
  {
    name: 'params that are a string',
    input: written(`"id":1,"method":"tools/call","params":"touch"`),
    code: invalidRequest,
    id: 1,
  },
  {
    name: 'params that are null',
    input: written(`"id":1,"method":"tools/call","params":null`),
    code: invalidRequest,
    id: 1,
  },
  {
    name: 'a call with a result',
    input: written(`"id":1,"method":"tools/call","params":${params},"result":{}`),
    code: invalidRequest,
    id: 1,
  },
  {
    name: 'a call with an error',
    input: written(`"id":1,"method":"tools/call","params":${params},"error":{}`),
    code: invalidRequest,
    id: 1,
  },
]

/** V26: what names no request. */
const ids: Row[] = [
  'null',
  'true',
  'false',
  '1.5',
  '-0.5',
  '9007199254740992',
  '-9007199254740992',
  '1e999',
  '-1e999',
  '{}',
  '[]',
  '[1]',
  `"${'x'.repeat(1025)}"`,
].map((id) => ({
  name: `the id ${id.slice(0, 20)}`,
  input: written(`"id":${id},"method":"tools/call","params":${params}`),
  code: invalidRequest,
}))

/** V25: what is no text. */
const encodings: Row[] = [
  row('an invalid byte in a string', bytes('{"jsonrpc":"2.0","id":1,"method":"', [0xff], '"}')),
  row('a cut sequence', bytes('{"jsonrpc":"2.0","id":1,"method":"', [0xe2, 0x82], '"}')),
  row(
    'an overlong solidus',
    bytes('{"jsonrpc":"2.0","id":1,"method":"tools', [0xc0, 0xaf], 'call"}'),
  ),
  row(
    'a surrogate in UTF-8',
    bytes('{"jsonrpc":"2.0","id":1,"method":"', [0xed, 0xa0, 0x80], '"}'),
  ),
  row(
    'a code point past the last',
    bytes('{"jsonrpc":"2.0","id":1,"method":"', [0xf4, 0x90, 0x80, 0x80], '"}'),
  ),
  row('Latin-1', Buffer.from(modern({ ...call, method: 'züge' }), 'latin1')),
  row('a byte order mark of UTF-8', bytes([0xef, 0xbb, 0xbf], touch)),
  row('half a surrogate pair in a value', withArguments('{"a":"\\ud800"}')),
  row('the other half in a key', withArguments('{"\\udc00":1}')),
  row('halves in the wrong order', withArguments('{"a":"\\udc00\\ud800"}')),
  row('a NUL before the message', `\u0000${touch}`),
]
const wideEncodings: Row[] = [
  row('UTF-16 with its mark', utf16(touch, [0xff, 0xfe])),
  row('UTF-16 without its mark', utf16(touch, [])),
]

/** V20: one level more than is read. Params are the second level, arguments the third. */
const depths: Row[] = [
  row('arguments nested one level too deep', withArguments(`{"a":${nested(62)}}`)),
  row(
    'params nested one level too deep',
    written(`"id":1,"method":"tools/call","params":{"x":${nested(63)}}`),
  ),
  row(
    '_meta nested one level too deep',
    written(`"id":1,"method":"tools/call","params":{"_meta":{"x":${nested(62)}}}`),
  ),
  row('an id nested without end', written(`"id":${nested(100_000)}`)),
  row('brackets that never close', '['.repeat(500_000)),
  row('objects that never close', '{"a":'.repeat(300_000)),
  row('brackets that were never opened', ']'.repeat(100_000)),
]

function row(name: string, input: string | Uint8Array): Row {
  return { name, input, code: parseError }
}

const groups: [title: string, rows: readonly Row[]][] = [
  ['two readings', twoReadings],
  ['other keys', otherKeys],
  ['shapes', shapes],
  ['ids', ids],
  ['encodings', encodings],
  ['depths', depths],
]

const peers: [name: string, open: (target: ReturnType<typeof createTarget>) => ChannelPeer][] = [
  ['memory', ({ server }) => memoryPeer(server)],
  ['stdio', ({ server }) => stdioPeer(server)],
]

for (const [channel, open] of peers) {
  // BASE-01, BASE-02, BASE-03, BASE-04 (basic, "Messages")
  describe(`bad input over ${channel} is answered once, and the next request as well:`, () => {
    const target = createTarget()
    const peer = open(target)
    afterAll(() => peer.close())
    for (const [title, rows] of groups) {
      for (const { name, input, code, channelCode = code, id } of rows) {
        if (typeof input !== 'string' && channel === 'memory') continue
        test(`${title}: ${name}`, async () => {
          const answers = await peer.say(input)
          expect(answers).toEqual([errorLike(channelCode, id)])
          expect(target.ran()).toBe(0)
        })
      }
    }
  })
}

test('UTF-16 on stdio is as many bad lines as it has newlines, and the next request is answered', async () => {
  const target = createTarget()
  const peer = stdioPeer(target.server)
  for (const { input } of wideEncodings) {
    const answers = await peer.say(input, '')
    expect(answers.length).toBeGreaterThan(0)
    for (const answer of answers) expect(answer).toEqual(errorLike(parseError, undefined))
  }
  expect(target.ran()).toBe(0)
  await peer.close()
})

// BASE-01, BASE-02, BASE-03, BASE-04 (basic, "Messages")
describe('bad input over HTTP is answered with its status, and the next request as well:', () => {
  const target = createTarget()
  const { server } = target
  for (const [title, rows] of [...groups, ['encodings', wideEncodings] as const]) {
    for (const { name, input, code, id, status = 400, method = 'tools/call' } of rows) {
      test(`${title}: ${name}`, async () => {
        const response = await server.fetch(
          post(input, { 'mcp-method': method, 'mcp-name': nameIn(input) }),
        )
        const answer = JSON.parse(await response.text())
        // A method that no header can name differs from its header before it is looked up.
        const mismatch = code === methodNotFound && status === 400
        expect(answer).toEqual(errorLike(mismatch ? -32020 : code, id))
        expect(response.status).toBe(status)
        expect(response.headers.get('content-type')).toBe('application/json')
        expect(target.ran()).toBe(0)
        const good = await server.fetch(
          statelessPost({ method: 'tools/call', params: { name: 'echo' } }),
        )
        expect(good.status).toBe(200)
      })
    }
  }
})

describe('a request at the limit of what is read', () => {
  const deepest: [name: string, text: string][] = [
    ['arguments', withArguments(`{"a":${nested(61)}}`)],
    [
      '_meta',
      written(
        `"id":1,"method":"tools/call","params":{"_meta":{"x":${nested(61)},${meta.slice(1)},"name":"touch"}`,
      ),
    ],
    [
      'params',
      written(
        `"id":1,"method":"tools/call","params":{"x":${nested(62)},"_meta":${meta},"name":"touch"}`,
      ),
    ],
  ]
  test.each(deepest)('is served when its %s are nested as deep as may be', async (_name, text) => {
    const { server, ran } = createTarget()
    const response = await server.fetch(post(text, {}))
    expect(response.status).toBe(200)
    expect(ran()).toBe(1)
    const peer = memoryPeer(server)
    expect((await peer.say(text))[0].result).toBeDefined()
    expect(ran()).toBe(2)
    await peer.close()
  })

  // BASE-07 (basic, "Responses")
  test.each([
    0,
    '',
    -1,
    '0',
    Number.MAX_SAFE_INTEGER,
    -Number.MAX_SAFE_INTEGER,
    'x'.repeat(1024),
    'null',
    '\u{1f600}',
    '__proto__',
  ])('has its id echoed with its type: %j', async (id) => {
    const { server } = createTarget()
    const response = await server.fetch(statelessPost({ id, ...call }))
    expect(JSON.parse(await response.text()).id).toBe(id)
    const peer = memoryPeer(server)
    const [answer] = await peer.say(modern({ id, ...call }))
    expect(answer.id).toBe(id)
    expect(answer.result).toBeDefined()
    const [refusal] = await peer.say(modern({ id, method: 'nowhere' }))
    expect(refusal).toEqual(errorLike(methodNotFound, id))
    await peer.close()
  })
})

describe('answers that were never asked for', () => {
  const answers: [name: string, text: string][] = [
    ['a result', '{"jsonrpc":"2.0","id":1,"result":{}}'],
    ['an error', '{"jsonrpc":"2.0","id":1,"error":{"code":-1,"message":"no"}}'],
    ['an error without an id', '{"jsonrpc":"2.0","error":{"code":-1,"message":"no"}}'],
    [
      'a result and an error',
      '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":-1,"message":"no"}}',
    ],
    ['an error that is a string', '{"jsonrpc":"2.0","id":1,"error":"no"}'],
    ['a result without an id', '{"jsonrpc":"2.0","result":{}}'],
  ]
  // BASE-11 (basic, "Responses")
  test.each(answers)('are not answered over a channel: %s', async (_name, text) => {
    const both = memoryPeer(createTarget().server)
    expect(await both.say(text)).toEqual([])
    const stateless = memoryPeer(createTarget({ eras: { session: false } }).server)
    expect(await stateless.say(text)).toEqual([])
  })

  test.each(answers)('are refused over HTTP: %s', async (_name, text) => {
    const { server } = createTarget()
    expect((await server.fetch(post(text, {}))).status).toBe(400)
    expect((await server.fetch(post(text, { 'mcp-protocol-version': undefined }))).status).toBe(400)
  })
})

describe('a server without sessions', () => {
  const rows: [name: string, text: string, id: unknown][] = [
    ['a request without _meta', '{"jsonrpc":"2.0","id":7,"method":"tools/list"}', 7],
    [
      'initialize',
      '{"jsonrpc":"2.0","id":"i","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{}}}',
      'i',
    ],
    ['a batch', `[${touch}]`, undefined],
    ['no message', '{"jsonrpc":"2.0","id":7}', 7],
  ]
  // VER-09 (basic/versioning, "Backward Compatibility")
  test.each(rows)('answers every request, and names its versions: %s', async (name, text, id) => {
    const { server, ran } = createTarget({ eras: { session: false } })
    const peer = memoryPeer(server)
    const answers = await peer.say(text)
    expect(answers).toEqual([errorLike(invalidRequest, id)])
    const response = await server.fetch(post(text, { 'mcp-protocol-version': undefined }))
    expect(response.status).toBe(400)
    const answer = JSON.parse(await response.text())
    expect(answer).toEqual(errorLike(invalidRequest, id))
    const message = name === 'no message' ? 'a message must' : '2026-07-28'
    expect(answers[0].error.message).toContain(message)
    expect(answer.error.message).toContain(message)
    expect(ran()).toBe(0)
    await peer.close()
  })
})

describe('an error says what was wrong in text that every peer can read:', () => {
  const smile = '\u{1f600}'
  const rows: [name: string, message: { method: string; params?: Record<string, unknown> }][] = [
    ['a tool', { method: 'tools/call', params: { name: `${'a'.repeat(127)}${smile}` } }],
    ['a prompt', { method: 'prompts/get', params: { name: `${'a'.repeat(127)}${smile}` } }],
    [
      'an argument',
      {
        method: 'prompts/get',
        params: { name: 'greet', arguments: { [`${'a'.repeat(127)}${smile}`]: 1 } },
      },
    ],
    ['a method', { method: `${'a'.repeat(99)}${smile}` }],
    [
      'a version',
      {
        method: 'tools/list',
        params: {
          _meta: {
            ...statelessMeta,
            'io.modelcontextprotocol/protocolVersion': `${'a'.repeat(39)}${smile}`,
          },
        },
      },
    ],
  ]
  test.each(rows)('%s whose name is cut inside a pair of surrogates', async (_name, message) => {
    const peer = memoryPeer(createTarget().server)
    const [answer] = await peer.say(modern({ ...message, id: 1 }))
    expect(answer.error.message).toContain('aaa')
    expect(/\p{Surrogate}/u.test(answer.error.message)).toBe(false)
    const session = memoryPeer(createTarget().server)
    await session.say(
      '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}',
    )
    const [legacy] = await session.say(
      JSON.stringify({
        jsonrpc: '2.0',
        id: 1,
        ...message,
        params: { ...message.params, _meta: {} },
      }),
    )
    expect(/\p{Surrogate}/u.test(JSON.stringify(legacy))).toBe(false)
    expect(JSON.stringify(legacy)).not.toMatch(/\\ud[89a-f]/)
  })
})

/** An error of `code`. Where no id could be read it is null or left out, which revisions settle differently (T-40). */
function errorLike(code: number, id: unknown): unknown {
  const error = expect.objectContaining({ code, message: expect.stringMatching(/./) })
  if (id !== undefined) return { jsonrpc: '2.0', id, error }
  return expect.toSatisfy((answer) => {
    expect([undefined, null]).toContain(answer.id)
    expect(answer).toEqual({ jsonrpc: '2.0', ...('id' in answer && { id: null }), error })
    return true
  })
}

/** What a careful client would put in `Mcp-Name`. */
function nameIn(input: string | Uint8Array): string {
  const [, name = '"touch"'] = /"name":("[^"]*")\}/.exec(String(input)) ?? []
  return encodeHeaderValue(JSON.parse(name))
}

function post(body: string | Uint8Array, headers: Record<string, string | undefined>): Request {
  const own = {
    host: '127.0.0.1:3000',
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'tools/call',
    'mcp-name': 'touch',
    ...headers,
  }
  return rawPost(body as string, own)
}
