import { once } from 'node:events'
import type { RequestListener, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { defaultLimits } from '../std/limits.ts'
import { createTestRuntime } from '../testing/runtime.ts'
import type { Listening, ListenOptions } from './listen.ts'
import { listen } from './listen.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function start(handler: RequestListener, options?: ListenOptions): Promise<Listening> {
  const listening = await listen(handler, options)
  closers.push(() => listening.close({ drainMs: 1 }))
  return listening
}

async function dial(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => {})
  closers.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const hello: RequestListener = (_req, res) => void res.end('hello')
const request = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

// HTTP25-04, HTTP26-03 (basic/transports, "Security Warning")
// SSE-06 (2024-11-05, basic/transports, "Security Warning")
test('by default a free port of this machine alone is served', async () => {
  const { url, port } = await start((req, res) => void res.end(req.socket.localAddress))
  expect(url).toBe(`http://127.0.0.1:${port}`)
  expect(await (await fetch(url)).text()).toBe('127.0.0.1')
})

test('the URL of a server for all addresses can be dialled', async () => {
  const { url, port } = await start(hello, { host: '0.0.0.0' })
  expect(url).toBe(`http://127.0.0.1:${port}`)
  expect(await (await fetch(url)).text()).toBe('hello')
})

test('a taken port is an error that names it and the way out', async () => {
  const { port } = await start(hello)
  await expect(listen(hello, { port })).rejects.toMatchObject({
    code: 'ERR_PORT_TAKEN',
    message: `port ${port} of 127.0.0.1 is taken; stop what listens there, or choose another port (0 takes a free one)`,
  })
})

test('the next free port is taken where that is asked for', async () => {
  const first = await start(hello)
  const second = await start(hello, { port: first.port, nextFreePort: true })
  expect(second.port).toBeGreaterThan(first.port)
  expect(second.port).toBeLessThanOrEqual(first.port + 20)
  expect(await (await fetch(second.url)).text()).toBe('hello')
})

test('an address of another machine is refused with a reason', async () => {
  await expect(listen(hello, { host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'ERR_LISTEN',
    message: expect.stringContaining('this machine has no such address') as unknown,
  })
})

test('close ends idle connections at once and takes no new ones', async () => {
  const { port, close } = await start(hello)
  const [used, fresh] = await Promise.all([dial(port), dial(port)])
  used.write(request)
  await once(used, 'data')
  const ended = Promise.all([once(used, 'close'), once(fresh, 'close')])
  await close({ drainMs: 60_000 })
  await ended
  await expect(fetch(`http://127.0.0.1:${port}`)).rejects.toThrow()
})

test('close waits for an answer under way, and then does not wait for its connection', async () => {
  let finish = (): void => {}
  const { port, close } = await start((_req, res) => {
    res.write('first ')
    finish = () => res.end('last')
  })
  const socket = await dial(port)
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString()))
  socket.write(request)
  await once(socket, 'data')
  const closed = close({ drainMs: 60_000 })
  finish()
  await closed
  expect(text).toMatch(/first [^]*last/)
})

test('close cuts off what still runs after drainMs', async () => {
  const runtime = createTestRuntime()
  const left = new Promise<void>((resolve) => {
    void start((_req, res: ServerResponse) => void res.on('close', resolve).write('x'), {
      runtime,
    }).then(async ({ port, close }) => {
      const socket = await dial(port)
      socket.write(request)
      await once(socket, 'data')
      void close()
      runtime.advance(defaultLimits.drainMs)
    })
  })
  await left
})

test('a second close waits for the first', async () => {
  const { close } = await start(hello)
  await Promise.all([close(), close()])
  await close()
})

test.each([
  ['sends nothing', ''],
  ['sends its head byte by byte', 'GET / HTTP/1.1\r\nHost: '],
  ['sends a body without end', 'POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nx'],
])('a peer that %s is let go in time', async (_how, bytes) => {
  const limits = { ...defaultLimits, bodyTimeoutMs: 100 }
  const { port } = await start(() => {}, { limits })
  const socket = await dial(port)
  socket.resume().write(bytes)
  await once(socket, 'close')
})

// SEC-44 (SEP-2243)
test('a head that is too large is refused', async () => {
  const { url } = await start(hello, { maxHeaderBytes: 1024 })
  const answer = await fetch(url, { headers: { 'x-large': 'x'.repeat(2_000) } })
  expect(answer.status).toBe(431)
})
