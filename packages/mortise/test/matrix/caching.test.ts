import { expect, test } from 'vitest'
import { createServer } from '../../src/server/index.ts'
import { createTestRuntime, testMatrix } from '../../src/testing/index.ts'
import { wireOf } from './wire.ts'

function createCounting() {
  let reads = 0
  const cache = { ttlMs: 1_000, scope: 'private' } as const
  const server = createServer({ name: 'counting', version: '1.0.0' })
    .resource('count:///reads', { name: 'reads', cache }, () => `${(reads += 1)}`)
    .resource('count:///now', { name: 'now' }, () => `${(reads += 1)}`)
  return server
}

// CACHE-01, CACHE-05, CACHE-06 (server/utilities/caching)
testMatrix(
  test,
  {
    title: 'a result is kept for as long as the wire says',
    server: createCounting,
    transports: ['memory', 'fetch'],
  },
  async ({ version, connect }) => {
    const runtime = createTestRuntime()
    await using client = await connect({ runtime })
    await using careful = await connect({ runtime, cache: false })
    const { cacheHints } = wireOf(version)
    const reads = async (from = client, uri = 'count:///reads'): Promise<unknown> =>
      (await from.readResource(uri)).contents[0]
    const text = (count: number) => expect.objectContaining({ text: String(count) })
    // A revision without hints keeps nothing: each read is a read of the server.
    const expected = cacheHints ? [1, 1, 2, 3, 4, 5] : [1, 2, 3, 4, 5, 6]
    const seen: unknown[] = [await reads(), await reads()]
    runtime.advance(1_001)
    seen.push(await reads())
    client.clearCache()
    seen.push(await reads(), await reads(careful), await reads(client, 'count:///now'))
    expect(seen).toEqual(expected.map(text))
  },
)
