import { expect, test } from 'vitest'
import { channelPeer } from '../../test/channel-peer.ts'
import { heldServer } from '../../test/limits/held-server.ts'
import { settle } from '../../test/settle.ts'

test('a server that shuts down lets calls of a channel finish, and takes no more', async () => {
  const { server, held, release } = heldServer()
  const peer = channelPeer()
  void server.attach(peer.channel)
  peer.call(1, 'hold')
  await settle()
  const closed = server.close()
  peer.call(2, 'say')
  peer.send([{ jsonrpc: '2.0', id: 3, method: 'ping' }])
  await settle()
  expect(peer.told).toMatchObject([
    { id: 2, error: { message: 'The server is shutting down and takes no more calls' } },
    { id: null, error: { message: 'The server is shutting down and takes no more calls' } },
  ])
  expect(held.size).toBe(1)
  release()
  await closed
  expect(peer.told.at(-1)).toMatchObject({ id: 1, result: { content: [{ text: 'held' }] } })
})

test('a channel that is attached to a server that has ended is over at once', async () => {
  const { server } = heldServer()
  await server.close()
  const peer = channelPeer()
  await server.attach(peer.channel)
  peer.call(1, 'say')
  await settle()
  expect(peer.told).toEqual([])
})
