import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { connect } from 'node:net'
import { afterEach, expect } from 'vitest'
import { listen } from '../../src/node/listen.ts'
import { resolveLimits } from '../../src/std/limits.ts'
import type { Limits } from '../../src/std/limits.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import { settle, until } from '../settle.ts'
import { testLimit } from './limit.ts'

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Listened {
  readonly port: number
  readonly runtime: TestRuntime
}

async function start(limits: Partial<Limits>, handler?: RequestListener): Promise<Listened> {
  const runtime = createTestRuntime()
  const hello: RequestListener = (_req, res) => void res.end('hello')
  const { port, close } = await listen(handler ?? hello, { limits: resolveLimits(limits), runtime })
  closers.push(async () => {
    const closed = close({ drainMs: 1 })
    runtime.advance(1_000)
    await closed
  })
  return { port, runtime }
}

async function dial(port: number, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', localAddress })
  socket.on('error', () => {})
  closers.push(() => socket.destroy())
  await once(socket, 'connect')
  return socket
}

const request = 'GET / HTTP/1.1\r\nHost: h\r\n\r\n'

/** Whether a request on `socket` is answered; otherwise the connection was closed. */
async function isServed(socket: Socket): Promise<boolean> {
  const answered = new Promise<boolean>((resolve) => {
    socket.once('data', () => resolve(true)).once('close', () => resolve(false))
  })
  socket.write(request)
  return await answered
}

testLimit('maxConnections', {
  at: [
    'every connection is served',
    async () => {
      const { port } = await start({ maxConnections: 2 })
      const sockets = [await dial(port), await dial(port)]
      for (const socket of sockets) expect(await isServed(socket)).toBe(true)
    },
  ],
  past: [
    'one more is closed at once, until another has gone',
    async () => {
      const { port } = await start({ maxConnections: 1 })
      const first = await dial(port)
      expect(await isServed(first)).toBe(true)
      expect(await isServed(await dial(port, '127.0.0.2'))).toBe(false)
      first.destroy()
      await settle(50)
      expect(await isServed(await dial(port))).toBe(true)
    },
  ],
})

testLimit('maxConnectionsPerPeer', {
  at: [
    'every connection of one address is served',
    async () => {
      const { port } = await start({ maxConnectionsPerPeer: 2 })
      const sockets = [await dial(port), await dial(port)]
      for (const socket of sockets) expect(await isServed(socket)).toBe(true)
    },
  ],
  past: [
    'one more is closed at once, and another address is served',
    async () => {
      const { port } = await start({ maxConnectionsPerPeer: 1 })
      const first = await dial(port)
      expect(await isServed(first)).toBe(true)
      expect(await isServed(await dial(port))).toBe(false)
      expect(await isServed(await dial(port, '127.0.0.2'))).toBe(true)
      first.destroy()
      await settle(50)
      expect(await isServed(await dial(port))).toBe(true)
    },
  ],
})

const answer = 'x'.repeat(32 * 1024 * 1024)

interface Reading extends Listened {
  readonly socket: Socket
  /** Whether the server has let go of the connection. */
  readonly isCut: () => boolean
}

/** A connection on which a large answer waits for a peer that does not read. */
async function unread(limits: Partial<Limits>): Promise<Reading> {
  let cut = false
  let answered = false
  const listened = await start(limits, (req, res) => {
    req.socket.once('close', () => (cut = true))
    res.end(answer)
    answered = true
  })
  const socket = await dial(listened.port)
  socket.pause()
  socket.write(request)
  await until(() => answered)
  await settle(100)
  return { ...listened, socket, isCut: () => cut }
}

testLimit('writeTimeoutMs', {
  at: [
    'a peer that takes a little in that time is waited for, and so is a call that runs',
    async () => {
      const { runtime, socket, isCut } = await unread({ writeTimeoutMs: 1_000 })
      for (let time = 0; time < 6; time++) {
        runtime.advance(500)
        const before = socket.bytesRead
        socket.resume()
        await until(() => socket.bytesRead > before + 1_000_000)
        socket.pause()
        await settle(100)
      }
      expect(isCut()).toBe(false)
      const quiet = await start({ writeTimeoutMs: 1_000 }, () => {})
      const waiting = await dial(quiet.port)
      waiting.write(request)
      await settle(50)
      quiet.runtime.advance(60_000)
      await settle(50)
      expect(waiting.destroyed).toBe(false)
    },
  ],
  past: [
    'a peer that takes nothing is cut, with what waits for it',
    async () => {
      const { runtime, isCut } = await unread({ writeTimeoutMs: 1_000 })
      runtime.advance(500)
      runtime.advance(500)
      expect(isCut()).toBe(false)
      runtime.advance(500)
      runtime.advance(500)
      await until(isCut)
    },
  ],
})

/** How long a peer that sends `bytes` and nothing more is waited for, in milliseconds. */
async function waitedFor(bytes: string, limits: Partial<Limits>): Promise<number> {
  const { port } = await start(limits, () => {})
  const socket = await dial(port)
  const began = performance.now()
  socket.resume().write(bytes)
  await once(socket, 'close')
  return performance.now() - began
}

testLimit('headTimeoutMs', {
  at: [
    'a head may take that long',
    async () => {
      const head = 'GET / HTTP/1.1\r\nHost: '
      expect(await waitedFor(head, { headTimeoutMs: 100 })).toBeGreaterThanOrEqual(99)
    },
  ],
  past: [
    'the connection of a slower one is ended, whatever a body may take',
    async () => {
      const limits = { headTimeoutMs: 100, bodyTimeoutMs: 60_000 }
      expect(await waitedFor('GET / HTTP/1.1\r\nHost: ', limits)).toBeLessThan(5_000)
    },
  ],
})
