import { describe, expect, test } from 'vitest'
import { readEvents } from '../../../test/event-reading.ts'
import { heldServer } from '../../../test/limits/held-server.ts'
import type { HeldServer } from '../../../test/limits/held-server.ts'
import { sessionPeer } from '../../../test/session-peer.ts'
import { settle } from '../../../test/settle.ts'
import { ssePeer } from '../../../test/sse-peer.ts'
import { withHeaders } from '../../http/with-headers.ts'
import { createServer } from '../../server/index.ts'
import type { ServerOptions } from '../../server/index.ts'

function offering({ http, ...options }: Partial<ServerOptions> = {}): HeldServer {
  return heldServer({ http: { sse: true, ...http }, ...options })
}

const ping = { jsonrpc: '2.0', id: 9, method: 'ping' }

// SSE-01, SSE-02, SSE-04, SSE-05, SSE-08 (2024-11-05, basic/transports, "HTTP with SSE")
describe('HTTP+SSE', () => {
  test('is not offered unless it is asked for', async () => {
    const { server } = heldServer()
    const peer = ssePeer(server.handle)
    expect((await peer.get()).status).toBe(400)
  })

  test('begins with an event that names where to POST, under an id of 144 random bits', async () => {
    const { server } = offering()
    const answer = await ssePeer(server.handle).get()
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    const { value } = (await answer.body?.getReader().read()) ?? {}
    expect(new TextDecoder().decode(value)).toMatch(
      /^event: endpoint\ndata: \/mcp\?sessionId=[\w-]{24}\n\n$/,
    )
  })

  test('answers a POST with 202 and nothing, and what it asked with a message event', async () => {
    const { server } = offering()
    const peer = ssePeer(server.handle)
    const stream = await peer.open()
    const answer = await peer.post(ping)
    expect([answer.status, await answer.text()]).toEqual([202, ''])
    await settle()
    expect(stream.events.at(-1)).toMatchObject({ event: 'message', id: undefined })
    expect(stream.messages.at(-1)).toEqual({ jsonrpc: '2.0', id: 9, result: {} })
    const id = await peer.call('say')
    expect(stream.messages.at(-1)).toMatchObject({
      id,
      result: { content: [{ text: 'x'.repeat(10) }] },
    })
  })

  test.each([
    ['2024-11-05', '2024-11-05'],
    ['2025-03-26', '2025-03-26'],
    ['2025-06-18', '2025-06-18'],
    ['2025-11-25', '2025-11-25'],
    ['2026-07-28', '2025-11-25'],
    ['1999-01-01', '2025-11-25'],
  ])('to a client that offers %s speaks %s', async (version, spoken) => {
    const { server } = offering()
    const stream = await ssePeer(server.handle, { version }).open()
    expect(stream.messages[0]).toMatchObject({ id: 0, result: { protocolVersion: spoken } })
  })

  test('carries log lines, and questions with their answers', async () => {
    const { server } = offering()
    const peer = ssePeer(server.handle, {
      version: '2025-06-18',
      capabilities: { elicitation: {} },
    })
    const stream = await peer.open()
    await peer.call('flood', { times: 2 })
    expect(stream.messages.slice(1).map(({ method }) => method)).toEqual([
      'notifications/message',
      'notifications/message',
      undefined,
    ])
    const id = await peer.call('ask')
    const question = stream.messages.at(-1)
    expect(question.method).toBe('elicitation/create')
    await peer.post({ jsonrpc: '2.0', id: question.id, result: { action: 'decline' } })
    await settle()
    expect(stream.messages.at(-1)).toMatchObject({ id, result: { content: [{ text: 'decline' }] } })
  })

  test('carries a batch, and its answers as one, in the revision that has batches', async () => {
    const { server } = offering()
    const peer = ssePeer(server.handle, { version: '2025-03-26' })
    const stream = await peer.open()
    await peer.post([ping, { ...ping, id: 10 }])
    await settle()
    expect(stream.messages.at(-1)).toMatchObject([{ id: 9 }, { id: 10 }])
  })

  test('cancels what its client takes back', async () => {
    const { server, held } = offering()
    const peer = ssePeer(server.handle)
    const stream = await peer.open()
    const requestId = await peer.call('hold')
    const before = stream.messages.length
    const params = { requestId }
    await peer.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
    await settle()
    expect([held.size, stream.messages.length]).toEqual([0, before])
  })

  test('stands beside Streamable HTTP at one URL', async () => {
    const { server } = offering()
    const old = await ssePeer(server.handle).open()
    const young = sessionPeer(server.handle)
    await young.open()
    expect((await young.call('say')).status).toBe(200)
    const listening = await young.get()
    expect(listening.headers.get('content-type')).toBe('text/event-stream')
    server.tool('late', {}, () => 'late')
    await settle()
    expect(old.messages.at(-1)).toMatchObject({ method: 'notifications/tools/list_changed' })
    await listening.body?.cancel()
  })
})

describe('where a client of HTTP+SSE is told to POST', () => {
  const endpointOf = async (peer: ReturnType<typeof ssePeer>): Promise<string> => {
    await peer.open()
    return peer.endpoint.replace(/[\w-]{24}$/, 'ID')
  }

  test('is the path at which it opened its stream', async () => {
    const { server } = offering()
    const url = 'http://localhost/any/where?key=secret'
    expect(await endpointOf(ssePeer(server.handle, { url }))).toBe('/any/where?sessionId=ID')
  })

  test.each(['//evil.example/mcp', '/\\evil.example/mcp', '/\t/evil.example/mcp'])(
    'is never another origin, whatever the path is (%j)',
    async (path) => {
      const { server } = offering()
      const seen = ssePeer((exchange) => server.handle({ ...withHeaders(exchange, {}), path }))
      expect(await endpointOf(seen)).toMatch(/^\/evil\.example\/mcp\?sessionId=ID$/)
    },
  )

  test('is what a proxy in front needs, where that is named', async () => {
    const { server } = offering({ http: { sse: { messagePath: '/behind/mcp' } } })
    expect(await endpointOf(ssePeer(server.handle))).toBe('/behind/mcp?sessionId=ID')
  })

  test('is at /sse, or at another path, beside the one path that is answered', async () => {
    const { server } = offering()
    const at = (url: string) =>
      ssePeer(server.handle, { url: `http://localhost${url}`, path: '/mcp' })
    expect(await endpointOf(at('/mcp'))).toBe('/mcp?sessionId=ID')
    expect(await endpointOf(at('/sse'))).toBe('/sse?sessionId=ID')
    expect((await at('/other').get()).status).toBe(404)
    server.allow({ sse: { path: '/old' } })
    expect(await endpointOf(at('/old'))).toBe('/old?sessionId=ID')
    expect((await at('/sse').get()).status).toBe(404)
  })

  test.each([{ path: 'sse' }, { path: '//sse' }, { messagePath: '/a?b' }, { messagePath: '' }])(
    'is refused when it is no path (%j)',
    (sse) => {
      expect(() => createServer({ name: 'a', version: '1', http: { sse } })).toThrow(TypeError)
    },
  )

  test('is nowhere on a server without sessions', () => {
    const eras = { session: false }
    const make = () => createServer({ name: 'a', version: '1', http: { sse: true }, eras })
    expect(make).toThrow('serves none')
  })
})

describe('who may use a session of HTTP+SSE', () => {
  test('nobody on a foreign page, and nobody under a foreign name, by GET or by POST', async () => {
    const { server } = offering()
    const peer = ssePeer(server.handle)
    await peer.open()
    for (const headers of [{ origin: 'https://evil.example' }, { host: 'evil.example' }]) {
      expect((await ssePeer(server.handle, { headers }).get()).status).toBe(403)
      expect((await peer.post(ping, headers)).status).toBe(403)
    }
  })

  test('a page whose origin is named', async () => {
    const { server } = offering({ http: { origins: ['https://app.example'] } })
    const peer = ssePeer(server.handle, { headers: { origin: 'https://app.example' } })
    await peer.open()
    const allowed = (await peer.post(ping)).headers.get('access-control-allow-origin')
    expect(allowed).toBe('https://app.example')
  })

  test('nobody who guesses an id', async () => {
    const { server } = offering()
    const peer = ssePeer(server.handle)
    await peer.open()
    for (const id of ['guessed', '', '__proto__', `${peer.endpoint.split('=')[1]}A`]) {
      const request = new Request(`http://localhost/mcp?sessionId=${id}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(ping),
      })
      const answer = await server.fetch(request)
      expect(answer.status).toBe(404)
      expect(await answer.json()).toMatchObject({ id: 9, error: { code: -32600 } })
    }
  })

  test('the subject that opened it, and no other', async () => {
    const { server } = offering({
      http: {
        authorize(request) {
          const subject = request.header('authorization')
          return subject === undefined ? { refused: true, status: 401 } : { subject, scopes: [] }
        },
      },
    })
    expect((await ssePeer(server.handle).get()).status).toBe(401)
    const ada = ssePeer(server.handle, { headers: { authorization: 'ada' } })
    await ada.open()
    expect((await ada.post(ping, { authorization: 'eve' })).status).toBe(404)
    expect((await ada.post(ping)).status).toBe(202)
  })

  test('whoever sends JSON: Accept may name anything, since the answer comes elsewhere', async () => {
    const { server } = offering()
    const peer = ssePeer(server.handle)
    await peer.open()
    expect((await peer.post(ping, { accept: 'application/json' })).status).toBe(202)
    expect((await peer.post(ping, { 'content-type': 'text/plain' })).status).toBe(415)
    expect((await peer.post('{"jsonrpc":')).status).toBe(400)
    expect((await peer.post({ jsonrpc: '2.0', id: 1 })).status).toBe(400)
    expect((await peer.post(ping)).status).toBe(202)
  })

  test('whose token is good: the newest one that was shown counts', async () => {
    let expiresAtSec = 0
    const { server, runtime } = offering({
      limits: { keepAliveMs: 1_000 },
      http: { authorize: () => ({ subject: 'ada', scopes: [], expiresAtSec }) },
    })
    const inSeconds = (seconds: number) => Math.ceil(runtime.now() / 1_000) + seconds
    expiresAtSec = inSeconds(10)
    const peer = ssePeer(server.handle)
    const stream = await peer.open()
    expiresAtSec = inSeconds(60)
    await peer.post(ping)
    runtime.advance(30_000)
    await settle()
    expect(stream.end).toBeUndefined()
    expect(stream.text).toContain(': keep-alive')
    runtime.advance(31_000)
    await settle()
    expect(stream.end).toBe('done')
  })
})

describe('the end of a session of HTTP+SSE', () => {
  test('comes with the end of its stream, which cancels nothing before drainMs is over (T-15)', async () => {
    const { server, runtime, held } = offering({ limits: { drainMs: 5_000 } })
    const peer = ssePeer(server.handle)
    const stream = await peer.open()
    await peer.call('hold')
    await stream.leave()
    await settle()
    expect((await peer.post(ping)).status).toBe(404)
    runtime.advance(4_999)
    expect(held.size).toBe(1)
    runtime.advance(1)
    expect(held.size).toBe(0)
    await settle()
    runtime.advance(15_000) // the last beat
    expect(runtime.timers).toBe(0)
  })

  test('ends its subscriptions at once, and leaves nothing when its calls have ended', async () => {
    const { server, runtime, release } = offering({ limits: { keepAliveMs: 1_000 } })
    const log: string[] = []
    const watch = (): (() => void) => {
      log.push('watched')
      return () => void log.push('left')
    }
    server.resource('note:///a', { name: 'a', watch }, () => 'text')
    const peer = ssePeer(server.handle)
    const stream = await peer.open()
    const params = { uri: 'note:///a' }
    await peer.post({ jsonrpc: '2.0', id: 8, method: 'resources/subscribe', params })
    await peer.call('hold')
    await stream.leave()
    await settle()
    expect(log).toEqual(['watched', 'left'])
    runtime.advance(2_000) // the last beat
    expect(runtime.timers).toBe(1) // the end of the call's patience
    release()
    await settle()
    expect(runtime.timers).toBe(0)
  })

  test('waits for running calls when the server is closed, and brings their answers', async () => {
    const { server, release } = offering()
    const peer = ssePeer(server.handle)
    const stream = await peer.open()
    const id = await peer.call('hold')
    const closed = server.close()
    await settle()
    expect(stream.end).toBeUndefined()
    release()
    await closed
    await settle()
    expect(stream.messages.at(-1)).toMatchObject({ id, result: { content: [{ text: 'held' }] } })
    expect(stream.end).toBe('done')
    expect((await peer.get()).status).toBe(503)
  })

  test('lets what belongs to running calls through while the server is closed, and no new ones', async () => {
    const { server } = offering()
    const capabilities = { elicitation: {} }
    const peer = ssePeer(server.handle, { version: '2025-06-18', capabilities })
    const stream = await peer.open()
    await peer.call('ask')
    const question = stream.messages.at(-1)
    const closed = server.close()
    expect((await peer.post(ping)).status).toBe(503)
    await peer.post({ jsonrpc: '2.0', id: question.id, result: { action: 'decline' } })
    await closed
    await settle()
    expect(stream.messages.at(-1)).toMatchObject({ result: { content: [{ text: 'decline' }] } })
  })

  test('comes at once when the server has waited long enough', async () => {
    const { server, runtime, held } = offering({ limits: { drainMs: 1_000 } })
    const peer = ssePeer(server.handle)
    const stream = await peer.open()
    await peer.call('hold')
    const closed = server.close()
    await settle()
    runtime.advance(1_000)
    await closed
    await settle()
    expect([stream.end, held.size]).toEqual(['done', 0])
  })
})

describe('what a client of HTTP+SSE can take of a server', () => {
  test('one place for a session each, of those that all sessions over HTTP share', async () => {
    const { server } = offering({ limits: { maxSessions: 2 } })
    const stream = await ssePeer(server.handle, { peer: '192.0.2.7' }).open()
    await sessionPeer(server.handle, { peer: '192.0.2.8' }).open()
    const late = ssePeer(server.handle, { peer: '192.0.2.9' })
    const refused = await late.get()
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '30'])
    expect((await sessionPeer(server.handle, { peer: '192.0.2.9' }).open()).status).toBe(503)
    await stream.leave()
    await settle()
    expect((await late.get()).status).toBe(200)
  })

  test('as many sessions as one peer may have, and those of others stay', async () => {
    const { server } = offering({ limits: { maxSessionsPerPeer: 2 } })
    const open = (peer: string) => ssePeer(server.handle, { peer }).get()
    const statuses = []
    for (const peer of ['a', 'a', 'a', 'b']) statuses.push((await open(peer)).status)
    expect(statuses).toEqual([200, 200, 503, 200])
  })

  test('maxQueuedBytes of log lines that it does not read; what must arrive comes', async () => {
    const { server } = offering({ limits: { maxQueuedBytes: 5_000 } })
    const peer = ssePeer(server.handle)
    const unread = await peer.openUnread()
    const id = await peer.call('flood', { times: 20, chars: 1_000 })
    const { messages } = readEvents(unread)
    await settle()
    const lines = messages.filter(({ method }) => method === 'notifications/message')
    expect(lines.length).toBeGreaterThan(0)
    expect(lines.length).toBeLessThan(5)
    expect(messages.at(-1)).toMatchObject({ id, result: { content: [{ text: 'done' }] } })
  })

  test('maxUnreadBytes of answers: past that its stream is cut, and the session is over', async () => {
    const { server, reported } = offering({ limits: { maxUnreadBytes: 20_000 } })
    const peer = ssePeer(server.handle)
    const unread = await peer.openUnread()
    for (let call = 0; call < 4; call++) await peer.call('say', { chars: 6_000 })
    expect(reported).toEqual([])
    await peer.call('say')
    expect(reported).toMatchObject([{ code: 'ERR_LIMIT', limit: 'maxUnreadBytes' }])
    expect((await peer.post(ping)).status).toBe(404)
    await expect(unread.body?.getReader().read()).rejects.toMatchObject({ limit: 'maxUnreadBytes' })
  })
})

test('a session of HTTP+SSE holds no timer and nothing else once it is over', async () => {
  const { server, runtime } = offering({ limits: { keepAliveMs: 1_000 } })
  const stream = readEvents(await ssePeer(server.handle).get())
  expect(runtime.timers).toBe(1)
  await stream.leave().catch(() => {})
  await settle()
  runtime.advance(1_000)
  expect(runtime.timers).toBe(0)
})
