import { expect } from 'vitest'
import { connect, createEraMemory } from '../../src/client/index.ts'
import type { ChannelTarget, Client, ConnectOptions } from '../../src/client/index.ts'
import { eventText } from '../../src/http/sse-write.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import {
  discovery,
  initialized,
  jsonAnswer,
  resultFor,
  scriptedFetch,
  streamAnswer,
} from '../scripted-fetch.ts'
import type { SeenRequest } from '../scripted-fetch.ts'
import { settle, until } from '../settle.ts'
import { heldServer } from './held-server.ts'
import { testLimit } from './limit.ts'

const url = 'http://localhost/mcp'

/** A client of a stateless server whose every other answer is `answer`. */
function connectTo(
  answer: (request: SeenRequest) => Response,
  options: ConnectOptions,
): Promise<Client> {
  const { fetch } = scriptedFetch((request) =>
    request.body.method === 'server/discover' ? resultFor(request, discovery) : answer(request),
  )
  return connect(url, { fetch, memory: createEraMemory(), ...options })
}

/** A result whose whole answer has `bytes` bytes, for a request with the id 2. */
function answerOf(bytes: number): (request: SeenRequest) => Response {
  return (request) => {
    const text = (length: number): unknown => ({
      resultType: 'complete',
      content: [{ type: 'text', text: 'x'.repeat(length) }],
    })
    const empty = JSON.stringify({ jsonrpc: '2.0', id: request.body.id, result: text(0) })
    return resultFor(request, text(bytes - empty.length))
  }
}

testLimit('maxAnswerBytes', {
  at: [
    'an answer of just so many bytes is read',
    async () => {
      await using client = await connectTo(answerOf(2_000), { limits: { maxAnswerBytes: 2_000 } })
      expect((await client.callTool('any')).content).toHaveLength(1)
    },
  ],
  past: [
    'a longer one fails its call, as JSON and as an event',
    async () => {
      const limits = { maxAnswerBytes: 2_000 }
      await using client = await connectTo(answerOf(2_001), { limits })
      const error = { code: 'ERR_LIMIT', limit: 'maxAnswerBytes' }
      await expect(client.callTool('any')).rejects.toMatchObject(error)
      const event = eventText({ data: 'x'.repeat(2_001) })
      await using streaming = await connectTo(() => streamAnswer(event), { limits })
      await expect(streaming.callTool('any')).rejects.toMatchObject(error)
    },
  ],
})

async function count(list: AsyncIterable<unknown>): Promise<number> {
  let items = 0
  for await (const item of list) items += item === undefined ? 0 : 1
  return items
}

testLimit('maxPages', {
  at: [
    'a list of just so many pages is read to its end',
    async () => {
      const { server } = heldServer({ limits: { pageSize: 1 } })
      await using client = await connect(server, { limits: { maxPages: 6 } })
      expect(await count(client.tools())).toBe(6)
    },
  ],
  past: [
    'a longer one fails after what was read',
    async () => {
      const { server } = heldServer({ limits: { pageSize: 1 } })
      await using client = await connect(server, { limits: { maxPages: 5 } })
      const seen: string[] = []
      const reading = (async () => {
        for await (const { name } of client.tools()) seen.push(name)
      })()
      await expect(reading).rejects.toMatchObject({ code: 'ERR_PAGES' })
      expect(seen).toHaveLength(5)
    },
  ],
})

// LIFE-14, CANC-10 (basic/patterns, "Timeouts")
testLimit('requestTimeoutMs', {
  at: [
    'an answer in the last millisecond counts, and no timer is left',
    async () => {
      const runtime = createTestRuntime()
      const { server, held, release } = heldServer()
      await using client = await connect(server, { runtime, limits: { requestTimeoutMs: 3_000 } })
      const call = client.call('hold' as never)
      await until(() => held.size === 1)
      runtime.advance(2_999)
      release()
      expect(await call).toBe('held')
      expect(runtime.timers).toBe(0)
    },
  ],
  past: [
    'the call fails and is cancelled, and no timer is left',
    async () => {
      const runtime = createTestRuntime()
      const { server, held } = heldServer()
      await using client = await connect(server, { runtime, limits: { requestTimeoutMs: 3_000 } })
      const call = client.call('hold' as never)
      await until(() => held.size === 1)
      runtime.advance(3_000)
      await expect(call).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
      await until(() => held.size === 0)
      expect(runtime.timers).toBe(0)
    },
  ],
})

/** A call that tells progress every second, `seconds` times, and then ends. */
async function progressing(seconds: number, maxRequestMs: number): Promise<unknown> {
  const runtime = createTestRuntime()
  const { server } = heldServer()
  let tell = (): void => {}
  let finish = (): void => {}
  server.tool('steps', {}, (_args, { progress }) => {
    let step = 0
    tell = () => progress((step += 1))
    return new Promise<string>((resolve) => (finish = () => resolve('arrived')))
  })
  const limits = { requestTimeoutMs: 1_500, maxRequestMs }
  await using client = await connect(server, { runtime, limits })
  const outcome = client.call('steps' as never).catch((error: Error) => error)
  await settle()
  for (let second = 0; second < seconds; second++) {
    runtime.advance(1_000)
    tell()
    await settle()
  }
  finish()
  return await outcome
}

// LIFE-15, CANC-10 (basic/patterns, "Timeouts")
testLimit('maxRequestMs', {
  at: [
    'progress extends a request again and again',
    async () => {
      expect(await progressing(9, 9_001)).toBe('arrived')
    },
  ],
  past: [
    'and not for ever',
    async () => {
      expect(await progressing(9, 9_000)).toMatchObject({ code: 'ERR_TIMEOUT' })
    },
  ],
})

/** A server on a channel that answers nothing but `initialize`. */
function silentServer(): { target: ChannelTarget; seen: string[]; speak: () => void } {
  const seen: string[] = []
  const listeners: (() => void)[] = []
  return {
    seen,
    speak: () => listeners.forEach((listener) => listener()),
    target: {
      key: '',
      onActivity: (listener) => void listeners.push(listener),
      open() {
        let receive: (text: string) => void = () => {}
        let closed: () => void = () => {}
        return {
          start(receiver) {
            receive = receiver.message
            closed = receiver.closed
          },
          send(text) {
            const { id, method } = JSON.parse(text)
            seen.push(method)
            if (method !== 'initialize') return
            receive(JSON.stringify({ jsonrpc: '2.0', id, result: initialized }))
          },
          close: async () => closed(),
        }
      },
    },
  }
}

// VER-13 (basic/versioning, "Backward Compatibility")
testLimit('probeTimeoutMs', {
  at: [
    'a silent server is waited for',
    async () => {
      const runtime = createTestRuntime()
      const { target, seen } = silentServer()
      const connecting = connect(target, { runtime, limits: { probeTimeoutMs: 700 } })
      await settle()
      runtime.advance(699)
      await settle()
      expect(seen).toEqual(['server/discover'])
      runtime.advance(1)
      await (await connecting).close()
    },
  ],
  past: [
    'then a session is opened with it, on the same channel',
    async () => {
      const runtime = createTestRuntime()
      const { target, seen } = silentServer()
      const connecting = connect(target, { runtime, limits: { probeTimeoutMs: 700 } })
      await settle()
      runtime.advance(700)
      await using client = await connecting
      expect(client.server.version).toBe('2025-11-25')
      expect(seen.slice(0, 3)).toEqual([
        'server/discover',
        'initialize',
        'notifications/initialized',
      ])
    },
  ],
})

testLimit('probeQuietMs', {
  at: [
    'a server that has shown that it runs is waited for, less long',
    async () => {
      const runtime = createTestRuntime()
      const { target, seen, speak } = silentServer()
      const connecting = connect(target, { runtime, limits: { probeQuietMs: 200 } })
      await settle()
      runtime.advance(100)
      speak()
      runtime.advance(199)
      await settle()
      expect(seen).toEqual(['server/discover'])
      runtime.advance(1)
      await (await connecting).close()
    },
  ],
  past: [
    'then a session is opened with it; what it says on stderr later starts no timer',
    async () => {
      const runtime = createTestRuntime()
      const { target, speak } = silentServer()
      const limits = { probeQuietMs: 200, requestTimeoutMs: 1_000 }
      const connecting = connect(target, { runtime, limits })
      await settle()
      speak()
      runtime.advance(200)
      await using client = await connecting
      expect(client.server.version).toBe('2025-11-25')
      runtime.advance(1_000)
      await settle()
      speak()
      expect(runtime.timers).toBe(0)
    },
  ],
})

/** A call whose stream breaks again and again, and brings its answer on GET number `answeredOn`. */
async function resuming(answeredOn: number): Promise<{ outcome: unknown; resumed: number }> {
  const runtime = createTestRuntime()
  let resumed = 0
  const { fetch } = scriptedFetch((request) => {
    if (request.method === 'DELETE') return new Response(null, { status: 204 })
    if (request.method === 'GET') {
      const lastId = request.headers.get('last-event-id')
      if (lastId === null) return new Response(null, { status: 405 })
      resumed += 1
      const result = { content: [{ type: 'text', text: 'late' }] }
      const answer = eventText({ data: JSON.stringify({ jsonrpc: '2.0', id: 2, result }) })
      return streamAnswer(resumed === answeredOn ? answer : eventText({ id: lastId, data: '' }))
    }
    if (request.body.method === 'initialize') return resultFor(request, initialized)
    if (request.body.id === undefined) return new Response(null, { status: 202 })
    return streamAnswer(eventText({ id: 'place', data: '' }))
  })
  const options = { fetch, runtime, limits: { maxResumes: 3 }, era: 'session' } as const
  await using client = await connect(url, options)
  let outcome: unknown
  client.call('any').then(
    (value) => (outcome = value),
    (error: unknown) => (outcome = error),
  )
  for (let turn = 0; turn < 20 && outcome === undefined; turn++) {
    await settle()
    runtime.advance(1_000)
  }
  return { outcome, resumed }
}

/** Closes a session whose server takes `answerMs` for the DELETE. */
async function closing(answerMs: number): Promise<string> {
  const runtime = createTestRuntime()
  const { fetch } = scriptedFetch((request) => {
    if (request.method === 'DELETE') {
      return new Promise((resolve) => {
        runtime.after(answerMs, () => resolve(new Response(null, { status: 204 })))
      })
    }
    if (request.body?.method === 'initialize') {
      return jsonAnswer(
        { jsonrpc: '2.0', id: request.body.id, result: initialized },
        { headers: { 'mcp-session-id': 's' } },
      )
    }
    return new Response(null, { status: request.method === 'GET' ? 405 : 202 })
  })
  const limits = { closeTimeoutMs: 300 }
  const client = await connect(url, { fetch, runtime, limits, era: 'session' })
  let state = 'closing'
  void client.close().then(() => (state = 'closed'))
  await settle()
  runtime.advance(299)
  await settle()
  const before = state
  runtime.advance(1)
  await settle()
  return `${before}, ${state}`
}

// HTTP25-39 (basic/transports, "Session Management")
testLimit('closeTimeoutMs', {
  at: [
    'a server hears that its session is over',
    async () => {
      expect(await closing(299)).toBe('closed, closed')
    },
  ],
  past: [
    'and is not waited for',
    async () => {
      expect(await closing(10_000)).toBe('closing, closed')
    },
  ],
})

// HTTP25-29 (basic/transports, "Resumability and Redelivery")
testLimit('maxResumes', {
  at: [
    'the answer that the last attempt brings is the answer',
    async () => {
      expect(await resuming(3)).toEqual({ outcome: 'late', resumed: 3 })
    },
  ],
  past: [
    'a stream that breaks once more is given up',
    async () => {
      const { outcome, resumed } = await resuming(4)
      expect([(outcome as { code: string }).code, resumed]).toEqual(['ERR_DISCONNECTED', 3])
    },
  ],
})
