import { expect, test } from 'vitest'
import { createUser } from './signed-user.ts'
import type { Answered } from './site.ts'
import { join, startWorld, tokenRequests } from './signed-world.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }
const plain = { 'content-type': 'text/plain;charset=UTF-8' }

type Shape = (token: string) => Answered

const good = { token_type: 'Bearer', expires_in: 3600 }

// RFC 6749 §5.1, and what is made of it
test.each<readonly [string, Shape]>([
  [
    'of a type in capitals',
    (access_token) => ({ body: { access_token, ...good, token_type: 'BEARER' } }),
  ],
  ['without a type', (access_token) => ({ body: { access_token } })],
  [
    'with a life in quotes',
    (access_token) => ({ body: { access_token, ...good, expires_in: '3600' } }),
  ],
  [
    'with members that are null',
    (access_token) => ({
      body: { access_token, ...good, expires_in: null, refresh_token: null, scope: null },
    }),
  ],
  [
    'with scopes in a list',
    (access_token) => ({ body: { access_token, ...good, scope: ['a', 'b'] } }),
  ],
  [
    'with an ID token that nobody can read',
    (access_token) => ({
      body: { access_token, ...good, id_token: 'a.b.c' },
    }),
  ],
  [
    'as plain text',
    (access_token) => ({
      headers: plain,
      body: JSON.stringify({ access_token, ...good }),
    }),
  ],
  [
    'as a form',
    (access_token) => ({
      headers: form,
      body: new URLSearchParams({ access_token, token_type: 'bearer', scope: '' }).toString(),
    }),
  ],
])('a token %s lets the user in', async (_name, shape) => {
  const { issuer, server } = await startWorld({
    intercept: async () => shape(await issuer.sign({ sub: 'user' })),
  })
  const { auth } = createUser()
  expect(await (await join(server, { auth })).call('read')).toBe('user')
})

// RFC 6749 §5.2, and what is made of it
test.each<readonly [string, Answered]>([
  ['with status 200', { status: 200, body: { error: 'bad_refresh_token' } }],
  ['as plain text', { status: 400, headers: plain, body: '{"error":"invalid_grant"}' }],
  ['as a form', { status: 200, headers: form, body: 'error=bad_refresh_token' }],
  ['without a word', { status: 400 }],
  [
    'with a challenge beside it',
    {
      status: 401,
      headers: { 'www-authenticate': 'Bearer realm="id"' },
      body: { error: 'invalid_grant' },
    },
  ],
])(
  'a refresh token that is refused %s is not used again: the user signs in',
  async (_name, refusal) => {
    const { issuer, server } = await startWorld({
      intercept: (params) => (params.get('grant_type') === 'refresh_token' ? refusal : undefined),
    })
    const { auth, pages } = createUser()
    const client = await join(server, { auth })
    server.endAll()
    expect(await client.call('read')).toBe('user')
    expect(pages).toHaveLength(2)
    expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(1)
    // It is the token that was refused, and not the client.
    expect(issuer.registrations).toHaveLength(1)
  },
)

test('a life of nothing is one that was not told, and no reason to refresh for every request', async () => {
  const { issuer, server } = await startWorld({
    tokenSeconds: 3600,
    intercept: async (params) => {
      if (params.get('grant_type') !== 'authorization_code') return undefined
      const body = {
        access_token: await issuer.sign({ sub: 'user' }),
        ...good,
        expires_in: 0,
        refresh_token: 'r',
      }
      return { body }
    },
  })
  const { auth } = createUser()
  const client = await join(server, { auth })
  for (const _call of [1, 2]) expect(await client.call('read')).toBe('user')
  expect(tokenRequests(issuer, 'refresh_token')).toEqual([])
})

test('what is no refusal in any form is none: it may pass', async () => {
  let answer: Answered | undefined
  const { issuer, server } = await startWorld({ intercept: () => answer })
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  server.endAll()
  answer = { status: 403, headers: { 'content-type': 'text/html' }, body: '<p>error=denied</p>' }
  await expect(client.call('read')).rejects.toMatchObject({ code: 'ERR_AUTH_REFUSED' })
  answer = undefined
  expect(await client.call('read')).toBe('user')
  expect(pages).toHaveLength(1)
  expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(2)
})
