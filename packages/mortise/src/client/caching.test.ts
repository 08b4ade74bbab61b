import { describe, expect, test } from 'vitest'
import { createServer } from '../server/index.ts'
import type { Server } from '../server/index.ts'
import { connectInProcess, createTestRuntime } from '../testing/index.ts'
import { discovery, jsonAnswer, resultFor, scriptedFetch } from '../../test/scripted-fetch.ts'
import type { SeenRequest } from '../../test/scripted-fetch.ts'
import { settle, until } from '../../test/settle.ts'
import type { Json } from '../../test/json.ts'
import { connect, createEraMemory } from './index.ts'
import type { ConnectOptions } from './index.ts'

/** A client of a server that answers by `answer`, and what it was asked. */
async function connected(
  answer: (request: SeenRequest) => object | Response,
  options: ConnectOptions = {},
) {
  const runtime = createTestRuntime()
  const asked: string[] = []
  const { fetch } = scriptedFetch((request) => {
    const { method, params } = request.body
    if (method === 'server/discover') return resultFor(request, discovery)
    asked.push([method, params.uri ?? params.name ?? params.cursor].filter(Boolean).join(' '))
    const own = answer(request)
    return own instanceof Response ? own : resultFor(request, { resultType: 'complete', ...own })
  })
  const given = { fetch, runtime, memory: createEraMemory(), ...options }
  return { client: await connect('http://localhost/mcp', given), asked, runtime }
}

const page = (text: string): object => lasting(text, 1_000)
const lasting = (text: string, ttlMs: unknown): object => ({
  contents: [{ uri: 'a:b', text }],
  ttlMs,
  cacheScope: 'private',
})

async function names(list: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const found: string[] = []
  for await (const { name } of list) found.push(name)
  return found
}

describe('what the server says is good for a while', () => {
  // CACHE-05, CACHE-06 (basic/utilities, "Caching")
  test('is asked for once in that time, and again after it', async () => {
    const { client, asked, runtime } = await connected(() => page('text'))
    await client.readResource('a:b')
    runtime.advance(999)
    await client.readResource('a:b')
    expect(asked).toHaveLength(1)
    runtime.advance(1)
    await client.readResource('a:b')
    expect(asked).toHaveLength(2)
  })

  // CACHE-07 (basic/utilities, "Caching")
  test('is not asked for by itself when its time is over', async () => {
    const { client, asked, runtime } = await connected(() => page('text'))
    await client.readResource('a:b')
    runtime.advance(1_000_000)
    await settle()
    expect(asked).toHaveLength(1)
    expect(runtime.timers).toBe(0)
  })

  // CACHE-04 (basic/utilities, "Caching")
  test('answers the same request alone: another method, URI, name or cursor is asked for', async () => {
    const { client, asked } = await connected(({ body }) =>
      body.method === 'resources/read'
        ? page(body.params.uri)
        : { ttlMs: 1_000, resources: [], resourceTemplates: [], prompts: [], tools: [] },
    )
    for (let time = 0; time < 2; time++) {
      await client.readResource('a:b')
      await client.readResource('a:c')
      await names(client.tools())
      await names(client.prompts())
      await names(client.resources())
      await names(client.resourceTemplates())
      await client.request('tools/list', { cursor: 'x' })
    }
    expect(asked).toHaveLength(7)
    expect(new Set(asked).size).toBe(7)
  })

  // CACHE-03 (basic/utilities, "Caching")
  test('is never a tool call, a prompt or a completion, whatever the server says', async () => {
    const { client, asked } = await connected(() => ({
      content: [],
      messages: [],
      completion: { values: [] },
      ttlMs: 1e3,
    }))
    for (let time = 0; time < 2; time++) {
      await client.callTool('t')
      await client.getPrompt('p')
      await client.complete({ prompt: 'p' }, { name: 'a', value: '' })
    }
    expect(asked).toHaveLength(6)
  })

  // MRTR-24 (basic/utilities, "Caching"): neither where the client answers, nor where its application does
  test('is never what came of answers', async () => {
    const question = { method: 'roots/list', params: {} }
    const { client, asked } = await connected(
      ({ body }) =>
        body.params.inputResponses === undefined
          ? { resultType: 'input_required', inputRequests: { q: question }, requestState: 's' }
          : page('text'),
      { roots: [] },
    )
    for (const rounds of [2, 4]) {
      expect(await client.readResource('a:b')).toMatchObject({ contents: [{ text: 'text' }] })
      expect(asked).toHaveLength(rounds)
    }
    const answered = { uri: 'a:b', inputResponses: { q: { roots: [] } }, requestState: 's' }
    await client.request('resources/read', answered)
    await client.request('resources/read', answered)
    expect(asked).toHaveLength(6)
  })

  test('is given as a copy, so that nobody sees what another did with it', async () => {
    const { client } = await connected(() => page('text'))
    for (let time = 0; time < 3; time++) {
      const { contents } = (await client.readResource('a:b')) as Json
      expect(contents).toEqual([{ uri: 'a:b', text: 'text' }])
      contents[0].text = 'changed'
      contents.push('more')
    }
  })

  test('is kept for each client by itself', async () => {
    const server = createServer({ name: 's', version: '1.0.0' })
    let reads = 0
    server.resource('a:b', { name: 'b', cache: { ttlMs: 60_000, scope: 'public' } }, () => {
      reads += 1
      return 'text'
    })
    for (let time = 0; time < 2; time++) {
      await using client = await connectInProcess(server)
      await client.readResource('a:b')
      await client.readResource('a:b')
    }
    expect(reads).toBe(2)
  })

  test('is asked for each time by a client that wants no cache, and once more after clearCache', async () => {
    const uncached = await connected(() => page('text'), { cache: false })
    await uncached.client.readResource('a:b')
    await uncached.client.readResource('a:b')
    uncached.client.clearCache()
    expect(uncached.asked).toHaveLength(2)
    const { client, asked } = await connected(() => page('text'))
    await client.readResource('a:b')
    client.clearCache()
    await client.readResource('a:b')
    expect(asked).toHaveLength(2)
  })

  test('stays the last word when a later request fails', async () => {
    let fails = false
    const { client, asked, runtime } = await connected(() =>
      fails ? new Response(null, { status: 500 }) : page('text'),
    )
    await client.readResource('a:b')
    fails = true
    expect((await client.readResource('a:b')).contents).toHaveLength(1)
    runtime.advance(1_000)
    await expect(client.readResource('a:b')).rejects.toMatchObject({ code: 'ERR_HTTP' })
    fails = false
    await client.readResource('a:b')
    expect(asked).toHaveLength(3)
  })
})

// CACHE-05 (basic/utilities, "Caching")
describe('a time that is none is no time:', () => {
  test.for<[string, unknown]>([
    ['absent', undefined],
    ['zero', 0],
    ['negative', -1],
    ['very negative', -1e300],
    ['a text', '60000'],
    ['null', null],
    ['a list', [60_000]],
    ['an object', { ttl: 60_000 }],
    ['true', true],
  ])('%s', async ([, ttlMs]) => {
    const { client, asked } = await connected(() => lasting('text', ttlMs))
    await client.readResource('a:b')
    await client.readResource('a:b')
    expect(asked).toHaveLength(2)
  })

  test('what JSON has no number for is none either', async () => {
    const { client, asked } = await connected(({ body }) => {
      const result = JSON.stringify({ resultType: 'complete', ...lasting('text', 1) })
      const text = `{"jsonrpc":"2.0","id":${body.id},"result":${result.replace('"ttlMs":1', '"ttlMs":-1e999')}}`
      return new Response(text, { headers: { 'content-type': 'application/json' } })
    })
    await client.readResource('a:b')
    await client.readResource('a:b')
    expect(asked).toHaveLength(2)
  })

  test.for([1e300, 1e12, Number.MAX_SAFE_INTEGER])('%s is a day at most', async (ttlMs) => {
    const { client, asked, runtime } = await connected(() => lasting('text', ttlMs))
    await client.readResource('a:b')
    runtime.advance(24 * 60 * 60_000 - 1)
    await client.readResource('a:b')
    expect(asked).toHaveLength(1)
    runtime.advance(1)
    await client.readResource('a:b')
    expect(asked).toHaveLength(2)
  })
})

describe('the pages of a list', () => {
  const pages = (ttls: Readonly<Record<string, number>>) => (request: SeenRequest) => {
    const { cursor = '1' } = request.body.params
    const nextCursor = cursor === '3' ? {} : { nextCursor: String(Number(cursor) + 1) }
    return { tools: [{ name: `t${cursor}`, inputSchema: {} }], ttlMs: ttls[cursor], ...nextCursor }
  }

  // CACHE-13 (basic/utilities, "Caching")
  test('are kept each for its own time, and fetched by their own cursors', async () => {
    const ttls = { 1: 3_000, 2: 1_000, 3: 3_000 }
    const { client, asked, runtime } = await connected(pages(ttls))
    expect(await names(client.tools())).toEqual(['t1', 't2', 't3'])
    runtime.advance(1_000)
    expect(await names(client.tools())).toEqual(['t1', 't2', 't3'])
    expect(asked).toEqual(['tools/list', 'tools/list 2', 'tools/list 3', 'tools/list 2'])
  })

  // CACHE-14 (basic/utilities, "Caching")
  test('are all dropped when a cursor is no longer good, and the list begins anew', async () => {
    let isGood = true
    const good = pages({ 1: 60_000, 2: 0, 3: 60_000 })
    const { client, asked } = await connected((request) => {
      const { id, params } = request.body
      if (isGood || params.cursor === undefined) return good(request)
      const error = { code: -32602, message: 'Invalid cursor' }
      return jsonAnswer({ jsonrpc: '2.0', id, error })
    })
    await names(client.tools())
    isGood = false
    await expect(names(client.tools())).rejects.toMatchObject({ rpcCode: -32602 })
    isGood = true
    asked.length = 0
    expect(await names(client.tools())).toEqual(['t1', 't2', 't3'])
    expect(asked).toEqual(['tools/list', 'tools/list 2', 'tools/list 3'])
  })
})

// CACHE-12 (basic/utilities, "Caching")
describe.for(['2026-07-28', '2025-11-25'] as const)('what a server tells, in %s,', (version) => {
  test('makes stale what it is about, and nothing else', async () => {
    const reads: string[] = []
    const read = (uri: string): string => {
      reads.push(uri)
      return 'text'
    }
    const cache = { ttlMs: 60_000 }
    const server = createServer({ name: 's', version: '1.0.0' })
      .resource('dir:///a', { name: 'a', cache }, read)
      .resource('dir:///a/part', { name: 'part', cache }, read)
      .resource('dir:///ab', { name: 'ab', cache }, read) as Server
    const uris = ['dir:///a', 'dir:///a/part', 'dir:///ab']
    await using client = await connectInProcess<Server>(server, { version })
    let heard = 0
    for (const uri of uris) await client.subscribe(uri, () => (heard += 1))
    const readAll = async (): Promise<string[]> => {
      reads.length = 0
      for (const uri of uris) await client.readResource(uri)
      return [...reads]
    }
    await readAll()
    // A session knows no times: there everything is read each time.
    const fresh = await readAll()
    expect(fresh).toEqual(version === '2026-07-28' ? [] : uris)
    server.updated('dir:///a/part') // which is a part of what was read at dir:///a
    await until(() => heard === 2)
    expect(await readAll()).toEqual(version === '2026-07-28' ? ['dir:///a', 'dir:///a/part'] : uris)
  })
})
