import { describe, expect, test } from 'vitest'
import { readMessage } from '../../jsonrpc/message.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { AuthInfo, Call, Outcome } from '../../model/call.ts'
import type { Limits } from '../../std/limits.ts'
import { decodeUtf8 } from '../../std/encoding.ts'
import { createEraHost, spokenSessions } from '../../../test/era-host.ts'
import type { TestEraHost } from '../../../test/era-host.ts'
import { readEvents } from '../../../test/event-reading.ts'
import { sessionPeer } from '../../../test/session-peer.ts'
import { settle } from '../../../test/settle.ts'
import { createSessionHttp } from './http-server.ts'
import type { SessionHttp } from './http-server.ts'
import { json } from '../../../test/json.ts'
import type { Json } from '../../../test/json.ts'

interface Served {
  readonly http: SessionHttp
  readonly host: TestEraHost
  readonly handle: (exchange: Exchange) => void
  /** Calls that run: the test ends them, and speaks for them. */
  readonly calls: { readonly call: Call; readonly end: (outcome?: Outcome) => void }[]
}

/** What belongs to no call. */
const news = { method: 'notifications/tools/list_changed', params: {} }

/** Sessions whose calls last until the test ends them. */
function serve({
  limits = {},
  auth,
}: { limits?: Partial<Limits>; auth?: (exchange: Exchange) => AuthInfo | undefined } = {}): Served {
  const calls: Served['calls'] = []
  const host = createEraHost({
    limits,
    dispatch: (call) =>
      new Promise((resolve) => {
        calls.push({ call, end: (outcome = { content: [] }) => resolve(outcome) })
      }),
  })
  const http = createSessionHttp(host, spokenSessions)
  const receive = async (exchange: Exchange): Promise<void> => {
    const who = auth?.(exchange)
    if (exchange.method === 'GET') http.get(exchange, who)
    else if (exchange.method === 'DELETE') http.delete(exchange, who)
    else {
      const text = decodeUtf8(await exchange.body(1_000_000, 1_000))
      http.post(exchange, readMessage(JSON.parse(text ?? '')), who)
    }
  }
  return { http, host, calls, handle: (exchange) => void receive(exchange) }
}

/** Begins a call and lets `speak` talk for it before its answer is looked at. */
async function talking(served: Served, version = '2025-11-25') {
  const peer = sessionPeer(served.handle, { version })
  await peer.open()
  const pending = peer.call('any')
  await settle()
  const { call, end } = served.calls.at(-1) ?? expect.fail('no call runs')
  const say = (n: number): void => call.notify('notifications/progress', { progress: n })
  return { peer, pending, end, say }
}

const progressOf = (messages: readonly Json[]): unknown[] =>
  messages.map(({ params, id }) => params?.progress ?? `answer ${id}`)

describe('a call', () => {
  // HTTP25-09 (basic/transports, "Sending Messages to the Server")
  test('that says nothing is answered by one JSON text', async () => {
    const served = serve()
    const { pending, end } = await talking(served)
    end()
    const response = await pending
    expect(response.headers.get('content-type')).toBe('application/json')
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 1, result: { content: [] } })
    expect(served.host.gate.size).toBe(0)
  })

  // HTTP25-09, HTTP25-11, HTTP25-13 (basic/transports, "Sending Messages to the Server")
  test('that speaks is answered on a stream, which ends with the answer', async () => {
    const { pending, end, say } = await talking(serve())
    say(1)
    say(2)
    end()
    const stream = readEvents(await pending)
    await settle()
    expect(progressOf(stream.messages)).toEqual([1, 2, 'answer 1'])
    expect(stream.end).toBe('done')
  })

  test('that is silent for two beats is answered on a stream, which is then kept alive', async () => {
    const { host, ...served } = serve({ limits: { keepAliveMs: 1_000 } })
    const { pending, end } = await talking({ host, ...served })
    host.runtime.advance(2_000)
    const stream = readEvents(await pending)
    await settle()
    host.runtime.advance(1_000)
    await settle()
    expect(stream.text).toContain(': keep-alive')
    end()
    await settle()
    expect(progressOf(stream.messages)).toEqual(['answer 1'])
    expect(stream.end).toBe('done')
  })

  // HTTP25-19, PROG-04 (basic/transports, "Sending Messages to the Server")
  test('goes on when its client leaves, and says nothing after its answer', async () => {
    const served = serve()
    const peer = sessionPeer(served.handle)
    await peer.open()
    const controller = new AbortController()
    const message = { jsonrpc: '2.0', id: 5, method: 'tools/call', params: {} }
    void peer.post(message, { signal: controller.signal })
    await settle()
    const { call, end } = served.calls[0] ?? expect.fail('no call runs')
    controller.abort()
    expect(call.signal.aborted).toBe(false)
    end()
    await settle()
    call.notify('notifications/progress', { progress: 1 })
    expect(served.host.gate.size).toBe(0)
  })

  test('that is cancelled is told so at once, and keeps its place until its handler stops', async () => {
    const served = serve()
    const { peer, pending, end } = await talking(served)
    const params = { requestId: 1, reason: 'enough' }
    await peer.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
    expect(served.calls[0]?.call.signal.aborted).toBe(true)
    const response = await pending
    expect(response.status).toBe(200)
    expect(await json(response)).toMatchObject({
      id: 1,
      error: { message: 'The request was cancelled' },
    })
    expect(served.host.gate.size).toBe(1)
    end()
    await settle()
    expect(served.host.gate.size).toBe(0)
  })

  // CANC-05 (basic/utilities/cancellation)
  test('that is cancelled after it spoke ends its stream without an answer', async () => {
    const { peer, pending, say } = await talking(serve())
    say(1)
    const stream = readEvents(await pending)
    await peer.post({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1 },
    })
    await settle()
    expect([stream.end, stream.messages.length]).toEqual(['done', 1])
  })

  test('whose id runs already is refused', async () => {
    const served = serve()
    const { peer } = await talking(served)
    const again = await peer.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: {} })
    expect((await json(again)).error.message).toContain('still running')
  })
})

describe('resumption', () => {
  // HTTP25-25, HTTP25-29 (basic/transports, "Resumability and Redelivery")
  test('brings exactly what was missed, in order, and what comes from then on', async () => {
    const { peer, pending, end, say } = await talking(serve())
    for (const n of [1, 2, 3]) say(n)
    const first = readEvents(await pending)
    await settle()
    await first.leave()
    say(4)
    const seen = first.events.find(({ data }) => data.includes('"progress":2'))
    const again = readEvents(await peer.get(seen?.id))
    await settle()
    expect(progressOf(again.messages)).toEqual([3, 4])
    say(5)
    end()
    await settle()
    expect(progressOf(again.messages)).toEqual([3, 4, 5, 'answer 1'])
    expect(again.end).toBe('done')
  })

  // HTTP25-12, HTTP25-26, HTTP25-30 (basic/transports, "Resumability and Redelivery")
  test('brings nothing of other streams', async () => {
    const served = serve()
    const { peer, pending, say } = await talking(served)
    const other = peer.call('other')
    await settle()
    served.calls[1]?.call.notify('notifications/progress', { progress: 100 })
    say(1)
    const start = readEvents(await pending)
    await settle()
    await start.leave()
    const again = readEvents(await peer.get(start.events[0]?.id))
    await settle()
    expect(progressOf(again.messages)).toEqual([1])
    const theirs = readEvents(await other)
    await settle()
    expect(progressOf(theirs.messages)).toEqual([100])
  })

  test('takes the stream from a connection that still holds it', async () => {
    const { peer, pending, say } = await talking(serve())
    say(1)
    const old = readEvents(await pending)
    await settle()
    const again = readEvents(await peer.get(old.events[0]?.id))
    await settle()
    expect(old.end).toBe('done')
    say(2)
    await settle()
    expect([progressOf(old.messages), progressOf(again.messages)]).toEqual([[1], [1, 2]])
  })

  test('of an ended stream brings the rest and ends', async () => {
    const { peer, pending, end, say } = await talking(serve())
    say(1)
    end()
    const first = readEvents(await pending)
    await settle()
    const again = readEvents(await peer.get(first.events[0]?.id))
    await settle()
    expect([progressOf(again.messages), again.end]).toEqual([[1, 'answer 1'], 'done'])
  })

  test.for([
    ['an id that was never given', '99.1'],
    ['an id without a place', 'nonsense'],
    ['a place that is no number', '1.x'],
    ['an empty name', '.1'],
  ] as const)('from %s is refused, and is not taken for a lost session', async ([, id]) => {
    const { peer } = await talking(serve())
    expect((await peer.get(id)).status).toBe(400)
  })

  // HTTP25-30, SEC-08 (basic/transports, "Resumability and Redelivery")
  test('needs the session that the stream belongs to', async () => {
    const served = serve()
    const { pending, say } = await talking(served)
    say(1)
    const own = readEvents(await pending)
    await settle()
    const stranger = sessionPeer(served.handle)
    await stranger.open()
    expect((await stranger.get(own.events[0]?.id)).status).toBe(400)
  })

  test('the home stream that is opened anew does not repeat what was read', async () => {
    const served = serve()
    const peer = sessionPeer(served.handle)
    await peer.open()
    const first = readEvents(await peer.get())
    await settle()
    served.host.notices.publish(news)
    await settle()
    await first.leave()
    const second = readEvents(await peer.get())
    await settle()
    await second.leave()
    const resumed = readEvents(await peer.get(second.events[0]?.id))
    await settle()
    expect(first.messages.map(({ method }) => method)).toEqual([news.method])
    expect(resumed.messages).toEqual([])
  })
})

describe('a priming event', () => {
  // HTTP25-14, HTTP25-16 (basic/transports, "Sending Messages to the Server")
  test('begins a stream in 2025-11-25: an id, no data, and how long to wait', async () => {
    const { pending, say } = await talking(serve())
    say(1)
    const stream = readEvents(await pending)
    await settle()
    expect(stream.events[0]).toMatchObject({ id: '1.0', hasData: false, retryMs: 1_000 })
  })

  test.for(['2025-06-18', '2025-03-26'])('is not there in %s, nor are ids', async (version) => {
    const { pending, say } = await talking(serve(), version)
    say(1)
    const stream = readEvents(await pending)
    await settle()
    expect(stream.events.map(({ id, hasData }) => [id, hasData])).toEqual([[undefined, true]])
  })
})

describe('the stream for what belongs to no call', () => {
  // HTTP25-26 (basic/transports, "Multiple Connections")
  test('is one for each session: the last connection has it, and the one before is ended', async () => {
    const served = serve()
    const peer = sessionPeer(served.handle, { version: '2025-06-18' })
    await peer.open()
    const first = readEvents(await peer.get())
    const second = readEvents(await peer.get())
    served.host.notices.publish(news)
    await settle()
    expect([first.end, first.messages]).toEqual(['done', []])
    expect([second.end, second.messages.length]).toEqual([undefined, 1])
  })

  test('is refused while the session has too many', async () => {
    const served = serve({ limits: { maxStreamsPerSession: 1 } })
    const { peer, say } = await talking(served)
    say(1)
    expect((await peer.get()).status).toBe(503)
  })

  // HTTP25-24 (basic/transports, "Listening for Messages from the Server")
  test('hears what is announced, in every session', async () => {
    const served = serve()
    const streams = []
    for (let index = 0; index < 2; index++) {
      const peer = sessionPeer(served.handle)
      await peer.open()
      streams.push(readEvents(await peer.get()))
    }
    served.host.notices.publish(news)
    await settle()
    expect(streams.map(({ messages }) => messages)).toEqual([
      [{ jsonrpc: '2.0', ...news }],
      [{ jsonrpc: '2.0', ...news }],
    ])
  })
})

describe('a session', () => {
  test('that ends answers every POST that waits, with 404 or on its stream', async () => {
    const served = serve()
    const { peer, pending, say } = await talking(served)
    const silent = peer.call('any')
    await settle()
    say(1)
    const stream = readEvents(await pending)
    await peer.delete()
    const answer = await silent
    expect(answer.status).toBe(404)
    expect(await json(answer)).toMatchObject({ id: 2, error: { code: -32600 } })
    await settle()
    expect(stream.end).toBe('done')
    expect(stream.messages.at(-1)).toMatchObject({ id: 1, error: { code: -32600 } })
    for (const { end } of served.calls) end()
    await settle()
    expect([served.host.gate.size, served.host.beat.size]).toEqual([0, 0])
  })

  test('ends by DELETE: calls are cancelled, streams end, and nothing is kept', async () => {
    const served = serve()
    const { peer, pending, end, say } = await talking(served)
    say(1)
    const stream = readEvents(await pending)
    const home = readEvents(await peer.get())
    await settle()
    expect((await peer.delete()).status).toBe(204)
    await settle()
    expect(served.calls[0]?.call.signal.aborted).toBe(true)
    expect([stream.end, home.end, served.http.size]).toEqual(['done', 'done', 0])
    end()
    await settle()
    expect(served.host.gate.size).toBe(0)
    served.host.runtime.advance(60_000)
    expect([served.host.runtime.timers, served.host.beat.size]).toEqual([0, 0])
    expect((await peer.call('any')).status).toBe(404)
  })

  test('that is used, runs a call or holds a stream does not grow old', async () => {
    const { host, ...served } = serve({ limits: { sessionTtlMs: 5_000, keepAliveMs: 500 } })
    const [busy, listening, used, idle] = [1, 2, 3, 4].map(() => sessionPeer(served.handle)) as [
      ReturnType<typeof sessionPeer>,
      ReturnType<typeof sessionPeer>,
      ReturnType<typeof sessionPeer>,
      ReturnType<typeof sessionPeer>,
    ]
    for (const peer of [busy, listening, used, idle]) await peer.open()
    void busy.call('any')
    await listening.get()
    await settle()
    for (let time = 0; time < 4; time++) {
      host.runtime.advance(2_000)
      await used.post({ jsonrpc: '2.0', method: 'notifications/initialized' })
    }
    expect(served.http.size).toBe(3)
    expect((await idle.post({ jsonrpc: '2.0', id: 9, method: 'ping' })).status).toBe(404)
  })

  // ELIC-16, SEC-02, SEC-04 (security best practices, "Session Hijacking")
  test('of another subject is answered like one that does not exist', async () => {
    const served = serve({
      auth: ({ peer }) => ({ subject: peer === '192.0.2.1' ? 'ada' : 'eve', scopes: [] }),
    })
    const ada = sessionPeer(served.handle)
    await ada.open()
    const headers = { 'mcp-session-id': ada.id ?? '' }
    const eve = sessionPeer(
      (exchange) =>
        served.handle({
          ...plain(exchange),
          header: (name) => (headers as Record<string, string>)[name] ?? exchange.header(name),
        }),
      { peer: '192.0.2.9' },
    )
    const stolen = await eve.post({ jsonrpc: '2.0', id: 1, method: 'ping' })
    const unknown = await sessionPeer(served.handle).get('1.0')
    expect([stolen.status, unknown.status]).toEqual([404, 400])
    expect((await ada.post({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(200)
  })

  // HTTP25-36, HTTP25-43 (basic/transports, "Session Management")
  test('wants its id, and a version that is spoken', async () => {
    const served = serve()
    const lost = sessionPeer(served.handle)
    expect((await lost.post({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(400)
    const odd = sessionPeer(served.handle, { version: '1999-01-01' })
    await odd.open()
    expect((await odd.post({ jsonrpc: '2.0', id: 1, method: 'ping' })).status).toBe(400)
  })

  test('whose places are all busy is not ended for a newcomer of the same peer', async () => {
    const served = serve({ limits: { maxSessionsPerPeer: 1 } })
    await talking(served)
    expect((await sessionPeer(served.handle).open()).status).toBe(503)
    expect(served.http.size).toBe(1)
  })

  test('all of them end with the server', async () => {
    const served = serve()
    const { pending, say } = await talking(served)
    say(1)
    const stream = readEvents(await pending)
    served.http.close()
    await settle()
    expect([served.http.size, stream.end]).toEqual([0, 'done'])
  })
})

/** The members of an exchange, bound, so that one can be replaced. */
function plain(exchange: Exchange): Exchange {
  return {
    method: exchange.method,
    path: exchange.path,
    peer: exchange.peer,
    gone: exchange.gone,
    header: (name) => exchange.header(name),
    body: (maxBytes, timeoutMs) => exchange.body(maxBytes, timeoutMs),
    reply: (status, headers, body) => exchange.reply(status, headers, body),
    open: (status, headers) => exchange.open(status, headers),
    onGone: (listener) => exchange.onGone(listener),
  }
}
