import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import type { Exchange } from '../http/exchange.ts'
import { createFetchExchange } from '../http/fetch-exchange.ts'
import { McpError } from '../std/error.ts'
import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import { createTestRuntime } from '../testing/runtime.ts'
import { createNodeExchange } from './http-exchange.ts'

type Handler = (exchange: Exchange) => void | Promise<void>

interface Served {
  /** Sends a request to the handler; `path` may have a query. */
  readonly send: (path: string, init?: RequestInit) => Promise<Response>
}

interface Implementation {
  readonly name: string
  readonly serve: (handler: Handler, runtime?: Runtime) => Promise<Served>
}

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

const implementations: Implementation[] = [
  {
    name: 'node:http',
    async serve(handler, runtime = systemRuntime) {
      const server = createServer((req, res) => {
        void handler(createNodeExchange(req, res, { runtime }))
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      closers.push(() => {
        server.close()
        server.closeAllConnections()
      })
      const { port } = server.address() as AddressInfo
      return { send: (path, init) => fetch(`http://127.0.0.1:${port}${path}`, init) }
    },
  },
  {
    name: 'fetch',
    async serve(handler, runtime = systemRuntime) {
      return {
        async send(path, init) {
          const request = new Request(`http://127.0.0.1:1${path}`, init)
          const { exchange, response } = createFetchExchange(request, { runtime })
          void handler(exchange)
          return response
        },
      }
    },
  },
]

/** A promise and the function that keeps it. */
function signal<T = void>(): { wait: Promise<T>; give: (value: T) => void } {
  let give: (value: T) => void = () => {}
  const wait = new Promise<T>((resolve) => (give = resolve))
  return { wait, give }
}

/** A request body that is written to from outside. */
function pipe(): {
  init: RequestInit
  write: (text: string) => void
  end: () => void
  break: () => void
} {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const writer = writable.getWriter()
  const quiet = (promise: Promise<void>): void => void promise.catch(() => {})
  const leave = new AbortController()
  return {
    // `duplex` is demanded by Node's fetch and unknown to the types.
    init: { method: 'POST', body: readable, duplex: 'half', signal: leave.signal } as RequestInit,
    write: (text) => quiet(writer.write(new TextEncoder().encode(text))),
    end: () => quiet(writer.close()),
    break: () => {
      quiet(writer.abort())
      leave.abort()
    },
  }
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const plain = { 'content-type': 'text/plain' }

/** Answers 200 with the body, or 400 with the code and limit of the error. */
const echo: Handler = async (exchange) => {
  try {
    exchange.reply(200, plain, text(await exchange.body(100, 1_000)))
  } catch (error) {
    if (!(error instanceof McpError)) throw error
    exchange.reply(400, plain, 'limit' in error ? String(error.limit) : error.code)
  }
}

describe.each(implementations)('an exchange over $name', ({ serve }) => {
  // HTTP26-23 (basic/transports, "Case Sensitivity")
  test('tells method, path without query and headers by lower-case name', async () => {
    const { send } = await serve((exchange) => {
      const { method, path } = exchange
      const headers = [exchange.header('mcp-method'), exchange.header('mcp-name')]
      exchange.reply(200, plain, JSON.stringify([method, path, ...headers]))
    })
    const answer = await send('/mcp/a?b=c', { method: 'PUT', headers: { 'Mcp-Method': 'Ping' } })
    expect(await answer.json()).toEqual(['PUT', '/mcp/a', 'Ping', null])
  })

  test('tells the host that was asked for', async () => {
    const { send } = await serve((exchange) =>
      exchange.reply(200, plain, exchange.header('host')?.split(':')[0]),
    )
    expect(await (await send('/')).text()).toBe('127.0.0.1')
  })

  test('reads a body whole', async () => {
    const { send } = await serve(echo)
    expect(await (await send('/', { method: 'POST', body: 'ünï' })).text()).toBe('ünï')
  })

  test('reads a body that comes in pieces', async () => {
    const { send } = await serve(echo)
    const body = pipe()
    const answer = send('/', body.init)
    body.write('one ')
    body.write('two')
    body.end()
    expect(await (await answer).text()).toBe('one two')
  })

  test('reads no body as an empty one', async () => {
    const { send } = await serve(echo)
    expect(await (await send('/', { method: 'POST' })).text()).toBe('')
    expect(await (await send('/')).text()).toBe('')
  })

  test('takes a body of exactly maxBytes', async () => {
    const { send } = await serve(echo)
    const body = 'x'.repeat(100)
    expect(await (await send('/', { method: 'POST', body })).text()).toBe(body)
  })

  test('refuses a body that is declared to be too long', async () => {
    const { send } = await serve(echo)
    const headers = { 'content-length': '101' }
    const answer = await send('/', { method: 'POST', body: 'x'.repeat(101), headers })
    expect([answer.status, await answer.text()]).toEqual([400, 'maxMessageBytes'])
  })

  test('refuses a body that turns out too long before it has ended', async () => {
    const { send } = await serve(echo)
    const body = pipe()
    const answer = send('/', body.init)
    body.write('x'.repeat(60))
    body.write('x'.repeat(60))
    expect([(await answer).status, await (await answer).text()]).toEqual([400, 'maxMessageBytes'])
    body.break()
  })

  test('refuses a body that trickles in for longer than timeoutMs', async () => {
    const runtime = createTestRuntime()
    const waiting = signal()
    const { send } = await serve((exchange) => {
      const done = echo(exchange)
      // On Node the waiting begins a turn later.
      setImmediate(waiting.give)
      return done
    }, runtime)
    const body = pipe()
    const answer = send('/', body.init)
    body.write('x')
    await waiting.wait
    runtime.advance(1_000)
    expect(await (await answer).text()).toBe('bodyTimeoutMs')
    body.break()
  })

  test('leaves no timer behind', async () => {
    const runtime = createTestRuntime()
    const { send } = await serve(echo, runtime)
    await (await send('/', { method: 'POST', body: 'x' })).text()
    expect(runtime.timers).toBe(0)
  })

  test('reports a peer that leaves in the middle of its body', async () => {
    const reading = signal()
    const outcome = signal<unknown>()
    const { send } = await serve(async (exchange) => {
      const body = exchange.body(100, 1_000)
      reading.give()
      outcome.give(await body.catch((error: unknown) => error))
    })
    const body = pipe()
    send('/', body.init).catch(() => {})
    body.write('x')
    await reading.wait
    body.break()
    expect(await outcome.wait).toMatchObject({ code: 'ERR_DISCONNECTED' })
  })

  test('replies with status, headers and text', async () => {
    const { send } = await serve((exchange) =>
      exchange.reply(418, { 'content-type': 'text/x-tea', 'x-a': 'b' }, 'Tee für dich'),
    )
    const answer = await send('/')
    expect([answer.status, answer.headers.get('content-type'), answer.headers.get('x-a')]).toEqual([
      418,
      'text/x-tea',
      'b',
    ])
    expect(await answer.text()).toBe('Tee für dich')
  })

  test.each([202, 204, 304, 405])('replies %i without a body', async (status) => {
    const { send } = await serve((exchange) => exchange.reply(status, {}))
    const answer = await send('/', { method: 'POST', body: 'unread' })
    expect([answer.status, await answer.text()]).toEqual([status, ''])
    expect(answer.headers.get('content-type')).toBe(null)
  })

  test('is not gone after its reply, and forgets its listeners', async () => {
    const after = signal<boolean>()
    let told = false
    const { send } = await serve(async (exchange) => {
      exchange.onGone(() => (told = true))
      exchange.reply(200, plain, 'x')
      await new Promise(setImmediate)
      after.give(exchange.gone)
    })
    await (await send('/')).text()
    expect([await after.wait, told]).toEqual([false, false])
  })

  test('sends the head of a stream before anything is written to it', async () => {
    const go = signal()
    const { send } = await serve(async (exchange) => {
      const sink = exchange.open(200, { 'content-type': 'text/event-stream' })
      await go.wait
      sink.write('später')
      sink.end()
    })
    const answer = await send('/')
    expect(answer.headers.get('content-type')).toBe('text/event-stream')
    go.give()
    expect(await answer.text()).toBe('später')
  })

  test('delivers each piece of a stream without waiting for the next', async () => {
    const go = signal()
    const { send } = await serve(async (exchange) => {
      const sink = exchange.open(200, plain)
      sink.write('one')
      await go.wait
      sink.write('two')
      sink.end()
      sink.write('three')
      sink.end()
    })
    const reader = (await send('/')).body?.getReader()
    expect(text((await reader?.read())?.value ?? new Uint8Array())).toBe('one')
    go.give()
    expect(text((await reader?.read())?.value ?? new Uint8Array())).toBe('two')
    expect((await reader?.read())?.done).toBe(true)
  })

  // HTTP26-14 (basic/transports, "Sending Messages to the Server")
  test('tells that the peer left a stream, and swallows what is written then', async () => {
    const gone = signal()
    const checked = signal<boolean[]>()
    const { send } = await serve(async (exchange) => {
      const before = exchange.gone
      exchange.onGone(() => gone.give())
      const sink = exchange.open(200, plain)
      sink.write('x')
      await gone.wait
      sink.write('y')
      sink.end()
      let atOnce = false
      exchange.onGone(() => (atOnce = true))
      exchange.reply(500, plain, 'z')
      checked.give([before, atOnce])
    })
    const leave = new AbortController()
    const answer = await send('/', { signal: leave.signal })
    const reader = answer.body?.getReader()
    await reader?.read()
    await reader?.cancel()
    leave.abort()
    const [before, atOnce] = await checked.wait
    expect([before, atOnce]).toEqual([false, true])
  })

  test('tells that the peer left before there was an answer', async () => {
    const arrived = signal()
    const gone = signal<boolean>()
    const { send } = await serve((exchange) => {
      exchange.onGone(() => gone.give(exchange.gone))
      arrived.give()
    })
    const leave = new AbortController()
    send('/', { signal: leave.signal }).catch(() => {})
    await arrived.wait
    leave.abort()
    expect(await gone.wait).toBe(true)
  })

  test('does not call a listener that was taken back', async () => {
    const arrived = signal()
    const gone = signal()
    let told = false
    const { send } = await serve((exchange) => {
      exchange.onGone(() => (told = true))()
      exchange.onGone(() => gone.give())
      arrived.give()
    })
    const leave = new AbortController()
    send('/', { signal: leave.signal }).catch(() => {})
    await arrived.wait
    leave.abort()
    await gone.wait
    expect(told).toBe(false)
  })

  test('counts what a slow peer has not taken', async () => {
    const filled = signal<number>()
    const { send } = await serve(async (exchange) => {
      const sink = exchange.open(200, plain)
      expect(sink.queuedBytes).toBe(0)
      // More than the socket buffers of both ends take.
      for (let i = 0; i < 32; i++) sink.write('x'.repeat(1024 * 1024))
      await new Promise(setImmediate)
      filled.give(sink.queuedBytes)
      sink.end()
    })
    const answer = await send('/')
    expect(await filled.wait).toBeGreaterThan(8 * 1024 * 1024)
    expect((await answer.arrayBuffer()).byteLength).toBe(32 * 1024 * 1024)
  })
})
