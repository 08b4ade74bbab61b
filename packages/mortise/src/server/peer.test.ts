import { expect, test } from 'vitest'
import { statelessPost } from '../../test/post.ts'
import { channelPeer } from '../../test/channel-peer.ts'
import { heldServer } from '../../test/limits/held-server.ts'
import type { HeldServer } from '../../test/limits/held-server.ts'
import { until } from '../../test/settle.ts'
import type { ServerOptions } from './index.ts'

const limits = { maxCallsPerPeer: 1 }

/** The status of a call by `from`, who sends `headers`, while `holder` holds one. */
async function beside(
  held: HeldServer,
  [holder, from]: readonly [unknown, unknown],
  headers: readonly [Record<string, string>, Record<string, string>] = [{}, {}],
): Promise<number> {
  const call = (name: string, more: Record<string, string>): Request =>
    statelessPost({ method: 'tools/call', params: { name } }, more)
  void held.server.fetch(call('hold', headers[0]), holder)
  await until(() => held.held.size === 1)
  return (await held.server.fetch(call('say', headers[1]), from)).status
}

test('the address that is given beside a request counts', async () => {
  expect(await beside(heldServer({ limits }), [{ peer: '192.0.2.1' }, { peer: '192.0.2.1' }])).toBe(
    503,
  )
  expect(await beside(heldServer({ limits }), [{ peer: '192.0.2.1' }, { peer: '192.0.2.2' }])).toBe(
    200,
  )
})

test('all addresses of one subscriber count as one', async () => {
  const pair = [{ peer: '2001:db8::1' }, { peer: '2001:db8::2' }] as const
  expect(await beside(heldServer({ limits }), pair)).toBe(503)
})

test.each([[undefined], [null], ['env'], [{ KV: {} }], [{ peer: { ip: 1 } }]])(
  'what a platform passes beside a request tells nothing: %j',
  async (from) => {
    expect(await beside(heldServer({ limits }), [from, from])).toBe(200)
  },
)

const behindProxy: Partial<ServerOptions> = {
  limits,
  http: { peer: (request) => request.header('x-forwarded-for') },
}

test('behind a proxy the address that its header tells counts, else that of the connection', async () => {
  const proxy = { peer: '192.0.2.9' }
  const one = { 'x-forwarded-for': '192.0.2.1' }
  const other = { 'x-forwarded-for': '192.0.2.2' }
  expect(await beside(heldServer(behindProxy), [proxy, proxy], [one, one])).toBe(503)
  expect(await beside(heldServer(behindProxy), [proxy, proxy], [one, other])).toBe(200)
  expect(await beside(heldServer(behindProxy), [proxy, proxy], [one, {}])).toBe(200)
  expect(await beside(heldServer(behindProxy), [proxy, proxy])).toBe(503)
})

test('a peer that cannot be told is reported, and the connection counts', async () => {
  const failing = (): never => {
    throw new Error('no proxy')
  }
  const held = heldServer({ limits, http: { peer: failing } })
  const proxy = { peer: '192.0.2.9' }
  expect(await beside(held, [proxy, proxy])).toBe(503)
  expect(held.reported[0]).toMatchObject({ message: 'no proxy' })
})

test('a subject with the name of a channel is another peer', async () => {
  const authorize = () => ({ subject: 'channel:1', scopes: [] })
  const held = heldServer({ limits, http: { authorize } })
  const peer = channelPeer()
  void held.server.attach(peer.channel)
  peer.call(1, 'hold')
  await until(() => held.held.size === 1)
  const call = statelessPost({ method: 'tools/call', params: { name: 'say' } })
  expect((await held.server.fetch(call)).status).toBe(200)
})
