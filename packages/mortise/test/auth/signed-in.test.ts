import { expect, test } from 'vitest'
import { signIn } from '../../src/auth/client/index.ts'
import { defaultLimits } from '../../src/std/limits.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import type { Visit } from '../../src/auth/client/platform.ts'
import { createUser, visit } from './signed-user.ts'
import { join, latch, startIssuer, startWorld, tokenRequests } from './signed-world.ts'

// AUTHC-01, AUTHC-02, AUTHC-20, AUTHC-21, AUTHC-23, AUTHC-37, AUTHC-38, AUTHC-41: basic/authorization, "Authorization Flow Steps"
test('a user signs in once, and every request goes with the token', async () => {
  const { issuer, server } = await startWorld()
  const { auth, pages, events } = createUser()
  const client = await join(server, { auth })
  expect(await client.call('read')).toBe('user')

  expect(pages).toHaveLength(1)
  const { searchParams: query } = pages[0] ?? new URL('about:blank')
  expect(query.get('response_type')).toBe('code')
  expect(query.get('code_challenge_method')).toBe('S256')
  expect(query.get('resource')).toBe(server.url)
  const [token] = issuer.tokenRequests
  expect(token?.get('resource')).toBe(server.url)
  expect(token?.get('code_verifier')).toMatch(/^[\w-]{43,}$/)
  expect(server.refusals).toEqual([401])
  expect(new Set(server.tokens).size).toBe(1)
  const types = events.map(({ type }) => type)
  expect(types).toEqual(['discovered', 'registered', 'authorizing', 'signed-in'])
  for (const secret of [server.tokens[0], 'refresh-1']) {
    expect(JSON.stringify(events)).not.toContain(secret)
  }
  expect(server.tokens).not.toContain('refresh-1')
})

test.each(['session', 'stateless'] as const)('in the %s era too, with its stream', async (era) => {
  const { server } = await startWorld()
  const { auth, pages } = createUser()
  const client = await join(server, { auth, era, onListChanged: () => {} })
  expect(await client.call('write')).toBe('user')
  expect(server.refusals).toHaveLength(1)
  expect(pages).toHaveLength(1)
})

// AUTHC-42: basic/authorization, "Refresh Tokens"
test('whoever has the store need not sign in again, and registers once', async () => {
  const { issuer, server } = await startWorld({ refresh: false })
  const store = createMemoryStore()
  const first = createUser({ store })
  await (await join(server, { auth: first.auth })).close()
  const second = createUser({ store })
  expect(await (await join(server, { auth: second.auth })).call('read')).toBe('user')
  expect(second.pages).toEqual([])
  expect(issuer.registrations).toHaveLength(1)
  expect(await second.auth.isSignedIn(server.url)).toBe(true)
  const other = createUser({ store, account: 'other' })
  expect(await other.auth.isSignedIn(server.url)).toBe(false)
})

test('a server that answers 403 to whoever brings no token is one to sign in to', async () => {
  const { server } = await startWorld()
  server.withoutToken = 403
  const { auth, pages } = createUser()
  expect(await (await join(server, { auth })).call('read')).toBe('user')
  expect(server.refusals).toEqual([403])
  expect(pages).toHaveLength(1)
})

test('and one that does not ask for tokens in its 403 is not', async () => {
  const { server } = await startWorld()
  server.withoutToken = 403
  server.challenge = () => 'Negotiate'
  const { auth, pages } = createUser()
  await expect(join(server, { auth })).rejects.toMatchObject({ status: 403 })
  expect(pages).toEqual([])
})

test('connections that are made at once share one visit', async () => {
  const { server } = await startWorld()
  const { auth, pages } = createUser()
  const clients = await Promise.all([1, 2, 3].map(() => join(server, { auth })))
  for (const client of clients) expect(await client.call('read')).toBe('user')
  expect(pages).toHaveLength(1)
})

test('no request runs out of time while the user signs in, of none of the connections', async () => {
  const { server } = await startWorld()
  const runtime = createTestRuntime()
  const [here, allow] = [latch(), latch()]
  const { auth } = createUser({
    async open(page) {
      here.open()
      await allow.promise
      return await visit(page)
    },
  })
  const limits = { requestTimeoutMs: 1_000, probeTimeoutMs: 1_000 }
  const clients = [1, 2].map(() => join(server, { auth, runtime, limits }))
  await here.promise
  runtime.advance(250_000)
  allow.open()
  for (const client of await Promise.all(clients)) expect(await client.call('read')).toBe('user')
})

test('a visit ends when its time is over, and the next connection asks again', async () => {
  const { server } = await startWorld()
  const runtime = createTestRuntime()
  const here = latch()
  const user = createUser({
    open: () => {
      here.open()
      return new Promise(() => {})
    },
  })
  const limits = { signInTimeoutMs: 60_000 }
  const connecting = join(server, { auth: user.auth, runtime, limits })
  const failed = expect(connecting).rejects.toMatchObject({ code: 'ERR_TIMEOUT' })
  await here.promise
  runtime.advance(60_000)
  await failed
  expect(user.pages).toHaveLength(1)
})

test('whoever stops connecting ends the visit', async () => {
  const { server } = await startWorld()
  const controller = new AbortController()
  const { auth, pages } = createUser({
    open: (page) => {
      if (pages.length > 1) return visit(page)
      controller.abort(new Error('enough'))
      return new Promise(() => {})
    },
  })
  await expect(join(server, { auth, signal: controller.signal })).rejects.toThrow('enough')
  expect(await (await join(server, { auth })).call('read')).toBe('user')
  expect(pages).toHaveLength(2)
})

test('nor does one while the visit is not ready, and one that never is keeps nobody for good', async () => {
  const { server } = await startWorld()
  const runtime = createTestRuntime()
  const here = latch()
  const redirectUri = 'http://127.0.0.1:33418/callback'
  let ended = 0
  const ready = latch<Visit>()
  let prepared = 0
  const { auth } = createUser({
    userAgent: {
      async prepare() {
        prepared += 1
        if (prepared > 1) return { redirectUri, go: visit, end: async () => {} }
        here.open()
        return await ready.promise
      },
    },
  })
  const limits = { requestTimeoutMs: 1_000, probeTimeoutMs: 1_000, signInTimeoutMs: 60_000 }
  const first = join(server, { auth, runtime, limits })
  const failed = expect(first).rejects.toThrow('nobody signed in within 60000 ms')
  await here.promise
  runtime.advance(60_000)
  await failed
  expect(await (await join(server, { auth, runtime, limits })).call('read')).toBe('user')
  const isEnded = latch()
  ready.open({
    redirectUri,
    go: visit,
    async end() {
      ended += 1
      isEnded.open()
    },
  })
  await isEnded.promise
  expect(ended).toBe(1)
})

test('tokens that were kept and cannot be read are as none', async () => {
  const { server } = await startWorld()
  const store = createMemoryStore()
  await join(server, { auth: createUser({ store }).auth })
  const key = `auth:tokens:user::${server.url}`
  const expected = await store.get(key)
  const value = expected?.slice(0, 40) ?? ''
  expect(await store.swap(key, { expected, value, ttlMs: 60_000 })).toBe(true)
  const { auth, pages } = createUser({ store })
  expect(await (await join(server, { auth })).call('read')).toBe('user')
  expect(pages).toHaveLength(1)
  expect(await auth.isSignedIn(server.url)).toBe(true)
})

test('a server that takes every token once does not open one page after the other', async () => {
  const { server } = await startWorld({ refresh: false })
  const used = new Set<string>()
  server.before = (request) => {
    const token = request.header('authorization')?.split(' ')[1]
    if (token === undefined) return
    if (used.has(token)) server.ended.add(token)
    used.add(token)
  }
  const runtime = createTestRuntime()
  const { auth, pages } = createUser()
  const client = await join(server, { auth, runtime })
  const read = async (): Promise<unknown> => await client.call('read').catch(String)
  for (const _call of [1, 2]) expect(await read()).toBe('user')
  for (const waitMs of [30_000, 60_000, 120_000, 240_000, 300_000, 300_000]) {
    expect(await read()).toContain('signed in')
    runtime.advance(waitMs)
    expect(await read()).toBe('user')
  }
  expect(pages).toHaveLength(9)
  await auth.signOut(server.url)
  expect(await read()).toBe('user')
})

test('a server that refuses new tokens is not asked without end', async () => {
  const { server } = await startWorld()
  server.before = (request) => {
    const token = request.header('authorization')?.split(' ')[1]
    if (token !== undefined) server.ended.add(token)
  }
  const { auth, pages } = createUser()
  const refused = { code: 'ERR_HTTP', status: 401 }
  await expect(join(server, { auth })).rejects.toMatchObject(refused)
  expect(server.refusals).toEqual([401, 401])
  expect(pages).toHaveLength(1)
})

test('the same connection does not send its user to a page again and again', async () => {
  const { issuer, server } = await startWorld()
  const { auth, pages } = createUser({
    open: async (page) => {
      if (pages.length === 1) return await visit(page)
      const answer = new URL(page.searchParams.get('redirect_uri') ?? '')
      answer.searchParams.set('error', 'access_denied')
      answer.searchParams.set('state', page.searchParams.get('state') ?? '')
      answer.searchParams.set('iss', issuer.issuer)
      return answer
    },
  })
  const client = await join(server, { auth })
  server.endAll()
  issuer.revokeAll()
  const denied = { code: 'ERR_AUTH_REFUSED' }
  await expect(client.call('read')).rejects.toMatchObject(denied)
  await expect(client.call('read')).rejects.toMatchObject(denied)
  expect(pages).toHaveLength(2)
})

// AUTHC-22: basic/authorization, "Authorization Code Protection"
test.each([undefined, ['plain']])('without S256 nobody is sent anywhere (%j)', async (methods) => {
  const { server } = await startWorld({
    metadata: { code_challenge_methods_supported: methods },
  })
  const { auth, pages } = createUser()
  await expect(join(server, { auth })).rejects.toMatchObject({ code: 'ERR_AUTH_PKCE' })
  expect(pages).toEqual([])
})

// RFC 6750 §5.3
test('tokens that anybody on the way can read are warned of once for each server', () => {
  const { auth } = createUser()
  const warned: string[] = []
  const warning = (text: string): void => void warned.push(text)
  const http = { send: () => Promise.reject(new Error('sent')), close: () => Promise.resolve() }
  const connection = {
    version: '',
    limits: defaultLimits,
    runtime: createTestRuntime(),
    asking: <T>(ask: () => Promise<T>) => ask(),
    warning,
  }
  const plain = 'http://tools.example/mcp'
  const urls = [plain, plain, 'https://tools.example/mcp', 'http://localhost:1/mcp'] as const
  for (const url of urls) auth.sign(http, { ...connection, url })
  expect(warned).toHaveLength(1)
  expect(warned[0]).toContain(plain)
})

// AUTHC-38, AUTHC-39: basic/authorization, "Access Token Usage"
test('tokens go to the origin of the server alone, and never in a URL', async () => {
  const { issuer, server } = await startWorld()
  const { auth } = createUser()
  await join(server, { auth })
  const seen: (readonly [url: string, authorization: string | undefined])[] = []
  const signed = auth.sign(
    {
      send: (request) => {
        seen.push([request.url, request.headers['authorization']])
        return Promise.reject(new Error('sent'))
      },
      close: () => Promise.resolve(),
    },
    {
      url: server.url,
      version: '',
      limits: defaultLimits,
      runtime: createTestRuntime(),
      asking: (ask) => ask(),
      warning: () => {},
    },
  )
  const get = { method: 'GET', headers: {} } as const
  const urls = [`${issuer.origin}/mcp`, server.url, `${server.url}?session=1`] as const
  for (const url of urls) await signed.send({ ...get, url }).catch(() => {})
  const header = `Bearer ${server.tokens[0]}`
  expect(seen).toEqual([
    [urls[0], undefined],
    [urls[1], header],
    [urls[2], header],
  ])
})

// AUTHC-08, AUTHC-09, AUTHC-10: basic/authorization, "Authorization Server Binding"
test('another authorization server gets nothing of the first one', async () => {
  const { issuer, server } = await startWorld()
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  const [old] = server.tokens
  const next = await startIssuer({
    registration: () => ({ client_id: 'known-to-the-second' }),
  })
  server.issuer = next
  expect(await client.call('read')).toBe('user')
  expect(pages[1]?.searchParams.get('client_id')).toBe('known-to-the-second')
  expect(next.registrations).toHaveLength(1)
  expect(tokenRequests(next, 'refresh_token')).toEqual([])
  expect(tokenRequests(issuer, 'refresh_token')).toEqual([])
  const shown = JSON.stringify(next.asked)
  for (const secret of [old, 'client-1', 'refresh-1']) expect(shown).not.toContain(secret)
  expect(server.tokens.at(-1)).not.toBe(old)
})

// AUTHC-09, AUTHC-39: basic/authorization, "Authorization Server Binding"
test('nor where the client is known to both, by its document', async () => {
  const metadata = { client_id_metadata_document_supported: true }
  const { server } = await startWorld({ metadata })
  const { auth, pages } = createUser({
    clientMetadataUrl: 'https://desk.example/client.json',
    scopes: ['notes:read'],
  })
  const client = await join(server, { auth })
  const next = await startIssuer({ metadata })
  server.issuer = next
  expect(await client.call('read')).toBe('user')
  expect(pages).toHaveLength(2)
  expect(tokenRequests(next, 'refresh_token')).toEqual([])
  for (const secret of [server.tokens[0], 'refresh-1']) {
    expect(JSON.stringify(next.asked)).not.toContain(secret)
  }
})

// AUTHC-10, AUTHC-11: basic/authorization, "Authorization Server Binding"
test('a client that is registered at one issuer is not shown to another', async () => {
  const clients = [{ client_id: 'desk', client_secret: 'a secret of the desk' }]
  const { issuer, server } = await startWorld({ clients })
  const client = { clientId: 'desk', clientSecret: 'a secret of the desk', issuer: issuer.issuer }
  const { auth, pages } = createUser({ client })
  const connected = await join(server, { auth })
  const next = await startIssuer({ clients })
  server.issuer = next
  await expect(connected.call('read')).rejects.toMatchObject({ code: 'ERR_AUTH_REGISTRATION' })
  expect(pages).toHaveLength(1)
  expect(JSON.stringify(next.asked)).not.toContain('desk')
})

test('without anybody to ask, that is what the error says', async () => {
  const { server } = await startWorld()
  const auth = signIn({ allowLoopback: true })
  await expect(join(server, { auth })).rejects.toMatchObject({ code: 'ERR_AUTH_NEEDED' })
})

test('over HTTP+SSE too, where the stream waits for the user', async () => {
  const { server } = await startWorld()
  const { auth, pages } = createUser()
  const client = await join(server, { auth, http: 'sse' })
  expect(await client.call('read')).toBe('user')
  server.endAll()
  expect(await client.call('write')).toBe('user')
  expect(pages).toHaveLength(1)
})

test('an option that there is not is a mistake at once', () => {
  expect(() => signIn({ scope: 'a' } as object)).toThrow('signIn has no option scope')
  expect(() => signIn({ clientMetadataUrl: 'http://app.example/client.json' })).toThrow(TypeError)
})
