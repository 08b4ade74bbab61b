import { expect } from 'vitest'
import { createFetchExchange } from '../../src/http/fetch-exchange.ts'
import { createServer } from '../../src/server/index.ts'
import type { Limits } from '../../src/server/index.ts'
import { settle } from '../settle.ts'
import { testLimit } from './limit.ts'

interface Upload {
  readonly status: Promise<number>
  /** Sends a piece of the body. */
  send(bytes: number): Promise<void>
  /** Ends the body. */
  end(): void
}

function receiving(limits: Partial<Limits>): (peer: string) => Upload {
  const server = createServer({ name: 'receiving', version: '1.0.0', limits })
  return (peer) => {
    let controller: ReadableStreamDefaultController<Uint8Array>
    const body = new ReadableStream<Uint8Array>({ start: (own) => void (controller = own) })
    const request = new Request('http://localhost/mcp', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
      duplex: 'half',
    } as RequestInit)
    const { exchange, response } = createFetchExchange(request, { peer })
    server.handle(exchange)
    return {
      status: response.then(({ status }) => status),
      async send(bytes) {
        controller.enqueue(new Uint8Array(bytes).fill(0x20))
        await settle()
      },
      end: () => controller.close(),
    }
  }
}

/** What a body of blanks is answered with once it was read: it is no JSON. */
const read = 400

testLimit('maxBodyBytes', {
  at: [
    'bodies of all peers that fit together are read',
    async () => {
      const upload = receiving({ maxBodyBytes: 200 })
      const [one, two] = [upload('192.0.2.1'), upload('192.0.2.2')]
      await one.send(100)
      await two.send(100)
      one.end()
      two.end()
      expect([await one.status, await two.status]).toEqual([read, read])
    },
  ],
  past: [
    'one byte more is told to come later, and there is room again when another was read',
    async () => {
      const upload = receiving({ maxBodyBytes: 200 })
      const [one, two] = [upload('192.0.2.1'), upload('192.0.2.2')]
      await one.send(100)
      await two.send(101)
      expect(await two.status).toBe(503)
      one.end()
      expect(await one.status).toBe(read)
      const three = upload('192.0.2.2')
      await three.send(200)
      three.end()
      expect(await three.status).toBe(read)
    },
  ],
})

testLimit('maxBodyBytesPerPeer', {
  at: [
    'what one peer sends at once is read',
    async () => {
      const upload = receiving({ maxBodyBytesPerPeer: 100 })
      const one = upload('192.0.2.1')
      await one.send(100)
      one.end()
      expect(await one.status).toBe(read)
    },
  ],
  past: [
    'one byte more is refused, and other peers are not',
    async () => {
      const upload = receiving({ maxBodyBytesPerPeer: 100 })
      const [one, two, other] = [upload('192.0.2.1'), upload('192.0.2.1'), upload('192.0.2.2')]
      await one.send(100)
      await two.send(1)
      expect(await two.status).toBe(503)
      await other.send(100)
      other.end()
      expect(await other.status).toBe(read)
      one.end()
      expect(await one.status).toBe(read)
    },
  ],
})
