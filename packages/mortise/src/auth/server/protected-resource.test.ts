import { describe, expect, test } from 'vitest'
import { createFetchExchange } from '../../http/fetch-exchange.ts'
import { createServer } from '../../server/index.ts'
import { protect } from '../../node/auth-server.ts'
import type { ProtectOptions } from './options.ts'

const place = '/.well-known/oauth-protected-resource'

/** What a protected server answers, or undefined when it is not asked about authorization. */
async function ask(
  path: string,
  {
    method = 'GET',
    offered = [],
    ...options
  }: Partial<ProtectOptions> & {
    readonly method?: string
    readonly offered?: readonly string[]
  } = {},
): Promise<Response | undefined> {
  const { route } = protect({
    issuer: 'https://id.example',
    audience: 'https://shop.example/mcp',
    ...options,
  })
  const { exchange, response } = createFetchExchange(
    new Request(`https://shop.example${path}`, { method }),
  )
  return route(exchange, { scopes: () => offered }) ? response : undefined
}

// AUTHR-01, AUTHR-03 (basic/authorization, "Authorization Server Location"; RFC 9728 §3)
describe('the metadata of a protected server', () => {
  test('name it, who gives tokens for it, and the scopes that are of use', async () => {
    const response = await ask(`${place}/mcp`, {
      scopes: ['stock:read'],
      offered: ['stock:write', 'stock:read'],
      name: 'Shop',
    })
    expect(response?.status).toBe(200)
    expect(response?.headers.get('content-type')).toBe('application/json')
    expect(await response?.json()).toEqual({
      resource: 'https://shop.example/mcp',
      authorization_servers: ['https://id.example'],
      scopes_supported: ['stock:read', 'stock:write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Shop',
    })
  })

  // AUTHR-12 (basic/authorization, "Refresh Tokens")
  test('do not ask for offline_access', async () => {
    const response = await ask(`${place}/mcp`, { offered: ['offline_access', 'a'] })
    expect(await response?.json()).toMatchObject({ scopes_supported: ['a'] })
  })

  test('may be read by any page, which needs no leave for that', async () => {
    const response = await ask(`${place}/mcp`)
    expect(response?.headers.get('access-control-allow-origin')).toBe('*')
    const preflight = await ask(`${place}/mcp`, { method: 'OPTIONS' })
    expect(preflight?.status).toBe(204)
    expect(preflight?.headers.get('access-control-allow-headers')).toBe('MCP-Protocol-Version')
  })

  test('have a head, and are only read', async () => {
    const head = await ask(`${place}/mcp`, { method: 'HEAD' })
    expect([head?.status, await head?.text()]).toEqual([200, ''])
    expect((await ask(`${place}/mcp`, { method: 'POST' }))?.status).toBe(405)
  })

  test('are at the root where the server is, and there alone', async () => {
    expect((await ask(place, { audience: 'https://shop.example' }))?.status).toBe(200)
    expect((await ask(place, { audience: 'https://shop.example/' }))?.status).toBe(200)
  })

  test.each([place, `${place}/`, `${place}/mcp/`, `${place}/other`, '/mcp', '/', `/mcp${place}`])(
    'are not at %s',
    async (path) => {
      expect(await ask(path)).toBeUndefined()
    },
  )

  test('say whether tokens must be bound to a key, and how that is proven', async () => {
    const response = await ask(`${place}/mcp`, { dpop: { required: true } })
    expect(await response?.json()).toMatchObject({
      dpop_bound_access_tokens_required: true,
      dpop_signing_alg_values_supported: expect.arrayContaining(['ES256', 'EdDSA']),
    })
  })

  test('name the URL of a server whose tokens call it otherwise', async () => {
    const resource = 'https://shop.example/mcp'
    const response = await ask(`${place}/mcp`, { audience: 'api://shop', resource })
    expect(await response?.json()).toMatchObject({ resource })
  })

  test('are served beside the server', async () => {
    const auth = protect({ issuer: 'https://id.example', audience: 'http://localhost/mcp' })
    const server = createServer({ name: 'shop', version: '1.0.0', auth })
    const response = await server.fetch(new Request(`http://localhost${place}/mcp`))
    expect(await response.json()).toMatchObject({ resource: 'http://localhost/mcp' })
  })
})
