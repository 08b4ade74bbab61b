import { expect, test } from 'vitest'
import { connect } from '../src/client/index.ts'
import { createServer } from '../src/server/index.ts'
import { createTestRuntime, memoryChannelPair } from '../src/testing/index.ts'
import type { Channel } from '../src/transport/channel.ts'
import { settle, until } from './settle.ts'

/** A server of its own for each time that the way to it is opened. */
function restarted(): {
  target: { key: string; open: () => Channel }
  servers: ReturnType<typeof start>[]
} {
  const servers: ReturnType<typeof start>[] = []
  const open = (): Channel => {
    const started = start()
    servers.push(started)
    return started.ours
  }
  return { target: { key: '', open }, servers }
}

function start() {
  const server = createServer({ name: 'notes', version: '1.0.0' }).resource(
    'note:///a',
    { name: 'a' },
    () => 'text',
  )
  const [ours, theirs] = memoryChannelPair()
  void server.attach(theirs)
  return { server, ours, die: () => theirs.close() }
}

// STDIO-18, SUBS-14 (basic/transports/stdio; basic/patterns, "Subscriptions"): the new server is told what is listened to.
test.each(['stateless', 'session'] as const)(
  'a subscription is made again with the server that takes over (%s)',
  async (era) => {
    const runtime = createTestRuntime()
    const { target, servers } = restarted()
    await using client = await connect(target, { era, runtime, reconnect: true })
    const heard: string[] = []
    await client.subscribe('note:///a', (uri) => heard.push(uri))
    servers[0]?.server.updated('note:///a')
    await until(() => heard.length === 1)
    await servers[0]?.die()
    await until(() => client.status.state === 'reconnecting')
    runtime.advance(500)
    // What changed meanwhile may have been missed.
    await until(() => heard.length === 2)
    await until(() => {
      servers[1]?.server.updated('note:///a')
      return heard.length > 2
    })
    expect(new Set(heard)).toEqual(new Set(['note:///a']))
    expect(servers).toHaveLength(2)
  },
)

test('a subscription goes on with its connection, and does not try again over one that was lost', async () => {
  const runtime = createTestRuntime()
  const { target, servers } = restarted()
  const warnings: string[] = []
  const onWarning = (warning: string): void => void warnings.push(warning)
  const options = { era: 'stateless', runtime, reconnect: true, onWarning } as const
  await using client = await connect(target, options)
  await client.subscribe('note:///a', () => {})
  await servers[0]?.die()
  await until(() => client.status.state === 'reconnecting')
  runtime.advance(500)
  await until(() => client.status.state === 'connected')
  await settle()
  expect(runtime.timers).toBe(0)
  expect(warnings).toEqual([])
})
