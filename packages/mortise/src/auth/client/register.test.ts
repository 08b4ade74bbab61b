// basic/authorization, "Client Registration Approaches"; RFC 7591.
import { afterEach, expect, test } from 'vitest'
import type {
  AuthorizationServerOptions,
  Registration,
  TestAuthorizationServer,
} from '../../../test/auth/authorization-server.ts'
import { startAuthorizationServer } from '../../../test/auth/authorization-server.ts'
import { createFlow } from '../../../test/auth/flow.ts'
import { createMemoryStore } from '../../state/memory.ts'
import type { Runtime } from '../../std/runtime.ts'
import { createTestRuntime } from '../../testing/index.ts'
import type { ClientWish } from './client-wish.ts'
import { createCredentials } from './credentials.ts'
import { discoverIssuer } from './discover.ts'
import type { ClientIdentity, Flow } from './flow.ts'
import { identify } from './register.ts'

const opened: TestAuthorizationServer[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()))
})

const wish: ClientWish = { name: 'Desk', redirectUris: ['http://127.0.0.1:7777/cb'] }
const documents = { client_id_metadata_document_supported: true }

interface Stand {
  readonly server: TestAuthorizationServer
  readonly flow: ReturnType<typeof createFlow>
  as(changes?: Partial<ClientWish>, flow?: Flow): Promise<ClientIdentity>
}

/** An authorization server, and a client that wants to be known there. */
async function stand(
  options: AuthorizationServerOptions = {},
  changes: Partial<Flow> = {},
): Promise<Stand> {
  const server = await startAuthorizationServer(options)
  opened.push(server)
  const own = createFlow('http://127.0.0.1:1/mcp', changes)
  return {
    server,
    flow: own,
    async as(changed = {}, flow = own) {
      const found = await discoverIssuer(flow, server.issuer)
      const discovered = { resource: undefined, scopesSupported: undefined, server: found }
      return identify(flow, discovered, { ...wish, ...changed })
    },
  }
}

// AUTHC-12, AUTHC-13, AUTHC-16
test('a client that was registered by hand is that one, whatever else there would be', async () => {
  const { server, as } = await stand({ metadata: documents })
  const preRegistered = { clientId: 'desk', clientSecret: 's3cret', issuer: server.issuer }
  const identity = await as({ preRegistered, metadataUrl: 'https://desk.example/client.json' })
  expect(identity).toEqual({ clientId: 'desk', clientSecret: 's3cret', how: 'pre-registered' })
  expect(server.registrations).toEqual([])
})

// AUTHC-10, AUTHC-11
test.each(['https://id.corp.example', 'slash'])(
  'its credentials are not shown to another issuer than theirs: %s',
  async (bound) => {
    const { server, as } = await stand()
    const issuer = bound === 'slash' ? `${server.issuer}/` : bound
    const error: unknown = await as({
      preRegistered: { clientId: 'desk', clientSecret: 's3cret', issuer },
    }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'ERR_AUTH_REGISTRATION' })
    expect(String(error)).toContain(issuer)
    expect(String(error)).toContain(server.issuer)
    expect(String(error)).not.toContain('s3cret')
  },
)

// AUTHC-09, AUTHC-10
test('without a word about its issuer a secret belongs to the first that it is used at', async () => {
  const [one, evil] = [await stand(), await stand()]
  const preRegistered = { clientId: 'desk', clientSecret: 's3cret' }
  await one.as({ preRegistered })
  expect(await one.as({ preRegistered })).toMatchObject(preRegistered)
  await expect(evil.as({ preRegistered }, one.flow)).rejects.toMatchObject({
    code: 'ERR_AUTH_REGISTRATION',
  })
  const { issuer } = evil.server
  expect(await evil.as({ preRegistered: { ...preRegistered, issuer } }, one.flow)).toMatchObject(
    preRegistered,
  )
  // One without a secret has nothing to lose.
  const known = { clientId: 'public' }
  for (const { as } of [one, evil]) {
    expect(await as({ preRegistered: known }, one.flow)).toMatchObject(known)
  }
})

// AUTHC-13, AUTHC-14
test('where metadata documents are known the URL of one is the id, and nothing is registered', async () => {
  const { server, as } = await stand({ metadata: documents })
  const metadataUrl = 'https://desk.example/client.json'
  expect(await as({ metadataUrl })).toEqual({
    clientId: metadataUrl,
    authMethod: 'none',
    how: 'metadata-document',
    redirectUris: wish.redirectUris,
  })
  expect(server.registrations).toEqual([])
})

test('where they are not, the client registers', async () => {
  const { as } = await stand()
  expect(await as({ metadataUrl: 'https://desk.example/client.json' })).toMatchObject({
    clientId: 'client-1',
    how: 'dynamic',
  })
})

// AUTHC-15
test.each([
  'http://desk.example/client.json',
  'https://desk.example',
  'https://desk.example/',
  'https://desk.example/a/../client.json',
  'https://Desk.example/client.json',
  'https://desk.example/client.json#x',
  'https://me@desk.example/client.json',
  'client.json',
])('%s is no place for a metadata document', async (metadataUrl) => {
  const { as } = await stand({ metadata: documents })
  await expect(as({ metadataUrl })).rejects.toThrow(TypeError)
})

// AUTHC-17, AUTHC-18, AUTHC-43
test('a client registers with what it is, and asks to be refreshed', async () => {
  const { server, flow, as } = await stand()
  const identity = await as({ uri: 'https://desk.example', scope: 'a b', softwareId: 'desk' })
  expect(identity).toMatchObject({ clientId: 'client-1', how: 'dynamic', authMethod: 'none' })
  expect(server.registrations).toEqual([
    {
      client_name: 'Desk',
      client_uri: 'https://desk.example',
      redirect_uris: wish.redirectUris,
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
      scope: 'a b',
      software_id: 'desk',
    },
  ])
  expect(flow.said).toEqual([
    { type: 'registered', issuer: server.issuer, clientId: 'client-1', how: 'dynamic' },
  ])
})

// AUTHC-18
test.each([
  [['https://desk.example/cb'], 'web', 'client_secret_basic'],
  [['http://localhost:1/cb'], 'native', 'none'],
  [['http://[::1]:1/cb'], 'native', 'none'],
])('redirect URIs %j make it a client of the type %s', async (redirectUris, type, method) => {
  const { server, as } = await stand({ registration: () => ({ client_secret: 'x' }) })
  await as({ redirectUris })
  expect(server.registrations[0]).toMatchObject({
    application_type: type,
    token_endpoint_auth_method: method,
  })
})

test('a method of authentication that the server does not have is not asked for', async () => {
  const methods = (supported: unknown): AuthorizationServerOptions => ({
    metadata: { token_endpoint_auth_methods_supported: supported },
  })
  const post = await stand(methods(['client_secret_post']))
  await post.as()
  expect(post.server.registrations[0]?.['token_endpoint_auth_method']).toBe('client_secret_post')
  const untold = await stand(methods(undefined))
  await untold.as()
  expect(untold.server.registrations[0]).not.toHaveProperty('token_endpoint_auth_method')
})

// AUTHC-36
test.each([
  'http://desk.example/cb',
  'desk:/cb',
  'http://127.0.0.1.evil.example/cb',
  'https://a.example/#x',
  '',
])('a redirect URI that is neither local nor of https is wrong use: %j', async (uri) => {
  const { as } = await stand()
  await expect(as({ redirectUris: [uri] })).rejects.toThrow(TypeError)
})

// AUTHC-08, AUTHC-09, AUTHC-10
test('a registration is kept under its issuer, and used there again, and nowhere else', async () => {
  const [one, two] = [await stand(), await stand({ registration: () => ({ client_id: 'other' }) })]
  expect(await one.as()).toEqual(await one.as())
  expect(one.server.registrations).toHaveLength(1)
  const found = await two.as({}, one.flow)
  expect(found.clientId).toBe('other')
  expect((await one.as()).clientId).toBe('client-1')
})

test('a registration without the redirect URI that is needed now is made anew', async () => {
  const { as } = await stand()
  await as()
  expect((await as({ redirectUris: ['http://127.0.0.1:8888/cb'] })).clientId).toBe('client-2')
  expect((await as({ redirectUris: [] })).clientId).toBe('client-2')
})

// AUTHC-08: tokens belong to the client that they were given to.
test('a registration that another one took the place of is found by its id, until it is forgotten', async () => {
  const { server, flow, as } = await stand()
  const [one, two] = [await as(), await as({ redirectUris: ['http://127.0.0.1:8888/cb'] })]
  const { credentials } = flow
  expect(await credentials.formerClient(server.issuer, one.clientId)).toEqual(one)
  await credentials.forgetClient(server.issuer, one.clientId)
  expect(await credentials.formerClient(server.issuer, one.clientId)).toBeUndefined()
  expect(await credentials.client(server.issuer)).toEqual(two)
  await credentials.forgetClient(server.issuer, two.clientId)
  expect(await credentials.client(server.issuer)).toBeUndefined()
})

test('a registration whose secret has ended is made anew', async () => {
  const runtime = createTestRuntime()
  const end = runtime.now() / 1000 + 60
  const { as } = await stand(
    { registration: () => ({ client_secret: 'x', client_secret_expires_at: end }) },
    { runtime },
  )
  expect((await as()).clientId).toBe('client-1')
  runtime.advance(59_999)
  expect((await as()).clientId).toBe('client-1')
  runtime.advance(1)
  expect((await as()).clientId).toBe('client-2')
})

test('a server that leaves out when a secret ends, and answers 200, has registered the client', async () => {
  const { server, as } = await stand()
  server.page('/register', {
    body: { client_id: 'c', client_secret: 's', token_endpoint_auth_method: 'client_secret_post' },
  })
  expect(await as()).toEqual({
    clientId: 'c',
    clientSecret: 's',
    authMethod: 'client_secret_post',
    how: 'dynamic',
    redirectUris: wish.redirectUris,
  })
})

test('a server that names a method with a secret, and gives none, has registered a client without', async () => {
  const { server, as } = await stand()
  server.page('/register', {
    body: {
      client_id: 'c',
      client_secret: null,
      token_endpoint_auth_method: 'client_secret_basic',
    },
  })
  expect(await as()).toEqual({ clientId: 'c', how: 'dynamic', redirectUris: wish.redirectUris })
})

// AUTHC-19
test('a server that knows this machine as localhost alone is given that name', async () => {
  const localhostOnly = ({
    redirect_uris: uris,
  }: Readonly<Record<string, unknown>>): Registration =>
    (uris as string[]).every((uri) => uri.startsWith('http://localhost:'))
      ? {}
      : { refuse: 'invalid_redirect_uri' }
  const { server, as } = await stand({ registration: localhostOnly })
  const renamed = { clientId: 'client-2', redirectUris: ['http://localhost:7777/cb'] }
  expect(await as()).toMatchObject(renamed)
  // It fits the same redirect URI the next time.
  expect(await as()).toMatchObject(renamed)
  expect(server.registrations).toHaveLength(2)
})

// AUTHC-19
test('a refusal over redirect URIs says which they were, and what to do', async () => {
  const { server, as } = await stand({
    registration: () => ({
      refuse: 'invalid_client_metadata',
      description: 'redirect_uris must be \u001b[31mours\u202e',
    }),
  })
  const error: unknown = await as().catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'ERR_AUTH_REGISTRATION' })
  expect(String(error)).toContain('http://127.0.0.1:7777/cb')
  expect(String(error)).toContain('by hand')
  expect(String(error)).toContain(String.raw`\x1b[31mours\u{202e}`)
  expect(server.registrations).toHaveLength(2)
})

test('another refusal is not tried again', async () => {
  const { server, as } = await stand({
    registration: () => ({ refuse: 'access_denied', status: 403 }),
  })
  await expect(as()).rejects.toMatchObject({ code: 'ERR_AUTH_REGISTRATION' })
  expect(server.registrations).toHaveLength(1)
})

test.each([
  ['no JSON', { status: 201, body: 'ok' }],
  ['no id', { status: 201, body: { client_secret: 's' } }],
  ['an id that a terminal obeys', { status: 201, body: { client_id: 'a\u001b[2J' } }],
  ['an error page', { status: 500, body: '<html>' }],
  [
    'other redirect URIs',
    { status: 201, body: { client_id: 'c', redirect_uris: ['https://evil.example'] } },
  ],
])('an answer with %s is no registration, and nothing is kept', async (_, page) => {
  const { server, flow, as } = await stand()
  server.page('/register', page)
  await expect(as()).rejects.toMatchObject({ code: 'ERR_AUTH_REGISTRATION' })
  expect(await flow.credentials.client(server.issuer)).toBeUndefined()
})

// AUTHC-12, AUTHC-13
test('without any way to be known the error says which there are', async () => {
  const by = await stand({ registration: false, metadata: documents })
  await expect(by.as()).rejects.toThrow(
    /give `clientMetadataUrl`. Or register the client there by hand/,
  )
  const none = await stand({ registration: false })
  await expect(none.as()).rejects.toMatchObject({ code: 'ERR_AUTH_REGISTRATION' })
})

test('two processes that need a registration at once make one, and share it', async () => {
  const store = createMemoryStore()
  const runtime = createTestRuntime()
  let asked: () => void = () => {}
  const begun = new Promise<void>((resolve) => (asked = resolve))
  let answer: () => void = () => {}
  const held = new Promise<void>((resolve) => (answer = resolve))
  const first = await stand({}, { credentials: createCredentials(store, runtime) })
  first.server.page('/register', async () => {
    asked()
    await held
    return { status: 201, body: { client_id: 'once' } }
  })
  let wait: () => void = () => {}
  const waited = new Promise<void>((resolve) => (wait = resolve))
  const waiting: Runtime = {
    ...runtime,
    after(delayMs, run) {
      wait()
      return runtime.after(delayMs, run)
    },
  }
  const other = createFlow('http://127.0.0.1:1/mcp', {
    runtime: waiting,
    fetch: first.flow.fetch,
    credentials: createCredentials(store, runtime),
  })
  const one = first.as()
  await begun
  const two = first.as({}, other)
  await waited
  answer()
  expect((await one).clientId).toBe('once')
  runtime.advance(250)
  expect((await two).clientId).toBe('once')
  expect(first.server.paths.filter((path) => path === 'POST /register')).toHaveLength(1)
})

test('a registration that was made between a look and the lock is used', async () => {
  const { server, flow, as } = await stand()
  const late = { ...flow.credentials, lease: leaseAfter(as()) }
  expect((await as({}, { ...flow, credentials: late })).clientId).toBe('client-1')
  expect(server.registrations).toHaveLength(1)

  function leaseAfter(first: Promise<unknown>): Flow['credentials']['lease'] {
    return async (name, ttlMs) => {
      await first
      return flow.credentials.lease(name, ttlMs)
    }
  }
})

test('a process that ended while it registered holds nobody up for longer than its lease', async () => {
  const runtime = createTestRuntime()
  const credentials = createCredentials(createMemoryStore({ runtime }), runtime)
  const { fetch } = createFlow('http://127.0.0.1:1/mcp')
  const { server, as } = await stand({}, { credentials, fetch, runtime: hurried(runtime) })
  await credentials.lease(`register:${server.issuer}`, 60_000)
  expect((await as()).clientId).toBe('client-1')
})

/** A runtime in which every wait is over at once, and time has gone on by it. */
function hurried(runtime: ReturnType<typeof createTestRuntime>): Runtime {
  return {
    ...runtime,
    after(delayMs, run) {
      const cancel = runtime.after(delayMs, run)
      queueMicrotask(() => runtime.advance(delayMs))
      return cancel
    },
  }
}
