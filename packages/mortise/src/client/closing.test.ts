import { describe, expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess, createTestRuntime } from '../testing/index.ts'
import { eventText } from '../http/sse-write.ts'
import { discovery, initialized, jsonAnswer, scriptedFetch } from '../../test/scripted-fetch.ts'
import type { SeenRequest } from '../../test/scripted-fetch.ts'
import { settle, until } from '../../test/settle.ts'
import { connect, createEraMemory } from './index.ts'
import type { Client, ConnectOptions } from './index.ts'

type Script = (request: SeenRequest) => Response | Promise<Response> | undefined

/** A server of both eras that has a session, but for what `script` answers otherwise. */
function server(script: Script): ReturnType<typeof scriptedFetch> {
  return scriptedFetch((request) => {
    const own = script(request)
    if (own !== undefined) return own
    const { method, body } = request
    if (method !== 'POST') return new Response(null, { status: method === 'GET' ? 405 : 204 })
    if (body.id === undefined) return new Response(null, { status: 202 })
    const results: Record<string, object> = {
      initialize: initialized,
      'server/discover': discovery,
    }
    const result = results[body.method] ?? {}
    const headers = { 'mcp-session-id': 's' }
    return jsonAnswer({ jsonrpc: '2.0', id: body.id, result }, { headers })
  })
}
const never = (): Promise<Response> => new Promise(() => {})
const saying =
  (method: string, answer: Script): Script =>
  (request) =>
    request.body?.method === method ? answer(request) : undefined

function connectBy(fetch: typeof globalThis.fetch, options: ConnectOptions): Promise<Client> {
  return connect('http://localhost/mcp', { fetch, memory: createEraMemory(), ...options })
}

describe.each(['stateless', 'session'] as const)('closing a client over HTTP (%s)', (era) => {
  test('fails what is pending at once, and what comes later', async () => {
    const { fetch } = server(saying('tools/call', never))
    const deaf: typeof fetch = (input, init) => fetch(input, init && { ...init, signal: null }) // a fetch that cannot be aborted
    const client = await connectBy(deaf, { era })
    const pending = expect(client.call('any')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
    await settle()
    void client.close()
    await pending
    await expect(client.request('tools/list')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
    await client.close()
  })
})

// Found by random conversations: between two rounds nothing is under way that the link could end.
test.each(['memory', 'fetch'] as const)(
  'a call whose question is being thought about ends at close, and so does the question (%s)',
  async (transport) => {
    const yes = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
    const asking = createServer({ name: 'asks', version: '1.0.0' }).tool(
      'ask',
      {},
      async (_args, { elicit }) => (await elicit('sure', 'Sure?', yes)).action,
    )
    const runtime = createTestRuntime()
    let asked: AbortSignal | undefined
    const client = await connectInProcess<typeof asking>(asking, {
      transport,
      runtime,
      elicit: (_question, { signal }) => new Promise(() => (asked = signal)),
    })
    const call = expect(client.call('ask')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
    await until(() => asked !== undefined)
    await client.close()
    await call
    expect([asked?.aborted, runtime.timers]).toEqual([true, 0])
  },
)

test('a stream is not taken up again after close', async () => {
  const runtime = createTestRuntime()
  const stream = (): Response =>
    new Response(eventText({ id: 'place', data: '' }), {
      headers: { 'content-type': 'text/event-stream' },
    })
  const { fetch, seen } = server(saying('tools/call', stream))
  const client = await connectBy(fetch, { era: 'session', runtime })
  const pending = expect(client.call('any')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  await settle()
  await client.close()
  await pending
  const sent = seen.length
  runtime.advance(60_000)
  await settle()
  expect([seen.length, runtime.timers]).toEqual([sent, 0])
})

test('a handshake ends although notifications/initialized gets no answer', async () => {
  const runtime = createTestRuntime()
  const { fetch } = server(saying('notifications/initialized', never))
  const limits = { requestTimeoutMs: 500 }
  const connecting = connectBy(fetch, { era: 'session', runtime, limits })
  const failed = expect(connecting).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
  await settle()
  runtime.advance(500)
  await failed
})

test('setting the log level of a session ends although it gets no answer, or when it is given up', async () => {
  const runtime = createTestRuntime()
  const { fetch } = server(saying('logging/setLevel', never))
  const limits = { requestTimeoutMs: 500 }
  await using client = await connectBy(fetch, { era: 'session', runtime, limits })
  const { signal } = { signal: AbortSignal.abort(new Error('enough')) }
  await expect(client.setLogLevel('info', { signal })).rejects.toThrow('enough')
  const late = expect(client.setLogLevel('info')).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
  await settle()
  runtime.advance(500)
  await late
})

// LIFE-10, HTTP25-39 (basic/lifecycle, "Version Negotiation")
test('a session whose handshake fails is ended', async () => {
  const result = { ...initialized, protocolVersion: '1999-01-01' }
  const { fetch, seen } = server(
    saying('initialize', ({ body }) =>
      jsonAnswer({ jsonrpc: '2.0', id: body.id, result }, { headers: { 'mcp-session-id': 's' } }),
    ),
  )
  await expect(connectBy(fetch, { era: 'session' })).rejects.toMatchObject({ code: 'ERR_VERSION' })
  expect(seen.map(({ method }) => method)).toEqual(['POST', 'DELETE'])
  expect(seen[1]?.headers.get('mcp-session-id')).toBe('s')
})

test('a stream that the server takes for open still is asked for again, more and more seldom', async () => {
  const runtime = createTestRuntime()
  const conflict = { jsonrpc: '2.0', id: null, error: { code: -32000, message: 'one stream only' } }
  let tries = 0
  const { fetch } = server(({ method }) => {
    if (method !== 'GET') return undefined
    tries += 1
    return tries < 4 ? jsonAnswer(conflict, { status: 409 }) : never()
  })
  const client = await connectBy(fetch, { era: 'session', runtime })
  const seen: number[] = []
  for (let second = 0; second < 8; second++) {
    await settle()
    seen.push(tries)
    runtime.advance(1_000)
  }
  expect(seen).toEqual([1, 2, 2, 3, 3, 3, 3, 4])
  await client.close()
})

test.each(['stateless', 'session'] as const)(
  'headers of the application count whatever their case, and ours take their place (%s)',
  async (era) => {
    const raw: string[][] = []
    const { fetch } = server(() => undefined)
    const spying: typeof fetch = (input, init) => {
      raw.push(Object.keys(init?.headers ?? {}))
      return fetch(input, init)
    }
    const headers = { 'Content-Type': 'text/plain', ACCEPT: 'text/html', 'X-Own': '1' }
    await (await connectBy(spying, { era, headers })).close()
    for (const names of raw) {
      expect(names).toContain('x-own')
      expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length)
    }
  },
)

// BASE-02 (basic/transports)
test('an event that is not UTF-8 is no answer', async () => {
  const bytes = (id: number): Uint8Array<ArrayBuffer> =>
    Uint8Array.of(
      ...new TextEncoder().encode(`data: {"jsonrpc":"2.0","id":${id},"result":{"content":["`),
      0xff,
      ...new TextEncoder().encode('"]}}\n\n'),
    )
  const { fetch } = server(
    saying('tools/call', ({ body }) => {
      return new Response(bytes(body.id), { headers: { 'content-type': 'text/event-stream' } })
    }),
  )
  await using client = await connectBy(fetch, { era: 'stateless' })
  await expect(client.call('any')).rejects.toMatchObject({ code: 'ERR_INVALID_RESULT' })
})
