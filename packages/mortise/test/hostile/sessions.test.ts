import { describe, expect, test } from 'vitest'
import type { Authorize, Server } from '../../src/server/index.ts'
import { systemRuntime } from '../../src/std/runtime.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { rawPost, statelessMeta } from '../post.ts'
import { memoryPeer, touch } from './peers.ts'
import { countCrashes, createTarget, modern } from './target.ts'

countCrashes()

const base = {
  host: '127.0.0.1:3000',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
}
type Overrides = Record<string, string | undefined>

function initialize(protocolVersion: unknown = '2025-11-25', more: object = {}): string {
  const params = {
    protocolVersion,
    capabilities: {},
    clientInfo: { name: 'a', version: '1' },
    ...more,
  }
  return JSON.stringify({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
}

const call = (id: unknown = 1): string =>
  JSON.stringify({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'touch' } })

async function begin(
  server: Server,
  headers: Overrides = {},
  version = '2025-11-25',
): Promise<string> {
  const response = await server.fetch(rawPost(initialize(version), { ...base, ...headers }))
  expect(response.status).toBe(200)
  return response.headers.get('mcp-session-id') ?? ''
}

function withMethod(method: string, headers: Overrides): Request {
  const given = Object.entries({ ...base, accept: 'text/event-stream', ...headers })
  const own = given.filter((entry): entry is [string, string] => entry[1] !== undefined)
  return new Request('http://127.0.0.1:3000/mcp', { method, headers: Object.fromEntries(own) })
}

describe('a request that names no session of its own', () => {
  const rows: [name: string, headers: (id: string) => Overrides, status: number][] = [
    ['an unknown id', () => ({ 'mcp-session-id': 'unknown' }), 404],
    ['no id', () => ({}), 400],
    ['an empty id', () => ({ 'mcp-session-id': '' }), 404],
    ['the id in another case', (id) => ({ 'mcp-session-id': id.toUpperCase() }), 404],
    ['the id and one more character', (id) => ({ 'mcp-session-id': `${id}A` }), 404],
    ['the id twice', (id) => ({ 'mcp-session-id': `${id}, ${id}` }), 404],
    ['a name of every object', () => ({ 'mcp-session-id': '__proto__' }), 404],
    ['the constructor', () => ({ 'mcp-session-id': 'constructor' }), 404],
    [
      'the id with an unknown version',
      (id) => ({ 'mcp-session-id': id, 'mcp-protocol-version': '2099-01-01' }),
      400,
    ],
    [
      'the id with an empty version',
      (id) => ({ 'mcp-session-id': id, 'mcp-protocol-version': '' }),
      400,
    ],
    [
      'the id with two versions',
      (id) => ({ 'mcp-session-id': id, 'mcp-protocol-version': '2025-11-25, 2025-11-25' }),
      400,
    ],
  ]
  for (const [name, headers, status] of rows) {
    // HTTP25-36, HTTP25-37, HTTP25-43 (basic/transports, "Session Management")
    test(`${name} is refused for POST, GET and DELETE, and the session lives`, async () => {
      const { server, ran } = createTarget()
      const id = await begin(server)
      const posted = await server.fetch(rawPost(call('mine'), { ...base, ...headers(id) }))
      expect(posted.status).toBe(status)
      expect(JSON.parse(await posted.text())).toMatchObject({ id: 'mine', error: { code: -32600 } })
      for (const method of ['GET', 'DELETE']) {
        const response = await server.fetch(withMethod(method, headers(id)))
        expect([method, response.status]).toEqual([method, status])
      }
      expect(ran()).toBe(0)
      const good = await server.fetch(rawPost(call(), { ...base, 'mcp-session-id': id }))
      expect(good.status).toBe(200)
      expect(ran()).toBe(1)
    })
  }

  test('a version header of another session revision is taken, since the stored one wins', async () => {
    const { server } = createTarget()
    const id = await begin(server)
    const headers = { ...base, 'mcp-session-id': id, 'mcp-protocol-version': '2025-06-18' }
    expect((await server.fetch(rawPost(call(), headers))).status).toBe(200)
  })
})

describe('a session of another principal', () => {
  const authorize: Authorize = (request) => {
    const subject = request.header('authorization')
    return subject === undefined
      ? { refused: true as const, status: 401 as const, headers: { 'www-authenticate': 'Bearer' } }
      : { subject, scopes: [] }
  }

  // SEC-01, SEC-02, SEC-04 (security best practices, "Session Hijacking")
  test('is answered like one that never was, and lives on', async () => {
    const { server, ran } = createTarget({ http: { authorize } })
    const id = await begin(server, { authorization: 'alice' })
    for (const session of [id, 'unknown']) {
      const bob = { ...base, authorization: 'bob', 'mcp-session-id': session }
      const answers = [
        await server.fetch(rawPost(call(), bob)),
        await server.fetch(withMethod('GET', bob)),
        await server.fetch(withMethod('DELETE', bob)),
      ]
      expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    }
    const nobody = await server.fetch(rawPost(call(), { ...base, 'mcp-session-id': id }))
    expect(nobody.status).toBe(401)
    expect(nobody.headers.get('www-authenticate')).toBe('Bearer')
    expect(ran()).toBe(0)
    const alice = { ...base, authorization: 'alice', 'mcp-session-id': id }
    expect((await server.fetch(rawPost(call(), alice))).status).toBe(200)
  })

  test('is not let in while it cannot be checked', async () => {
    const { server, ran, errors } = createTarget({
      http: { authorize: () => Promise.reject(new Error('the key server is away')) },
    })
    const response = await server.fetch(rawPost(initialize(), base))
    expect(response.status).toBe(503)
    expect(await response.text()).not.toContain('key server')
    expect(ran()).toBe(0)
    expect(errors).toHaveLength(1)
  })
})

describe('a session that has ended', () => {
  // HTTP25-37 (basic/transports, "Session Management")
  test('by DELETE is not found any more, by any method', async () => {
    const { server, ran } = createTarget()
    const headers = { ...base, 'mcp-session-id': await begin(server) }
    const ended = await server.fetch(withMethod('DELETE', headers))
    expect(ended.status).toBeLessThan(300)
    expect((await server.fetch(rawPost(call(), headers))).status).toBe(404)
    expect((await server.fetch(withMethod('GET', headers))).status).toBe(404)
    expect((await server.fetch(withMethod('DELETE', headers))).status).toBe(404)
    expect(ran()).toBe(0)
    await begin(server)
  })

  // HTTP25-37 (basic/transports, "Session Management")
  test('because nobody used it is not found any more', async () => {
    const runtime = createTestRuntime()
    const { server, ran } = createTarget({ runtime, limits: { sessionTtlMs: 60_000 } })
    const headers = { ...base, 'mcp-session-id': await begin(server) }
    runtime.advance(59_000)
    expect((await server.fetch(rawPost(call(), headers))).status).toBe(200)
    runtime.advance(120_000)
    expect((await server.fetch(rawPost(call(), headers))).status).toBe(404)
    expect(ran()).toBe(1)
  })
})

describe('the stream of a session', () => {
  const rows: [name: string, headers: Overrides, status: number][] = [
    ['with Accept', {}, 200],
    ['with anything in Accept', { accept: '*/*' }, 200],
    ['without Accept, which accepts everything', { accept: undefined }, 200],
    ['with JSON in Accept', { accept: 'application/json' }, 406],
    ['with a page in Accept', { accept: 'text/html' }, 406],
    ['resumed from an id of another server', { 'last-event-id': 'abc' }, 400],
    ['resumed from an empty id', { 'last-event-id': '' }, 400],
    ['resumed from a stream that never was', { 'last-event-id': '99.1' }, 400],
    ['resumed from a negative event', { 'last-event-id': 'home.-1' }, 400],
    ['resumed from a fraction', { 'last-event-id': 'home.1.5' }, 400],
    ['resumed from a very long id', { 'last-event-id': `home.${'9'.repeat(5000)}` }, 400],
    ['resumed from a name of every object', { 'last-event-id': '__proto__.1' }, 400],
  ]
  // HTTP25-01, HTTP25-23 (basic/transports, "Listening for Messages from the Server")
  test.each(rows)('%s', async (_name, headers, status) => {
    const { server } = createTarget()
    const session = { ...base, 'mcp-session-id': await begin(server) }
    const response = await server.fetch(
      withMethod('GET', { ...session, accept: 'text/event-stream', ...headers }),
    )
    expect(response.status).toBe(status)
    if (status === 200) expect(response.headers.get('content-type')).toBe('text/event-stream')
    else expect(JSON.parse(await response.text()).error.code).toBe(-32600)
    if (status === 200) await response.body?.cancel()
    // 404 would tell the client that its session is over (2025 revisions, "Session Management").
    expect((await server.fetch(rawPost(call(), session))).status).toBe(200)
  })

  test('is open once: a second GET takes it over', async () => {
    const { server } = createTarget()
    const session = { 'mcp-session-id': await begin(server) }
    const first = await server.fetch(withMethod('GET', session))
    expect((await server.fetch(withMethod('GET', session))).status).toBe(200)
    await first.text()
  })

  // HTTP26-01, HTTP26-46 (basic/transports/streamable-http)
  test('is there for the sessions alone: a server without them has only POST', async () => {
    const { server } = createTarget({ eras: { session: false } })
    for (const method of ['GET', 'DELETE']) {
      for (const accept of ['text/event-stream', 'text/html', undefined]) {
        const response = await server.fetch(withMethod(method, { accept, 'mcp-session-id': 'x' }))
        expect(response.status).toBe(405)
        expect(response.headers.get('allow')).toContain('POST')
        expect(response.headers.get('mcp-session-id')).toBeNull()
      }
    }
  })
})

describe('the handshake', () => {
  const rows: [
    name: string,
    text: string,
    headers: Overrides,
    status: number,
    outcome: number | string,
  ][] = [
    ['of a version that is to come', initialize('2099-01-01'), {}, 200, '2025-11-25'],
    ['of the stateless version', initialize('2026-07-28'), {}, 200, '2025-11-25'],
    ['of the oldest version', initialize('2024-11-05'), {}, 200, '2024-11-05'],
    ['of no version', initialize(null), {}, 400, -32602],
    ['of a version that is a number', initialize(20251125), {}, 400, -32602],
    ['without params', '{"jsonrpc":"2.0","id":0,"method":"initialize"}', {}, 400, -32602],
    [
      'with strange capabilities',
      initialize('2025-11-25', { capabilities: [] }),
      {},
      200,
      '2025-11-25',
    ],
    [
      'with a strange client',
      initialize('2025-11-25', { clientInfo: null }),
      {},
      200,
      '2025-11-25',
    ],
    [
      'with a version header that is unknown',
      initialize(),
      { 'mcp-protocol-version': '2099-01-01' },
      400,
      -32600,
    ],
    [
      'with the version header that it asks for',
      initialize(),
      { 'mcp-protocol-version': '2025-11-25' },
      200,
      '2025-11-25',
    ],
    [
      'with the version header of the stateless era',
      initialize(),
      { 'mcp-protocol-version': '2026-07-28' },
      400,
      -32020,
    ],
    ['with an old session id', initialize(), { 'mcp-session-id': 'old' }, 200, '2025-11-25'],
  ]
  // LIFE-08, LIFE-09, HTTP25-31, HTTP25-32 (basic/transports, "Session Management")
  test.each(rows)('%s', async (_name, text, headers, status, outcome) => {
    const { server } = createTarget()
    const response = await server.fetch(rawPost(text, { ...base, ...headers }))
    const answer = JSON.parse(await response.text())
    expect(answer.id).toBe(0)
    expect(answer.error?.code ?? answer.result.protocolVersion).toBe(outcome)
    expect(response.status).toBe(status)
    const id = response.headers.get('mcp-session-id')
    if (status === 200) expect(id).toMatch(/^[\x21-\x7e]{22,}$/)
    else expect(id).toBeNull()
    if (status === 200) expect(answer.result.resultType).toBeUndefined()
  })

  // HTTP25-33, SEC-03 (basic/transports, "Session Management")
  test('gives an id of 144 random bits, another one each time', async () => {
    const drawn: string[] = []
    const randomBytes = (length: number): Uint8Array<ArrayBuffer> => {
      const bytes = systemRuntime.randomBytes(length)
      drawn.push(Buffer.from(bytes).toString('base64url'))
      return bytes
    }
    const { server } = createTarget({ runtime: { ...systemRuntime, randomBytes } })
    const ids = [await begin(server), await begin(server)]
    expect(new Set(ids).size).toBe(2)
    for (const id of ids) {
      expect(drawn).toContain(id)
      expect(Buffer.from(id, 'base64url')).toHaveLength(18)
    }
  })

  test('tells a handler nothing of a client that is none', async () => {
    const seen: unknown[] = []
    for (const clientInfo of [null, 5, 'x', [], {}, { name: 5 }]) {
      const server = createTarget().server.tool('who', {}, (_args, { client }) => {
        seen.push(client.info)
        return 'ok'
      })
      const peer = memoryPeer(server)
      await peer.say(initialize('2025-11-25', { clientInfo }))
      await peer.say(call().replace('touch', 'who'))
    }
    expect(seen).toEqual(Array.from({ length: 6 }, () => undefined))
  })

  test('is made once on a channel, and then refused', async () => {
    const { server } = createTarget()
    const peer = memoryPeer(server)
    expect((await peer.say(initialize()))[0].result.protocolVersion).toBe('2025-11-25')
    expect((await peer.say(initialize()))[0].error.code).toBe(-32600)
    expect((await peer.say(call()))[0].result.content[0].text).toBe('touched')
  })
})

describe('batches', () => {
  const two = `[${call(1)},${call(2)}]`
  const manyCalls = (count: number): string =>
    `[${Array.from({ length: count }, (_, id) => call(id)).join(',')}]`
  const rows: [
    name: string,
    version: string,
    text: string,
    status: number,
    codes: (number | 'served')[],
  ][] = [
    ['of two calls where there are batches', '2025-03-26', two, 200, ['served', 'served']],
    ['of two calls in 2025-06-18', '2025-06-18', two, 400, [-32600]],
    ['of two calls in 2025-11-25', '2025-11-25', two, 400, [-32600]],
    [
      'of notifications',
      '2025-03-26',
      '[{"jsonrpc":"2.0","method":"notifications/initialized"}]',
      202,
      [],
    ],
    ['of answers', '2025-03-26', '[{"jsonrpc":"2.0","id":1,"result":{}}]', 202, []],
    ['of nothing', '2025-03-26', '[]', 400, [-32600]],
    ['with a handshake', '2025-03-26', `[${call(1)},${initialize()}]`, 400, [-32600]],
    [
      'of a hundred calls',
      '2025-03-26',
      manyCalls(100),
      200,
      Array.from({ length: 100 }, () => 'served' as const),
    ],
    ['of one call more', '2025-03-26', manyCalls(101), 400, [-32600]],
    [
      'of a call and rubbish',
      '2025-03-26',
      `[${call(1)},5,{"jsonrpc":"2.0","id":7}]`,
      200,
      ['served', -32600, -32600],
    ],
    ['of batches', '2025-03-26', `[[${call(1)}]]`, 200, [-32600]],
  ]
  // BASE-12, STDIO-07, HTTP25-08 (2025-03-26, basic/transports)
  test.each(rows)('%s', async (_name, version, text, status, codes) => {
    const { server, ran } = createTarget()
    const headers = { ...base, 'mcp-session-id': await begin(server, {}, version) }
    const response = await server.fetch(rawPost(text, headers))
    expect(response.status).toBe(status)
    const body = await response.text()
    const answers = body === '' ? [] : [JSON.parse(body)].flat()
    expect(answers.map((answer) => answer.error?.code ?? 'served')).toEqual(codes)
    expect(ran()).toBe(codes.filter((code) => code === 'served').length)
    const good = await server.fetch(rawPost(call(), headers))
    expect(good.status).toBe(200)

    const peer = memoryPeer(createTarget().server)
    await peer.say(initialize(version))
    const over = (await peer.say(text)).flat()
    expect(over.map((answer) => answer.error?.code ?? 'served')).toEqual(codes)
  })

  test('of stateless calls are refused, whatever the header says', async () => {
    const { server, ran } = createTarget()
    for (const version of ['2026-07-28', '2025-03-26', undefined]) {
      const response = await server.fetch(
        rawPost(`[${touch}]`, { ...base, 'mcp-protocol-version': version }),
      )
      expect(response.status).toBe(400)
      expect(JSON.parse(await response.text()).error.code).toBe(-32600)
    }
    expect(ran()).toBe(0)
  })
})

describe('both eras on one channel', () => {
  // VER-06, VER-07, VER-08 (basic/versioning, "Backward Compatibility")
  test('are told apart message by message, with the same ids', async () => {
    const { server, ran } = createTarget()
    const peer = memoryPeer(server)
    expect((await peer.say(call(1)))[0].error.code).toBe(-32600)
    await peer.say(initialize())
    const [legacy] = await peer.say(call(1))
    const [stateless] = await peer.say(touch)
    expect(legacy.result).toEqual({ content: [{ type: 'text', text: 'touched' }] })
    expect(stateless.result.resultType).toBe('complete')
    expect(ran()).toBe(2)
    const bogus = { ...statelessMeta, 'io.modelcontextprotocol/protocolVersion': '2025-11-25' }
    const [older] = await peer.say(
      modern({ method: 'tools/call', params: { name: 'touch', _meta: bogus } }),
    )
    expect(older.error.code).toBe(-32022)
    for (const version of [null, 5, {}]) {
      const _meta = { 'io.modelcontextprotocol/protocolVersion': version }
      const [answer] = await peer.say(
        modern({ method: 'tools/call', params: { name: 'touch', _meta } }),
      )
      expect(answer.error.code).toBe(-32602)
    }
    expect(ran()).toBe(2)
  })

  // VER-07, VER-08 (basic/versioning, "Backward Compatibility")
  test('refuse what the other one alone has', async () => {
    const peer = memoryPeer(createTarget().server)
    await peer.say(initialize())
    for (const method of ['ping', 'logging/setLevel', 'initialize']) {
      expect((await peer.say(modern({ method })))[0].error.code).toBe(-32601)
    }
    const discover = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'server/discover',
      params: {},
    })
    expect((await peer.say(discover))[0].error.code).toBe(-32601)
  })
})
