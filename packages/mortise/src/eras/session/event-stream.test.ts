import { expect, test } from 'vitest'
import { createFetchExchange } from '../../http/fetch-exchange.ts'
import type { Exchange } from '../../http/exchange.ts'
import type { AuthInfo } from '../../model/call.ts'
import { resolveLimits } from '../../std/limits.ts'
import type { Limits } from '../../std/limits.ts'
import { EventStream } from './event-stream.ts'
import { createStoreBudget } from './store-budget.ts'

interface Connection {
  readonly exchange: Exchange
  /** The data of the events on it, once it has ended. */
  readonly said: () => Promise<string[]>
}

function connection(): Connection {
  const { exchange, response } = createFetchExchange(new Request('http://localhost/mcp'))
  const said = async (): Promise<string[]> => {
    const text = await (await response).text()
    return [...text.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => data)
  }
  return { exchange, said }
}

interface Opened {
  readonly stream: EventStream
  readonly reported: unknown[]
  /** Ends the first connection as a client does that leaves. */
  readonly leave: () => Promise<void>
}

async function opened(
  limits: Partial<Limits>,
  { resumable = true, auth }: { resumable?: boolean; auth?: AuthInfo } = {},
): Promise<Opened> {
  const reported: unknown[] = []
  const resolved = resolveLimits(limits)
  const stream = new EventStream({
    name: '1',
    resumable,
    limits: resolved,
    budget: createStoreBudget(resolved.maxStoredBytesPerPeer),
    report: (error) => reported.push(error),
  })
  const { exchange, response } = createFetchExchange(new Request('http://localhost/mcp'))
  stream.open(exchange, auth)
  return { stream, reported, leave: async () => await (await response).body?.cancel() }
}

test('progress pushes out no question while the client is away', async () => {
  const { stream, leave } = await opened({ maxStoredEvents: 3 })
  await leave()
  stream.sendIfRoom('progress 1')
  stream.send('question')
  for (let index = 2; index < 300; index++) stream.sendIfRoom(`progress ${index}`)
  const { exchange, said } = connection()
  stream.resume(exchange, { sequence: 0, auth: undefined })
  stream.end(0)
  expect(await said()).toEqual(['progress 1', 'question', 'progress 2'])
})

test('a question takes the place of progress, whichever limit is reached', async () => {
  const limits: readonly Partial<Limits>[] = [
    { maxStoredEvents: 2 },
    { maxStoredEventBytes: 20 },
    { maxStoredBytesPerPeer: 20 },
  ]
  for (const limit of limits) {
    const { stream, leave } = await opened(limit)
    await leave()
    stream.sendIfRoom('progress 1')
    stream.sendIfRoom('progress 2')
    stream.send('question')
    const { exchange, said } = connection()
    stream.resume(exchange, { sequence: 0, auth: undefined })
    stream.end(0)
    expect(await said()).toEqual(['progress 2', 'question'])
  }
})

test('what must arrive and cannot be kept is an error, and is reported', async () => {
  const { stream, reported, leave } = await opened({ maxStoredEvents: 1 })
  await leave()
  stream.send('question 1')
  expect(() => stream.send('question 2')).toThrow('past maxStoredEvents')
  expect(reported).toMatchObject([{ code: 'ERR_LIMIT', limit: 'maxStoredEvents' }])
})

test('what a client was sent makes room for what it was not', async () => {
  const { stream, leave } = await opened({ maxStoredEvents: 1 })
  stream.send('answered long ago')
  await leave()
  stream.send('question')
  const { exchange, said } = connection()
  stream.resume(exchange, { sequence: 0, auth: undefined })
  stream.end(0)
  expect(await said()).toEqual(['question'])
})

test('a stream that cannot be resumed takes nothing after its client has left', async () => {
  const { stream, leave } = await opened({}, { resumable: false })
  await leave()
  stream.sendIfRoom('progress')
  expect(() => stream.send('question')).toThrow('cannot be resumed')
})

test('a discarded stream keeps nothing more', async () => {
  const { stream } = await opened({ maxStoredBytesPerPeer: 20 })
  stream.discard()
  stream.send('late answer')
  const { exchange, said } = connection()
  stream.resume(exchange, { sequence: 0, auth: undefined })
  stream.end(0)
  expect(await said()).toEqual([])
})

// HTTP25-15 (basic/transports, "Sending Messages to the Server")
test('a connection ends when the authorization of its client is over, and a fresh one goes on', async () => {
  const { stream } = await opened({}, { auth: { subject: 'ada', scopes: [], expiresAtSec: 10 } })
  stream.keepAlive(9_999)
  expect(stream.attached).toBe(true)
  stream.keepAlive(10_000)
  expect(stream.attached).toBe(false)
  stream.send('answer')
  const { exchange, said } = connection()
  const auth = { subject: 'ada', scopes: [], expiresAtSec: 20 }
  stream.resume(exchange, { sequence: 0, auth })
  stream.keepAlive(10_000)
  stream.end(0)
  expect(await said()).toEqual(['answer'])
})
