import { expect, test } from 'vitest'
import { z } from 'zod'
import { createReceiver } from '../../src/server/receive.ts'
import { readMessage } from '../../src/jsonrpc/message.ts'
import { sessionRevisions, statelessRevisions } from '../../src/revisions/index.ts'
import { createChannelOutbox } from '../../src/eras/outbox.ts'
import { serveChannel } from '../../src/server/serve-channel.ts'
import { channelPeer } from '../channel-peer.ts'
import { createEraHost } from '../era-host.ts'
import { readEvents } from '../event-reading.ts'
import { sessionPeer } from '../session-peer.ts'
import { callStateless } from '../stateless-peer.ts'
import { settle, until } from '../settle.ts'
import { heldServer } from './held-server.ts'
import { json } from '../json.ts'
import type { Json } from '../json.ts'

test('a peer that runs all its calls keeps no other peer out, over HTTP and over sessions', async () => {
  const { server, held } = heldServer({ limits: { maxCallsPerPeer: 2, maxCalls: 100 } })
  const greedy = sessionPeer(server.handle, { peer: '192.0.2.1' })
  const modest = sessionPeer(server.handle, { peer: '192.0.2.2' })
  await greedy.open()
  await modest.open()
  void greedy.call('hold')
  void callStateless(server.handle, 'hold', { peer: '192.0.2.1' })
  await until(() => held.size === 2)
  expect((await callStateless(server.handle, 'say', { peer: '192.0.2.1' })).status).toBe(503)
  expect(await json(await greedy.call('say'))).toHaveProperty('error')
  expect((await callStateless(server.handle, 'say', { peer: '192.0.2.2' })).status).toBe(200)
  expect(await json(await modest.call('say'))).toHaveProperty('result')
})

test('a second session brings a peer no further calls', async () => {
  const { server, held } = heldServer({ limits: { maxCallsPerPeer: 1 } })
  const [first, second] = [sessionPeer(server.handle), sessionPeer(server.handle)]
  await first.open()
  await second.open()
  void first.call('hold')
  await until(() => held.size === 1)
  expect(await json(await second.call('say'))).toHaveProperty('error')
})

test('the authenticated subject is the peer, whatever address it comes from', async () => {
  const authorize = () => ({ subject: 'ada', scopes: [] })
  const { server, held } = heldServer({ limits: { maxCallsPerPeer: 1 }, http: { authorize } })
  void callStateless(server.handle, 'hold', { peer: '192.0.2.1' })
  await until(() => held.size === 1)
  expect((await callStateless(server.handle, 'say', { peer: '192.0.2.2' })).status).toBe(503)
})

// HTTP25-33, SEC-03 (basic/transports, "Session Management")
test('thousands of initialize of one peer leave it its share of sessions, and others theirs', async () => {
  const { server, runtime } = heldServer({ limits: { maxSessionsPerPeer: 5, maxSessions: 8 } })
  const modest = sessionPeer(server.handle, { peer: '192.0.2.2' })
  await modest.open()
  const ids: (string | undefined)[] = []
  for (let index = 0; index < 2_000; index++) {
    const flood = sessionPeer(server.handle)
    expect((await flood.open()).status).toBe(200)
    ids.push(flood.id)
  }
  expect(new Set(ids).size).toBe(2_000)
  expect((await modest.call('say')).status).toBe(200)
  expect((await sessionPeer(server.handle, { peer: '192.0.2.3' }).open()).status).toBe(200)
  await server.close()
  runtime.advance(60_000)
  expect(runtime.timers).toBe(0)
})

test('peers that cannot be told apart give up the session that was unused longest, and get in', async () => {
  const { server, runtime } = heldServer({ limits: { maxSessions: 2 } })
  const [old, used, late] = [1, 2, 3].map(() => sessionPeer(server.handle, { peer: '' })) as [
    Json,
    Json,
    Json,
  ]
  await old.open()
  await used.open()
  runtime.advance(10)
  await used.call('say')
  expect((await late.open()).status).toBe(200)
  expect([(await old.call('say')).status, (await used.call('say')).status]).toEqual([404, 200])
})

test('a refused initialize ends no session to make room', async () => {
  const { server } = heldServer({ limits: { maxSessionsPerPeer: 1 } })
  const own = sessionPeer(server.handle)
  await own.open()
  const bad = await sessionPeer(server.handle).post({ jsonrpc: '2.0', id: 1, method: 'initialize' })
  expect(bad.status).toBe(400)
  expect((await own.call('say')).status).toBe(200)
})

// HTTP26-14, CANC-11 (basic/transports, "Sending Messages to the Server")
test('a client that leaves a stateless call gives its place back when the handler has stopped', async () => {
  const { server, held } = heldServer({ limits: { maxCallsPerPeer: 1 } })
  const controller = new AbortController()
  void callStateless(server.handle, 'hold', { signal: controller.signal })
  await until(() => held.size === 1)
  controller.abort()
  await until(() => held.size === 0)
  await settle()
  expect((await callStateless(server.handle, 'say')).status).toBe(200)
})

test('a stream that is never read is cut with the reason, and its session goes on', async () => {
  const { server, reported } = heldServer({ limits: { maxQueuedBytes: 2_000 } })
  const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
  await peer.open()
  const unread = await peer.call('asks', { times: 64 })
  await settle()
  expect(reported[0]).toMatchObject({ code: 'ERR_LIMIT', limit: 'maxQueuedBytes' })
  const stream = readEvents(unread)
  await until(() => stream.end !== undefined)
  expect(stream.end).toMatchObject({ limit: 'maxQueuedBytes' })
  expect((await peer.call('say')).status).toBe(200)
})

test('a GET stream that is never read holds no more than its limit, whatever is announced', async () => {
  const { server } = heldServer({ limits: { maxQueuedBytes: 2_000 } })
  const peer = sessionPeer(server.handle)
  await peer.open()
  const unread = await peer.get()
  for (let index = 0; index < 1_000; index++) server.tool(`tool-${index % 3}`, {}, () => '')
  const stream = readEvents(unread)
  await settle(50)
  expect(stream.text.length).toBeLessThan(4_000)
  expect(stream.messages.length).toBeGreaterThan(5)
})

// BASE-11 (basic, "Notifications")
test('a flood of notifications starts nothing, answers nothing and keeps nothing', async () => {
  const host = createEraHost()
  const receiver = createReceiver(host, {
    stateless: statelessRevisions,
    session: sessionRevisions,
  })
  const peer = channelPeer()
  const outbox = createChannelOutbox(peer.channel, host)
  const receiving = receiver.channel(outbox, 'channel 1')
  for (let index = 0; index < 20_000; index++) {
    const params = { requestId: index, progressToken: index, reason: 'flood' }
    for (const method of ['notifications/cancelled', 'notifications/progress', 'anything']) {
      receiving.message(readMessage({ jsonrpc: '2.0', method, params }))
    }
  }
  expect([peer.told.length, host.gate.size, host.runtime.timers]).toEqual([0, 0, 0])
})

test('every way in which a call ends gives its place back', async () => {
  const ends: Record<string, () => unknown> = {
    'a result': () => ({ content: [] }),
    'a result without JSON text': () => ({ content: [{ type: 'text', text: 1n }] }),
    'an exception': () => {
      throw new Error('no')
    },
    'a late result': async () => ({ content: [] }),
    'a late result without JSON text': async () => ({ content: [{ type: 'text', text: 1n }] }),
    'a late exception': async () => {
      throw new Error('no')
    },
  }
  for (const [name, end] of Object.entries(ends)) {
    const host = createEraHost({ dispatch: end as never })
    const { runtime, gate, limits, report } = host
    const receiver = createReceiver(host, {
      stateless: statelessRevisions,
      session: sessionRevisions,
    })
    const peer = channelPeer()
    const over = serveChannel(peer.channel, {
      receiver,
      limits,
      runtime,
      gate,
      report,
      peer: 'channel:1',
      closing: () => false,
    })
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'c' } }
    peer.call(1, 'any')
    peer.send({ jsonrpc: '2.0', id: 2, method: 'initialize', params })
    peer.send({ jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'any' } })
    await settle()
    expect(new Set(peer.told.map(({ id }) => id)), name).toEqual(new Set([1, 2, 3]))
    expect(gate.size, name).toBe(0)
    peer.leave()
    await over
    expect(runtime.timers, name).toBe(0)
  }
})

test('a peer whose channel breaks takes its calls and its questions with it', async () => {
  const { server, held, runtime, reported } = heldServer({ limits: { maxCalls: 3 } })
  for (let time = 0; time < 5; time++) {
    const peer = channelPeer()
    const over = server.attach(peer.channel)
    const params = {
      protocolVersion: '2025-11-25',
      capabilities: { elicitation: {} },
      clientInfo: { name: 'c', version: '1' },
    }
    peer.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
    peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'hold' } })
    peer.send({ jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'ask' } })
    peer.call(3, 'hold')
    await settle()
    expect(held.size).toBe(2)
    peer.leave(Object.assign(new Error('broke'), { code: 'ERR_DISCONNECTED' }) as never)
    await over
    await settle()
    expect(held.size).toBe(0)
  }
  expect(runtime.timers).toBe(0)
  expect(reported.every(({ code }) => /ERR_CANCELLED|ERR_DISCONNECTED/.test(code))).toBe(true)
})

// MRTR-08 (basic/patterns/mrtr)
test('questions that a handler has left behind end nobody, and are taken back with its call', async () => {
  const { server, runtime } = heldServer()
  const yes = z.object({ yes: z.boolean() })
  server.tool('leaves', {}, (_args, { elicit, once }) => {
    void elicit('one', 'One?', yes)
    void elicit('two', 'Two?', yes)
    void once('three', () => Promise.reject(new Error('no')))
    return Promise.resolve('left')
  })
  const peer = sessionPeer(server.handle, { capabilities: { elicitation: {} } })
  await peer.open()
  const stream = readEvents(await peer.call('leaves'))
  await settle()
  expect(stream.messages.filter(({ method }) => method === 'notifications/cancelled')).toHaveLength(
    2,
  )
  const { result }: Json = await (
    await callStateless(server.handle, 'leaves', { capabilities: { elicitation: {} } })
  ).json()
  expect(result.resultType).toBe('input_required')
  await server.close()
  runtime.advance(60_000)
  expect(runtime.timers).toBe(0)
})
