import { expect, onTestFinished, test } from 'vitest'
import { connect } from '../../src/client/index.ts'
import { protect } from '../../src/node/auth-server.ts'
import type { ProtectOptions } from '../../src/auth/server/options.ts'
import { createNodeExchange } from '../../src/node/http-exchange.ts'
import { createServer } from '../../src/server/index.ts'
import type { Server } from '../../src/server/index.ts'
import { serveNode } from '../hostile/peers.ts'
import { startAuthorizationServer } from './authorization-server.ts'
import type { TestAuthorizationServer } from './authorization-server.ts'
import { createUser } from './signed-user.ts'

interface Shop {
  readonly url: string
  readonly issuer: TestAuthorizationServer
  /** Who called, and whether with a bound token, as the handlers were told. */
  readonly callers: { readonly subject: string | undefined; readonly isBound: boolean }[]
}

/** A protected server whose tool `sell` needs a scope of its own, and the authorization server of its users. */
async function startShop(options: Partial<ProtectOptions> = {}): Promise<Shop> {
  const issuer = await startAuthorizationServer({
    metadata: { dpop_signing_alg_values_supported: ['ES256'] },
  })
  const callers: Shop['callers'] = []
  // Its port is in the URL that tokens are for.
  const place: { server?: Server } = {}
  const served = await serveNode((req, res) => place.server?.handle(createNodeExchange(req, res)))
  onTestFinished(() => served.close())
  const url = `http://127.0.0.1:${served.port}/mcp`
  const auth = protect({ issuer: issuer.issuer, audience: url, scopes: ['stock:read'], ...options })
  place.server = createServer({ name: 'shop', version: '1.0.0', auth })
    .tool('look', {}, (_input, { auth: caller }) => {
      callers.push({ subject: caller?.subject, isBound: caller?.claims?.['cnf'] !== undefined })
      return 'seen'
    })
    .tool('sell', { scopes: ['stock:write'] }, () => 'sold') as unknown as Server
  return { url, issuer, callers }
}

// HTTP26-48 (basic/authorization, "Protocol Requirements"); AUTHR-02, AUTHR-04, AUTHR-09, AUTHR-10 (basic/authorization,
// "Authorization Flow Steps", "Step-Up Authorization Flow")
test.each([
  ['bearer tokens', {}, false],
  ['bound tokens', { dpop: { required: true } }, true],
  ['bound tokens and nonces', { dpop: { required: true, nonces: true } }, true],
])('a user signs in, and again for more scopes, with %s', async (_name, options, isBound) => {
  const { url, issuer, callers } = await startShop(options)
  const { auth, pages } = createUser()
  await using client = await connect(url, { auth })
  expect(await client.call('look')).toBe('seen')
  expect(await client.call('sell')).toBe('sold')
  expect(await client.call('look')).toBe('seen')
  const caller = { subject: `${issuer.issuer}#user`, isBound }
  expect(callers).toEqual([caller, caller])
  expect(pages.map((page) => page.searchParams.get('scope'))).toEqual([
    'stock:read',
    'stock:read stock:write',
  ])
})
