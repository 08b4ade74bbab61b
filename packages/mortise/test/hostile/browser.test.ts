import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { nodeHandler } from '../../src/node/index.ts'
import { jsonOf, modernHeaders, rawRequest, serveNode, statusOf, touch } from './peers.ts'
import type { Served } from './peers.ts'
import { rawPost, statelessPost } from '../post.ts'
import { countCrashes, createTarget } from './target.ts'

countCrashes()

const app = 'https://app.example.com'
const call = { method: 'tools/call', params: { name: 'touch', arguments: {} } }

const foreignHosts: [name: string, host: string][] = [
  ['another site', 'evil.example'],
  ['a site whose name begins with the address', '127.0.0.1.evil.example'],
  ['a site whose name begins with localhost', 'localhost.evil.example'],
  ['a site whose name ends with localhost', 'evillocalhost'],
  ['a user before another site', 'user@evil.example'],
  ['the address as a user', '127.0.0.1@evil.example'],
  ['the address that means all', '0.0.0.0:3000'],
  ['a private address', '192.168.1.10'],
  ['a short form of the loopback address', '127.1'],
  ['the loopback address as a number', '2130706433'],
  ['the loopback address in IPv6 clothes', '[::ffff:127.0.0.1]'],
  ['two names with a comma', 'localhost, evil.example'],
  ['the same name twice', 'localhost, localhost'],
  ['a trailing dot', 'localhost.'],
  ['a path', 'localhost/evil.example'],
  ['a port that is none', 'localhost:evil'],
  ['a blank inside', 'localhost evil.example'],
  ['nothing', ''],
  ['an allowed name with a prefix', 'evil.api.example.com'],
  ['an allowed name with a suffix', 'api.example.com.evil.example'],
]
const foreignOrigins: [name: string, origin: string][] = [
  ['another site', 'https://evil.example'],
  ['an opaque page', 'null'],
  ['a file', 'file://'],
  ['an extension', 'chrome-extension://abcdefghijklmnop'],
  ['another extension', 'moz-extension://1b2c'],
  ['a site that begins like an allowed one', 'https://app.example.com.evil.example'],
  ['a site that ends like an allowed one', 'https://evil-app.example.com'],
  ['an allowed site without TLS', 'http://app.example.com'],
  ['an allowed site at another port', 'https://app.example.com:8443'],
  ['an allowed site with a path', 'https://app.example.com/'],
  ['an allowed site in capitals', 'https://APP.example.com'],
  ['another port of this host', 'http://127.0.0.1:5173'],
  ['localhost at another port', 'http://localhost:5173'],
  ['this host without its port', 'http://127.0.0.1'],
  ['an allowed site and another', 'https://app.example.com, https://evil.example'],
  ['the empty origin', ''],
]
const methods = ['POST', 'GET', 'DELETE', 'OPTIONS', 'PUT', 'PATCH', 'HEAD']

function served(): ReturnType<typeof createTarget> {
  return createTarget({ http: { hosts: ['api.example.com'], origins: [app] } })
}

function request(method: string, headers: Record<string, string>): Request {
  if (method === 'POST') return statelessPost(call, headers)
  const own = { host: '127.0.0.1:3000', accept: 'text/event-stream', ...headers }
  return new Request('http://127.0.0.1:3000/mcp', { method, headers: own })
}

async function expectAlive({ server, ran }: ReturnType<typeof createTarget>): Promise<void> {
  expect(ran()).toBe(0)
  const response = await server.fetch(statelessPost(call))
  expect(response.status).toBe(200)
  expect(ran()).toBe(1)
}

// SEC-35 (basic/transports, "Security Warning")
describe('a Host that is not ours', () => {
  for (const [name, host] of foreignHosts) {
    test(`is refused for every method: ${name}`, async () => {
      const target = served()
      for (const method of methods) {
        const response = await target.server.fetch(request(method, { host }))
        expect([method, response.status]).toEqual([method, 403])
        expect(response.headers.get('access-control-allow-origin')).toBeNull()
      }
      await expectAlive(target)
    })
  }

  test.each(['localhost', 'LOCALHOST:1', '127.0.0.1', '[::1]:3000', 'api.example.com:443'])(
    'and one that is ours goes on: %s',
    async (host) => {
      const { server } = served()
      expect((await server.fetch(statelessPost(call, { host }))).status).toBe(200)
    },
  )

  test('in the URL alone is refused as well', async () => {
    const { server, ran } = served()
    const post = statelessPost(call, { host: undefined })
    const moved = new Request('http://evil.example/mcp', post)
    expect((await server.fetch(moved)).status).toBe(403)
    expect(ran()).toBe(0)
  })
})

// HTTP25-02, HTTP25-03, HTTP26-02 (basic/transports, "Security Warning")
describe('an Origin that may not call', () => {
  for (const [name, origin] of foreignOrigins) {
    test(`is refused for every method, and told nothing: ${name}`, async () => {
      const target = served()
      for (const method of methods) {
        const response = await target.server.fetch(request(method, { origin }))
        expect([method, response.status]).toEqual([method, 403])
        expect(corsOf(response)).toEqual({})
      }
      await expectAlive(target)
    })
  }

  test('may call when it is the server itself, or named, or absent', async () => {
    const { server } = served()
    for (const origin of ['http://127.0.0.1:3000', app, undefined]) {
      const response = await server.fetch(statelessPost(call, { origin }))
      expect(response.status).toBe(200)
      expect(corsOf(response)['access-control-allow-origin'] ?? null).toBe(
        origin === app ? app : null,
      )
    }
  })
})

describe('a named Origin', () => {
  test('reads every answer, refusals too, and the headers it needs, without credentials', async () => {
    const { server } = served()
    const answers = [
      await server.fetch(statelessPost(call, { origin: app })),
      await server.fetch(statelessPost(call, { origin: app, 'content-type': 'text/plain' })),
      await server.fetch(rawPost('{', { ...json, origin: app })),
      await server.fetch(request('PUT', { origin: app })),
    ]
    for (const response of answers) {
      expect(corsOf(response)).toEqual({
        'access-control-allow-origin': app,
        'access-control-expose-headers':
          'Mcp-Session-Id, WWW-Authenticate, DPoP-Nonce, Retry-After',
      })
      expect(response.headers.get('vary')).toBe('Origin')
    }
  })

  test('may send every header of MCP and those of arguments it asked for, and no other', async () => {
    const { server } = served()
    const asked =
      'content-type, mcp-param-region, Mcp-Param-Zone, x-evil, mcp-param-, mcp-param-a b'
    const response = await server.fetch(
      request('OPTIONS', { origin: app, 'access-control-request-headers': asked }),
    )
    expect(response.status).toBe(204)
    expect(response.headers.get('access-control-allow-headers')?.split(', ')).toEqual([
      'Authorization',
      'DPoP',
      'Content-Type',
      'Accept',
      'MCP-Protocol-Version',
      'Mcp-Method',
      'Mcp-Name',
      'Mcp-Session-Id',
      'Last-Event-ID',
      'mcp-param-region',
      'Mcp-Param-Zone',
    ])
    expect(response.headers.get('access-control-allow-credentials')).toBeNull()
    expect(response.headers.get('access-control-allow-origin')).toBe(app)
  })

  test('gets a short answer to an endless list of headers', async () => {
    const { server } = served()
    const asked = 'mcp-param-x, '.repeat(100_000)
    const response = await server.fetch(
      request('OPTIONS', { origin: app, 'access-control-request-headers': asked }),
    )
    expect(response.headers.get('access-control-allow-headers')?.length).toBeLessThan(9_000)
  })
})

const json = {
  host: '127.0.0.1:3000',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}

describe('a content type that a page could send without a preflight', () => {
  const types: [name: string, type: string | undefined][] = [
    ['text', 'text/plain'],
    ['text that mentions JSON', 'text/plain; a=application/json'],
    ['text in UTF-8', 'text/plain;charset=UTF-8'],
    ['a form', 'application/x-www-form-urlencoded'],
    ['a form with files', 'multipart/form-data; boundary=application/json'],
    ['no type', undefined],
    ['an empty type', ''],
    ['two types, JSON first', 'application/json, text/plain'],
    ['two types, JSON last', 'text/plain, application/json'],
    ['a type that begins like JSON', 'application/jsonp'],
    ['a type that ends in JSON', 'application/vnd.api+json'],
    ['JSON in another charset', 'application/json; charset=utf-16'],
    ['JSON in two charsets', 'application/json; charset=utf-8; charset=utf-7'],
  ]
  for (const [name, type] of types) {
    test(`is refused with 415, and nothing runs: ${name}`, async () => {
      const target = served()
      const given = statelessPost(call, { 'content-type': type })
      if (type === undefined) given.headers.delete('content-type')
      const response = await target.server.fetch(given)
      expect(response.status).toBe(415)
      expect(JSON.parse(await response.text()).error.code).toBe(-32600)
      await expectAlive(target)
    })
  }

  test.each([
    'application/json;charset=utf-8',
    'Application/JSON',
    'application/json ; charset="UTF8"',
  ])('is not: %s', async (type) => {
    const { server } = served()
    expect((await server.fetch(statelessPost(call, { 'content-type': type }))).status).toBe(200)
  })
})

describe('what the answer may be', () => {
  const rows: [name: string, accept: string | undefined, status: number][] = [
    ['both types', 'application/json, text/event-stream', 200],
    ['both with parameters', 'application/json;q=0.9, text/event-stream; charset=utf-8', 200],
    ['anything', '*/*', 200],
    ['not said', undefined, 200],
    ['JSON alone', 'application/json', 406],
    ['events alone', 'text/event-stream', 406],
    ['a page', 'text/html', 406],
  ]
  test.each(rows)('is checked before anything runs: %s', async (_name, accept, status) => {
    const { server, ran } = served()
    expect((await server.fetch(statelessPost(call, { accept }))).status).toBe(status)
    expect(ran()).toBe(status === 200 ? 1 : 0)
  })
})

describe('over a socket', () => {
  const target = served()
  let http: Served
  beforeAll(async () => {
    http = await serveNode(nodeHandler(target.server, { path: '/mcp' }))
  })
  afterAll(() => http.close())

  async function post(lines: readonly [string, string][], path = '/mcp'): Promise<string> {
    const length: [string, string] = ['Content-Length', String(touch.length)]
    return await http.raw(rawRequest(`POST ${path} HTTP/1.1`, [...lines, length], touch))
  }
  const [, ...withoutHost] = modernHeaders('tools/call', 'touch')

  const hostLines: [name: string, lines: [string, string][], statuses: number[]][] = [
    ['none', [], [400, 403]],
    ['an empty one', [['Host', '']], [400, 403]],
    [
      'two, ours first',
      [
        ['Host', '127.0.0.1'],
        ['Host', 'evil.example'],
      ],
      [400, 403],
    ],
    [
      'two, ours last',
      [
        ['Host', 'evil.example'],
        ['Host', '127.0.0.1'],
      ],
      [400, 403],
    ],
    [
      'two, both ours',
      [
        ['Host', '127.0.0.1'],
        ['host', '127.0.0.1'],
      ],
      [400, 403],
    ],
    [
      'another in X-Forwarded-Host only',
      [
        ['Host', 'evil.example'],
        ['X-Forwarded-Host', '127.0.0.1'],
      ],
      [403],
    ],
  ]
  test.each(hostLines)(
    'a request with Host lines is refused: %s',
    async (_name, lines, statuses) => {
      const before = target.ran()
      expect(statuses).toContain(statusOf(await post([...lines, ...withoutHost])))
      expect(target.ran()).toBe(before)
    },
  )

  test('two Origin lines, one of them allowed, are refused', async () => {
    const before = target.ran()
    const lines: [string, string][] = [
      ['Origin', app],
      ['Origin', 'https://evil.example'],
    ]
    const answer = await post([...modernHeaders('tools/call', 'touch'), ...lines])
    expect(statusOf(answer)).toBe(403)
    expect(target.ran()).toBe(before)
  })

  test('two Content-Type lines, one of them JSON, are refused', async () => {
    const before = target.ran()
    for (const second of ['text/plain', 'application/json']) {
      const lines = [...modernHeaders('tools/call', 'touch'), ['Content-Type', second]]
      expect(statusOf(await post(lines as [string, string][]))).toBe(415)
    }
    expect(target.ran()).toBe(before)
  })

  test.each([
    '/',
    '/favicon.ico',
    '/.well-known/oauth-protected-resource',
    '/mcp/',
    '//mcp',
    '/MCP',
  ])('a foreign host learns nothing at another path either: %s', async (path) => {
    const lines: [string, string][] = [['Host', 'evil.example'], ...withoutHost]
    const answer = await post(lines, path)
    expect(statusOf(answer)).toBe(403)
    expect(answer).not.toContain('/mcp')
    const origin: [string, string] = ['Origin', 'https://evil.example']
    expect(statusOf(await post([...modernHeaders('x'), origin], path))).toBe(403)
    expect(statusOf(await post(modernHeaders('x'), path))).toBe(404)
  })

  test('a request to upgrade the connection is an ordinary request', async () => {
    const lines: [string, string][] = [
      ['Host', '127.0.0.1'],
      ['Connection', 'Upgrade'],
      ['Upgrade', 'websocket'],
      ['Sec-WebSocket-Version', '13'],
      ['Sec-WebSocket-Key', 'dGhlIHNhbXBsZSBub25jZQ=='],
    ]
    const answer = await http.raw(rawRequest('GET /mcp HTTP/1.1', lines))
    expect(statusOf(answer)).toBe(400)
  })

  test('and then a good request is answered', async () => {
    const before = target.ran()
    const answer = await post(modernHeaders('tools/call', 'touch'))
    expect(statusOf(answer)).toBe(200)
    expect(jsonOf(answer)).toMatchObject({ id: 1, result: { resultType: 'complete' } })
    expect(target.ran()).toBe(before + 1)
  })
})

function corsOf(response: Response): Record<string, string> {
  return Object.fromEntries(
    [...response.headers].filter(([name]) => name.startsWith('access-control-')),
  )
}
