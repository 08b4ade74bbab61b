import { expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess, createFaults, createTestRuntime, memoryChannelPair } from './index.ts'
import type { FaultOptions, Sender } from './index.ts'

/** What arrives of four messages from each side. */
async function passed(options: FaultOptions): Promise<Record<Sender | 'closed', string[]>> {
  const [ours, theirs] = memoryChannelPair()
  const faults = createFaults(options)
  const channel = faults.channel(ours)
  const heard: Record<Sender | 'closed', string[]> = { client: [], server: [], closed: [] }
  channel.start({
    message: (text) => heard.server.push(text),
    fault() {},
    closed: (error) => heard.closed.push(error?.code ?? 'asked for'),
  })
  theirs.start({ message: (text) => heard.client.push(text), fault() {}, closed() {} })
  for (const text of ['a1', 'b2', 'c3', 'd4']) {
    void channel.send(text)
    void theirs.send(text)
  }
  await theirs.close()
  await new Promise(setImmediate)
  return heard
}

const all = ['a1', 'b2', 'c3', 'd4']

test.each([
  { fault: 'drop', arrives: ['a1', 'c3', 'd4'] },
  { fault: 'duplicate', arrives: ['a1', 'b2', 'b2', 'c3', 'd4'] },
  { fault: 'swap', arrives: ['a1', 'c3', 'b2', 'd4'] },
  { fault: 'lose-session', arrives: all },
] as const)('$fault happens to the message that the plan says', async ({ fault, arrives }) => {
  for (const from of ['client', 'server'] as const) {
    const heard = await passed({ plan: [{ from, at: 2, fault }] })
    expect(heard).toEqual({ client: all, server: all, closed: ['asked for'], [from]: arrives })
  }
})

test('a corrupted message has one other character', async () => {
  const { server } = await passed({ plan: [{ from: 'server', at: 2, fault: 'corrupt' }] })
  expect(server[1]).toHaveLength(2)
  expect(server[1]).not.toBe('b2')
})

test('a cut ends the channel before the message, or behind so many bytes', async () => {
  const cut = await passed({ plan: [{ from: 'server', at: 2, fault: 'cut' }] })
  expect(cut).toMatchObject({ server: ['a1'], closed: ['ERR_DISCONNECTED'] })
  expect(await passed({ cutAfterBytes: 7 })).toMatchObject({
    server: ['a1', 'b2'],
    closed: ['ERR_DISCONNECTED'],
  })
})

test('what is delayed or stalled keeps its order, and waits for the clock or for `resume`', async () => {
  const runtime = createTestRuntime()
  const [ours, theirs] = memoryChannelPair()
  const faults = createFaults({
    runtime,
    plan: [
      { from: 'server', at: 1, fault: 'delay' },
      { from: 'server', at: 3, fault: 'stall' },
    ],
  })
  const heard: string[] = []
  faults.channel(ours).start({ message: (text) => heard.push(text), fault() {}, closed() {} })
  for (const text of all) void theirs.send(text)
  await new Promise(setImmediate)
  expect(heard).toEqual([])
  runtime.advance(100)
  await new Promise(setImmediate)
  expect(heard).toEqual(['a1', 'b2'])
  faults.resume()
  await new Promise(setImmediate)
  expect(heard).toEqual(all)
  expect(faults.applied.map(({ fault }) => fault)).toEqual(['delay', 'stall'])
})

test('the same seed does the same', async () => {
  const rates = { drop: 0.3, duplicate: 0.3 }
  const [once, again, other] = [
    await passed({ seed: 5, rates }),
    await passed({ seed: 5, rates }),
    await passed({ seed: 8, rates }),
  ]
  expect(again).toEqual(once)
  expect(other).not.toEqual(once)
})

function createGreeter() {
  return createServer({ name: 'greeter', version: '1.0.0' }).tool('hello', {}, () => 'hello')
}

test.each([
  { fault: 'cut', from: 'client', code: 'ERR_DISCONNECTED' },
  { fault: 'cut', from: 'server', code: 'ERR_DISCONNECTED' },
  { fault: 'drop', from: 'client', code: 'ERR_TIMEOUT' },
  { fault: 'drop', from: 'server', code: 'ERR_TIMEOUT' },
  { fault: 'stall', from: 'server', code: 'ERR_TIMEOUT' },
] as const)('$fault from the $from fails a request over fetch', async ({ fault, from, code }) => {
  const runtime = createTestRuntime()
  const faults = createFaults({ plan: [{ from, at: 2, fault }] })
  const client = await connectInProcess(createGreeter(), {
    transport: 'fetch',
    runtime,
    through: [faults],
  })
  const call = client.request('tools/call', { name: 'hello', arguments: {} })
  call.catch(() => {})
  await new Promise(setImmediate)
  runtime.advance(60_000)
  await expect(call).rejects.toMatchObject({ code })
  faults.resume()
  await client.close()
  expect(runtime.timers).toBe(0)
})

test('a request that arrives twice is answered once', async () => {
  let ran = 0
  const server = createServer({ name: 'counts', version: '1.0.0' }).tool('count', {}, () => {
    return { ran: (ran += 1) }
  })
  const faults = createFaults({ plan: [{ from: 'client', at: 2, fault: 'duplicate' }] })
  await using client = await connectInProcess<typeof server>(server, {
    transport: 'fetch',
    through: [faults],
  })
  expect(await client.call('count')).toEqual({ ran: 1 })
  expect(ran).toBe(2)
})

test('a lost session is opened again', async () => {
  const faults = createFaults({ plan: [{ from: 'client', at: 4, fault: 'lose-session' }] })
  const server = createGreeter()
  await using client = await connectInProcess<typeof server>(server, {
    transport: 'fetch',
    version: '2025-11-25',
    through: [faults],
  })
  expect(await client.call('hello')).toBe('hello')
  expect(faults.applied).toHaveLength(1)
})

test('a message counts from 1', () => {
  expect(() => createFaults({ plan: [{ from: 'client', at: 0, fault: 'drop' }] })).toThrow(
    TypeError,
  )
})
