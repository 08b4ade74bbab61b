import { once } from 'node:events'
import type { RequestListener, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import * as undici from 'undici'
import { afterEach, describe, expect, test } from 'vitest'
import type { HttpClient, HttpRequest } from '../http/client-seam.ts'
import { createFetchClient } from '../http/fetch-client.ts'
import { createNodeClient } from './http-client.ts'
import { createPlainClient } from './plain-client.ts'
import { createUndiciClient } from './undici-client.ts'

const implementations: { name: string; create: () => HttpClient }[] = [
  { name: 'fetch', create: () => createFetchClient() },
  { name: 'undici', create: () => createUndiciClient(undici) },
  { name: 'node:http', create: () => createPlainClient() },
  { name: 'the best of Node', create: () => createNodeClient() },
  {
    name: 'the best of Node, where something else answers to the name of undici',
    create: () => createNodeClient({ load: async () => ({ Agent: Object as never }) }),
  },
]

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/mcp`, server }
}

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes)
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no failure',
    (error: unknown) => error,
  )

describe.each(implementations)('an HTTP client over $name', ({ create }) => {
  function client(): HttpClient {
    const made = create()
    closers.push(() => made.close())
    return made
  }
  const get = (url: string, rest: Partial<HttpRequest> = {}): HttpRequest => {
    return { method: 'GET', url, headers: {}, ...rest }
  }

  test('sends method, target, headers and body, and reads the answer', async () => {
    const { url } = await serve((req, res) => {
      let body = ''
      req.on('data', (chunk: Buffer) => (body += chunk.toString()))
      req.on('end', () => {
        res.writeHead(201, { 'Mcp-Session-Id': 's' })
        res.end([req.method, req.url, req.headers['mcp-method'], body].join(' '))
      })
    })
    const answer = await client().send({
      method: 'POST',
      url: `${url}?a=b`,
      headers: { 'mcp-method': 'ping' },
      body: 'grüß',
    })
    expect([answer.status, answer.header('mcp-session-id'), answer.header('x')]).toEqual([
      201,
      's',
      undefined,
    ])
    expect(text(await answer.bytes(100))).toBe('POST /mcp?a=b ping grüß')
  })

  test.each([204, 404, 500])('gives %i as an answer', async (status) => {
    const { url } = await serve((_req, res) => res.writeHead(status).end())
    const answer = await client().send({ method: 'DELETE', url, headers: {} })
    expect([answer.status, (await answer.bytes(1)).length]).toEqual([status, 0])
  })

  test('passes over what a server says before its answer', async () => {
    const { url } = await serve((_req, res) => {
      res.writeEarlyHints({ link: '</a>; rel=preload' })
      res.writeHead(202).end('x')
    })
    const answer = await client().send(get(url))
    expect([answer.status, text(await answer.bytes(1))]).toEqual([202, 'x'])
  })

  test.each([301, 302, 307, 308])(
    'reports a redirect by %i and does not follow it',
    async (status) => {
      const paths: unknown[] = []
      const { url } = await serve((req, res) => {
        paths.push(req.url)
        res.writeHead(status, { location: '/elsewhere' }).end()
      })
      const answer = await client().send({ method: 'POST', url, headers: {}, body: '{}' })
      expect([answer.status, answer.header('location')]).toEqual([status, '/elsewhere'])
      answer.discard()
      expect(paths).toEqual(['/mcp'])
    },
  )

  test('gives the pieces of a stream as they come', async () => {
    let next = (): void => {}
    const { url } = await serve((_req, res) => {
      res.write('one')
      next = () => res.end('two')
    })
    const answer = await client().send(get(url))
    const pieces: string[] = []
    for await (const piece of answer.body) {
      pieces.push(text(piece))
      next()
    }
    expect(pieces).toEqual(['one', 'two'])
  })

  test('reads a body once', async () => {
    const { url } = await serve((_req, res) => res.end('x'))
    const answer = await client().send(get(url))
    await answer.bytes(1)
    expect(await failure(answer.bytes(1))).toBeInstanceOf(TypeError)
  })

  test('lets go of the server when a reader leaves early', async () => {
    const { url, server } = await serve((_req, res) => res.write('x'))
    const connected = once(server, 'connection')
    const answer = await client().send(get(url))
    const [socket] = await connected
    for await (const piece of answer.body) {
      expect(text(piece)).toBe('x')
      break
    }
    await once(socket, 'close')
  })

  test('lets go of the server when an endless answer is discarded', async () => {
    const { url, server } = await serve((_req, res) => res.write('x'))
    const connected = once(server, 'connection')
    const answer = await client().send(get(url))
    const [socket] = await connected
    answer.discard()
    await once(socket, 'close')
  })

  test('uses a connection again, after a small answer was discarded too', async () => {
    let connections = 0
    const { url, server } = await serve((_req, res) => res.end('small'))
    server.on('connection', () => connections++)
    const http = client()
    for (let i = 0; i < 10; i++) {
      const answer = await http.send(get(url))
      if (i % 2 === 0) await answer.bytes(10)
      else answer.discard()
      await new Promise(setImmediate)
    }
    // One would do; undici takes another when it is asked again before it has put the first one back.
    expect(connections).toBeLessThan(5)
  })

  test('answers 64 requests in flight, each with its own', async () => {
    const { url } = await serve((req, res) => res.end(req.url))
    const http = client()
    const ask = async (i: number): Promise<string> => {
      return text(await (await http.send(get(`${url}/${i}`))).bytes(100))
    }
    const answers = await Promise.all(Array.from({ length: 64 }, (_, i) => ask(i)))
    expect(answers).toEqual(Array.from({ length: 64 }, (_, i) => `/mcp/${i}`))
  })

  test('refuses a body that is declared to be longer than maxBytes', async () => {
    const { url } = await serve((_req, res) => {
      res.writeHead(200, { 'content-length': 100_000_000 }).write('x')
    })
    const answer = await client().send(get(url))
    expect(await failure(answer.bytes(1_000))).toMatchObject({ limit: 'maxAnswerBytes' })
  })

  test('refuses a body that turns out longer than maxBytes, and lets go of the server', async () => {
    const { url, server } = await serve((_req, res) => {
      const more = (): void => {
        while (!res.destroyed && res.write('x'.repeat(10_000)));
      }
      res.on('drain', more)
      more()
    })
    const connected = once(server, 'connection')
    const answer = await client().send(get(url))
    const [socket] = await connected
    expect(await failure(answer.bytes(1_000_000))).toMatchObject({ limit: 'maxAnswerBytes' })
    await new Promise((resolve) => {
      if (socket.destroyed) resolve(undefined)
      else socket.once('close', resolve)
    })
  })

  test('fails with the reason of a signal that was aborted before', async () => {
    const { url } = await serve((_req, res) => res.end())
    const signal = AbortSignal.abort('too late')
    expect(await failure(client().send(get(url, { signal })))).toBe('too late')
  })

  test('fails with the reason of a signal that aborts while it waits', async () => {
    const leave = new AbortController()
    const { url } = await serve(() => leave.abort('enough'))
    expect(await failure(client().send(get(url, { signal: leave.signal })))).toBe('enough')
  })

  test('fails with the reason of a signal that aborts while it reads', async () => {
    const leave = new AbortController()
    const { url } = await serve((_req, res) => res.write('x'))
    const http = client()
    const answer = await http.send(get(url, { signal: leave.signal }))
    const whole = failure(answer.bytes(100))
    leave.abort('enough')
    expect(await whole).toBe('enough')
  })

  test('tells that an answer broke off', async () => {
    const { url } = await serve((_req, res) => {
      res.writeHead(200, { 'content-length': 10 })
      res.write('x', () => res.destroy())
    })
    const http = client()
    const whole = failure(http.send(get(url)).then((answer) => answer.bytes(100)))
    expect(await whole).toMatchObject({ code: 'ERR_DISCONNECTED' })
    const read = async (): Promise<void> => {
      for await (const piece of (await http.send(get(url))).body) expect(text(piece)).toBe('x')
    }
    expect(await failure(read())).toMatchObject({ code: 'ERR_DISCONNECTED' })
  })

  test('tells that a server hung up, which may have done the work', async () => {
    const { url } = await serve((req) => req.socket.destroy())
    const error = await failure(client().send({ method: 'POST', url, headers: {}, body: '{}' }))
    expect(error).toMatchObject({
      code: 'ERR_DISCONNECTED',
      message: expect.stringContaining('whether the server did the work is unknown') as unknown,
    })
  })

  test('tells where nobody listens and what to do, and no secret', async () => {
    const { url, server } = await serve(() => {})
    server.close()
    await once(server, 'close')
    const error = await failure(client().send(get(`${url}/secret-path?key=secret-key`)))
    const { host } = new URL(url)
    expect(error).toMatchObject({
      code: 'ERR_UNREACHABLE',
      message:
        `cannot reach http://${host} (ECONNREFUSED): ` +
        'nothing listens there; start the server, or check host and port',
    })
    expect(inspect(error)).not.toContain('secret')
  })

  test.each(['http://user:secret@127.0.0.1/', '/secret', 'ftp://secret/'])(
    'refuses %s as wrong use, without repeating it',
    async (url) => {
      const error = await failure(client().send(get(url)))
      expect(error).toBeInstanceOf(TypeError)
      expect(inspect(error)).not.toContain('secret@')
    },
  )

  test('goes on after a close of its idle connections by the server', async () => {
    const { url, server } = await serve((_req, res) => res.end('x'))
    const http = client()
    const connected = once(server, 'connection')
    await (await http.send(get(url))).bytes(1)
    const [socket] = await connected
    const closed = once(socket, 'close')
    server.closeAllConnections()
    await closed
    await new Promise(setImmediate)
    expect(text(await (await http.send(get(url))).bytes(1))).toBe('x')
  })
})

test.each([1, 8])(
  'over undici %i callers that go on at once use as many connections',
  async (callers) => {
    let connections = 0
    const { url, server } = await serve((_req, res) => res.end('x'))
    server.on('connection', () => connections++)
    const http = createUndiciClient(undici)
    closers.push(() => http.close())
    const call = async (): Promise<void> => {
      for (let i = 0; i < 10; i++) {
        await (await http.send({ method: 'POST', url, headers: {}, body: '{}' })).bytes(1)
      }
    }
    await Promise.all(Array.from({ length: callers }, call))
    expect(connections).toBe(callers)
  },
)
