import { expect } from 'vitest'
import { readEvents } from '../event-reading.ts'
import { channelPeer } from '../channel-peer.ts'
import { statelessMeta, statelessPost } from '../post.ts'
import { callStateless } from '../stateless-peer.ts'
import { settle, until } from '../settle.ts'
import { heldServer } from './held-server.ts'
import { testLimit } from './limit.ts'
import { json } from '../json.ts'
import type { Json } from '../json.ts'

testLimit('maxCalls', {
  at: [
    'calls of all peers run side by side',
    async () => {
      const { server, held, release } = heldServer({ limits: { maxCalls: 3 } })
      const calls = [1, 2, 3].map((n) =>
        callStateless(server.handle, 'hold', { peer: `192.0.2.${n}` }),
      )
      await until(() => held.size === 3)
      release()
      for (const call of calls) expect((await call).status).toBe(200)
    },
  ],
  past: [
    'one more is told to come later, and gets in when another has ended',
    async () => {
      const { server, held, release } = heldServer({ limits: { maxCalls: 1 } })
      const first = callStateless(server.handle, 'hold', { peer: '192.0.2.1' })
      await until(() => held.size === 1)
      const refused = await callStateless(server.handle, 'say', { peer: '192.0.2.2' })
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
      release()
      await first
      expect((await callStateless(server.handle, 'say', { peer: '192.0.2.2' })).status).toBe(200)
    },
  ],
})

// BASE-33, TOOL-21 (server/tools, "Security Considerations")
testLimit('maxCallsPerPeer', {
  at: [
    'so many calls of one channel run side by side',
    async () => {
      const { server, held, release } = heldServer({ limits: { maxCallsPerPeer: 2 } })
      const peer = channelPeer()
      void server.attach(peer.channel)
      peer.call(1, 'hold')
      peer.call(2, 'hold')
      expect(held.size).toBe(2)
      release()
      await settle()
      expect(peer.told.map(({ id, result }) => [id, result.content[0].text])).toEqual([
        [1, 'held'],
        [2, 'held'],
      ])
    },
  ],
  past: [
    'one more is refused, and other peers are not',
    async () => {
      const { server, held } = heldServer({ limits: { maxCallsPerPeer: 1 } })
      const [greedy, other] = [channelPeer(), channelPeer()]
      void server.attach(greedy.channel)
      void server.attach(other.channel)
      greedy.call(1, 'hold')
      greedy.call(2, 'say')
      other.call(1, 'hold')
      expect(greedy.told).toMatchObject([
        { id: 2, error: { message: 'Too many calls at once: try again later' } },
      ])
      expect(other.told).toEqual([])
      expect(held.size).toBe(2)
    },
  ],
})

// PROG-06 (basic/utilities/progress)
testLimit('maxQueuedBytes', {
  at: [
    'a reader that is slow gets every log line within it, and the answer',
    async () => {
      const { server } = heldServer({ limits: { maxQueuedBytes: 10_000 } })
      const options = { args: { times: 8, chars: 1_000 }, logLevel: 'debug' }
      const stream = readEvents(await callStateless(server.handle, 'flood', options))
      await until(() => stream.end === 'done')
      expect(stream.messages).toHaveLength(9)
    },
  ],
  past: [
    'log lines are left out and the answer is not, over HTTP and over a channel',
    async () => {
      const { server } = heldServer({ limits: { maxQueuedBytes: 10_000 } })
      const options = { args: { times: 100, chars: 1_000 }, logLevel: 'debug' }
      const stream = readEvents(await callStateless(server.handle, 'flood', options))
      await until(() => stream.end === 'done')
      expect(stream.messages.length).toBeLessThan(11)
      expect(stream.messages.at(-1).result.content[0].text).toBe('done')
      const peer = channelPeer({ reads: false })
      void server.attach(peer.channel)
      peer.call(1, 'flood', options.args)
      expect(peer.told.length).toBeLessThan(11)
      expect(peer.told.at(-1).id).toBe(1)
    },
  ],
})

testLimit('maxUnreadBytes', {
  at: [
    'answers wait for a channel whose peer does not read, and arrive when it does',
    () => {
      const { server, reported } = heldServer({ limits: { maxUnreadBytes: 10_000 } })
      const peer = channelPeer({ reads: false })
      void server.attach(peer.channel)
      for (let id = 1; id <= 9; id++) peer.call(id, 'say', { chars: 900 })
      peer.read()
      expect([peer.closed, peer.told.length, reported]).toEqual([false, 9, []])
    },
  ],
  past: [
    'the channel is ended with the reason, its calls are cancelled, and nothing more is held',
    async () => {
      const { server, reported, held } = heldServer({ limits: { maxUnreadBytes: 10_000 } })
      const peer = channelPeer({ reads: false })
      const over = server.attach(peer.channel)
      peer.call(1_000, 'hold')
      for (let id = 1; id <= 1_000; id++) peer.call(id, 'say', { chars: 900 })
      expect(peer.closed).toBe(true)
      expect(peer.told.length).toBeLessThan(13)
      expect(reported).toMatchObject([{ code: 'ERR_LIMIT', limit: 'maxUnreadBytes' }])
      for (const end of held) end()
      await over
    },
  ],
})

testLimit('maxMessageBytes', {
  at: [
    'a body of just so many bytes is read',
    async () => {
      const bytes = new TextEncoder().encode(await statelessPost({ method: 'ping' }).text()).length
      const { server } = heldServer({ limits: { maxMessageBytes: bytes } })
      expect((await server.fetch(statelessPost({ method: 'ping' }))).status).toBe(404)
    },
  ],
  past: [
    'a longer body is refused with 413',
    async () => {
      const bytes = new TextEncoder().encode(await statelessPost({ method: 'ping' }).text()).length
      const { server } = heldServer({ limits: { maxMessageBytes: bytes - 1 } })
      expect((await server.fetch(statelessPost({ method: 'ping' }))).status).toBe(413)
    },
  ],
})

/** A call whose arguments make its whole message `depth` deep. */
function nested(depth: number): Record<string, unknown> {
  let value: unknown = []
  // The message, its params, its arguments and the array are four.
  for (let level = 4; level < depth; level++) value = [value]
  return { name: 'say', arguments: { value } }
}

testLimit('maxJsonDepth', {
  at: [
    'a message that is just so deep is read, over HTTP and over a channel',
    async () => {
      const { server } = heldServer({ limits: { maxJsonDepth: 8 } })
      const post = statelessPost({ method: 'tools/call', params: nested(8) })
      expect((await server.fetch(post)).status).toBe(200)
      const peer = channelPeer()
      void server.attach(peer.channel)
      const params = { ...nested(8), _meta: statelessMeta }
      peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
      expect(peer.told[0].result).toBeDefined()
    },
  ],
  past: [
    'a deeper one is a parse error',
    async () => {
      const { server } = heldServer({ limits: { maxJsonDepth: 8 } })
      const post = statelessPost({ method: 'tools/call', params: nested(9) })
      const response = await server.fetch(post)
      expect([response.status, (await json(response)).error.code]).toEqual([400, -32700])
      const peer = channelPeer()
      void server.attach(peer.channel)
      const params = { ...nested(9), _meta: statelessMeta }
      peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
      expect(peer.told).toMatchObject([{ error: { code: -32700 } }])
    },
  ],
})

/** Arguments that make a message of just so many members, over HTTP and over a channel. */
function membered(members: number): { name: string; arguments: Json } {
  // Four of the message, six of _meta, name and arguments.
  const own = 12
  const names = Array.from({ length: members - own }, (_, index) => [`m${index}`, 0])
  return { name: 'say', arguments: Object.fromEntries(names) }
}

testLimit('maxJsonMembers', {
  at: [
    'a message of just so many members is read',
    async () => {
      const { server } = heldServer({ limits: { maxJsonMembers: 20 } })
      const post = statelessPost({ method: 'tools/call', params: membered(20) })
      expect((await json(await server.fetch(post))).error?.code).not.toBe(-32700)
    },
  ],
  past: [
    'one member more is a parse error, over HTTP and over a channel',
    async () => {
      const { server } = heldServer({ limits: { maxJsonMembers: 20 } })
      const post = statelessPost({ method: 'tools/call', params: membered(21) })
      const response = await server.fetch(post)
      expect([response.status, (await json(response)).error.code]).toEqual([400, -32700])
      const peer = channelPeer()
      void server.attach(peer.channel)
      const params = { ...membered(21), _meta: statelessMeta }
      peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
      expect(peer.told).toMatchObject([{ error: { code: -32700 } }])
    },
  ],
})

/** A POST whose body comes when the test says so. */
function slowPost(): { request: Request; finish: () => void } {
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>()
  const plain = statelessPost({ method: 'tools/call', params: { name: 'say', arguments: {} } })
  // `duplex` is in the standard and not in every declaration of it.
  const init: RequestInit & { duplex: 'half' } = {
    method: 'POST',
    headers: plain.headers,
    body: readable,
    duplex: 'half',
  }
  const request = new Request(plain.url, init)
  return { request, finish: () => void plain.body?.pipeTo(writable) }
}

testLimit('bodyTimeoutMs', {
  at: [
    'a body that is complete in the last millisecond is read',
    async () => {
      const { server, runtime } = heldServer({ limits: { bodyTimeoutMs: 1_000 } })
      const { request, finish } = slowPost()
      const response = server.fetch(request)
      await settle()
      runtime.advance(999)
      finish()
      expect((await response).status).toBe(200)
      expect(runtime.timers).toBe(0)
    },
  ],
  past: [
    'a body that takes longer is refused with 408',
    async () => {
      const { server, runtime } = heldServer({ limits: { bodyTimeoutMs: 1_000 } })
      const response = server.fetch(slowPost().request)
      await settle()
      runtime.advance(1_000)
      expect((await response).status).toBe(408)
      expect(runtime.timers).toBe(0)
    },
  ],
})

testLimit('drainMs', {
  at: [
    'calls that end in time are answered, and the server is closed at once',
    async () => {
      const { server, runtime, held, release } = heldServer({ limits: { drainMs: 5_000 } })
      const call = callStateless(server.handle, 'deaf')
      await until(() => held.size === 1)
      const closed = server.close()
      runtime.advance(4_999)
      release()
      expect((await call).status).toBe(200)
      await closed
      runtime.advance(60_000)
      expect(runtime.timers).toBe(0)
    },
  ],
  past: [
    'calls that go on are cancelled, over HTTP and over a channel',
    async () => {
      const { server, runtime, held } = heldServer({ limits: { drainMs: 5_000 } })
      const call = callStateless(server.handle, 'hold')
      const peer = channelPeer()
      void server.attach(peer.channel)
      peer.call(1, 'hold')
      await until(() => held.size === 2)
      const closed = server.close()
      runtime.advance(5_000)
      await closed
      expect([held.size, peer.closed]).toEqual([0, true])
      await call
      await settle()
      runtime.advance(60_000)
      expect(runtime.timers).toBe(0)
    },
  ],
})

testLimit('pageSize', {
  at: [
    'a list of just so many items is one page',
    async () => {
      const { server } = heldServer({ limits: { pageSize: 6 } })
      const { result }: Json = await (
        await server.fetch(statelessPost({ method: 'tools/list' }))
      ).json()
      expect([result.tools.length, result.nextCursor]).toEqual([6, undefined])
    },
  ],
  past: [
    'a longer one is continued',
    async () => {
      const { server } = heldServer({ limits: { pageSize: 5 } })
      const { result }: Json = await (
        await server.fetch(statelessPost({ method: 'tools/list' }))
      ).json()
      const params = { cursor: result.nextCursor }
      const more: Json = await (
        await server.fetch(statelessPost({ method: 'tools/list', params }))
      ).json()
      expect([result.tools.length, more.result.tools.length]).toEqual([5, 1])
    },
  ],
})

/** Completes an argument for which `count` values are known. */
async function completed(count: number): Promise<Json> {
  const { server } = heldServer({ limits: { maxCompletionValues: 3 } })
  const values = Array.from({ length: count }, (_, index) => `value ${index}`)
  server.prompt('p', { arguments: { a: { complete: () => values } } }, () => '')
  const params = { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } }
  const response = await server.fetch(statelessPost({ method: 'completion/complete', params }))
  return (await json(response)).result.completion
}

// COMPL-02 (server/utilities/completion)
testLimit('maxCompletionValues', {
  at: [
    'all values are given',
    async () => {
      expect(await completed(3)).toEqual({ values: ['value 0', 'value 1', 'value 2'] })
    },
  ],
  past: [
    'the rest is cut, and counted',
    async () => {
      expect(await completed(4)).toEqual({
        values: ['value 0', 'value 1', 'value 2'],
        total: 4,
        hasMore: true,
      })
    },
  ],
})
