import { describe, expect, test } from 'vitest'
import { createFetchExchange } from '../../src/http/fetch-exchange.ts'
import { createServer } from '../../src/server/index.ts'
import type { Server, ServerOptions } from '../../src/server/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import { channelPeer } from '../channel-peer.ts'
import type { ChannelPeer } from '../channel-peer.ts'
import { readEvents } from '../event-reading.ts'
import { json } from '../json.ts'
import type { Json } from '../json.ts'
import { listenStateless } from '../listening-peer.ts'
import { statelessMeta, statelessPost } from '../post.ts'
import { settle, until } from '../settle.ts'

const idKey = 'io.modelcontextprotocol/subscriptionId'
const acknowledged = 'notifications/subscriptions/acknowledged'
const updated = 'notifications/resources/updated'

interface Noted {
  readonly server: Server
  readonly runtime: TestRuntime
  /** What is watched at the moment. */
  readonly watched: Set<string>
}

function create(options: Partial<ServerOptions> = {}): Noted {
  const runtime = createTestRuntime()
  const watched = new Set<string>()
  const server = createServer({ name: 'notes', version: '1.0.0', runtime, ...options })
    .tool('talks', {}, (_args, { log, progress }) => {
      log('warning', 'said')
      progress(1, 2, 'half')
      return 'done'
    })
    .resource('note:///a', { name: 'a' }, () => 'text')
    .resourceTemplate(
      'eager:///{name}',
      {
        name: 'eager',
        watch(uri, changed) {
          watched.add(uri)
          changed()
          return () => void watched.delete(uri)
        },
      },
      () => 'text',
    )
  return { server: server as Server, runtime, watched }
}

/** Asks for a subscription on a channel. */
function listen(peer: ChannelPeer, id: unknown, notifications: unknown, meta: object = {}): void {
  const _meta = { ...statelessMeta, ...meta }
  const params = { notifications, _meta }
  peer.send({ jsonrpc: '2.0', id, method: 'subscriptions/listen', params })
}

function attached(server: Server, options?: { reads: boolean }): ChannelPeer {
  const peer = channelPeer(options)
  void server.attach(peer.channel)
  return peer
}

describe('a filter', () => {
  // basic/patterns, "Subscriptions"
  test.for<[string, unknown]>([
    ['that is missing', undefined],
    ['that is null', null],
    ['that is a list', []],
    ['that is a text', 'tools'],
    ['whose flag is a text', { toolsListChanged: 'yes' }],
    ['whose flag is null', { toolsListChanged: null }],
    ['whose resources are a text', { resourceSubscriptions: 'note:///a' }],
    ['whose resources are an object', { resourceSubscriptions: { 0: 'note:///a' } }],
    ['with a resource that is a number', { resourceSubscriptions: ['note:///a', 1] }],
    ['with a resource that is an object', { resourceSubscriptions: [{}] }],
    ['with a hundred thousand resources', { resourceSubscriptions: Array(100_000).fill('a:b') }],
  ])('%s is refused, and opens nothing', async ([, filter]) => {
    const { server, watched } = create()
    const response = await listenStateless(server.handle, filter)
    expect(response.headers.get('content-type')).toBe('application/json')
    expect((await json(response)).error.code).toBe(-32602)
    const peer = attached(server)
    listen(peer, 1, filter)
    await settle()
    expect(peer.told).toMatchObject([{ id: 1, error: { code: -32602 } }])
    expect(watched.size).toBe(0)
  })

  // SUBS-05 (basic/patterns, "Subscriptions")
  test('is acknowledged for what this server tells of, whatever else it names', async () => {
    const { server } = create()
    const filter = JSON.parse(
      '{"toolsListChanged":true,"promptsListChanged":true,"elephants":true,"__proto__":{"a":1},"toString":true}',
    ) as Json
    const stream = readEvents(await listenStateless(server.handle, filter))
    await until(() => stream.messages.length === 1)
    expect(stream.messages[0].params.notifications).toEqual({ toolsListChanged: true })
  })

  test('that names a resource twice has it told once', async () => {
    const { server } = create()
    const filter = { resourceSubscriptions: ['note:///a', 'note:///a'] }
    const stream = readEvents(await listenStateless(server.handle, filter))
    await until(() => stream.messages.length === 1)
    server.updated('note:///a')
    server.updated('note:///a')
    await until(() => stream.messages.length === 3)
    await settle()
    expect(stream.messages).toHaveLength(3)
    expect(stream.messages[0].params.notifications).toEqual({
      resourceSubscriptions: ['note:///a'],
    })
  })
})

describe('a subscription', () => {
  // SUBS-03, SUBS-07, BASE-48 (basic/patterns, "Subscriptions"; basic, "_meta")
  test.for([0, 7, '0', '', 'x'.repeat(1_024)])(
    'under the id %j has it in all that it says',
    async (id) => {
      const { server } = create()
      const stream = readEvents(
        await listenStateless(server.handle, { toolsListChanged: true }, { id }),
      )
      const peer = attached(server)
      listen(peer, id, { toolsListChanged: true })
      await until(() => stream.messages.length === 1 && peer.told.length === 1)
      server.tool('late', {}, () => '')
      await until(() => stream.messages.length === 2 && peer.told.length === 2)
      for (const messages of [stream.messages, peer.told]) {
        expect(messages.map(({ method }) => method)).toEqual([
          acknowledged,
          'notifications/tools/list_changed',
        ])
        for (const { params } of messages) expect(params._meta[idKey]).toBe(id)
      }
    },
  )

  // SUBS-03, SUBS-04 (basic/patterns, "Subscriptions")
  test('is acknowledged before anything is told on it, also what changes while it begins', async () => {
    const { server } = create()
    const filter = { resourceSubscriptions: ['eager:///a'] }
    const stream = readEvents(await listenStateless(server.handle, filter))
    await settle()
    server.updated('eager:///a')
    await settle()
    expect(stream.messages[0].method).toBe(acknowledged)
    expect(stream.messages.slice(1).map(({ method }) => method)).toContain(updated)
    const peer = attached(server)
    listen(peer, 1, filter)
    await settle()
    expect(peer.told[0].method).toBe(acknowledged)
  })

  // SUBS-02, SUBS-07, SUBS-09 (basic/patterns, "Subscriptions")
  test('is told apart from another one on the same channel, and each is told what it asked for', async () => {
    const { server } = create()
    const peer = attached(server)
    listen(peer, 1, { resourceSubscriptions: ['note:///a'] })
    listen(peer, '1', { resourceSubscriptions: ['note:///b', 'note:///a'] })
    await until(() => peer.told.length === 2)
    peer.told.length = 0
    server.updated('note:///a')
    server.updated('note:///b')
    server.tool('late', {}, () => '')
    await settle()
    expect(peer.told.map(({ params }) => [params._meta[idKey], params.uri])).toEqual([
      [1, 'note:///a'],
      ['1', 'note:///a'],
      ['1', 'note:///b'],
    ])
  })

  test('under the id of one that is open is refused, and leaves that one alone', async () => {
    const { server } = create()
    const peer = attached(server)
    listen(peer, 1, { toolsListChanged: true })
    await until(() => peer.told.length === 1)
    listen(peer, 1, { toolsListChanged: true })
    await until(() => peer.told.length === 2)
    expect(peer.told[1]).toMatchObject({ id: 1, error: { code: -32600 } })
    server.tool('late', {}, () => '')
    await until(() => peer.told.length === 3)
  })

  // SUBS-15 (basic/patterns, "Subscriptions")
  test('carries no progress and no log line, whatever it and other calls ask for', async () => {
    const { server } = create()
    const loud = { progressToken: 1, 'io.modelcontextprotocol/logLevel': 'debug' }
    const params = {
      notifications: { toolsListChanged: true },
      _meta: { ...statelessMeta, ...loud },
    }
    const post = statelessPost({ method: 'subscriptions/listen', params })
    const { exchange, response } = createFetchExchange(post, {})
    server.handle(exchange)
    const stream = readEvents(await response)
    const call = { name: 'talks', arguments: {}, _meta: { ...statelessMeta, ...loud } }
    await server.fetch(statelessPost({ method: 'tools/call', params: call }))
    server.tool('late', {}, () => '')
    await until(() => stream.messages.length === 2)
    await settle()
    expect(stream.messages.map(({ method }) => method)).toEqual([
      acknowledged,
      'notifications/tools/list_changed',
    ])
  })

  // SUBS-10 (basic/patterns, "Subscriptions")
  test('that is cancelled is over at once, unanswered, and nothing is watched for it', async () => {
    const { server, watched, runtime } = create()
    const filter = { resourceSubscriptions: ['eager:///a'] }
    const peer = attached(server)
    listen(peer, 'mine', filter)
    const leaving = new AbortController()
    await listenStateless(server.handle, filter, { signal: leaving.signal })
    await until(() => watched.size === 1)
    peer.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 'mine' } })
    leaving.abort()
    await until(() => watched.size === 0)
    peer.told.length = 0
    server.updated('eager:///a')
    runtime.advance(60_000)
    await settle()
    expect(peer.told).toEqual([])
  })

  // SUBS-11, SUBS-12 (basic/patterns, "Subscriptions"; basic/utilities, "Cancellation")
  test('that the server ends is answered, on a channel with a cancellation after it', async () => {
    const { server, watched } = create()
    const stream = readEvents(
      await listenStateless(server.handle, { toolsListChanged: true }, { id: 'h' }),
    )
    const peer = attached(server)
    listen(peer, 0, { resourceSubscriptions: ['eager:///a'] })
    await until(() => watched.size === 1)
    await server.close()
    await until(() => stream.end === 'done')
    const complete = { resultType: 'complete', _meta: { [idKey]: 'h' } }
    expect(stream.messages.at(-1)).toMatchObject({ id: 'h', result: complete })
    expect(peer.told.slice(-2)).toMatchObject([
      { id: 0, result: { resultType: 'complete', _meta: { [idKey]: 0 } } },
      { method: 'notifications/cancelled', params: { requestId: 0 } },
    ])
    expect(watched.size).toBe(0)
  })

  test('ends with the authorization of its caller, who is told no more', async () => {
    const { server, runtime } = create({
      limits: { keepAliveMs: 1_000 },
      http: {
        authorize: () => ({
          subject: 'ada',
          scopes: [],
          expiresAtSec: Math.ceil(runtime.now() / 1_000) + 10,
        }),
      },
    })
    const stream = readEvents(await listenStateless(server.handle, { toolsListChanged: true }))
    await until(() => stream.messages.length === 1)
    runtime.advance(12_000)
    server.tool('late', {}, () => '')
    await until(() => stream.end === 'done')
    expect(stream.messages).toHaveLength(2)
    expect(stream.messages[1]).toMatchObject({
      error: { message: 'The authorization has expired' },
    })
  })
})

describe('a reader that does not read', () => {
  const limits = { maxQueuedBytes: 2_000, keepAliveMs: 1_000 }
  const uris = ['note:///a', 'note:///b']

  function changeMuch(server: Server): void {
    for (let time = 0; time < 500; time++) for (const uri of uris) server.updated(uri)
    server.tool('late', {}, () => '')
  }

  test('of a channel has lost nothing when it reads again: each change is told once more', async () => {
    const { server, runtime } = create({ limits })
    const peer = attached(server, { reads: false })
    listen(peer, 1, { resourceSubscriptions: uris, toolsListChanged: true })
    await settle()
    changeMuch(server)
    expect(peer.told.length).toBeLessThan(30)
    const before = peer.told.length
    peer.read()
    await settle()
    runtime.advance(1_000)
    const late = peer.told.slice(before).map(({ method, params }) => params.uri ?? method)
    expect(late).toEqual([...uris, 'notifications/tools/list_changed'])
  })

  test('of HTTP has lost nothing either, and memory is held for each change once', async () => {
    const { server, runtime } = create({ limits })
    const filter = { resourceSubscriptions: uris, toolsListChanged: true }
    const unread = await listenStateless(server.handle, filter)
    await settle()
    changeMuch(server)
    const stream = readEvents(unread)
    await settle()
    const before = stream.messages.length
    expect(before).toBeLessThan(30)
    runtime.advance(1_000)
    await settle()
    const late = stream.messages.slice(before).map(({ method, params }) => params.uri ?? method)
    expect(late).toEqual([...uris, 'notifications/tools/list_changed'])
  })
})
