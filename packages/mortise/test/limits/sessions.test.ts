import { expect } from 'vitest'
import { readEvents } from '../event-reading.ts'
import { sessionPeer } from '../session-peer.ts'
import { settle } from '../settle.ts'
import { heldServer } from './held-server.ts'
import { testLimit } from './limit.ts'
import type { Json } from '../json.ts'

/** The statuses of `count` peers, each of its own address, that open a session. */
async function openMany(
  handle: Parameters<typeof sessionPeer>[0],
  count: number,
): Promise<number[]> {
  const statuses: number[] = []
  for (let index = 0; index < count; index++) {
    statuses.push((await sessionPeer(handle, { peer: `192.0.2.${index}` }).open()).status)
  }
  return statuses
}

testLimit('maxSessions', {
  at: [
    'every peer gets its session',
    async () => {
      const { server } = heldServer({ limits: { maxSessions: 3 } })
      expect(await openMany(server.handle, 3)).toEqual([200, 200, 200])
    },
  ],
  past: [
    'a further peer is told to come later, and gets in when another has left',
    async () => {
      const { server } = heldServer({ limits: { maxSessions: 2 } })
      const leaving = sessionPeer(server.handle, { peer: '192.0.2.100' })
      await leaving.open()
      expect(await openMany(server.handle, 2)).toEqual([200, 503])
      const late = sessionPeer(server.handle, { peer: '192.0.2.101' })
      expect((await late.open()).headers.get('retry-after')).toBe('30')
      expect((await leaving.delete()).status).toBe(204)
      expect((await late.open()).status).toBe(200)
    },
  ],
})

testLimit('maxSessionsPerPeer', {
  at: [
    'all sessions of one peer go on',
    async () => {
      const { server } = heldServer({ limits: { maxSessionsPerPeer: 2 } })
      const [one, two] = [sessionPeer(server.handle), sessionPeer(server.handle)]
      await one.open()
      await two.open()
      expect((await one.call('say')).status).toBe(200)
      expect((await two.call('say')).status).toBe(200)
    },
  ],
  past: [
    'the least recently used idle session of that peer ends, and of no other',
    async () => {
      const { server, runtime } = heldServer({ limits: { maxSessionsPerPeer: 2 } })
      const other = sessionPeer(server.handle, { peer: '192.0.2.99' })
      await other.open()
      const [one, two, three] = [1, 2, 3].map(() => sessionPeer(server.handle)) as [
        Json,
        Json,
        Json,
      ]
      await one.open()
      await two.open()
      runtime.advance(5)
      await one.call('say')
      await three.open()
      expect((await two.call('say')).status).toBe(404)
      for (const living of [one, three, other]) {
        expect((await living.call('say')).status).toBe(200)
      }
    },
  ],
})

// HTTP25-37 (basic/transports, "Session Management")
testLimit('sessionTtlMs', {
  at: [
    'a session that nobody used for this long still answers',
    async () => {
      const { server, runtime } = heldServer({ limits: { sessionTtlMs: 60_000, keepAliveMs: 500 } })
      const peer = sessionPeer(server.handle)
      await peer.open()
      runtime.advance(60_000)
      expect((await peer.call('say')).status).toBe(200)
    },
  ],
  past: [
    'it is ended at the next beat, and no timer is left',
    async () => {
      const { server, runtime } = heldServer({ limits: { sessionTtlMs: 60_000, keepAliveMs: 500 } })
      const peer = sessionPeer(server.handle)
      await peer.open()
      runtime.advance(60_500)
      expect((await peer.call('say')).status).toBe(404)
      expect(runtime.timers).toBe(0)
    },
  ],
})

testLimit('maxStreamsPerSession', {
  at: [
    'each call speaks on its own stream',
    async () => {
      const { server } = heldServer({ limits: { maxStreamsPerSession: 2 } })
      const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
      await peer.open()
      for (const response of [await peer.call('ask'), await peer.call('ask')]) {
        expect(response.headers.get('content-type')).toBe('text/event-stream')
      }
    },
  ],
  past: [
    'a further question fails at once, a call that says nothing goes on, and an ended stream makes room',
    async () => {
      const { server, reported } = heldServer({ limits: { maxStreamsPerSession: 1 } })
      const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
      await peer.open()
      const asking = readEvents(await peer.call('ask'))
      const failed: Json = await (await peer.call('ask')).json()
      expect(failed.result.isError).toBe(true)
      expect(reported).toMatchObject([{ code: 'ERR_LIMIT', limit: 'maxStreamsPerSession' }])
      expect((await peer.call('say')).headers.get('content-type')).toBe('application/json')
      await settle()
      const [question] = asking.messages
      await peer.post({ jsonrpc: '2.0', id: question.id, result: { action: 'decline' } })
      await settle()
      expect(asking.end).toBe('done')
      expect((await peer.call('ask')).headers.get('content-type')).toBe('text/event-stream')
    },
  ],
})

testLimit('maxAsksPerPeer', {
  at: [
    'all questions are sent',
    async () => {
      const { server } = heldServer({ limits: { maxAsksPerPeer: 2 } })
      const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
      await peer.open()
      const stream = readEvents(await peer.call('asks', { times: 2 }))
      await settle()
      expect(stream.messages.map(({ method }) => method)).toEqual([
        'elicitation/create',
        'elicitation/create',
      ])
    },
  ],
  past: [
    'one more fails its call; what the call had asked is taken back and its places are free again',
    async () => {
      const { server, reported } = heldServer({ limits: { maxAsksPerPeer: 2 } })
      const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
      await peer.open()
      const stream = readEvents(await peer.call('asks', { times: 3 }))
      await settle()
      expect(stream.messages.at(-1).result.isError).toBe(true)
      expect(reported).toMatchObject([{ limit: 'maxAsksPerPeer' }])
      expect(stream.messages.map(({ method }) => method)).toEqual([
        'elicitation/create',
        'elicitation/create',
        'notifications/cancelled',
        'notifications/cancelled',
        undefined,
      ])
      const again = readEvents(await peer.call('asks', { times: 2 }))
      await settle()
      expect(again.messages).toHaveLength(2)
    },
  ],
})

// LIFE-14, CANC-07 (basic/lifecycle, "Timeouts")
// HTTP25-08 (basic/transports, "Sending Messages to the Server")
testLimit('askTimeoutMs', {
  at: [
    'an answer in the last millisecond counts',
    async () => {
      const { server, runtime } = heldServer({ limits: { askTimeoutMs: 5_000 } })
      const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
      await peer.open()
      const stream = readEvents(await peer.call('ask'))
      await settle()
      runtime.advance(4_999)
      await peer.post({
        jsonrpc: '2.0',
        id: stream.messages[0].id,
        result: { action: 'accept', content: { yes: true } },
      })
      await settle()
      expect(stream.messages.at(-1).result.content[0].text).toBe('accept')
    },
  ],
  past: [
    'the question is taken back, its call fails, and a late answer is ignored',
    async () => {
      const { server, runtime, reported } = heldServer({ limits: { askTimeoutMs: 5_000 } })
      const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
      await peer.open()
      const stream = readEvents(await peer.call('ask'))
      await settle()
      runtime.advance(5_000)
      await settle()
      const [question, taken, answer] = stream.messages
      expect(taken).toMatchObject({
        method: 'notifications/cancelled',
        params: { requestId: question.id },
      })
      expect(answer.result.isError).toBe(true)
      expect(reported).toMatchObject([{ code: 'ERR_TIMEOUT' }])
      const late = await peer.post({
        jsonrpc: '2.0',
        id: question.id,
        result: { action: 'decline' },
      })
      expect(late.status).toBe(202)
    },
  ],
})

// LIFE-05 (basic/lifecycle, "Initialization")
testLimit('readyTimeoutMs', {
  at: [
    'a client that has not said that it is ready is not asked yet',
    async () => {
      const { server, runtime } = heldServer({ limits: { readyTimeoutMs: 5_000 } })
      const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
      await peer.open({ ready: false })
      const answer = peer.call('ask')
      await settle()
      runtime.advance(4_999)
      await settle()
      await peer.post({ jsonrpc: '2.0', method: 'notifications/initialized' })
      const stream = readEvents(await answer)
      await settle()
      expect(stream.messages).toMatchObject([{ method: 'elicitation/create' }])
      expect(runtime.monotonic()).toBe(4_999)
    },
  ],
  past: [
    'one that never says so is asked all the same',
    async () => {
      const { server, runtime } = heldServer({ limits: { readyTimeoutMs: 5_000 } })
      const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
      await peer.open({ ready: false })
      const answer = peer.call('ask')
      await settle()
      runtime.advance(5_000)
      const stream = readEvents(await answer)
      await settle()
      expect(stream.messages).toMatchObject([{ method: 'elicitation/create' }])
    },
  ],
})

// HTTP26-13 (basic/transports, "Sending Messages to the Server")
testLimit('keepAliveMs', {
  at: [
    'a silent stream hears a comment at each beat',
    async () => {
      const { server, runtime } = heldServer({ limits: { keepAliveMs: 1_000 } })
      const peer = sessionPeer(server.handle)
      await peer.open()
      const stream = readEvents(await peer.get())
      await settle()
      runtime.advance(1_000)
      await settle()
      expect(stream.text.match(/^: keep-alive$/gm)).toHaveLength(1)
    },
  ],
  past: [
    'nothing comes before its time, nor to a reader that has not taken the last one',
    async () => {
      const { server, runtime } = heldServer({ limits: { keepAliveMs: 1_000 } })
      const peer = sessionPeer(server.handle)
      await peer.open()
      const unread = await peer.get()
      runtime.advance(999)
      runtime.advance(10_000)
      const stream = readEvents(unread)
      await settle()
      expect(stream.text).not.toContain('keep-alive')
    },
  ],
})

// HTTP25-16 (basic/transports, "Sending Messages to the Server")
testLimit('retryMs', {
  at: [
    'a resuming client is told how long to wait',
    async () => {
      const { server } = heldServer({ limits: { retryMs: 2_500 } })
      const peer = sessionPeer(server.handle)
      await peer.open()
      const stream = readEvents(await peer.get())
      await settle()
      expect(stream.events).toMatchObject([{ retryMs: 2_500, hasData: false }])
    },
  ],
  past: [
    'a value that is no whole number of milliseconds is refused when the server is made',
    () => {
      expect(() => heldServer({ limits: { retryMs: 0.5 } })).toThrow(TypeError)
    },
  ],
})

/** The answer to a batch of so many pings. */
async function batchOf(length: number, limits: { maxBatch: number }): Promise<Json> {
  const peer = sessionPeer(heldServer({ limits }).server.handle, { version: '2025-03-26' })
  await peer.open()
  const batch = Array.from({ length }, (_, id) => ({ jsonrpc: '2.0', id, method: 'ping' }))
  return await (await peer.post(batch)).json()
}

// BASE-12 (2025-03-26, basic, "Batching")
testLimit('maxBatch', {
  at: [
    'every request of a batch is answered',
    async () => expect(await batchOf(3, { maxBatch: 3 })).toHaveLength(3),
  ],
  past: [
    'the batch is refused as a whole',
    async () => {
      const { error } = await batchOf(4, { maxBatch: 3 })
      expect(error.message).toBe('a batch has at most 3 messages')
    },
  ],
})
