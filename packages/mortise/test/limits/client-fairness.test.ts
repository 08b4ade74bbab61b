import { describe, expect, test } from 'vitest'
import { connect } from '../../src/client/index.ts'
import type { ChannelTarget, Client } from '../../src/client/index.ts'
import { eventText } from '../../src/http/sse-write.ts'
import type { Limits } from '../../src/std/limits.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { initialized, resultFor, scriptedFetch, streamAnswer } from '../scripted-fetch.ts'
import { settle, until } from '../settle.ts'

const url = 'http://localhost/mcp'

/** A question of a server, as an event. */
function question(id: number): string {
  const requestedSchema = { type: 'object', properties: {} }
  const params = { message: `question ${id}`, requestedSchema }
  return eventText({
    data: JSON.stringify({ jsonrpc: '2.0', id, method: 'elicitation/create', params }),
  })
}

/** A server of the session era that says `events` on every call, and nothing more. */
function talkative(...events: string[]): ReturnType<typeof scriptedFetch> {
  return scriptedFetch((request) => {
    if (request.method === 'GET') return new Response(null, { status: 405 })
    if (request.body?.method === 'initialize') return resultFor(request, initialized)
    if (request.body?.method !== 'tools/call') return new Response(null, { status: 202 })
    const open = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode(events.join(''))),
    })
    return new Response(open, { headers: { 'content-type': 'text/event-stream' } })
  })
}

test('a server makes its client answer so many questions at once and no more, over HTTP too', async () => {
  const { fetch, seen } = talkative(question(1), question(2), question(3), question(2))
  const asked: string[] = []
  await using client = await connect(url, {
    fetch,
    era: 'session',
    limits: { maxAsksPerPeer: 2 },
    elicit({ message }) {
      asked.push(message)
      return new Promise(() => {})
    },
  })
  void client.call('any').catch(() => {})
  await until(() => seen.filter(({ body }) => body?.error !== undefined).length === 2)
  expect(asked).toEqual(['question 1', 'question 2'])
  const refused = seen.flatMap(({ body }) => (body?.error === undefined ? [] : [body.id]))
  expect(refused).toEqual([3, 2])
})

// CANC-05 (basic/utilities/cancellation)
test('a question that the server takes back over HTTP aborts, and is not answered', async () => {
  const params = { requestId: 1 }
  const taken = { jsonrpc: '2.0', method: 'notifications/cancelled', params }
  const { fetch, seen } = talkative(question(1), eventText({ data: JSON.stringify(taken) }))
  const aborted: unknown[] = []
  await using client = await connect(url, {
    fetch,
    era: 'session',
    elicit: (_question, { signal }) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => {
          aborted.push(signal.reason)
          resolve({ action: 'cancel' })
        })
      }),
  })
  void client.call('any').catch(() => {})
  await until(() => aborted.length === 1)
  await settle()
  expect(aborted).toMatchObject([{ code: 'ERR_CANCELLED' }])
  expect(seen.some(({ body }) => body?.result !== undefined)).toBe(false)
})

// HTTP25-18 (basic/transports, "Sending Messages to the Server")
test.for([
  ['no time', 0, 50],
  ['three seconds', 3_000, 3_000],
  ['an hour', 3_600_000, 3_600_000],
] as const)(
  'a server that wants a client to wait %s before it listens again is waited for, and not hammered',
  async ([, retryMs, paceMs]) => {
    const runtime = createTestRuntime()
    const { fetch, seen } = scriptedFetch((request) => {
      if (request.method === 'GET') return streamAnswer(eventText({ data: '', retryMs }))
      if (request.body?.method === 'initialize') return resultFor(request, initialized)
      return new Response(null, { status: 202 })
    })
    await using client = await connect(url, { fetch, runtime, era: 'session' })
    const listened = (): number => seen.filter(({ method }) => method === 'GET').length
    await until(() => listened() === 1)
    await settle()
    runtime.advance(paceMs - 1)
    await settle()
    expect(listened()).toBe(1)
    runtime.advance(1)
    await until(() => listened() === 2)
    expect(client.server.version).toBe('2025-11-25')
  },
)

test('a server that takes no answers is given so many at once and no more, over HTTP', async () => {
  const pings = Array.from({ length: 500 }, (_none, id) =>
    eventText({ data: JSON.stringify({ jsonrpc: '2.0', id, method: 'ping' }) }),
  )
  const server = talkative(...pings)
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const isAnswer = typeof init?.body === 'string' && init.body.includes('"result":{}')
    const answer = await server.fetch(input, init)
    return isAnswer ? await new Promise<never>(() => {}) : answer
  }
  const limits = { maxAsksPerPeer: 8 }
  const client = await connect(url, { fetch, era: 'session', limits })
  void client.call('any').catch(() => {})
  await settle(50)
  expect(server.seen.filter(({ body }) => body?.result !== undefined)).toHaveLength(8)
  await client.close()
})

describe('a server on a channel that does not read', () => {
  /** Sends `count` pings of a thousand characters to a client; what it has queued, and what ended it. */
  async function flood(
    send: (client: Client, ping: (id: string) => void) => void,
    limits: Partial<Limits>,
  ): Promise<{ queued: number; ends: Error[] }> {
    let queued = 0
    let receive = (_message: object): void => {}
    let over = (): void => {}
    const target: ChannelTarget = {
      key: '',
      open: () => ({
        start(receiver) {
          receive = (message) => receiver.message(JSON.stringify({ jsonrpc: '2.0', ...message }))
          over = () => receiver.closed()
        },
        send(text) {
          const { id, method } = JSON.parse(text)
          if (method === 'initialize') receive({ id, result: initialized })
          if (method === 'initialize' || method === 'notifications/initialized') return undefined
          queued += 1
          return new Promise(() => {})
        },
        close: async () => over(),
      }),
    }
    const ends: Error[] = []
    const onClose = (error: Error): void => void ends.push(error)
    const client = await connect(target, { era: 'session', limits, onClose })
    send(client, (id) => receive({ id, method: 'ping' }))
    await settle()
    return { queued, ends }
  }

  test('is given so many answers, as many refusals, and no more', async () => {
    const { queued } = await flood(
      (_client, ping) => {
        for (let id = 0; id < 1_000; id++) ping(String(id))
      },
      { maxAsksPerPeer: 8 },
    )
    expect(queued).toBe(16)
  })

  test('is left when it leaves too much unread', async () => {
    const { queued, ends } = await flood(
      (client) => {
        for (let count = 0; count < 20; count++) {
          client.call('any', { text: 'x'.repeat(1_000) }).catch(() => {})
        }
      },
      { maxUnreadBytes: 5_000 },
    )
    expect(queued).toBeLessThan(7)
    expect(ends).toMatchObject([{ code: 'ERR_LIMIT', limit: 'maxUnreadBytes' }])
  })
})
