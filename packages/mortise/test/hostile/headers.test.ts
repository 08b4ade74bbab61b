import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeHandler } from '../../src/node/index.ts'
import { statelessMeta, statelessPost } from '../post.ts'
import { jsonOf, modernHeaders, rawRequest, serveNode, statusOf } from './peers.ts'
import type { Served } from './peers.ts'
import { countCrashes, createTarget } from './target.ts'

countCrashes()

const headerMismatch = -32020
const encoded = (text: string): string => `=?base64?${Buffer.from(text).toString('base64')}?=`

type Overrides = Record<string, string | undefined>
interface Row {
  readonly name: string
  readonly headers: Overrides
  /** Default: a call of `region` in `eu`. */
  readonly params?: Record<string, unknown>
  /** Undefined when it is served. */
  readonly code?: number
}

const inEurope = { name: 'region', arguments: { region: 'eu' } }
const inZone = (zone: unknown): Record<string, unknown> => ({ name: 'region', arguments: { zone } })

const standard: Row[] = [
  { name: 'no Mcp-Method', headers: { 'mcp-method': undefined } },
  { name: 'an empty Mcp-Method', headers: { 'mcp-method': '' } },
  { name: 'another Mcp-Method', headers: { 'mcp-method': 'tools/list' } },
  { name: 'Mcp-Method in capitals', headers: { 'mcp-method': 'TOOLS/CALL' } },
  { name: 'Mcp-Method twice', headers: { 'mcp-method': 'tools/call, tools/call' } },
  { name: 'Mcp-Method encoded', headers: { 'mcp-method': encoded('tools/call') } },
  { name: 'no Mcp-Name', headers: { 'mcp-name': undefined } },
  { name: 'an empty Mcp-Name', headers: { 'mcp-name': '' } },
  { name: 'another Mcp-Name', headers: { 'mcp-name': 'echo' } },
  { name: 'Mcp-Name in capitals', headers: { 'mcp-name': 'REGION' } },
  { name: 'Mcp-Name twice', headers: { 'mcp-name': 'region, region' } },
  { name: 'another Mcp-Name, encoded', headers: { 'mcp-name': encoded('echo') } },
  { name: 'Mcp-Name in Base64 without padding', headers: { 'mcp-name': '=?base64?cmVnaW9uIA?=' } },
  { name: 'Mcp-Name in Base64url', headers: { 'mcp-name': '=?base64?cmVnaW9u_w==?=' } },
  { name: 'Mcp-Name in Base64 with a blank', headers: { 'mcp-name': '=?base64?cmVn aW9u?=' } },
  { name: 'Mcp-Name in Base64 with stray bits', headers: { 'mcp-name': '=?base64?cmVnaW9=?=' } },
  { name: 'Mcp-Name in Base64 of no UTF-8', headers: { 'mcp-name': '=?base64?/w==?=' } },
  { name: 'Mcp-Name encoded twice', headers: { 'mcp-name': encoded(encoded('region')) } },
  {
    name: 'Mcp-Name in a sentinel in capitals',
    headers: { 'mcp-name': encoded('region').replace('base64', 'BASE64') },
  },
  { name: 'Mcp-Name in a sentinel without an end', headers: { 'mcp-name': '=?base64?cmVnaW9u' } },
  { name: 'Mcp-Name in an empty sentinel', headers: { 'mcp-name': '=?base64??=' } },
  { name: 'Mcp-Name in a sentinel whose ends overlap', headers: { 'mcp-name': '=?base64?=' } },
  { name: 'Mcp-Name in Latin-1', headers: { 'mcp-name': 'r\u00e9gion' } },
  { name: 'no version', headers: { 'mcp-protocol-version': undefined } },
  { name: 'an empty version', headers: { 'mcp-protocol-version': '' } },
  { name: 'an older version', headers: { 'mcp-protocol-version': '2025-11-25' } },
  { name: 'an unknown version', headers: { 'mcp-protocol-version': '2099-01-01' } },
  { name: 'the version twice', headers: { 'mcp-protocol-version': '2026-07-28, 2026-07-28' } },
  { name: 'two versions', headers: { 'mcp-protocol-version': '2025-11-25, 2026-07-28' } },
].map((row) => ({ ...row, code: headerMismatch }))

const mirrored: Row[] = [
  { name: 'no Mcp-Param', headers: {} },
  { name: 'an empty Mcp-Param', headers: { 'mcp-param-region': '' } },
  { name: 'another value', headers: { 'mcp-param-region': 'us' } },
  { name: 'the value in capitals', headers: { 'mcp-param-region': 'EU' } },
  { name: 'the value twice', headers: { 'mcp-param-region': 'eu, eu' } },
  { name: 'the value in broken Base64', headers: { 'mcp-param-region': '=?base64?ZXU?=' } },
  { name: 'another value in Base64', headers: { 'mcp-param-region': encoded('us') } },
  {
    name: 'a header for an absent argument',
    headers: { 'mcp-param-region': 'eu', 'mcp-param-zone': '1' },
  },
  {
    name: 'a header for no arguments at all',
    headers: { 'mcp-param-region': 'eu' },
    params: { name: 'region' },
  },
  {
    name: 'a header for an argument that is null',
    headers: { 'mcp-param-region': 'eu' },
    params: { name: 'region', arguments: { region: null } },
  },
  ...['', '0x2a', '4.2e1', '42.5', '+42', '042', '42 000', 'NaN', '4２', '١'].map((zone) => ({
    name: `the integer 42 written ${JSON.stringify(zone)}`,
    headers: { 'mcp-param-zone': /^[ -~]*$/.test(zone) ? zone : encoded(zone) },
    params: inZone(42),
  })),
  {
    name: 'an integer past what is safe',
    headers: { 'mcp-param-zone': '9007199254740993' },
    params: inZone(9007199254740992),
  },
  {
    name: 'a boolean in capitals',
    headers: { 'mcp-param-dry': 'TRUE' },
    params: { name: 'region', arguments: { dry: true } },
  },
  {
    name: 'a boolean as a number',
    headers: { 'mcp-param-dry': '1' },
    params: { name: 'region', arguments: { dry: true } },
  },
  {
    name: 'a string for a boolean, the other way round',
    headers: { 'mcp-param-dry': 'false' },
    params: { name: 'region', arguments: { dry: true } },
  },
].map((row) => ({ ...row, code: headerMismatch }))

const served: Row[] = [
  { name: 'equal headers', headers: { 'mcp-param-region': 'eu' } },
  { name: 'an encoded name', headers: { 'mcp-param-region': 'eu', 'mcp-name': encoded('region') } },
  { name: 'an encoded argument', headers: { 'mcp-param-region': encoded('eu') } },
  {
    name: 'blanks around',
    headers: {
      'mcp-param-region': ' \t eu ',
      'mcp-name': '  region ',
      'mcp-method': ' tools/call',
    },
  },
  {
    name: 'an integer with a fraction of zeroes',
    headers: { 'mcp-param-zone': '42.0' },
    params: inZone(42),
  },
  { name: 'an unknown Mcp-Param', headers: { 'mcp-param-region': 'eu', 'mcp-param-other': 'x' } },
  {
    name: 'an empty argument',
    headers: { 'mcp-param-region': '' },
    params: { name: 'region', arguments: { region: '' } },
  },
  {
    name: 'an empty argument, encoded',
    headers: { 'mcp-param-region': '=?base64??=' },
    params: { name: 'region', arguments: { region: '' } },
  },
  {
    name: 'an argument that looks encoded',
    headers: { 'mcp-param-region': encoded('=?base64?eA==?=') },
    params: { name: 'region', arguments: { region: '=?base64?eA==?=' } },
  },
  {
    name: 'a session id, which means nothing here',
    headers: { 'mcp-param-region': 'eu', 'mcp-session-id': 'x', 'last-event-id': 'y' },
  },
]

async function send({ headers, params = inEurope }: Row) {
  const target = createTarget()
  const response = await target.server.fetch(
    statelessPost({ method: 'tools/call', params }, headers),
  )
  return { response, answer: JSON.parse(await response.text()), ran: target.ran() }
}

// HTTP26-16, HTTP26-20, HTTP26-23, HTTP26-24, HTTP26-39, HTTP26-40 (basic/transports, "Request Metadata Headers")
describe('headers that disagree with the body are refused, and nothing runs:', () => {
  for (const row of [...standard, ...mirrored]) {
    test(row.name, async () => {
      const { response, answer, ran } = await send(
        standard.includes(row)
          ? { ...row, headers: { 'mcp-param-region': 'eu', ...row.headers } }
          : row,
      )
      expect(answer).toEqual({
        jsonrpc: '2.0',
        id: 1,
        error: { code: row.code, message: expect.any(String) },
      })
      expect(response.status).toBe(400)
      expect(ran).toBe(0)
    })
  }

  test('an argument that the mismatch hides is not quoted', async () => {
    const params = { name: 'region', arguments: { region: 'a secret' } }
    const { answer } = await send({ name: '', headers: { 'mcp-param-region': 'other' }, params })
    expect(JSON.stringify(answer)).not.toContain('secret')
  })
})

// HTTP26-25, HTTP26-26, HTTP26-38, HTTP26-46 (basic/transports, "Value Encoding")
describe('headers that agree with the body are served:', () => {
  for (const row of served) {
    test(row.name, async () => {
      const { response, answer, ran } = await send(row)
      expect(answer.result?.content).toEqual([{ type: 'text', text: 'there' }])
      expect(response.status).toBe(200)
      expect(response.headers.get('mcp-session-id')).toBeNull()
      expect(ran).toBe(1)
    })
  }
})

describe('of several faults the first in the order of T-01 is told:', () => {
  const bogus = { ...statelessMeta, 'io.modelcontextprotocol/protocolVersion': '2099-01-01' }
  const older = { ...statelessMeta, 'io.modelcontextprotocol/protocolVersion': '2025-11-25' }
  const call = { method: 'tools/call', params: { name: 'nothing' } }
  const rows: [
    name: string,
    message: { id?: unknown; method: string; params?: Record<string, unknown> },
    headers: Overrides,
    status: number,
    code: number,
  ][] = [
    [
      'a foreign host before anything',
      call,
      { host: 'evil.example', 'content-type': 'text/plain' },
      403,
      -32600,
    ],
    [
      'the type before the body',
      { ...call, id: null },
      { 'content-type': 'text/plain' },
      415,
      -32600,
    ],
    ['the shape before the headers', { ...call, id: null }, { 'mcp-method': 'x' }, 400, -32600],
    [
      'headers before a missing _meta',
      { ...call, params: { ...call.params, _meta: {} } },
      { 'mcp-method': 'x' },
      400,
      -32020,
    ],
    [
      'headers before the version',
      { ...call, params: { ...call.params, _meta: bogus } },
      { 'mcp-name': 'x' },
      400,
      -32020,
    ],
    [
      'a missing _meta behind good headers',
      { ...call, params: { ...call.params, _meta: undefined } },
      {},
      400,
      -32602,
    ],
    [
      'an empty _meta behind good headers',
      { ...call, params: { ...call.params, _meta: {} } },
      {},
      400,
      -32602,
    ],
    [
      'missing capabilities before a version that differs',
      {
        ...call,
        params: {
          ...call.params,
          _meta: { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' },
        },
      },
      {},
      400,
      -32602,
    ],
    [
      'a version that differs before one that is not served',
      { ...call, params: { ...call.params, _meta: bogus } },
      {},
      400,
      -32020,
    ],
    [
      'a version that is not served',
      { ...call, params: { ...call.params, _meta: bogus } },
      { 'mcp-protocol-version': '2099-01-01' },
      400,
      -32022,
    ],
    [
      'a version of sessions in _meta',
      { ...call, params: { ...call.params, _meta: older } },
      { 'mcp-protocol-version': '2025-11-25' },
      400,
      -32022,
    ],
    [
      'the version before the method',
      { method: 'nowhere', params: { _meta: bogus } },
      { 'mcp-protocol-version': '2099-01-01' },
      400,
      -32022,
    ],
    ['an unknown method', { method: 'nowhere' }, {}, 404, -32601],
    ['the method initialize', { method: 'initialize' }, {}, 404, -32601],
    ['the method ping', { method: 'ping' }, {}, 404, -32601],
    [
      'the method logging/setLevel',
      { method: 'logging/setLevel', params: { level: 'info' } },
      {},
      404,
      -32601,
    ],
    [
      'the method resources/subscribe',
      { method: 'resources/subscribe', params: { uri: 'memo://one' } },
      {},
      404,
      -32601,
    ],
    [
      'a mirrored argument before the arguments',
      { method: 'tools/call', params: { name: 'region', arguments: { region: 5 } } },
      {},
      400,
      -32020,
    ],
    ['an unknown tool', call, {}, 200, -32602],
    ['no tool', { method: 'tools/call', params: {} }, {}, 200, -32602],
    [
      'a tool that is no string',
      { method: 'tools/call', params: { name: ['echo'] } },
      {},
      200,
      -32602,
    ],
    [
      'a tool that is an object with strange members',
      { method: 'tools/call', params: { name: { toString: 1, valueOf: 1 } } },
      {},
      200,
      -32602,
    ],
    [
      'a prompt that is an object with strange members',
      { method: 'prompts/get', params: { name: { toString: 1, valueOf: 1 } } },
      {},
      200,
      -32602,
    ],
    [
      'arguments in an array',
      { method: 'tools/call', params: { name: 'echo', arguments: [] } },
      {},
      200,
      -32602,
    ],
    [
      'arguments that are null',
      { method: 'tools/call', params: { name: 'echo', arguments: null } },
      {},
      200,
      -32602,
    ],
    [
      'an unknown resource',
      { method: 'resources/read', params: { uri: 'memo://two' } },
      {},
      200,
      -32602,
    ],
    [
      'a resource that is no string',
      { method: 'resources/read', params: { uri: 5 } },
      {},
      200,
      -32602,
    ],
    [
      'a cursor that was never given',
      { method: 'tools/list', params: { cursor: 'AAAA' } },
      {},
      200,
      -32602,
    ],
    [
      'an empty cursor, which is one',
      { method: 'tools/list', params: { cursor: '' } },
      {},
      200,
      -32602,
    ],
    [
      'an empty cursor of resources',
      { method: 'resources/list', params: { cursor: '' } },
      {},
      200,
      -32602,
    ],
    [
      'a cursor that is no string',
      { method: 'prompts/list', params: { cursor: { a: 1 } } },
      {},
      200,
      -32602,
    ],
    ['a cursor that is null', { method: 'tools/list', params: { cursor: null } }, {}, 200, -32602],
    [
      'a cursor far past the end',
      { method: 'resources/list', params: { cursor: 'OTk5OQ' } },
      {},
      200,
      -32602,
    ],
    [
      'a reference to nothing',
      { method: 'completion/complete', params: { ref: 5, argument: 'x' } },
      {},
      200,
      -32602,
    ],
    [
      'a completion without an argument',
      { method: 'completion/complete', params: { ref: { type: 'ref/prompt', name: 'greet' } } },
      {},
      200,
      -32602,
    ],
    [
      'a log level that is none',
      {
        method: 'tools/list',
        params: { _meta: { ...statelessMeta, 'io.modelcontextprotocol/logLevel': 'loud' } },
      },
      {},
      400,
      -32602,
    ],
  ]
  // BASE-10, BASE-42, VER-02, HTTP26-16, HTTP26-17, HTTP26-18, TOOL-15, COMPL-07, LOG-06 (T-01)
  test.each(rows)('%s', async (_name, message, headers, status, code) => {
    const { server, ran, errors } = createTarget()
    const response = await server.fetch(statelessPost({ id: 'the id', ...message }, headers))
    const answer = JSON.parse(await response.text())
    expect({ code: answer.error?.code, status: response.status }).toEqual({ code, status })
    if (code !== -32600) expect(answer.id).toBe('the id')
    expect(answer.error.message).toMatch(/^[^\n]{5,200}$/)
    expect(ran()).toBe(0)
    expect(errors).toEqual([])
    if (code !== -32022) return
    expect(answer.error.data.supported).toEqual([
      '2026-07-28',
      '2025-11-25',
      '2025-06-18',
      '2025-03-26',
      '2024-11-05',
    ])
    expect(answer.error.data.requested).toMatch(/^20(99|25)/)
  })

  // BASE-43 (basic, "Request Metadata")
  test('and a client that does not say who it is is served', async () => {
    const { server } = createTarget()
    const { 'io.modelcontextprotocol/clientInfo': _left, ...meta } = statelessMeta
    const post = statelessPost({ method: 'tools/call', params: { name: 'echo', _meta: meta } })
    expect((await server.fetch(post)).status).toBe(200)
  })
})

describe('a notification', () => {
  const progress = {
    id: undefined,
    method: 'notifications/progress',
    params: { progressToken: 1, progress: 1 },
  }
  const rows: [name: string, headers: Overrides, status: number][] = [
    ['with its headers', {}, 202],
    ['without Mcp-Method', { 'mcp-method': undefined }, 202],
    ['with another Mcp-Method', { 'mcp-method': 'tools/call' }, 400],
    ['with Mcp-Method twice', { 'mcp-method': 'notifications/progress, tools/call' }, 400],
    ['with another version than in _meta', { 'mcp-protocol-version': '2025-11-25' }, 400],
  ]
  // HTTP26-06 (basic/transports, "Sending Messages to the Server")
  test.each(rows)('%s', async (_name, headers, status) => {
    const { server } = createTarget()
    const response = await server.fetch(statelessPost(progress, headers))
    expect(response.status).toBe(status)
    const text = await response.text()
    if (status === 202) expect(text).toBe('')
    else expect(JSON.parse(text).error.code).toBe(headerMismatch)
  })

  test('that cancels another request of the same id cancels nothing', async () => {
    const { server, ran } = createTarget()
    const cancel = { id: undefined, method: 'notifications/cancelled', params: { requestId: 1 } }
    expect((await server.fetch(statelessPost(cancel))).status).toBe(202)
    const call = { method: 'tools/call', params: { name: 'touch' } }
    expect((await server.fetch(statelessPost(call))).status).toBe(200)
    expect(ran()).toBe(1)
  })
})

describe('over a socket, where a line can be sent twice', () => {
  const target = createTarget()
  let http: Served
  beforeAll(async () => {
    http = await serveNode(nodeHandler(target.server))
  })
  afterAll(() => http.close())

  const body = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'tools/call',
    params: { _meta: statelessMeta, ...inEurope },
  })
  const good = [...modernHeaders('tools/call', 'region'), ['Mcp-Param-Region', 'eu']] as const
  const send = (lines: readonly (readonly [string, string])[]): Promise<string> =>
    http.raw(
      rawRequest('POST / HTTP/1.1', [...lines, ['Content-Length', String(body.length)]], body),
    )

  const repeated: [string, string][] = [
    ['Mcp-Method', 'tools/call'],
    ['mcp-method', 'tools/list'],
    ['Mcp-Name', 'region'],
    ['MCP-NAME', 'echo'],
    ['Mcp-Name', ''],
    ['MCP-Protocol-Version', '2026-07-28'],
    ['MCP-Protocol-Version', '2025-06-18'],
    ['Mcp-Param-Region', 'eu'],
    ['mcp-param-region', 'us'],
  ]
  for (const line of repeated) {
    test(`${line.join(': ')} beside the good one is a mismatch, first or last`, async () => {
      const before = target.ran()
      for (const lines of [
        [line, ...good],
        [...good, line],
      ]) {
        const answer = await send(lines)
        expect(statusOf(answer)).toBe(400)
        expect(jsonOf(answer)).toMatchObject({ id: 1, error: { code: headerMismatch } })
      }
      expect(target.ran()).toBe(before)
      expect(statusOf(await send(good))).toBe(200)
    })
  }

  test('blanks around a value are not part of it', async () => {
    const padded = good.map(([name, value]) => [name, ` \t ${value}\t `] as const)
    expect(statusOf(await send(padded))).toBe(200)
  })

  test('a raw byte past ASCII in a mirrored header is a mismatch', async () => {
    const before = target.ran()
    const lines = [
      ...modernHeaders('tools/call', 'region'),
      ['Mcp-Param-Region', '\u00e9u'],
    ] as const
    const answer = await send(lines)
    expect(jsonOf(answer).error.code).toBe(headerMismatch)
    expect(target.ran()).toBe(before)
  })
})
