import { expect, test } from 'vitest'
import { discovery, jsonAnswer, resultFor, scriptedFetch } from '../../test/scripted-fetch.ts'
import type { Result } from '../model/types.ts'
import { resolveLimits } from '../std/limits.ts'
import { createTestRuntime } from '../testing/index.ts'
import { createCache } from './cache.ts'
import type { Cache } from './cache.ts'
import { connect } from './index.ts'

const options = { signal: new AbortController().signal, onNotification: () => {} }

function cacheOf(limits: Parameters<typeof resolveLimits>[0] = {}): Cache {
  return createCache({ limits: resolveLimits(limits), runtime: createTestRuntime() })
}

function answer(text: string): Result {
  return { contents: [{ uri: 'a:b', text }], ttlMs: 60_000, cacheScope: 'private' }
}

/** Reads a resource that is answered with `text`, unless it is kept, when `until` has come. */
async function read(
  cache: Cache,
  uri: string,
  { text, until }: { text: string; until?: Promise<void> },
): Promise<unknown> {
  const send = async (): Promise<Result> => {
    await until
    return answer(text)
  }
  const result = await cache.request({ method: 'resources/read', params: { uri } }, send, options)
  return (result['contents'] as readonly { text: string }[])[0]?.text
}

// CACHE-10, CACHE-12 (basic/utilities, "Caching")
test.each([
  ['everything is forgotten', (cache: Cache) => cache.clear()],
  [
    'the resource changes',
    (cache: Cache) => cache.hear('notifications/resources/updated', { uri: 'a:b' }),
  ],
])('an answer that is on its way while %s is not kept', async (_name, forget) => {
  const cache = cacheOf()
  let come = (): void => {}
  const until = new Promise<void>((resolve) => (come = resolve))
  const late = read(cache, 'a:b', { text: 'of before', until })
  forget(cache)
  come()
  expect(await late).toBe('of before')
  expect(await read(cache, 'a:b', { text: 'of now' })).toBe('of now')
})

test('an answer that is on its way while something else changes is kept', async () => {
  const cache = cacheOf()
  const first = read(cache, 'a:b', { text: 'first' })
  cache.hear('notifications/resources/updated', { uri: 'a:c' })
  cache.hear('notifications/tools/list_changed', {})
  await first
  expect(await read(cache, 'a:b', { text: 'second' })).toBe('first')
})

test('two that ask for the same at once take the room of one', async () => {
  const size = JSON.stringify(answer('x')).length
  const cache = cacheOf({ maxCachedBytes: 3 * size })
  await Promise.all([1, 2, 3, 4].map(() => read(cache, 'a:b', { text: 'x' })))
  expect(cache.size).toBe(1)
})

test.each(['file:///notes', 'file:///notes/'])('a change under %s makes it stale', async (uri) => {
  const cache = cacheOf()
  await read(cache, uri, { text: 'old' })
  cache.hear('notifications/resources/updated', { uri: 'file:///notes/today' })
  expect(await read(cache, uri, { text: 'new' })).toBe('new')
})

test.each(['constructor', 'toString', '__proto__'])(
  'a notice named %s changes nothing',
  async (method) => {
    const cache = cacheOf()
    await read(cache, 'a:b', { text: 'kept' })
    cache.hear(method, {})
    expect(await read(cache, 'a:b', { text: 'new' })).toBe('kept')
  },
)

// HTTP26-27 (basic/transports, "Custom Headers from Tool Parameters")
test('a tool whose headers are others than those of the list that is kept is learnt anew', async () => {
  let header = 'Region'
  const { fetch } = scriptedFetch((request) => {
    const { id, method } = request.body
    if (method === 'server/discover') return resultFor(request, discovery)
    if (method === 'tools/list') {
      const properties = { place: { type: 'string', 'x-mcp-header': header } }
      const tools = [{ name: 'go', inputSchema: { type: 'object', properties } }]
      return resultFor(request, { resultType: 'complete', tools, ttlMs: 60_000 })
    }
    if (request.headers.has(`mcp-param-${header}`)) {
      return resultFor(request, { resultType: 'complete', content: [{ type: 'text', text: 'ok' }] })
    }
    const error = { code: -32_020, message: 'the header is missing' }
    return jsonAnswer({ jsonrpc: '2.0', id, error }, { status: 400 })
  })
  await using client = await connect('http://localhost/mcp', { fetch })
  for await (const tool of client.tools()) expect(tool.name).toBe('go')
  expect(await client.call('go', { place: 'here' })).toBe('ok')
  header = 'Zone'
  expect(await client.call('go', { place: 'there' })).toBe('ok')
})

// CACHE-10 (basic/utilities, "Caching")
test('what one access token has read is kept from the next', async () => {
  const { fetch } = scriptedFetch((request) => {
    if (request.body.method === 'server/discover') return resultFor(request, discovery)
    const text = request.headers.get('authorization') ?? ''
    return resultFor(request, { ...answer(text), resultType: 'complete' })
  })
  let token = 'ada'
  const headers = (): { Authorization: string } => ({ Authorization: token })
  await using client = await connect('http://localhost/mcp', { fetch, headers })
  const read = async (): Promise<unknown> => (await client.readResource('a:b')).contents[0]
  expect(await read()).toMatchObject({ text: 'ada' })
  token = 'bob'
  expect(await read()).toMatchObject({ text: 'bob' })
})
