import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/state/memory.ts'
import type { TestAuthorizationServer } from './authorization-server.ts'
import type { SignedServer } from './signed-server.ts'
import { createUser } from './signed-user.ts'
import { join, latch, startIssuer, startWorld } from './signed-world.ts'
import type { TokenRules } from './token-endpoint.ts'

/** A world whose issuer takes tokens back, and what it took. */
async function startRevoking(rules: TokenRules = {}): Promise<{
  readonly issuer: TestAuthorizationServer
  readonly server: SignedServer
  readonly revoked: (string | null)[]
}> {
  const { issuer, server } = await startWorld(rules)
  const revoked: (string | null)[] = []
  issuer.page('/revoke', ({ body }) => {
    revoked.push(new URLSearchParams(body).get('token'))
    return { status: 200 }
  })
  const place = '/.well-known/oauth-authorization-server'
  const known = (await (await fetch(`${issuer.origin}${place}`)).json()) as object
  issuer.page(place, { body: { ...known, revocation_endpoint: `${issuer.origin}/revoke` } })
  return { issuer, server, revoked }
}

// RFC 7009 §2.2.1, RFC 6749 §5.2
test.each([
  ['is down', { status: 503 }, /503/, 1],
  [
    'does not know the client any more',
    { status: 401, body: { error: 'invalid_client' } },
    /invalid_client/,
    2,
  ],
])(
  'who signs out of an issuer that %s is out, and hears of it',
  async (_name, answer, why, registrations) => {
    const { issuer, server } = await startRevoking()
    const { auth, events } = createUser()
    await join(server, { auth })
    issuer.page('/revoke', () => answer)
    await auth.signOut(server.url)
    expect(events.at(-1)).toMatchObject({ type: 'signed-out', untold: expect.stringMatching(why) })
    expect(await auth.isSignedIn(server.url)).toBe(false)
    await join(server, { auth })
    expect(events.filter(({ type }) => type === 'registered')).toHaveLength(registrations)
  },
)

test('who signs out of an issuer that cannot be reached is out, and hears of it', async () => {
  const { issuer, server } = await startRevoking()
  const store = createMemoryStore()
  await join(server, { auth: createUser({ store }).auth })
  const { auth, events } = createUser({ store })
  await issuer.close()
  await auth.signOut(server.url)
  expect(events.at(-1)).toMatchObject({
    type: 'signed-out',
    untold: expect.stringContaining(issuer.issuer),
  })
  expect(await auth.status(server.url)).toBeUndefined()
})

// RFC 7009 §2
test('a sign-out revokes the tokens and forgets them', async () => {
  const { server, revoked } = await startRevoking()
  const { auth, pages, events } = createUser()
  const client = await join(server, { auth })
  await auth.signOut(server.url)
  expect(revoked).toEqual(['refresh-1', server.tokens[0]])
  expect(await auth.isSignedIn(server.url)).toBe(false)
  expect(events.at(-1)?.type).toBe('signed-out')
  expect(await client.call('read')).toBe('user')
  expect(pages).toHaveLength(2)
})

test.each(['names another issuer first', 'names it no more'])(
  'whoever issued the tokens hears of it, though the server %s',
  async (change) => {
    const { server, revoked } = await startRevoking()
    const store = createMemoryStore()
    await join(server, { auth: createUser({ store }).auth })
    if (change === 'names another issuer first') server.others.push((await startIssuer()).issuer)
    else server.issuer = await startIssuer()
    await createUser({ store }).auth.signOut(server.url)
    expect(revoked).toEqual(['refresh-1', server.tokens[0]])
  },
)

test('tokens that come while somebody signs out are revoked too', async () => {
  const [here, allow] = [latch(), latch()]
  const { issuer, server, revoked } = await startRevoking({
    async intercept(params) {
      if (params.get('grant_type') !== 'refresh_token') return undefined
      here.open()
      await allow.promise
      return undefined
    },
  })
  const { auth } = createUser()
  const client = await join(server, { auth })
  server.endAll()
  const call = client.call('read')
  await here.promise
  await auth.signOut(server.url)
  allow.open()
  await call
  expect(revoked.filter((token) => token?.startsWith('refresh-'))).toEqual([
    'refresh-1',
    'refresh-2',
  ])
  expect(issuer.tokenRequests.at(-1)?.get('grant_type')).toBe('authorization_code')
})
