import { describe, expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import { connectInProcess, connectPeers, sliceBySeed, testMatrix } from './index.ts'

function createEcho() {
  return createServer({ name: 'echo', version: '1.0.0', limits: { maxCallsPerPeer: 1 } }).tool(
    'echo',
    { input: { type: 'object', properties: { text: { type: 'string' } } } },
    async ({ text }) => {
      await new Promise(setImmediate)
      return `${text}`
    },
  )
}

describe('a matrix', () => {
  testMatrix(test, { title: 'an echo', server: createEcho }, async ({ connect, version }) => {
    const client = await connect()
    expect(client.server.version).toBe(version)
    expect(await client.call('echo', { text: 'häßlich ☃' })).toBe('häßlich ☃')
  })

  test('names its tests after transport and version, and closes what they opened', async () => {
    const tests = new Map<string, () => Promise<void>>()
    let closed = 0
    testMatrix(
      (name, run) => tests.set(name, run),
      {
        title: 'it',
        versions: ['2026-07-28', '2025-06-18'],
        server: () => {
          const server = createEcho()
          return { ...server, close: () => Promise.resolve(void (closed += 1)) }
        },
      },
      () => {
        throw new Error('a test that fails')
      },
    )
    expect([...tests.keys()]).toEqual([
      'it over memory in 2026-07-28',
      'it over memory in 2025-06-18',
      'it over bytes in 2026-07-28',
      'it over bytes in 2025-06-18',
      'it over fetch in 2026-07-28',
      'it over fetch in 2025-06-18',
    ])
    for (const run of tests.values()) await expect(run()).rejects.toThrow('a test that fails')
    expect(closed).toBe(6)
  })
})

test.each(['memory', 'bytes', 'fetch'] as const)(
  'peers over %s are counted apart by the limits for one peer',
  async (transport) => {
    const server = createEcho()
    await using peers = await connectPeers<typeof server>(server, { count: 3, transport })
    const said = peers.clients.map((client, index) => client.call('echo', { text: `${index}` }))
    expect(await Promise.all(said)).toEqual(['0', '1', '2'])
  },
)

test('answers over fetch arrive in the pieces that are asked for', async () => {
  const server = createEcho()
  const slice = sliceBySeed(3)
  await using client = await connectInProcess<typeof server>(server, { transport: 'fetch', slice })
  expect(await client.call('echo', { text: '☃'.repeat(100) })).toBe('☃'.repeat(100))
})

test('what is known of one server says nothing about the next', async () => {
  const old = createServer({ name: 'old', version: '1.0.0', eras: { stateless: false } })
  await using first = await connectInProcess(old, { transport: 'fetch' })
  await using second = await connectInProcess(createEcho(), { transport: 'fetch' })
  expect([first.server.version, second.server.version]).toEqual(['2025-11-25', '2026-07-28'])
})
