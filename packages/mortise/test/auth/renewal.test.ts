import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join as joinPath } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Client } from '../../src/client/types.ts'
import { createFileStore } from '../../src/node/file-key-value.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import type { Answered } from './site.ts'
import { createShiftedRuntime, createUser } from './signed-user.ts'
import { join, latch, startIssuer, startWorld, tokenRequests } from './signed-world.ts'

const many = Array.from({ length: 50 }, (_, index) => index)

test('tokens that are about to end are renewed before they are sent', async () => {
  const { issuer, server } = await startWorld({ tokenSeconds: 3600 })
  const runtime = createShiftedRuntime()
  const { auth, pages, events } = createUser()
  const client = await join(server, { auth, runtime })
  runtime.shift(3_575_000)
  expect(await client.call('read')).toBe('user')
  expect(server.refusals).toEqual([401])
  const [refresh] = tokenRequests(issuer, 'refresh_token')
  expect(refresh?.get('resource')).toBe(server.url)
  expect(refresh?.get('scope')).toBeNull()
  expect(new Set(server.tokens).size).toBe(2)
  expect(pages).toHaveLength(1)
  expect(events.at(-1)).toEqual({ type: 'refreshed', issuer: issuer.issuer })
})

test('what is cached stays when tokens are renewed, and goes when somebody signs in', async () => {
  const { issuer, server } = await startWorld()
  const { auth } = createUser()
  const client = await join(server, { auth })
  const list = async (): Promise<number> => {
    const before = server.tokens.length
    for await (const _tool of client.tools()) continue
    return server.tokens.length - before
  }
  expect(await list()).toBe(1)
  server.endAll()
  await client.call('read')
  expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(1)
  expect(await list()).toBe(0)
  issuer.revokeAll()
  server.endAll()
  await client.call('read')
  expect(await list()).toBe(1)
})

describe('of fifty calls at once', () => {
  test('whose tokens have ended, one renews', async () => {
    const { issuer, server } = await startWorld({ tokenSeconds: 60 })
    const runtime = createShiftedRuntime()
    const { auth, pages } = createUser()
    const client = await join(server, { auth, runtime })
    runtime.shift(61_000)
    expect(await Promise.all(many.map(() => client.call('read')))).toEqual(many.map(() => 'user'))
    expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(1)
    expect(pages).toHaveLength(1)
    expect(server.refusals).toEqual([401])
  })

  test('whose tokens the server ends, one renews, and all are sent again', async () => {
    const { issuer, server } = await startWorld()
    const { auth, pages } = createUser()
    const client = await join(server, { auth })
    server.endAll()
    expect(await Promise.all(many.map(() => client.call('read')))).toEqual(many.map(() => 'user'))
    expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(1)
    expect(pages).toHaveLength(1)
  })

  test('those that are refused late take what others have renewed', async () => {
    const { issuer, server } = await startWorld()
    const { auth, pages } = createUser()
    const client = await join(server, { auth })
    server.endAll()
    const gate = latch()
    const [ended] = server.ended
    let held = 0
    server.before = async (request) => {
      const isOld = request.header('authorization') === `Bearer ${ended}`
      // Every second one with the old token waits until the new one was used.
      if (isOld && (held += 1) % 2 === 0) await gate.promise
      if (!isOld) gate.open()
    }
    expect(await Promise.all(many.map(() => client.call('read')))).toEqual(many.map(() => 'user'))
    expect(held).toBeGreaterThan(10)
    expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(1)
    expect(pages).toHaveLength(1)
  })
})

test('two processes that share a folder never both use one refresh token', async () => {
  const { issuer, server } = await startWorld()
  const folder = await mkdtemp(joinPath(tmpdir(), 'mortise-signed-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const users = [1, 2, 3].map(() => createUser({ store: createFileStore(folder) }))
  const clients: Client[] = []
  for (const { auth } of users) clients.push(await join(server, { auth }))
  expect(users.map(({ pages }) => pages.length)).toEqual([1, 0, 0])
  for (let round = 1; round <= 3; round++) {
    server.endAll()
    const calls = many.map((index) => clients[index % 3]?.call('read'))
    expect(await Promise.all(calls)).toEqual(many.map(() => 'user'))
    expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(round)
  }
  const used = tokenRequests(issuer, 'refresh_token').map((params) => params.get('refresh_token'))
  expect(new Set(used).size).toBe(used.length)
  expect(users.flatMap(({ pages }) => pages)).toHaveLength(1)
})

test('renewed tokens are stored before they are used', async () => {
  const { server } = await startWorld()
  const store = createMemoryStore()
  const writes: string[] = []
  const watched = {
    ...store,
    async swap(...change: Parameters<typeof store.swap>) {
      const isDone = await store.swap(...change)
      writes.push(change[1].value)
      return isDone
    },
  }
  const { auth } = createUser({ store: watched })
  const client = await join(server, { auth })
  server.endAll()
  let stored = true
  server.before = (request) => {
    const token = request.header('authorization')?.split(' ')[1] ?? ''
    stored &&= writes.some((text) => text.includes(token))
  }
  await client.call('read')
  expect(stored).toBe(true)
})

describe('a token endpoint that is down', () => {
  const outages: readonly (readonly [string, Answered])[] = [
    ['500', { status: 500, body: 'oops' }],
    ['503 with an error', { status: 503, body: { error: 'temporarily_unavailable' } }],
    ['429', { status: 429, body: { error: 'slow_down' } }],
    ['nonsense', { status: 200, body: 'hello' }],
  ]
  test.each(outages)('%s loses no tokens, and nobody signs in anew', async (_name, outage) => {
    let isDown = false
    const { issuer, server } = await startWorld({
      intercept: () => (isDown ? outage : undefined),
    })
    const { auth, pages } = createUser()
    const client = await join(server, { auth })
    server.endAll()
    isDown = true
    await expect(client.call('read')).rejects.toMatchObject({ code: 'ERR_AUTH_REFUSED' })
    isDown = false
    expect(await client.call('read')).toBe('user')
    expect(pages).toHaveLength(1)
    const used = tokenRequests(issuer, 'refresh_token').map((params) => params.get('refresh_token'))
    expect(used).toEqual(['refresh-1', 'refresh-1'])
  })

  test('does not matter while the tokens are good', async () => {
    let isDown = false
    const { server } = await startWorld({ intercept: () => (isDown ? { status: 500 } : undefined) })
    const runtime = createShiftedRuntime()
    const { auth } = createUser()
    const client = await join(server, { auth, runtime })
    isDown = true
    runtime.shift(3_575_000)
    expect(await client.call('read')).toBe('user')
  })
})

test('a token endpoint that has moved is found again', async () => {
  let isMoved = false
  const { issuer, server } = await startWorld({
    tokenSeconds: 60,
    intercept: () => (isMoved ? { status: 404 } : undefined),
  })
  const runtime = createShiftedRuntime()
  const { auth, pages } = createUser()
  const client = await join(server, { auth, runtime })
  isMoved = true
  const place = '/.well-known/oauth-authorization-server'
  const known = (await (await fetch(`${issuer.origin}${place}`)).json()) as object
  issuer.page(place, { body: { ...known, token_endpoint: `${issuer.origin}/moved` } })
  issuer.page('/moved', async () => ({
    body: { access_token: await issuer.sign({ sub: 'user' }), token_type: 'Bearer' },
  }))
  runtime.shift(61_000)
  await expect(client.call('read')).rejects.toMatchObject({ code: 'ERR_AUTH_REFUSED' })
  expect(await client.call('read')).toBe('user')
  expect(pages).toHaveLength(1)
})

// AUTHC-42: basic/authorization, "Refresh Tokens"
test.each([true, false])(
  'without a good refresh token the user signs in anew (refresh tokens are given: %s)',
  async (refresh) => {
    const { issuer, server } = await startWorld({ refresh })
    const { auth, pages } = createUser()
    const client = await join(server, { auth })
    issuer.revokeAll()
    server.endAll()
    const calls = many.slice(0, 5).map(() => client.call('read'))
    expect(await Promise.all(calls)).toEqual(calls.map(() => 'user'))
    expect(pages).toHaveLength(2)
    expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(refresh ? 1 : 0)
  },
)

test('a client that was forgotten there registers anew for the next user too', async () => {
  const { issuer, server } = await startWorld()
  const store = createMemoryStore()
  await join(server, { auth: createUser({ store }).auth })
  issuer.clients.clear()
  const { auth } = createUser({ store, account: 'another' })
  await expect(join(server, { auth })).rejects.toMatchObject({ error: 'invalid_client' })
  expect(await (await join(server, { auth })).call('read')).toBe('user')
  expect(issuer.registrations).toHaveLength(2)
})

test('tokens are renewed where they came from, though another issuer stands first by now', async () => {
  const { issuer, server } = await startWorld()
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  const other = await startIssuer()
  server.others.push(other.issuer)
  server.endAll()
  expect(await client.call('read')).toBe('user')
  expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(1)
  expect(pages).toHaveLength(1)
  expect(other.asked).toEqual([])
})

test('a client that was forgotten there registers anew', async () => {
  const { issuer, server } = await startWorld()
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  issuer.clients.clear()
  server.endAll()
  expect(await client.call('read')).toBe('user')
  expect(issuer.registrations).toHaveLength(2)
  expect(pages).toHaveLength(2)
})
