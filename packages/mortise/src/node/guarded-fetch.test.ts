import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import http, { createServer } from 'node:http'
import type { AddressInfo, Server } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { afterEach, describe, expect, test } from 'vitest'
import type { GuardedFetch } from '../http/guarded-fetch.ts'
import { resolveLimits } from '../std/limits.ts'
import { createTestRuntime } from '../testing/index.ts'
import type { NodeGuardedFetchOptions, Resolve } from './guarded-fetch.ts'
import { createNodeGuardedFetch } from './guarded-fetch.ts'

const servers: Server[] = []

afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

/** A server on loopback, under a name that the fetch trusts. */
async function serve(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  options: NodeGuardedFetchOptions = {},
): Promise<{ readonly origin: string; readonly fetch: GuardedFetch; readonly server: Server }> {
  const server = createServer(answer)
  const origin = await listening(server, 'http')
  const fetch = createNodeGuardedFetch({ trust: [origin] }, { resolve: toLoopback, ...options })
  return { origin, fetch, server }
}

async function listening(server: Server, scheme: string): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'))
  await once(server, 'listening')
  return `${scheme}://id.corp.example:${(server.address() as AddressInfo).port}`
}

const toLoopback: Resolve = async () => [{ address: '127.0.0.1', family: 4 }]
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

describe('the connection', () => {
  test('goes to the address that was judged, under the name that was asked for', async () => {
    const asked: string[] = []
    const { origin, fetch } = await serve(
      (request, response) => response.end(request.headers.host),
      {
        resolve: async (hostname) => {
          asked.push(hostname)
          return [{ address: asked.length === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }]
        },
      },
    )
    const answer = await fetch({ method: 'GET', url: `${origin}/keys` })
    expect(answer).toMatchObject({ status: 200, url: `${origin}/keys` })
    expect(textOf(answer.body)).toBe(new URL(origin).host)
    expect(asked).toEqual(['id.corp.example'])
  })

  test('is asked for a certificate of that name', async () => {
    const names: string[] = []
    const server = createTlsServer({
      SNICallback(name, done) {
        names.push(name)
        done(new Error('there is no certificate'))
      },
    })
    server.on('tlsClientError', () => {})
    const origin = await listening(server, 'https')
    const fetch = createNodeGuardedFetch({ trust: [origin] }, { resolve: toLoopback })
    await expect(fetch({ method: 'GET', url: `${origin}/` })).rejects.toThrow(origin)
    expect(names).toEqual(['id.corp.example'])
  })

  test('is tried with each judged address, until one answers', async () => {
    const { origin, fetch } = await serve((_, response) => response.end('arrived'), {
      // Nobody listens at the first one.
      resolve: async () => [
        { address: '::1', family: 6 },
        { address: '127.0.0.1', family: 4 },
      ],
    })
    expect((await fetch({ method: 'GET', url: `${origin}/` })).status).toBe(200)
  })

  test('does not share the agent of the process, which may go through a proxy', async () => {
    const { globalAgent } = http
    let used = 0
    class Counting extends http.Agent {
      override createConnection(...[options, done]: Parameters<http.Agent['createConnection']>) {
        used += 1
        return super.createConnection(options, done)
      }
    }
    const { origin, fetch } = await serve((_, response) => response.end('direct'))
    try {
      http.globalAgent = new Counting()
      expect(textOf((await fetch({ method: 'GET', url: `${origin}/` })).body)).toBe('direct')
      expect(used).toBe(0)
      await new Promise((resolve) => {
        http.get(`http://127.0.0.1:${new URL(origin).port}/`, resolve)
      })
      expect(used).toBe(1)
    } finally {
      http.globalAgent.destroy()
      http.globalAgent = globalAgent
    }
  })

  test('is not kept', async () => {
    const { origin, fetch, server } = await serve((_, response) => response.end('arrived'))
    const closed = new Promise((resolve) =>
      server.once('connection', (socket) => socket.once('close', resolve)),
    )
    await fetch({ method: 'GET', url: `${origin}/` })
    await closed
  })
})

describe('an answer', () => {
  test('has its headers, repeated ones joined, and the body of a POST arrives whole', async () => {
    const { origin, fetch } = await serve((request, response) => {
      response.writeHead(401, { 'x-one': ['a', 'b'], 'set-cookie': ['c=d', 'e=f'] })
      request.pipe(response)
    })
    const body = 'grant_type=client_credentials&scope=%C3%A9'
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await fetch({ method: 'POST', url: `${origin}/token`, headers, body })
    expect(answer.status).toBe(401)
    expect(answer.header('x-one')).toBe('a, b')
    expect(answer.headers['set-cookie']).toBe('c=d, e=f')
    expect(textOf(answer.body)).toBe(body)
  })

  test('that is too long ends its connection', async () => {
    const limits = resolveLimits({ maxOutboundBytes: 1_000 })
    let endless: Promise<unknown> | undefined
    const { origin, fetch } = await serve(
      (_, response) => {
        endless = once(response, 'close')
        const more = (): void => {
          while (!response.destroyed && response.write('x'.repeat(500)));
        }
        response.on('drain', more)
        more()
      },
      { limits },
    )
    const answer = fetch({ method: 'GET', url: `${origin}/` })
    await expect(answer).rejects.toMatchObject({ limit: 'maxOutboundBytes' })
    await endless
  })

  test('that never ends is given up with its connection', async () => {
    const runtime = createTestRuntime()
    let left: Promise<unknown> | undefined
    const { origin, fetch } = await serve(
      (_, response) => {
        left = once(response, 'close')
        response.write('a little')
        runtime.advance(10_000)
      },
      { runtime },
    )
    const answer = fetch({ method: 'GET', url: `${origin}/?code=s3cret` })
    await expect(answer).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    await expect(answer).rejects.not.toThrow('s3cret')
    await left
    expect(runtime.timers).toBe(0)
  })

  test('that breaks off is told as such', async () => {
    const { origin, fetch } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('a little', () => response.destroy())
    })
    const answer = fetch({ method: 'GET', url: `${origin}/` })
    await expect(answer).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  })
})

describe('looking a name up', () => {
  const asking = (resolve: Resolve, runtime = createTestRuntime()): Promise<unknown> =>
    createNodeGuardedFetch(
      {},
      { resolve, runtime },
    )({
      method: 'GET',
      url: 'https://id.example/?code=s3cret',
    })

  test('may fail', async () => {
    const answer = asking(() =>
      Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })),
    )
    await expect(answer).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' })
    await expect(answer).rejects.toThrow('https://id.example (ENOTFOUND)')
  })

  test('may give nothing', async () => {
    const answer = asking(async () => [])
    await expect(answer).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' })
  })

  test('may take for ever, and is left behind', async () => {
    const runtime = createTestRuntime()
    const answer = asking(() => {
      queueMicrotask(() => runtime.advance(10_000))
      return new Promise(() => {})
    }, runtime)
    await expect(answer).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
    expect(runtime.timers).toBe(0)
  })

  test('that ends after the request opens no connection', async () => {
    const { origin, server } = await serve((_, response) => response.end())
    let connections = 0
    server.on('connection', () => (connections += 1))
    const controller = new AbortController()
    let finish = (): void => {}
    const resolve: Resolve = () =>
      new Promise((done) => {
        finish = () => done([{ address: '127.0.0.1', family: 4 }])
      })
    const fetch = createNodeGuardedFetch({ trust: [origin] }, { resolve })
    const answer = fetch({ method: 'GET', url: `${origin}/`, signal: controller.signal })
    controller.abort(new Error('changed my mind'))
    await expect(answer).rejects.toThrow('changed my mind')
    finish()
    const { port } = new URL(origin)
    await (await globalThis.fetch(`http://127.0.0.1:${port}/`)).text()
    expect(connections).toBe(1)
  })
})

test('what the system itself says of localhost is judged too', async () => {
  const { origin } = await serve((_, response) => response.end('arrived'))
  const url = `http://localhost:${new URL(origin).port}/`
  const fetch = createNodeGuardedFetch({ allowLoopback: true })
  expect((await fetch({ method: 'GET', url })).status).toBe(200)
  await expect(createNodeGuardedFetch({})({ method: 'GET', url })).rejects.toMatchObject({
    code: 'ERR_BLOCKED_URL',
  })
})
