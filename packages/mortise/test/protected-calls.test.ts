import { describe, expect, test } from 'vitest'
import { protect } from '../src/node/auth-server.ts'
import { createServer } from '../src/server/index.ts'
import type { Server } from '../src/server/index.ts'
import { asCaller } from './as-caller.ts'
import { shop, startIssuer } from './auth/token-issuer.ts'
import { statelessPost } from './post.ts'
import { sessionPeer } from './session-peer.ts'

const metadata = '/.well-known/oauth-protected-resource/mcp'

/** A shop that two issuers let people in to, each with an ada of its own. */
async function createShop() {
  const issuers = [await startIssuer(), await startIssuer()] as const
  const auth = protect({
    issuer: issuers.map(({ url }) => url),
    audience: shop,
    scopes: ['shop'],
    hierarchy: { 'stock:write': ['stock:read'] },
  })
  const server = createServer({
    name: 'shop',
    version: '1.0.0',
    auth,
    http: { hosts: ['shop.example'] },
  })
    .tool('who', {}, (_args, ctx) => ctx.auth?.subject ?? 'nobody')
    .tool('count', { scopes: ['stock:read'] }, () => '7')
    .tool('order', { scopes: ['stock:write'] }, () => 'ordered') as Server
  const token = (scope: string, at: 0 | 1 = 0): Promise<string> =>
    issuers[at].token({ claims: { scope } })
  return { server, issuers, token }
}

async function call(server: Server, name: string, token: string): Promise<Response> {
  const headers = { host: 'shop.example', authorization: `Bearer ${token}` }
  return await server.fetch(statelessPost({ method: 'tools/call', params: { name } }, headers))
}

describe('a server that verifies tokens', () => {
  // AUTHR-09, AUTHR-10, AUTHR-11, SEC-42 (basic/authorization, "Scope Challenge Handling")
  test('says all scopes of a call to who lacks some, and takes one that includes them', async () => {
    const { server, token } = await createShop()
    const refused = await call(server, 'order', await token('shop stock:read'))
    expect(refused.status).toBe(403)
    const challenge = refused.headers.get('www-authenticate') ?? ''
    expect(challenge).toMatch(/^Bearer error="insufficient_scope"/)
    expect(challenge).toMatch(/scope="shop stock:write"/)
    expect(challenge).toContain(`resource_metadata="https://shop.example${metadata}"`)
    expect((await call(server, 'count', await token('shop'))).status).toBe(403)
    expect((await call(server, 'count', await token('shop stock:write'))).status).toBe(200)
  })

  // AUTHR-07, SEC-09 (basic/authorization, "Token Handling")
  test('refuses tokens for somebody else', async () => {
    const { server, issuers } = await createShop()
    const theirs = await issuers[0].token({
      claims: { scope: 'shop', aud: 'https://bank.example/mcp' },
    })
    expect((await call(server, 'who', theirs)).status).toBe(401)
  })

  test('publishes what its definitions ask for', async () => {
    const { server } = await createShop()
    const request = new Request(`http://shop.example${metadata}`, {
      headers: { host: 'shop.example' },
    })
    expect(await (await server.fetch(request)).json()).toMatchObject({
      resource: shop,
      scopes_supported: expect.arrayContaining(['shop', 'stock:read', 'stock:write']),
    })
  })

  // SEC-04 (security best practices, "Session Hijacking"): the user is of the verified token, issuer and all.
  test('takes two people of one name at two issuers for two', async () => {
    const { server, issuers, token } = await createShop()
    const tokens = [await token('shop', 0), await token('shop', 1)] as const
    const told = await Promise.all(tokens.map((own) => call(server, 'who', own)))
    const texts = await Promise.all(told.map((response) => response.text()))
    expect(texts[0]).toContain(issuers[0].url)
    expect(texts[1]).toContain(issuers[1].url)
    let who: 0 | 1 = 0
    const session = sessionPeer(asCaller(server.handle, () => tokens[who]))
    await session.open()
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    who = 1
    expect((await session.post(ping)).status).toBe(404)
    who = 0
    expect((await session.post(ping)).status).toBe(200)
  })
})
