import { expect, test } from 'vitest'
import { createStatelessServer } from '../src/eras/stateless/server.ts'
import { statelessRevisions } from '../src/revisions/index.ts'
import { changeCall, createServer } from '../src/server/index.ts'
import type { Server, ServerOptions } from '../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../src/testing/index.ts'
import type { Visible } from '../src/server/visibility.ts'
import { createEraHost } from './era-host.ts'
import { readEvents } from './event-reading.ts'
import { listenStateless } from './listening-peer.ts'
import { statelessMeta } from './post.ts'
import { sessionPeer } from './session-peer.ts'
import { settle, until } from './settle.ts'

/** A server whose subscriptions are let through when the test says so, and what became of the watching. */
function createSlow(method: string, options: Partial<ServerOptions> = {}) {
  const log: string[] = []
  let pass = (): void => {}
  const passed = new Promise<void>((resolve) => (pass = resolve))
  const server: Server = createServer({ name: 'slow', version: '1.0.0', ...options })
    .resource(
      'note:///a',
      {
        name: 'a',
        watch() {
          log.push('watched')
          return () => void log.push('left')
        },
      },
      () => 'text',
    )
    .use(method, async (_call, next) => {
      log.push('asked')
      await passed
      return await next()
    })
  return { server, log, pass: () => pass() }
}

// RES-05 (server/resources, "Subscriptions")
test('a session that is over subscribes to nothing, however late its middleware is', async () => {
  const { server, log, pass } = createSlow('resources/subscribe')
  const peer = sessionPeer(server.handle)
  await peer.open()
  const params = { uri: 'note:///a' }
  void peer.post({ jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params })
  await until(() => log.length === 1)
  await peer.delete()
  pass()
  await settle()
  expect(log).toEqual(['asked'])
})

// SUBS-10 (basic/patterns, "Subscriptions")
test('a subscription whose authorization is over before it begins takes no place', async () => {
  const runtime = createTestRuntime()
  const authorize = () => ({
    subject: 'me',
    scopes: [],
    expiresAtSec: runtime.now() / 1_000 + 20,
  })
  const limits = { maxSubscriptionsPerPeer: 1 }
  const slow = createSlow('subscriptions/listen', { runtime, limits, http: { authorize } })
  const { server, log, pass } = slow
  const filter = { resourceSubscriptions: ['note:///a'] }
  const first = listenStateless(server.handle, filter)
  await until(() => log.length === 1)
  runtime.advance(60_000)
  expect((await first).status).toBe(401)
  pass()
  await settle()
  expect(log).toEqual(['asked', 'watched', 'left'])
  expect((await listenStateless(server.handle, filter)).status).toBe(200)
})

test.each(['2026-07-28', '2025-11-25'])(
  'who listens is whom middleware takes the caller for (%s)',
  async (version) => {
    const server = createServer({ name: 'notes', version: '1.0.0' })
      .resource('note:///a', { name: 'a', visible: ({ auth }) => auth?.subject === 'me' }, () => '')
      .use((call, next) => next(changeCall(call, { auth: { subject: 'me', scopes: [] } })))
    await using client = await connectInProcess(server, { transport: 'memory', version })
    const heard: string[] = []
    await client.subscribe('note:///a', (uri) => heard.push(uri))
    server.updated('note:///a')
    await settle()
    expect(heard).toEqual(['note:///a'])
  },
)

// SUBS-03, SUBS-04 (basic/patterns, "Subscriptions")
test('nothing is told before the acknowledgement, even where there was no room for it', async () => {
  const host = createEraHost()
  const server = createStatelessServer(host, statelessRevisions)
  const said: string[] = []
  let room = false
  const carrier = {
    say(text: string): boolean {
      if (room) said.push(JSON.parse(text).method)
      return room
    },
    onGone: () => {},
  }
  const params = { _meta: statelessMeta, notifications: { toolsListChanged: true } }
  const request = { kind: 'request', id: 1, method: 'subscriptions/listen', params } as const
  void server.run(server.admit(request, carrier, undefined))
  await settle()
  room = true
  host.notices.publish({ method: 'notifications/tools/list_changed', params: {} })
  expect(said).toEqual([
    'notifications/subscriptions/acknowledged',
    'notifications/tools/list_changed',
  ])
})

test('a session is told what the newest token of its caller may see', async () => {
  let scopes = ['some']
  const server = createServer({
    name: 'notes',
    version: '1.0.0',
    http: { authorize: () => ({ subject: 'me', scopes }) },
  }).tool('open', {}, () => 'open')
  const visible: Visible = ({ auth }) => auth?.scopes.includes('all') === true
  const peer = sessionPeer(server.handle)
  await peer.open()
  await peer.post({ jsonrpc: '2.0', method: 'notifications/initialized' })
  scopes = ['all']
  const stream = readEvents(await peer.get())
  server.tool('hidden', { visible }, () => 'hidden')
  await settle()
  expect(stream.messages).toHaveLength(1)
  scopes = ['some']
  await peer.post({ jsonrpc: '2.0', id: 1, method: 'ping' })
  server.remove('tool', 'hidden')
  await settle()
  expect(stream.messages).toHaveLength(1)
})
