import { once } from 'node:events'
import type { IncomingMessage, RequestListener } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { connect } from 'node:net'
import { duplexPair } from 'node:stream'
import { afterEach, expect, test } from 'vitest'
import type { Exchange } from '../http/exchange.ts'
import type { McpError } from '../std/error.ts'
import { createTestRuntime } from '../testing/runtime.ts'
import { createNodeExchange } from './http-exchange.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  closers.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

/** Reads until the server closes the connection. */
async function readAll(socket: Socket): Promise<string> {
  let all = ''
  socket.setEncoding('utf8').on('data', (text: string) => (all += text))
  // Not `once` of node:events, which would fail with a reset that comes after the answer.
  await new Promise((resolve) => socket.once('close', resolve))
  return all
}

/** Sends a raw request, and returns what the handler made of its exchange. */
async function see<T>(raw: string, look: (exchange: Exchange) => T): Promise<T> {
  let seen: T | undefined
  const port = await serve((req, res) => {
    const exchange = createNodeExchange(req, res)
    seen = look(exchange)
    exchange.reply(200, {}, '')
  })
  const socket = await dial(port)
  socket.end(raw)
  await readAll(socket)
  // The handler ran before the answer came.
  return seen as T
}

test.each(['host', 'content-type', 'authorization', 'origin', 'mcp-method'])(
  'a repeated %s is seen as repeated',
  async (name) => {
    const host = name === 'host' ? '' : 'Host: h\r\n'
    const twice = `GET / HTTP/1.1\r\n${host}${name}: one\r\nX-Other: x\r\n${name.toUpperCase()}: two\r\n\r\n`
    expect(await see(twice, (exchange) => exchange.header(name))).toBe('one, two')
  },
)

test('a header that middleware changed is taken from there', async () => {
  let seen: string | undefined
  const port = await serve((req, res) => {
    req.headers.authorization = 'Bearer changed'
    const exchange = createNodeExchange(req, res)
    seen = exchange.header('authorization')
    exchange.reply(200, {}, '')
  })
  await fetch(`http://127.0.0.1:${port}`, { headers: { authorization: 'Bearer sent' } })
  expect(seen).toBe('Bearer changed')
})

test('the absolute form of a request target gives the same path', async () => {
  const raw = 'GET http://other.example/mcp?x HTTP/1.1\r\nHost: h\r\n\r\n'
  expect(await see(raw, (exchange) => exchange.path)).toBe('/mcp')
})

test('a handler mounted under a path by Express sees the whole path', async () => {
  let seen = ''
  const port = await serve((req, res) => {
    Object.assign(req, { originalUrl: req.url, url: '/' })
    const exchange = createNodeExchange(req, res)
    seen = exchange.path
    exchange.reply(200, {}, '')
  })
  await fetch(`http://127.0.0.1:${port}/mcp?x`)
  expect(seen).toBe('/mcp')
})

test('the peer is the address of the other end', async () => {
  const peer = await see('GET / HTTP/1.1\r\nHost: h\r\n\r\n', (exchange) => exchange.peer)
  expect(peer).toBe('127.0.0.1')
})

/** Serves a handler behind something that reads the body first and leaves `left` on the request. */
async function behindParser(left: (bytes: Buffer) => object, maxBytes = 100): Promise<string> {
  const parseFirst = async (req: IncomingMessage): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    Object.assign(req, left(Buffer.concat(chunks)))
  }
  const port = await serve((req, res) => {
    void parseFirst(req).then(async () => {
      const exchange = createNodeExchange(req, res)
      const body = await exchange.body(maxBytes, 1_000).catch((error: McpError) => error.code)
      exchange.reply(200, {}, Buffer.from(body).toString())
    })
  })
  const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: '{"a":1}' })
  return answer.text()
}

test.each<[string, (bytes: Buffer) => object]>([
  ['an object', (bytes) => ({ body: JSON.parse(bytes.toString()) as unknown })],
  ['bytes', (bytes) => ({ body: bytes })],
  ['text', (bytes) => ({ body: bytes.toString() })],
  ['rawBody beside an object', (bytes) => ({ rawBody: bytes, body: {} })],
])('a body that a parser left as %s is used', async (_name, left) => {
  expect(await behindParser(left)).toBe('{"a":1}')
})

test('a body that a parser read and dropped is a clear error', async () => {
  expect(await behindParser(() => ({}))).toBe('ERR_BODY_READ')
})

test('a body that a parser left is held to the limit too', async () => {
  expect(await behindParser((bytes) => ({ body: bytes }), 6)).toBe('ERR_LIMIT')
})

test('a body kept elsewhere can be passed on', async () => {
  const port = await serve((req, res) => {
    req.resume().on('end', () => {
      const exchange = createNodeExchange(req, res, { body: { passed: 'on' } })
      void exchange.body(100, 1_000).then((bytes) => {
        exchange.reply(200, {}, Buffer.from(bytes).toString())
      })
    })
  })
  const answer = await fetch(`http://127.0.0.1:${port}`, { method: 'POST', body: 'x' })
  expect(await answer.text()).toBe('{"passed":"on"}')
})

test('a peer that is busy sending too much reads the refusal, and then its connection ends', async () => {
  const port = await serve((req, res) => {
    const exchange = createNodeExchange(req, res)
    void exchange.body(1_000, 1_000).catch(() => exchange.reply(413, {}, 'too long'))
  })
  const socket = await dial(port)
  const answer = readAll(socket)
  socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n')
  const chunk = 'x'.repeat(64 * 1024)
  const pump = (): void => {
    while (socket.writable && socket.write(chunk));
    if (socket.writable) socket.once('drain', pump)
  }
  pump()
  expect(await answer).toMatch(/^HTTP\/1.1 413 [^]*connection: close[^]*too long$/i)
  // Of the 100 MB: the mebibyte that is read on, and what the buffers of the sockets hold.
  expect(socket.bytesWritten).toBeLessThan(16 * 1024 * 1024)
})

test('a refusal of a body that has arrived whole ends the connection too', async () => {
  const port = await serve((req, res) => {
    const exchange = createNodeExchange(req, res)
    const refuse = (): void => exchange.reply(413, {}, 'too long')
    // Later, when Node has seen the end of the request.
    void exchange.body(1_000, 1_000).catch(() => setImmediate(refuse))
  })
  const socket = await dial(port)
  const answer = readAll(socket)
  const body = 'x'.repeat(40_000)
  const head = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n'
  socket.write(`${head}${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`)
  expect(await answer).toMatch(/^HTTP\/1.1 413 [^]*connection: close[^]*too long$/i)
})

test('a refused peer that sends nothing more is let go after a second', async () => {
  const runtime = createTestRuntime()
  const port = await serve((req, res) => {
    const exchange = createNodeExchange(req, res, { runtime })
    exchange.reply(401, {}, 'who?')
  })
  const socket = await dial(port)
  socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\nx')
  await once(socket, 'data')
  expect(runtime.timers).toBe(1)
  runtime.advance(1_000)
  await once(socket, 'close')
})

test('a refusal before a small body was read keeps the connection in use', async () => {
  const port = await serve((req, res) => createNodeExchange(req, res).reply(401, {}, 'who?'))
  const socket = await dial(port)
  const request = 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab'
  socket.write(request)
  await once(socket, 'data')
  socket.write(request)
  const [second] = (await once(socket, 'data')) as [Buffer]
  expect(second.toString()).toMatch(/^HTTP\/1.1 401/)
})

test('requests that come in one packet each have their own body', async () => {
  const bodies: string[] = []
  const port = await serve((req, res) => {
    const exchange = createNodeExchange(req, res)
    void exchange.body(1_000, 1_000).then((bytes) => {
      bodies.push(Buffer.from(bytes).toString())
      exchange.reply(200, bodies.length === 3 ? { connection: 'close' } : {})
    })
  })
  const socket = await dial(port)
  const answers = readAll(socket)
  const post = (body: string): string =>
    `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  socket.write(`${post('one')}${post('')}${post('three')}`)
  expect((await answers).match(/HTTP\/1.1 200/g)).toHaveLength(3)
  expect(bodies).toEqual(['one', '', 'three'])
})

test('a request that waits behind another on its connection hears that the peer left', async () => {
  let arrived = 0
  const told: string[] = []
  const both = new Promise<Socket>((resolve) => {
    void serve((req, res) => {
      const exchange = createNodeExchange(req, res)
      exchange.onGone(() => told.push(exchange.path))
      if (++arrived === 2) resolve(req.socket)
    }).then(async (port) => {
      const socket = await dial(port)
      socket.write('GET /a HTTP/1.1\r\nHost: h\r\n\r\nGET /b HTTP/1.1\r\nHost: h\r\n\r\n')
      await both
      socket.destroy()
    })
  })
  await once(await both, 'close')
  expect(told.toSorted()).toEqual(['/a', '/b'])
})

test('an answer is one write, with its length', async () => {
  const port = await serve((req, res) => createNodeExchange(req, res).reply(200, { a: 'b' }, 'ü'))
  const socket = await dial(port)
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  const [first] = (await once(socket, 'data')) as [Buffer]
  expect(first.toString()).toMatch(/content-length: 2\r\n[^]*\r\n\r\nü$/)
})

// Around the size from which a text is made bytes before Node joins it to the head.
test.each([65_535, 65_536, 65_537, 300_000])(
  'an answer of %i characters arrives as UTF-8',
  async (size) => {
    const ends = ['x', '\x7f', '\x80', 'é', '€', '\ud83d', '😀', '\ufeff']
    const told = ends.map((end) => `{"${'x'.repeat(size - end.length - 3)}${end}"`)
    for (const text of told) {
      const port = await serve((req, res) => createNodeExchange(req, res).reply(200, {}, text))
      const answer = await fetch(`http://127.0.0.1:${port}`)
      const bytes = Buffer.from(await answer.arrayBuffer())
      expect(bytes.equals(Buffer.from(text))).toBe(true)
      expect(answer.headers.get('content-length')).toBe(String(bytes.length))
    }
  },
)

test('what is written to a stream in one turn is one chunk, and counts as queued from the start', async () => {
  const queued: number[] = []
  const port = await serve((req, res) => {
    const sink = createNodeExchange(req, res).open(200, {})
    for (const text of ['a', 'é', '😀']) {
      sink.write(text)
      queued.push(sink.queuedBytes)
    }
    setImmediate(() => {
      sink.write('later')
      sink.end()
    })
  })
  const socket = await dial(port)
  socket.write('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  expect(await readAll(socket)).toMatch(/\r\n\r\n7\r\naé😀\r\n5\r\nlater\r\n0\r\n\r\n$/)
  expect(queued).toEqual([1, 2, 4])
})

test('a stream that is cut says no more, what was written in that turn neither', async () => {
  const port = await serve((req, res) => {
    const sink = createNodeExchange(req, res).open(200, {})
    sink.write('never read')
    sink.cut(new Error('enough'))
  })
  const socket = await dial(port)
  socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n')
  expect(await readAll(socket)).not.toContain('never')
})

test('pipelined requests leave nothing behind on their connection, and hear when it ends', async () => {
  const gone: string[] = []
  let onServer: Socket | undefined
  const waiting: (() => void)[] = []
  const port = await serve((req, res) => {
    onServer = req.socket
    const exchange = createNodeExchange(req, res)
    exchange.onGone(() => gone.push(exchange.path))
    waiting.push(() => exchange.reply(200, {}, exchange.path))
  })
  const socket = await dial(port)
  const paths = Array.from({ length: 30 }, (_, index) => `/${index}`)
  socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''))
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  while (waiting.length < 30) await new Promise(setImmediate)
  expect(onServer?.listenerCount('close')).toBeLessThan(10)
  for (const answer of waiting.splice(0, 28)) answer()
  while (!text.endsWith('/27')) await new Promise(setImmediate)
  socket.destroy()
  while (gone.length < 2) await new Promise(setImmediate)
  expect(gone.toSorted()).toEqual(['/28', '/29'])
})

test('a connection that is no socket, handed to the server by hand, is answered by a stream too', async () => {
  const server = createServer((req, res) => {
    const sink = createNodeExchange(req, res).open(200, {})
    sink.write('event')
    sink.end()
  })
  const [ours, theirs] = duplexPair()
  server.emit('connection', theirs)
  let all = ''
  ours.setEncoding('utf8').on('data', (text: string) => (all += text))
  ours.end('GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n')
  await once(ours, 'end')
  expect(all).toMatch(/^HTTP\/1.1 200 OK[^]*event/)
})
