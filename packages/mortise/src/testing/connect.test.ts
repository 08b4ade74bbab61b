import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import {
  connectInProcess,
  connectPeers,
  createShapeCheck,
  describeMatrix,
  sliceBySeed,
  testMatrix,
} from './index.ts'
import type { MatrixOptions } from './index.ts'

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

  test('leaves out what the filter says, and what a transport cannot carry', () => {
    const names: string[] = []
    testMatrix(
      (name) => names.push(name),
      {
        title: 'it',
        server: createEcho,
        transports: ['memory', 'sse'],
        versions: ['2026-07-28', '2024-11-05'],
        filter: ({ transport, version }) => transport === 'sse' || version === '2026-07-28',
      },
      () => {},
    )
    expect(names).toEqual(['it over memory in 2026-07-28', 'it over sse in 2024-11-05'])
  })

  test('opens ways of the caller, prepares each cell, and takes everything down in order', async () => {
    const told: string[] = []
    const options: MatrixOptions<ReturnType<typeof createEcho>, 'own'> = {
      title: 'it',
      server: createEcho,
      transports: ['memory'],
      versions: ['2025-11-25'],
      ways: {
        own: (server) => ({
          connect: ({ info, versions = [] }) => {
            told.push(`client ${info?.name} of ${versions.join()}`)
            return connectInProcess(server, { version: versions.join() })
          },
          close: () => Promise.resolve(void told.push('way closed')),
        }),
      },
      setUp: ({ transport, version }) => {
        told.push(`set up ${transport} ${version}`)
        const options = { info: { name: 'i', version: '1' }, through: [createShapeCheck()] }
        return { options, tearDown: () => void told.push('torn down') }
      },
    }
    const runs: (() => Promise<void>)[] = []
    testMatrix(
      (_name, run) => runs.push(run),
      options,
      async ({ connect }) => {
        const client = await connect()
        told.push(await client.call('echo', { text: 'said' }))
      },
    )
    for (const run of runs) await run()
    expect(told).toEqual([
      'set up memory 2025-11-25',
      'said',
      'torn down',
      'set up own 2025-11-25',
      'client i of 2025-11-25',
      'said',
      'way closed',
      'torn down',
    ])
  })

  test('fails with what is found at the end, unless the test has failed before', async () => {
    const run = async (body: () => void): Promise<void> => {
      const runs: Promise<void>[] = []
      const setUp = () => ({
        tearDown() {
          throw new Error('found at the end')
        },
      })
      const options = { title: 'it', server: createEcho, setUp, versions: ['2026-07-28'] }
      testMatrix((_name, test) => runs.push(test()), { ...options, transports: ['memory'] }, body)
      await Promise.all(runs)
    }
    await expect(run(() => {})).rejects.toThrow('found at the end')
    const failing = (): void => {
      throw new Error('in the test')
    }
    await expect(run(failing)).rejects.toThrow('in the test')
  })

  const servers: unknown[] = []
  describeMatrix(
    { describe, beforeAll, afterAll },
    {
      title: 'a group',
      server: createEcho,
      versions: ['2026-07-28', '2024-11-05'],
      transports: ['memory'],
    },
    (cell) => {
      test('has a server of its own', async () => {
        expect(servers).not.toContain(cell.server)
        servers.push(cell.server)
      })
      test('that all of its tests share', async () => {
        expect(cell.server).toBe(servers.at(-1))
        expect(await (await cell.connect()).call('echo', { text: 'x' })).toBe('x')
      })
    },
  )

  test('has no server outside of its tests', () => {
    const describing = { describe: (_name: string, declare: () => void) => declare() }
    const groups = { ...describing, beforeAll: () => {}, afterAll: () => {} }
    const declare = (): void =>
      describeMatrix(groups, { title: 'it', server: createEcho }, ({ server }) => void server)
    expect(declare).toThrow('within its tests alone')
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
