import { expect, test } from 'vitest'
import type { SignInOptions } from '../../src/auth/client/sign-in.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { createUser } from './signed-user.ts'
import { join, startWorld, tokenRequests } from './signed-world.ts'

/** A browser that shows the user a page of the server and leads nowhere, unless it is led back. */
async function look(page: URL): Promise<URL | undefined> {
  const answer = await fetch(page, { redirect: 'manual' })
  await answer.body?.cancel()
  const location = answer.headers.get('location')
  return location === null ? undefined : new URL(location)
}

const stare = async (page: URL): Promise<URL> => (await look(page)) ?? new Promise<URL>(() => {})

async function closeTheWindow(page: URL): Promise<URL> {
  const url = await look(page)
  if (url !== undefined) return url
  throw new Error('the user closed the window')
}

// AUTHC-08: basic/authorization, "Client Registration Approaches"
test.each([
  ['waits', { open: stare, limits: { signInTimeoutMs: 300 } }, /nobody signed in within/],
  ['gives up', { open: closeTheWindow }, /closed the window/],
])(
  'a server that has forgotten the client is registered at anew, after the user %s once',
  async (_name, how: Parameters<typeof createUser>[0], message) => {
    const { issuer, server } = await startWorld({ unknownAreShown: true })
    const store = createMemoryStore()
    await join(server, { auth: createUser({ store }).auth })
    issuer.clients.clear()
    const other = { store, account: 'other' }
    await expect(join(server, { auth: createUser({ ...other, ...how }).auth })).rejects.toThrow(
      message,
    )
    expect(issuer.registrations).toHaveLength(1)
    const client = await join(server, { auth: createUser(other).auth })
    expect(await client.call('read')).toBe('user')
    expect(issuer.registrations).toHaveLength(2)
  },
)

test('tokens are refreshed as the client that got them, after another user did not come back', async () => {
  const { issuer, server } = await startWorld()
  const store = createMemoryStore()
  const client = await join(server, { auth: createUser({ store }).auth })
  const away = createUser({
    store,
    account: 'away',
    open: () => Promise.reject(new Error('the user closed the window')),
  })
  await expect(join(server, { auth: away.auth })).rejects.toThrow(/closed the window/)
  server.endAll()
  expect(await client.call('read')).toBe('user')
  expect(tokenRequests(issuer, 'refresh_token').at(-1)?.get('client_id')).toBe('client-1')
})

test('a registration can be forgotten by hand', async () => {
  const { issuer, server } = await startWorld()
  const store = createMemoryStore()
  const { auth } = createUser({ store })
  await join(server, { auth })
  const status = await auth.status(server.url)
  await auth.signOut(server.url)
  await auth.forgetRegistration(status?.issuer ?? '')
  await join(server, { auth: createUser({ store }).auth })
  expect(issuer.registrations).toHaveLength(2)
})

test.each([
  [{ info: { name: 'desk', title: 'The desk', version: '1' } }, {}, 'The desk'],
  [{ info: { name: 'desk', version: '1' } }, {}, 'desk'],
  [{ info: { name: 'desk', version: '1' } }, { clientName: 'Mine' }, 'Mine'],
  [{}, {}, 'mortise'],
])(
  'a client registers itself by the name of its connection: %j %j',
  async (more, options, name) => {
    const { issuer, server } = await startWorld()
    await join(server, { auth: createUser(options).auth, ...more })
    expect(issuer.registrations).toMatchObject([{ client_name: name }])
  },
)

test.each([
  ['a name', { client: { clientID: 'a' } }, /no option client.clientID: did you mean clientId/],
  ['no id', { client: {} }, /needs the clientId/],
  ['trust', { trust: ['id.corp.example'] }, /must be one origin/],
])('what signIn is given wrongly is told at once: %s', (_name, options, message) => {
  expect(() => createUser(options as SignInOptions)).toThrow(TypeError)
  expect(() => createUser(options as SignInOptions)).toThrow(message)
})
