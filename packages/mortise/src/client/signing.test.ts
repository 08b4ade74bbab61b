import { expect, test } from 'vitest'
import type { ClientAuth } from '../http/client-auth.ts'
import { createServer } from '../server/index.ts'
import { createTestRuntime } from '../testing/index.ts'
import { createFleet, readConfig } from './fleet/index.ts'
import { connect } from './index.ts'
import { createPatience } from './patience.ts'
import { patientRuntime } from './signing.ts'

const url = 'http://localhost/mcp'
const target = createServer({
  name: 'signed',
  version: '1.0.0',
  cache: { 'tools/list': { ttlMs: 60_000 } },
}).tool('hello', {}, () => 'hello')

/** Puts a name on each request, and says that it was granted to that name. */
function nameTag(name: () => string): ClientAuth {
  return {
    sign: (http) => ({
      send: (request) =>
        http.send({ ...request, headers: { ...request.headers, authorization: name() } }),
      close: () => http.close(),
      grant: name,
    }),
  }
}

test('auth signs every request of a connection', async () => {
  const seen = new Set<string | null>()
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    seen.add(request.headers.get('authorization'))
    return await target.fetch(request)
  }
  await using client = await connect(url, { fetch, auth: nameTag(() => 'Ada') })
  expect(await client.call('hello')).toBe('hello')
  expect([...seen]).toEqual(['Ada'])
})

test('what was kept for one user is not shown to the next who signs in', async () => {
  let user = 'Ada'
  let lists = 0
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    if (request.headers.get('mcp-method') === 'tools/list') lists += 1
    return await target.fetch(request)
  }
  await using client = await connect(url, { fetch, auth: nameTag(() => user) })
  const list = async (): Promise<void> => {
    for await (const _tool of client.tools()) continue
  }
  await list()
  await list()
  expect(lists).toBe(1)
  user = 'Bob'
  await list()
  expect(lists).toBe(2)
})

// STDIO-21: basic/authorization, "Protocol Requirements"
test('auth is for servers at a URL, and not for one that brings its own authorization', async () => {
  const auth = nameTag(() => 'Ada')
  await expect(connect(target, { auth })).rejects.toThrow('auth is for servers at a URL')
  const headers = { Authorization: 'Bearer own' }
  await expect(connect(url, { auth, headers })).rejects.toThrow(TypeError)
  await expect(connect(url, { auth, headers: () => headers })).rejects.toThrow('not both')
})

test('in a fleet, entries at a URL are signed unless they bring an authorization of their own', async () => {
  const seen: string[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    seen.push(`${new URL(request.url).pathname} ${request.headers.get('authorization')}`)
    return await target.fetch(request)
  }
  const config = readConfig({
    mcpServers: {
      a: { url: `${url}/a` },
      b: { url: `${url}/b`, headers: { Authorization: 'Bearer own' } },
    },
  })
  await using fleet = createFleet(config, { connect: { fetch, auth: nameTag(() => 'Ada') } })
  for await (const _tool of fleet.tools()) continue
  expect([...new Set(seen)].toSorted()).toEqual(['/mcp/a Ada', '/mcp/b Bearer own'])
})

test('a timer waits for as long as the user is asked, and then for its whole time', async () => {
  const runtime = createTestRuntime()
  const patience = createPatience(runtime)
  const fired: string[] = []
  const clock = patientRuntime(runtime, patience)
  clock.after(100, () => fired.push('late'))
  const cancel = clock.after(150, () => fired.push('cancelled'))
  let answer = (): void => {}
  const asked = patience.asking(() => new Promise<void>((resolve) => (answer = resolve)))
  runtime.advance(1_000)
  answer()
  await asked
  cancel()
  runtime.advance(99)
  expect(fired).toEqual([])
  runtime.advance(1)
  expect(fired).toEqual(['late'])
})
