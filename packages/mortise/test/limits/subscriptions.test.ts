import { expect } from 'vitest'
import { connect } from '../../src/client/index.ts'
import type { Server } from '../../src/server/index.ts'
import { json } from '../json.ts'
import { listenStateless } from '../listening-peer.ts'
import { sessionPeer } from '../session-peer.ts'
import { settle } from '../settle.ts'
import { heldServer } from './held-server.ts'
import { testLimit } from './limit.ts'

const filter = { toolsListChanged: true }

testLimit('maxSubscriptionsPerPeer', {
  at: [
    'so many subscriptions of one peer are open side by side, and calls are not counted among them',
    async () => {
      const limits = { maxSubscriptionsPerPeer: 2, maxCallsPerPeer: 1 }
      const { server } = heldServer({ limits })
      const first = await listenStateless(server.handle, filter)
      const second = await listenStateless(server.handle, filter)
      expect([first.status, second.status]).toEqual([200, 200])
    },
  ],
  past: [
    'one more is told to come later, and gets in when another has left; other peers are not touched',
    async () => {
      const { server } = heldServer({ limits: { maxSubscriptionsPerPeer: 1 } })
      const leaving = new AbortController()
      await listenStateless(server.handle, filter, { signal: leaving.signal })
      const refused = await listenStateless(server.handle, filter)
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1'])
      const other = await listenStateless(server.handle, filter, { peer: '192.0.2.2' })
      expect(other.status).toBe(200)
      leaving.abort()
      await settle()
      expect((await listenStateless(server.handle, filter)).status).toBe(200)
    },
  ],
})

testLimit('maxSubscriptions', {
  at: [
    'every peer may listen',
    async () => {
      const { server } = heldServer({ limits: { maxSubscriptions: 2 } })
      for (const peer of ['192.0.2.1', '192.0.2.2']) {
        expect((await listenStateless(server.handle, filter, { peer })).status).toBe(200)
      }
    },
  ],
  past: [
    'one more is told to come later, and gets in when another has left',
    async () => {
      const { server } = heldServer({ limits: { maxSubscriptions: 1 } })
      const leaving = new AbortController()
      await listenStateless(server.handle, filter, { signal: leaving.signal })
      const late = { peer: '192.0.2.2' }
      expect((await listenStateless(server.handle, filter, late)).status).toBe(503)
      leaving.abort()
      await settle()
      expect((await listenStateless(server.handle, filter, late)).status).toBe(200)
    },
  ],
})

/** A server that lets `maxSubscribedKeys` resources be listened to at once. */
function noted(maxSubscribedKeys: number): Server {
  const { server } = heldServer({ limits: { maxSubscribedKeys } })
  return server.resource('note:///a', { name: 'a' }, () => 'text')
}

/** What a session is answered when it subscribes to each of `uris` in turn. */
async function subscribed(server: Server, uris: readonly string[]): Promise<unknown[]> {
  const peer = sessionPeer(server.handle)
  await peer.open()
  const answers: unknown[] = []
  for (const [index, uri] of uris.entries()) {
    const params = { uri }
    const request = { jsonrpc: '2.0', id: index + 1, method: 'resources/subscribe', params }
    const { error, result } = await json(await peer.post(request))
    answers.push(error?.code ?? result)
  }
  return answers
}

testLimit('maxSubscribedKeys', {
  at: [
    'so many resources are listened to: in one subscription, in a session, and by a client',
    async () => {
      const uris = ['note:///a', 'note:///b']
      const one = await listenStateless(noted(2).handle, { resourceSubscriptions: uris })
      expect(one.status).toBe(200)
      expect(one.headers.get('content-type')).toBe('text/event-stream')
      expect(await subscribed(noted(2), uris)).toEqual([{}, {}])
      await using client = await connect(noted(2), { limits: { maxSubscribedKeys: 2 } })
      for (const uri of uris) await client.subscribe(uri, () => {})
    },
  ],
  past: [
    'one more is refused, and what was there goes on',
    async () => {
      const uris = ['note:///a', 'note:///b']
      const one = await listenStateless(noted(1).handle, { resourceSubscriptions: uris })
      const { error } = await json(one)
      expect(error).toMatchObject({ code: -32602 })
      expect(error.message).toContain('at most 1')
      expect(await subscribed(noted(1), uris)).toEqual([{}, -32602])
      await using client = await connect(noted(2), { limits: { maxSubscribedKeys: 1 } })
      const first = await client.subscribe('note:///a', () => {})
      const wanted = { code: 'ERR_LIMIT', limit: 'maxSubscribedKeys' }
      await expect(client.subscribe('note:///b', () => {})).rejects.toMatchObject(wanted)
      await first.close()
      await client.subscribe('note:///b', () => {})
    },
  ],
})
