import { expect } from 'vitest'
import { connect, createEraMemory } from '../../src/client/index.ts'
import type { Client } from '../../src/client/index.ts'
import type { Limits } from '../../src/std/limits.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { discovery, resultFor, scriptedFetch } from '../scripted-fetch.ts'
import { testLimit } from './limit.ts'

/** What a resource of `chars` characters is answered with. */
function answerOf(uri: string, chars: number): object {
  const contents = [{ uri, text: 'x'.repeat(chars) }]
  return { resultType: 'complete', contents, ttlMs: 60_000, cacheScope: 'private' }
}

/** The text of such an answer. */
const sizeOf = (chars: number): number => JSON.stringify(answerOf('note:///a', chars)).length

/** A client whose server says of every resource that it is good for a minute, and which were asked for. */
async function reading(limits: Partial<Limits>): Promise<{ client: Client; asked: string[] }> {
  const asked: string[] = []
  const { fetch } = scriptedFetch((request) => {
    if (request.body.method === 'server/discover') return resultFor(request, discovery)
    const { uri } = request.body.params
    asked.push(uri)
    return resultFor(request, answerOf(uri, uri === 'note:///long' ? 1_000 : 100))
  })
  const options = { fetch, limits, memory: createEraMemory(), runtime: createTestRuntime() }
  return { client: await connect('http://localhost/mcp', options), asked }
}

async function readAll(client: Client, uris: readonly string[]): Promise<void> {
  for (const uri of uris) await client.readResource(uri)
}

const [a, b, c] = ['note:///a', 'note:///b', 'note:///c'] as const

testLimit('maxCachedResults', {
  at: [
    'so many results are kept',
    async () => {
      const { client, asked } = await reading({ maxCachedResults: 2 })
      await readAll(client, [a, b, a, b])
      expect(asked).toEqual([a, b])
      await client.close()
    },
  ],
  past: [
    'the oldest one is let go',
    async () => {
      const { client, asked } = await reading({ maxCachedResults: 2 })
      await readAll(client, [a, b, c, b, c, a])
      expect(asked).toEqual([a, b, c, a])
      await client.close()
    },
  ],
})

testLimit('maxCachedBytes', {
  at: [
    'results of just so many characters are kept',
    async () => {
      const { client, asked } = await reading({ maxCachedBytes: 2 * sizeOf(100) })
      await readAll(client, [a, b, a, b])
      expect(asked).toEqual([a, b])
      await client.close()
    },
  ],
  past: [
    'the oldest one is let go when one is missing, and a result that is longer by itself is not kept',
    async () => {
      const { client, asked } = await reading({ maxCachedBytes: 2 * sizeOf(100) - 1 })
      await readAll(client, [a, b, b, a])
      expect(asked).toEqual([a, b, a])
      await readAll(client, ['note:///long', 'note:///long', a])
      expect(asked).toEqual([a, b, a, 'note:///long', 'note:///long'])
      await client.close()
    },
  ],
})
