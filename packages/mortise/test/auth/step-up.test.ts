import { expect, test } from 'vitest'
import { chooseScopes, readScopes } from '../../src/auth/client/scopes.ts'
import { createStepUps, operationOf } from '../../src/auth/client/step-ups.ts'
import type { Discovered, TokenSet } from '../../src/auth/client/flow.ts'
import type { SignedServer } from './signed-server.ts'
import { createUser, visit } from './signed-user.ts'
import { join, startWorld } from './signed-world.ts'

const scopesOf = (pages: readonly URL[]): (string | null)[] =>
  pages.map((page) => page.searchParams.get('scope'))

// AUTHC-28, AUTHC-29: basic/authorization, "Step-Up Authorization Flow"
test('scopes that are missing are asked for together with the earlier ones', async () => {
  const { server } = await startWorld()
  server.needs.set('write', 'notes:write').set('remove', 'notes:remove')
  const { auth, pages, events } = createUser({ scopes: ['notes:read'] })
  const client = await join(server, { auth })
  expect(await client.call('write')).toBe('user')
  expect(await client.call('remove')).toBe('user')
  expect(scopesOf(pages)).toEqual([
    'notes:read',
    'notes:read notes:write',
    'notes:read notes:write notes:remove',
  ])
  expect(server.refusals).toEqual([401, 403, 403])
  expect(events.filter(({ type }) => type === 'step-up')).toHaveLength(2)
})

test('in a session too, where headers do not say what is called', async () => {
  const { server } = await startWorld()
  const { auth, pages } = createUser({ scopes: ['notes:read'] })
  const client = await join(server, { auth, era: 'session' })
  for (const scope of ['notes:write', 'notes:remove', 'notes:share']) {
    server.needs.set('', scope)
    expect(await client.call('write')).toBe('user')
  }
  expect(scopesOf(pages).at(-1)).toBe('notes:read notes:write notes:remove notes:share')
})

test.each<readonly [string, (server: SignedServer) => unknown]>([
  ['says so with 401', (server) => (server.withoutScope = 401)],
  [
    'names them and no error',
    (server) => (server.challenge = (header) => header.replace('error="insufficient_scope", ', '')),
  ],
])('scopes are asked for where the server %s', async (_name, change) => {
  const { issuer, server } = await startWorld()
  server.needs.set('write', 'notes:write')
  change(server)
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  expect(await client.call('write')).toBe('user')
  expect(scopesOf(pages)).toEqual([null, 'notes:write'])
  expect(issuer.tokenRequests).toHaveLength(2)
})

// AUTHC-30: basic/authorization, "Step-Up Authorization Flow"
test('a server that never has enough is given up, for every operation that wants the same', async () => {
  const { server } = await startWorld()
  server.needs.set('write', 'notes:write').set('remove', 'notes:write')
  server.isEnough = false
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  await expect(client.call('write')).rejects.toThrow('it was granted 2 times, to no effect')
  expect(pages).toHaveLength(3)
  await expect(client.call('write')).rejects.toMatchObject({ code: 'ERR_AUTH_SCOPE' })
  await expect(client.call('remove')).rejects.toMatchObject({ code: 'ERR_AUTH_SCOPE' })
  expect(pages).toHaveLength(3)
  expect(await client.call('read')).toBe('user')
})

// AUTHC-30; RFC 6749 §3.3: the answer names the scopes where they are others than those that were asked for
test('a scope that the authorization server does not give is asked for once, and named', async () => {
  const { issuer, server } = await startWorld({ grants: 'notes:read' })
  server.needs.set('write', 'notes:write').set('remove', 'notes:write')
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  for (const name of ['write', 'write', 'remove']) {
    await expect(client.call(name)).rejects.toMatchObject({
      code: 'ERR_AUTH_SCOPE',
      message: expect.stringContaining(
        `${issuer.issuer} gave notes:read only, and not notes:write: does it know that scope, and may this user have it?`,
      ),
    })
    expect(pages).toHaveLength(2)
  }
  expect(await client.call('read')).toBe('user')
})

test('a scope that goes by another name at the authorization server is good', async () => {
  const { server } = await startWorld({ grants: 'notes:read notes:all' })
  server.needs.set('write', 'notes:write')
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  server.before = () => {
    if (pages.length === 2) server.needs.set('write', 'notes:all')
  }
  expect(await client.call('write')).toBe('user')
  expect(pages).toHaveLength(2)
})

// SEC-41: basic/security_best_practices, "Scope Minimization"
test('what the user did not want to give is not asked for again', async () => {
  const { issuer, server } = await startWorld()
  server.needs.set('write', 'notes:write')
  const { auth, pages } = createUser({
    open: async (page) => {
      if (pages.length === 1) return await visit(page)
      const { searchParams } = page
      const answer = new URL(searchParams.get('redirect_uri') ?? '')
      answer.searchParams.set('error', 'access_denied')
      answer.searchParams.set('state', searchParams.get('state') ?? '')
      answer.searchParams.set('iss', issuer.issuer)
      return answer
    },
  })
  const client = await join(server, { auth })
  for (const _again of [1, 2]) {
    await expect(client.call('write')).rejects.toMatchObject({ code: 'ERR_AUTH_SCOPE' })
  }
  expect(pages).toHaveLength(2)
  expect(await client.call('read')).toBe('user')
})

test('calls that lack the same scope at once share one visit', async () => {
  const { server } = await startWorld()
  server.needs.set('write', 'notes:write')
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  const calls = Array.from({ length: 10 }, () => client.call('write'))
  expect(await Promise.all(calls)).toEqual(calls.map(() => 'user'))
  expect(pages).toHaveLength(2)
})

test('a refusal that has nothing to do with scopes is told as it is', async () => {
  const { server } = await startWorld()
  server.needs.set('write', 'notes:write')
  server.challenge = (header) => header.replace('insufficient_scope', 'invalid_token')
  const { auth, pages } = createUser()
  const client = await join(server, { auth })
  await expect(client.call('write')).rejects.toMatchObject({ code: 'ERR_HTTP', status: 403 })
  expect(pages).toHaveLength(1)
})

const server = { issuer: 'https://id.example' }
const found: Discovered = {
  resource: 'https://shop.example/mcp',
  scopesSupported: ['a', 'b'],
  server,
}
const previous: TokenSet = {
  accessToken: 't',
  tokenType: 'bearer',
  requested: ['x'],
  issuer: server.issuer,
  clientId: 'c',
  grant: 'g',
}
const offline = { ...found, server: { ...server, scopes_supported: ['offline_access'] } }
const choice = { found, demanded: undefined, previous: undefined, extra: [], refreshes: true }

// AUTHC-25, AUTHC-26, AUTHC-27, AUTHC-28, AUTHC-43: basic/authorization, "Scope Selection Strategy"
test.each([
  ['those of the challenge, whatever the metadata says', { demanded: ['c'] }, ['c']],
  ['all of the metadata where the challenge names none', {}, ['a', 'b']],
  ['none where nobody names any', { found: { ...found, scopesSupported: undefined } }, undefined],
  ['those of before as well', { demanded: ['c'], previous }, ['x', 'c']],
  ['no more than before where nothing is demanded', { previous }, ['x']],
  ['those of the application besides', { extra: ['e', 'a'] }, ['a', 'b', 'e']],
  ['to be offline where the server has that', { found: offline }, ['a', 'b', 'offline_access']],
  ['not to be offline for a machine', { found: offline, refreshes: false }, ['a', 'b']],
  [
    'not to be offline alone, which would be less than the default',
    { found: { ...offline, scopesSupported: undefined } },
    undefined,
  ],
])('scopes that are asked for: %s', (_name, changes, expected) => {
  expect(chooseScopes({ ...choice, ...changes })).toEqual(expected)
})

test('what is no scope is left out, and so is what is too many', () => {
  expect(readScopes('a  b "c" a d\\ e\u0000f g', 3)).toEqual(['a', 'b', 'g'])
  expect(readScopes('a b c d', 3)).toEqual(['a', 'b', 'c'])
})

test('operations are told apart by what they do, and to what', () => {
  const post = { method: 'POST', url: 'https://shop.example/mcp' } as const
  const headers = { 'mcp-method': 'tools/call', 'mcp-name': 'write' }
  expect(operationOf({ ...post, headers })).toBe('tools/call write')
  const body = JSON.stringify({ method: 'resources/read', params: { uri: 'a:b' } })
  expect(operationOf({ ...post, headers: {}, body })).toBe('resources/read a:b')
  expect(operationOf({ ...post, headers: {}, body: '[]' })).toBe('POST /mcp')
})

test('step-ups that had an effect do not count any more', () => {
  const stepUps = createStepUps({ maxStepUps: 1 })
  stepUps.begin('tools/call a', ['s'], previous)
  stepUps.done('tools/call a')
  stepUps.begin('tools/call a', ['s'], previous)
  const again = (name: string, scopes: string[]) => (): void =>
    stepUps.begin(name, scopes, previous)
  expect(again('tools/call a', ['s'])).toThrow('granted 1 times, to no effect')
  expect(again('tools/call b', ['s', 't'])).toThrow('refused before')
  stepUps.forget()
  again('tools/call b', ['s', 't'])()
})
