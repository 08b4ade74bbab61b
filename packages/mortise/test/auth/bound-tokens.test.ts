import { createHash } from 'node:crypto'
import { EmbeddedJWK, jwtVerify } from 'jose'
import type { JWTPayload } from 'jose'
import { expect, test } from 'vitest'
import { createMemoryStore } from '../../src/state/memory.ts'
import type { SignedServer } from './signed-server.ts'
import { createUser } from './signed-user.ts'
import { join, startWorld, tokenRequests } from './signed-world.ts'

const able = { metadata: { dpop_signing_alg_values_supported: ['ES256'] } }

/** Collects the proofs that come, and what is wrong with one. */
function watchProofs(server: SignedServer): JWTPayload[] {
  const proofs: JWTPayload[] = []
  server.before = async (request) => {
    const [scheme, token] = request.header('authorization')?.split(' ') ?? []
    if (token === undefined) return
    expect(scheme).toBe('DPoP')
    const { payload } = await jwtVerify(request.header('dpop') ?? '', EmbeddedJWK)
    expect(payload['ath']).toBe(createHash('sha256').update(token).digest('base64url'))
    expect(payload['htu']).toBe(server.url)
    expect(payload['htm']).toBe(request.method)
    proofs.push(payload)
  }
  return proofs
}

test('tokens are bound where the server offers it, and every request has a proof of its own', async () => {
  const { issuer, server } = await startWorld(able)
  server.challenge = (header) => header.replace('Bearer', 'DPoP')
  const proofs = watchProofs(server)
  const store = createMemoryStore()
  const { auth, pages } = createUser({ store })
  const client = await join(server, { auth })
  await client.call('read')
  server.endAll()
  expect(await client.call('write')).toBe('user')
  expect(new Set(proofs.map(({ jti }) => jti)).size).toBe(proofs.length)
  expect(tokenRequests(issuer, 'refresh_token')).toHaveLength(1)
  expect(pages).toHaveLength(1)
  // The key is kept with the tokens.
  const again = createUser({ store })
  expect(await (await join(server, { auth: again.auth })).call('read')).toBe('user')
  expect(again.pages).toEqual([])
})

test('or where the application wants it, and the server says that it takes them', async () => {
  const { server } = await startWorld(able)
  server.metadata = able.metadata
  const proofs = watchProofs(server)
  const { auth } = createUser({ dpop: true })
  expect(await (await join(server, { auth })).call('read')).toBe('user')
  expect(proofs.length).toBeGreaterThan(0)
})

// RFC 9728 §2
test.each([
  ['the server does not say that it takes them', able, (place: string) => `${place}/mcp`],
  ['the authorization server cannot', {}, () => 'the issuer'],
])('not where %s, which is told once', async (_name, rules, teller) => {
  const { issuer, server } = await startWorld(rules)
  if (rules !== able) server.metadata = able.metadata
  const warnings: string[] = []
  const { auth } = createUser({ dpop: true })
  const onWarning = (text: string): void => void warnings.push(text)
  const client = await join(server, { auth, onWarning })
  server.before = (request) => {
    expect(request.header('authorization') ?? 'Bearer').toMatch(/^Bearer/)
  }
  expect(await client.call('read')).toBe('user')
  await auth.signOut(server.url)
  expect(await client.call('read')).toBe('user')
  const who = teller(new URL(server.url).origin).replace('the issuer', issuer.issuer)
  expect(warnings.filter((text) => text.includes('DPoP'))).toEqual([expect.stringContaining(who)])
})

test('nonces of both servers are taken and kept', async () => {
  const { issuer, server } = await startWorld({ ...able, dpopNonce: 'of-the-issuer' })
  server.metadata = able.metadata
  const proofs = watchProofs(server)
  const watched = server.before
  let nonce = 'first'
  server.before = async (request) => {
    await watched(request)
    const isBound = request.header('dpop') !== undefined
    const isFresh = !isBound || proofs.at(-1)?.['nonce'] === nonce
    server.challenge = (header) =>
      isFresh ? header : header.replace(/Bearer .*$/, 'DPoP error="use_dpop_nonce"')
    server.nonce = isFresh ? undefined : nonce
  }
  const { auth, pages } = createUser({ dpop: true })
  const client = await join(server, { auth })
  const refusals = server.refusals.length
  await client.call('read')
  await client.call('read')
  expect(server.refusals).toHaveLength(refusals)
  nonce = 'second'
  expect(await client.call('read')).toBe('user')
  expect(server.refusals).toHaveLength(refusals + 1)
  expect(pages).toHaveLength(1)
  expect(tokenRequests(issuer, 'authorization_code')).toHaveLength(2)
})
