import { expect } from 'vitest'
import { readEvents } from '../event-reading.ts'
import { sessionPeer } from '../session-peer.ts'
import type { SessionPeer } from '../session-peer.ts'
import { settle } from '../settle.ts'
import { heldServer } from './held-server.ts'
import type { HeldServer } from './held-server.ts'
import { testLimit } from './limit.ts'

/** The length of one log line of the tool `flood` as it is stored, for `chars` characters. */
function lineLength(chars: number): number {
  return JSON.stringify({
    jsonrpc: '2.0',
    method: 'notifications/message',
    params: { level: 'warning', data: 'x'.repeat(chars) },
  }).length
}

/** The answer of the tool `flood`. */
const answerLength = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  result: { content: [{ type: 'text', text: 'done' }] },
}).length

/** Has `times` log lines of `chars` said on one stream, and takes it up again from its start: what was kept. */
async function kept(
  peer: SessionPeer,
  { times, chars = 10 }: { times: number; chars?: number },
): Promise<number> {
  const stream = readEvents(await peer.call('flood', { times, chars }))
  await settle()
  const start = stream.events[0]?.id
  const again = readEvents(await peer.get(start))
  await settle()
  return again.messages.length
}

async function opened({ server }: HeldServer, peer?: string): Promise<SessionPeer> {
  const own = sessionPeer(server.handle, peer === undefined ? {} : { peer })
  await own.open()
  return own
}

testLimit('maxStoredEvents', {
  at: [
    'everything that was said can be had again',
    async () => {
      const peer = await opened(heldServer({ limits: { maxStoredEvents: 5 } }))
      expect(await kept(peer, { times: 4 })).toBe(5)
    },
  ],
  past: [
    'the oldest message is let go',
    async () => {
      const peer = await opened(heldServer({ limits: { maxStoredEvents: 5 } }))
      expect(await kept(peer, { times: 5 })).toBe(5)
    },
  ],
})

testLimit('maxStoredEventBytes', {
  at: [
    'messages of just so many bytes are all kept',
    async () => {
      const maxStoredEventBytes = 2 * lineLength(1_000) + answerLength
      const peer = await opened(heldServer({ limits: { maxStoredEventBytes } }))
      expect(await kept(peer, { times: 2, chars: 1_000 })).toBe(3)
    },
  ],
  past: [
    'the oldest goes when a byte is missing, and a message that is longer by itself is not kept',
    async () => {
      const maxStoredEventBytes = 2 * lineLength(1_000) + answerLength - 1
      const peer = await opened(heldServer({ limits: { maxStoredEventBytes } }))
      expect(await kept(peer, { times: 2, chars: 1_000 })).toBe(2)
      expect(await kept(peer, { times: 1, chars: maxStoredEventBytes })).toBe(1)
    },
  ],
})

testLimit('maxStoredBytesPerPeer', {
  at: [
    'a stream of just so many bytes can be resumed',
    async () => {
      const maxStoredBytesPerPeer = lineLength(10) + answerLength
      const peer = await opened(heldServer({ limits: { maxStoredBytesPerPeer } }))
      expect(await kept(peer, { times: 1 })).toBe(2)
    },
  ],
  past: [
    'streams of that peer go on without being kept, and those of another peer are kept',
    async () => {
      const held = heldServer({ limits: { maxStoredBytesPerPeer: lineLength(10) + answerLength } })
      const greedy = await opened(held, '192.0.2.1')
      const second = await opened(held, '192.0.2.1')
      const other = await opened(held, '192.0.2.2')
      expect(await kept(greedy, { times: 1 })).toBe(2)
      expect(await kept(second, { times: 1 })).toBe(0)
      expect(await kept(other, { times: 1 })).toBe(2)
      await greedy.delete()
      expect(await kept(second, { times: 1 })).toBe(2)
    },
  ],
})

testLimit('maxStoredBytes', {
  at: [
    'streams of all peers are kept within it',
    async () => {
      const held = heldServer({ limits: { maxStoredBytes: 2 * (lineLength(10) + answerLength) } })
      for (const address of ['192.0.2.1', '192.0.2.2']) {
        expect(await kept(await opened(held, address), { times: 1 })).toBe(2)
      }
    },
  ],
  past: [
    'a further stream is delivered and not kept, until the bytes of others are given back',
    async () => {
      const limits = {
        maxStoredBytes: lineLength(10) + answerLength,
        resumeWindowMs: 1_000,
        keepAliveMs: 500,
      }
      const held = heldServer({ limits })
      expect(await kept(await opened(held, '192.0.2.1'), { times: 1 })).toBe(2)
      const other = await opened(held, '192.0.2.2')
      expect(readEvents(await other.call('flood')).end).toBeUndefined()
      expect(await kept(other, { times: 1 })).toBe(0)
      held.runtime.advance(2_000)
      expect(await kept(other, { times: 1 })).toBe(2)
    },
  ],
})

testLimit('resumeWindowMs', {
  at: [
    'a stream that has ended is there for this long',
    async () => {
      const { server, runtime } = heldServer({
        limits: { resumeWindowMs: 3_000, keepAliveMs: 500 },
      })
      const peer = sessionPeer(server.handle)
      await peer.open()
      const stream = readEvents(await peer.call('flood'))
      await settle()
      runtime.advance(3_000)
      const again = await peer.get(stream.events[0]?.id)
      expect(again.status).toBe(200)
    },
  ],
  past: [
    'it is gone at the next beat',
    async () => {
      const { server, runtime } = heldServer({
        limits: { resumeWindowMs: 3_000, keepAliveMs: 500 },
      })
      const peer = sessionPeer(server.handle)
      await peer.open()
      const stream = readEvents(await peer.call('flood'))
      await settle()
      runtime.advance(3_500)
      expect((await peer.get(stream.events[0]?.id)).status).toBe(400)
    },
  ],
})
