import { describe, expect, test, vi } from 'vitest'
import { endpointEvent, oldServer, oldUrl } from '../../test/old-server.ts'
import type { OldRequest, OldServer, OldServerScript } from '../../test/old-server.ts'
import { discovery, jsonAnswer, resultFor } from '../../test/scripted-fetch.ts'
import { settle } from '../../test/settle.ts'
import { createTestRuntime } from '../testing/index.ts'
import { connect, createEraMemory } from './index.ts'
import type { Client, ConnectOptions } from './index.ts'

function connectBy({ fetch }: OldServer, options: ConnectOptions = {}): Promise<Client> {
  return connect(oldUrl, { fetch, memory: createEraMemory(), ...options })
}

const status = (code: number, body = 'no'): Response => new Response(body, { status: code })
const handshake = [
  'GET /sse',
  'POST /messages?id=1 initialize',
  'POST /messages?id=1 notifications/initialized',
]
const rpcError =
  (code: number, error: object): OldServerScript['post'] =>
  ({ body }) =>
    jsonAnswer({ jsonrpc: '2.0', id: body.id, error }, { status: code })

// SSE-03, SSE-09, VER-18 (2025-11-25, basic/transports, "Backwards Compatibility"; trap T-11)
describe('a server that refuses initialize', () => {
  const refusals: readonly [string, OldServerScript['post']][] = [
    ['400 and nothing', () => status(400, '')],
    ['404 and a page', () => status(404, '<html>')],
    ['405', () => status(405)],
    [
      '400 and an error that no stateless server has',
      rpcError(400, { code: -32_000, message: 'x' }),
    ],
    ['404 and -32601', rpcError(404, { code: -32_601, message: 'x' })],
  ]
  test.each(refusals)('by %s is spoken to by HTTP+SSE', async (_name, post) => {
    const server = oldServer({ ...(post && { post }) })
    await using client = await connectBy(server)
    expect(client.server).toMatchObject({ version: '2024-11-05', info: { name: 'old' } })
    expect(server.said).toEqual(['POST /sse server/discover', 'POST /sse initialize', ...handshake])
    for await (const _tool of client.tools()) break
    expect(server.said.at(-1)).toBe('POST /messages?id=1 tools/list')
  })

  test.each([401, 403, 429, 500, 503])(
    'by %i has said nothing about its transport',
    async (code) => {
      const server = oldServer({ post: () => status(code) })
      await expect(connectBy(server, { era: 'session' })).rejects.toMatchObject({ status: code })
      expect(server.said).toEqual(['POST /sse initialize'])
    },
  )

  test.each([
    [
      '-32022 with HTTP 400',
      rpcError(400, { code: -32_022, message: 'x', data: { supported: [] } }),
    ],
    ['an error with HTTP 200', rpcError(200, { code: -32_602, message: 'x' })],
  ])('by %s does not speak HTTP+SSE', async (_name, post) => {
    const server = oldServer({ ...(post && { post }) })
    await expect(connectBy(server, { era: 'session' })).rejects.toThrow()
    expect(server.said).toEqual(['POST /sse initialize'])
  })

  test('by 406 may speak HTTP+SSE by the rule of 2025-06-18, and not by that of 2025-11-25', async () => {
    const post = () => status(406)
    const strict = oldServer({ post })
    await expect(connectBy(strict, { era: 'session' })).rejects.toMatchObject({ status: 406 })
    expect(strict.said).not.toContain('GET /sse')
    const free = oldServer({ post })
    await using client = await connectBy(free, { versions: ['2025-06-18', '2024-11-05'] })
    expect(client.server.version).toBe('2024-11-05')
  })

  test.each([
    ['404', () => status(404)],
    ['405', () => status(405)],
    ['a page', () => new Response('<html>', { headers: { 'content-type': 'text/html' } })],
  ])('and a GET by %s is told of by its first refusal', async (_name, get) => {
    const server = oldServer({ post: () => status(404), get })
    await expect(connectBy(server)).rejects.toThrow('no MCP server at this address (HTTP 404)')
  })

  test.each([401, 503])('and a GET by %i is told of by that', async (code) => {
    const server = oldServer({ get: () => status(code) })
    await expect(connectBy(server)).rejects.toMatchObject({ status: code })
  })

  test('is not asked for a stream by a client that wants Streamable HTTP alone', async () => {
    const server = oldServer()
    await expect(connectBy(server, { http: 'streamable' })).rejects.toMatchObject({ status: 405 })
    expect(server.said).not.toContain('GET /sse')
  })
})

test('a client that is told to speaks HTTP+SSE at once', async () => {
  const server = oldServer()
  await using client = await connectBy(server, { http: 'sse', headers: { 'X-Key': 'k' } })
  expect(client.server.version).toBe('2024-11-05')
  expect(server.said).toEqual(handshake)
  expect(server.seen.map(({ headers }) => headers.get('x-key'))).toEqual(['k', 'k', 'k'])
})

test('a client that wants versions without sessions cannot be told to', async () => {
  const options = { http: 'sse', era: 'stateless' } as const
  await expect(connectBy(oldServer(), options)).rejects.toThrow(TypeError)
})

describe('a server that was found to speak HTTP+SSE (VER-19)', () => {
  test('is spoken to so the next time, without a probe', async () => {
    const memory = createEraMemory()
    const first = await connectBy(oldServer(), { memory })
    const again = oldServer()
    const second = await connectBy(again, { memory })
    expect(again.said).toEqual(handshake)
    await Promise.all([first.close(), second.close()])
  })

  test.each([
    ['refuses the GET', () => status(405)],
    ['answers the GET with a page', () => new Response('<html>')],
    ['opens a stream without an endpoint', undefined],
  ])('is probed again when it %s', async (_name, get) => {
    const memory = createEraMemory()
    await (await connectBy(oldServer(), { memory })).close()
    const runtime = createTestRuntime({ startMs: Date.now() })
    const upgraded = oldServer({
      first: '',
      ...(get && { get }),
      post: (request: OldRequest) => resultFor(request, discovery),
    })
    const connecting = connectBy(upgraded, { memory, runtime })
    await settle()
    runtime.advance(8_000)
    await using client = await connecting
    expect(client.server.version).toBe('2026-07-28')
    expect(upgraded.said).toEqual(['GET /sse', 'POST /sse server/discover'])
    expect(await memory.get(oldUrl)).toBeUndefined()
  })
})

describe('a hostile server of HTTP+SSE', () => {
  const elsewhere = [
    'http://evil.example/messages',
    '//evil.example/messages',
    '\\\\evil.example\\messages',
    'http://localhost:81/messages',
    'https://localhost/messages',
    'http://127.0.0.1/messages',
    'file:///etc/passwd',
    'javascript:alert(1)',
  ]
  test.each(elsewhere)('that wants messages at %s gets none', async (endpoint) => {
    const server = oldServer({ first: endpointEvent(endpoint) })
    await expect(connectBy(server, { http: 'sse' })).rejects.toMatchObject({
      code: 'ERR_INVALID_RESULT',
      message: expect.stringContaining('which is not its own origin http://localhost'),
    })
    await settle()
    expect(server.said).toEqual(['GET /sse'])
    expect(server.left).toBe(true)
  })

  test.each([
    ['nothing', ''],
    ['what is no URL', 'http://['],
    ['a user name', 'http://me:secret@localhost/messages'],
    ['a reference without end', `/${'a'.repeat(9_000)}`],
  ])('that names %s as endpoint is refused', async (_name, endpoint) => {
    const server = oldServer({ first: `event: endpoint\ndata: ${endpoint}\n\n` })
    const connecting = connectBy(server, { http: 'sse' })
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_INVALID_RESULT' })
    expect(server.left).toBe(true)
  })

  test('that names no endpoint is given up after probeTimeoutMs', async () => {
    const runtime = createTestRuntime()
    const server = oldServer({ first: ': welcome\n\n' })
    const connecting = connectBy(server, { http: 'sse', runtime })
    const refused = expect(connecting).rejects.toThrow(
      'the server named no endpoint on its stream within 8000 ms',
    )
    await settle()
    runtime.advance(7_999)
    await settle()
    expect(server.left).toBe(false)
    runtime.advance(1)
    await refused
    expect(server.left).toBe(true)
    server.write(endpointEvent('/messages?id=1'))
    await settle()
    expect([server.said, runtime.timers]).toEqual([['GET /sse'], 0])
  })

  test('that ends its stream before it names one is given up', async () => {
    const server = oldServer({ first: '' })
    const connecting = connectBy(server, { http: 'sse' })
    await settle()
    server.end()
    await expect(connecting).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  })

  test('whose first event is longer than maxAnswerBytes is given up', async () => {
    const server = oldServer({ first: `event: endpoint\ndata: /${'a'.repeat(3_000)}` })
    const connecting = connectBy(server, { http: 'sse', limits: { maxAnswerBytes: 2_000 } })
    await expect(connecting).rejects.toMatchObject({ limit: 'maxAnswerBytes' })
    expect(server.left).toBe(true)
  })

  test('that asks before it names an endpoint is not answered', async () => {
    const question = { jsonrpc: '2.0', id: 1, method: 'ping' }
    const early = `data: ${JSON.stringify(question)}\n\n${endpointEvent('/messages?id=1')}`
    const server = oldServer({ first: early })
    await using _client = await connectBy(server, { http: 'sse' })
    await settle()
    expect(server.said).toEqual(handshake)
  })

  test('that names an endpoint again is heard of, and the first one is kept', async () => {
    const onWarning = vi.fn()
    const server = oldServer()
    await using client = await connectBy(server, { http: 'sse', onWarning })
    server.write(endpointEvent('/other'))
    server.write(endpointEvent('http://evil.example/'))
    await client.request('tools/list')
    expect(server.said.at(-1)).toBe('POST /messages?id=1 tools/list')
    expect(onWarning).toHaveBeenCalledTimes(2)
    expect(onWarning).toHaveBeenCalledWith(expect.stringContaining('named an endpoint again'))
  })

  test('that says what is no message is heard of, and goes on', async () => {
    const onWarning = vi.fn()
    const server = oldServer()
    await using client = await connectBy(server, { http: 'sse', onWarning })
    server.write('data: {"jsonrpc":\n\ndata: 7\n\nevent: other\ndata: x\n\n: comment\n\n')
    expect(await client.request('tools/list')).toEqual({ tools: [] })
    expect(onWarning).toHaveBeenCalledTimes(2)
  })

  test('that sends too long an event ends the connection and every call', async () => {
    const onClose = vi.fn()
    const server = oldServer()
    const limits = { maxAnswerBytes: 2_000 }
    const options = { http: 'sse', limits, onClose, reconnect: false } as const
    await using client = await connectBy(server, options)
    const waiting = client.request('tools/call', { name: 'hang' })
    await settle()
    server.write(`data: ${'x'.repeat(3_000)}`)
    await expect(waiting).rejects.toMatchObject({ limit: 'maxAnswerBytes' })
    await expect(client.request('tools/list')).rejects.toMatchObject({ limit: 'maxAnswerBytes' })
    expect(onClose).toHaveBeenCalledTimes(1)
  })
})

describe('a conversation over HTTP+SSE', () => {
  test.each([
    [404, 'knows this session no longer'],
    [413, 'HTTP 413'],
    [500, 'HTTP 500'],
    [401, 'wants authorization'],
  ])('loses the call whose POST is answered with %i, and goes on', async (code, words) => {
    const server = oldServer({
      message: ({ body }) => (body.method === 'tools/call' ? status(code) : undefined),
    })
    await using client = await connectBy(server, { http: 'sse' })
    const refused = client.request('tools/call', { name: 'a' })
    await expect(refused).rejects.toMatchObject({
      status: code,
      message: expect.stringContaining(words),
    })
    expect(await client.request('tools/list')).toEqual({ tools: [] })
  })

  test.each([[undefined], [new Error('ECONNRESET')]])(
    'ends with its stream, and says so once (%s)',
    async (broken) => {
      const onClose = vi.fn()
      const server = oldServer()
      const options = { http: 'sse', onClose, reconnect: false } as const
      const client = await connectBy(server, options)
      const waiting = client.request('tools/call', { name: 'hang' })
      await settle()
      server.end(broken)
      await expect(waiting).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
      await expect(client.request('tools/list')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
      await client.close()
      expect(onClose).toHaveBeenCalledTimes(1)
    },
  )

  test('is begun anew when its stream has ended', async () => {
    const runtime = createTestRuntime()
    const server = oldServer()
    await using client = await connectBy(server, { http: 'sse', runtime })
    server.end()
    await settle()
    runtime.advance(500)
    await settle()
    expect(client.status).toEqual({ state: 'connected', how: 'reopened' })
    expect(await client.request('tools/list')).toEqual({ tools: [] })
    expect(server.said.slice(3, -1)).toEqual(handshake)
  })

  test('ends when it is closed: what waits fails, and the stream is let go', async () => {
    const onClose = vi.fn()
    const server = oldServer()
    const client = await connectBy(server, { http: 'sse', onClose })
    const waiting = client.request('tools/call', { name: 'hang' })
    const refused = expect(waiting).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
    await client.close()
    await refused
    expect([server.left, onClose.mock.calls.length]).toEqual([true, 0])
  })

  test('cancels a call that is given up, and answers what the server asks', async () => {
    const server = oldServer()
    await using client = await connectBy(server, { http: 'sse' })
    const controller = new AbortController()
    const waiting = client.request('tools/call', { name: 'hang' }, { signal: controller.signal })
    await settle()
    controller.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    server.say({ jsonrpc: '2.0', id: 's1', method: 'ping' })
    await settle()
    expect(server.seen.slice(-2).map(({ body }) => body)).toMatchObject([
      { method: 'notifications/cancelled', params: { requestId: 2, reason: 'enough' } },
      { id: 's1', result: {} },
    ])
  })

  test('is not begun when the attempt is given up before there is an endpoint', async () => {
    const controller = new AbortController()
    const server = oldServer({ first: '' })
    const connecting = connectBy(server, { http: 'sse', signal: controller.signal })
    await settle()
    controller.abort(new Error('changed my mind'))
    await expect(connecting).rejects.toThrow('changed my mind')
    expect(server.left).toBe(true)
  })
})
