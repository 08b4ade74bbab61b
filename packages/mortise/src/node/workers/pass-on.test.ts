import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, Server } from 'node:http'
import { connect } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, sep } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Exchange } from '../../http/exchange.ts'
import { listenAsOwner } from './owner-listener.ts'
import { createPassing } from './pass-on.ts'

let folder = ''
const open: Server[] = []

beforeEach(() => {
  folder = `${mkdtempSync(join(tmpdir(), 'mortise-pass-'))}${sep}`
})

afterEach(async () => {
  for (const server of open.splice(0)) {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  rmSync(folder, { recursive: true })
})

/** The worker `a`, which everybody reaches, beside a worker `b` that answers by `owner`. */
async function besides(owner: RequestListener): Promise<number> {
  const b = createServer(owner).listen(`${folder}b`)
  await once(b, 'listening')
  open.push(b)
  return await reached()
}

async function reached(): Promise<number> {
  const here: RequestListener = (_req, res) => void res.writeHead(404).end('here')
  const { handle, close } = createPassing({ tag: 'a', privateBase: folder, key: 'the key', here })
  const a = createServer(handle).listen(0, '127.0.0.1')
  await once(a, 'listening')
  a.once('close', close)
  open.push(a)
  return (a.address() as AddressInfo).port
}

async function ask(
  port: number,
  { method = 'POST', headers = {}, body = '' }: Asked = {},
): Promise<IncomingMessage & { text: string }> {
  const all = { 'mcp-session-id': 'b.secret', ...headers }
  const sent = request({ port, host: '127.0.0.1', method, headers: all, agent: false })
  sent.end(body)
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  let text = ''
  for await (const chunk of answer) text += String(chunk)
  return Object.assign(answer, { text })
}

interface Asked {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string
}

test('a request goes on as it came, and its answer comes back as it was', async () => {
  const port = await besides((req, res) => {
    const { authorization, origin } = req.headers
    res.setHeader('x-seen', `${req.method} ${req.url} ${authorization} ${origin}`)
    res.writeHead(202, 'Taken', { 'set-cookie': ['a=1', 'b=2'] })
    req.pipe(res)
  })
  const headers = { authorization: 'Bearer ada', origin: 'https://app.example' }
  const answer = await ask(port, { headers, body: 'äöü' })
  expect(answer.statusCode).toBe(202)
  expect(answer.headers['x-seen']).toBe('POST / Bearer ada https://app.example')
  expect(answer.headers['set-cookie']).toEqual(['a=1', 'b=2'])
  expect(answer.text).toBe('äöü')
})

test('what a client writes of the headers between workers is thrown away', async () => {
  let seen: IncomingMessage['headersDistinct'] = {}
  const port = await besides((req, res) => {
    seen = req.headersDistinct
    res.end()
  })
  const headers = { 'Mortise-Worker-Key': 'guessed', 'mortise-worker-peer': '192.0.2.9' }
  await ask(port, { headers })
  expect(seen['mortise-worker-key']).toEqual(['the key'])
  expect(seen['mortise-worker-peer']).toEqual(['127.0.0.1'])
})

test('what stands in the body of a request that has none is no second request', async () => {
  const seen: unknown[] = []
  const port = await besides((req, res) => {
    seen.push(req.url)
    res.end()
  })
  const body = 'GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n'
  for (const method of ['DELETE', 'GET']) {
    await ask(port, { method, body, headers: { 'transfer-encoding': 'chunked' } })
    await ask(port, { method, body, headers: { 'content-length': body.length } })
  }
  expect(seen).toEqual(['/', '/', '/', '/'])
})

describe('answered where it came', () => {
  test.each([
    ['a request without a session', { 'mcp-session-id': undefined }],
    ['one of a session of its own', { 'mcp-session-id': 'a.secret' }],
    ['one of a worker that is gone', { 'mcp-session-id': 'c.secret' }],
    ['one whose session names no worker', { 'mcp-session-id': 'secret' }],
    ['one that names a place elsewhere', { 'mcp-session-id': '../b.secret' }],
  ])('is %s', async (_what, given) => {
    const port = await besides((_req, res) => void res.end('passed on'))
    const [named] = Object.values(given)
    const sent = request({
      port,
      host: '127.0.0.1',
      method: 'POST',
      agent: false,
      headers: named === undefined ? {} : { 'mcp-session-id': named },
    })
    sent.end()
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(404)
    answer.resume()
  })
})

test('a client that does not read slows its owner down', async () => {
  let written = 0
  let isFull = false
  const port = await besides((_req, res) => {
    const piece = 'x'.repeat(64 * 1024)
    const write = (): void => {
      isFull = false
      for (let n = 0; n < 1_000; n++) {
        written += piece.length
        if (!res.write(piece)) {
          isFull = true
          res.once('drain', write)
          return
        }
      }
    }
    write()
  })
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nMcp-Session-Id: b.secret\r\n\r\n')
  let before = -1
  // It is full, and stays so for a while: no more was written since the last look.
  await vi.waitFor(
    () => {
      const last = before
      before = written
      expect(isFull && last === written).toBe(true)
    },
    { interval: 200, timeout: 15_000 },
  )
  expect(written).toBeLessThan(32 * 1024 * 1024) // what sockets and streams hold
  socket.destroy()
})

test('the owner hears that the client has left', async () => {
  const left = vi.fn()
  const port = await besides((_req, res) => {
    res.once('close', left)
    res.writeHead(200).write('begun')
  })
  const sent = request({
    port,
    host: '127.0.0.1',
    agent: false,
    headers: { 'mcp-session-id': 'b.secret' },
  })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [IncomingMessage]
  answer.destroy()
  await vi.waitFor(() => expect(left).toHaveBeenCalled())
})

test.each([
  ['before it has answered', (): void => {}],
  ['in the middle of its answer', (begin: () => void): void => begin()],
])('the client hears that the owner ends %s', async (_when, mayBegin) => {
  const port = await besides((req, res) => {
    mayBegin(() => res.writeHead(200).write('begun'))
    setImmediate(() => req.socket.destroy())
  })
  await expect(ask(port)).rejects.toMatchObject({ code: 'ECONNRESET' })
})

describe('the owner', () => {
  const peers: string[] = []
  const server = {
    handle(exchange: Exchange): void {
      peers.push(exchange.peer)
      exchange.reply(200, {})
    },
  }

  test('believes the address of the peer, from who has the key', async () => {
    const at = { at: `${folder}b`, key: 'the key', path: '/mcp', graceMs: 10 }
    const close = await listenAsOwner(server, at)
    expect((await ask(await reached())).statusCode).toBe(200)
    expect(peers).toEqual(['127.0.0.1'])
    await close()
  })

  test('answers nobody without it', async () => {
    const at = { at: `${folder}b`, key: 'another key', path: '/mcp', graceMs: 10 }
    const close = await listenAsOwner(server, at)
    expect((await ask(await reached())).statusCode).toBe(403)
    expect(peers).toHaveLength(1)
    await close()
  })
})
