import { expect, test } from 'vitest'
import { channelPeer } from '../../test/channel-peer.ts'
import { heldServer } from '../../test/limits/held-server.ts'
import { settle, until } from '../../test/settle.ts'
import { connectInProcess } from '../testing/index.ts'
import { createServer } from './index.ts'

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

// Found by random conversations: over HTTP, everything was refused from the beginning of a shut-down.
test('a server that shuts down lets calls of a session over HTTP be cancelled and asked, and takes no more', async () => {
  const signals: AbortSignal[] = []
  const server = createServer({ name: 'busy', version: '1.0.0' })
    .tool('hold', {}, (_args, { signal }) => {
      signals.push(signal)
      return new Promise<string>((resolve) => signal.addEventListener('abort', () => resolve('')))
    })
    .tool('ask', {}, async (_args, { elicit }) => {
      const yes = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
      return (await elicit('sure', 'Sure?', yes)).action
    })
  let answer: (() => void) | undefined
  const client = await connectInProcess<typeof server>(server, {
    transport: 'fetch',
    version: '2025-11-25',
    elicit: () => new Promise((resolve) => (answer = () => resolve({ action: 'decline' }))),
  })
  const giveUp = new AbortController()
  const held = client.call('hold', {}, { signal: giveUp.signal })
  const asked = client.call('ask')
  await until(() => answer !== undefined && signals.length === 1)
  const closed = server.close()
  await expect(client.call('hold')).rejects.toMatchObject({ code: 'ERR_HTTP', status: 503 })
  giveUp.abort(new Error('enough'))
  await expect(held).rejects.toThrow('enough')
  await until(() => signals[0]?.aborted ?? false)
  answer?.()
  expect(await asked).toBe('decline')
  await closed
  await client.close()
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
