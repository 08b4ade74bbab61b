// basic/authorization, "Authorization Server Discovery"; RFC 9728 §3, RFC 8414 §3.
import { afterEach, expect, test } from 'vitest'
import type {
  AuthorizationServerOptions,
  TestAuthorizationServer,
} from '../../../test/auth/authorization-server.ts'
import { startAuthorizationServer } from '../../../test/auth/authorization-server.ts'
import { createFlow } from '../../../test/auth/flow.ts'
import type { Site } from '../../../test/auth/site.ts'
import { startSite } from '../../../test/auth/site.ts'
import { createNodeGuardedFetch } from '../../node/guarded-fetch.ts'
import { discover, discoverIssuer } from './discover.ts'
import type { DiscoverHint } from './discover.ts'
import { DiscoveryError } from './discovery-error.ts'

const version = '2026-07-28'
const prm = '/.well-known/oauth-protected-resource'
const asm = '/.well-known/oauth-authorization-server'

const opened: Site[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((site) => site.close()))
})

async function issuing(options?: AuthorizationServerOptions): Promise<TestAuthorizationServer> {
  const server = await startAuthorizationServer(options)
  opened.push(server)
  return server
}

async function siteOf(): Promise<Site> {
  const site = await startSite()
  opened.push(site)
  return site
}

/** The error that discovery ends with. */
async function failing(url: string, hint: Partial<DiscoverHint> = {}): Promise<DiscoveryError> {
  const error: unknown = await discover(createFlow(url), { version, ...hint }).catch(
    (reason: unknown) => reason,
  )
  if (error instanceof DiscoveryError) return error
  throw new TypeError('discovery found something', { cause: error })
}

// AUTHC-01, AUTHC-03
test('metadata that the challenge names is asked for, and no other place', async () => {
  const [site, server] = [await siteOf(), await issuing()]
  const url = `${site.origin}/mcp`
  server.protect(url, { site, at: '/custom/metadata.json' })
  const flow = createFlow(url)
  const resourceMetadata = `${site.origin}/custom/metadata.json`
  const found = await discover(flow, { version, resourceMetadata })
  expect(found.resource).toBe(url)
  expect(found.server).toMatchObject({
    issuer: server.issuer,
    token_endpoint: `${server.issuer}/token`,
  })
  expect(site.paths).toEqual(['GET /custom/metadata.json'])
  expect(server.paths).toEqual([`GET ${asm}`])
  expect(flow.said).toEqual([{ type: 'discovered', issuer: server.issuer, resource: url }])
})

// AUTHC-03
test('without a word in the challenge the path is asked before the root, and the first document counts', async () => {
  const [site, server] = [await siteOf(), await issuing()]
  const url = `${site.origin}/mcp`
  server.protect(url, { site })
  server.protect(site.origin, { site })
  expect((await discover(createFlow(url), { version })).resource).toBe(url)
  expect(site.paths).toEqual([`GET ${prm}/mcp`])
})

// AUTHC-03, AUTHC-23, trap T-55
test('metadata at the root is for every path of its origin, and its own text is the resource', async () => {
  const [site, server] = [await siteOf(), await issuing()]
  server.protect(site.origin, { site })
  const found = await discover(createFlow(`${site.origin}/mcp`), { version })
  expect(found.resource).toBe(site.origin)
  expect(site.paths).toEqual([`GET ${prm}/mcp`, `GET ${prm}`])
})

test('what the metadata says of scopes and of bound tokens is handed on', async () => {
  const server = await issuing()
  const url = `${server.origin}/mcp`
  const metadata = { scopes_supported: ['a', 'b'], dpop_bound_access_tokens_required: true }
  server.protect(url, { metadata })
  const found = await discover(createFlow(url), { version })
  expect(found).toMatchObject({ scopesSupported: ['a', 'b'], dpopRequired: true })
})

test('a page that answers every path with HTML is no metadata', async () => {
  const [site, server] = [await siteOf(), await issuing()]
  site.page(`${prm}/app`, { headers: { 'content-type': 'text/html' }, body: '<!doctype html>' })
  server.protect(site.origin, { site })
  const found = await discover(createFlow(`${site.origin}/app`), { version })
  expect(found.resource).toBe(site.origin)
})

test('a place that was announced and is of no use is told of, and the known places are asked', async () => {
  const [site, server] = [await siteOf(), await issuing()]
  const url = `${site.origin}/mcp`
  server.protect(url, { site })
  const flow = createFlow(url)
  for (const resourceMetadata of [`${site.origin}/gone`, 'javascript:alert(1)', 'nonsense']) {
    expect((await discover(flow, { version, resourceMetadata })).resource).toBe(url)
  }
})

// AUTHC-04
test.each([
  ['another origin', () => 'https://evil.example/mcp'],
  ['another path', (origin: string) => `${origin}/other`],
  ['a path below', (origin: string) => `${origin}/mcp/deeper`],
])('metadata about %s is refused, and nothing of it is used', async (_, resource) => {
  const server = await issuing()
  const url = `${server.origin}/mcp`
  server.protect(url, { metadata: { resource: resource(server.origin) } })
  const error = await failing(url)
  expect(error.code).toBe('ERR_AUTH_DISCOVERY')
  expect(error.message).toContain(`is about ${resource(server.origin)}`)
  expect(server.paths).toEqual([`GET ${prm}/mcp`])
})

// AUTHC-04: one of several servers of an origin is not given tokens for all of them
test.each(['here', 'elsewhere'])(
  'a server that announces metadata of its own (%s) about its whole origin is refused',
  async (where) => {
    const [site, elsewhere, server] = [await siteOf(), await siteOf(), await issuing()]
    const host = where === 'here' ? site : elsewhere
    server.protect(site.origin, { site: host, at: '/one/metadata.json' })
    const resourceMetadata = `${host.origin}/one/metadata.json`
    const error = await failing(`${site.origin}/one/mcp`, { resourceMetadata })
    expect(error.message).toContain(`is about ${site.origin}`)
    expect(server.paths).toEqual([])
  },
)

// AUTHC-05
test.each([
  ['', 'oauth', ['/.well-known/oauth-authorization-server']],
  ['', 'openid', ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']],
  ['/tenant1', 'oauth', ['/.well-known/oauth-authorization-server/tenant1']],
  [
    '/tenant1',
    'openid',
    [
      '/.well-known/oauth-authorization-server/tenant1',
      '/.well-known/openid-configuration/tenant1',
    ],
  ],
  [
    '/tenant1',
    'openid-appended',
    [
      '/.well-known/oauth-authorization-server/tenant1',
      '/.well-known/openid-configuration/tenant1',
      '/tenant1/.well-known/openid-configuration',
    ],
  ],
] as const)(
  'the issuer at "%s" with metadata at %s is found in the order of the specification',
  async (issuerPath, metadataAt, places) => {
    const [site, server] = [await siteOf(), await issuing({ issuerPath, metadataAt })]
    const url = `${site.origin}/mcp`
    server.protect(url, { site })
    const found = await discover(createFlow(url), { version })
    expect(found.server.issuer).toBe(server.issuer)
    expect(server.paths).toEqual(places.map((place) => `GET ${place}`))
  },
)

// AUTHC-05: what is not there in one place may be in the next.
test('a place that fails with a status is passed over', async () => {
  const server = await issuing({ metadataAt: 'openid' })
  const url = `${server.origin}/mcp`
  server.protect(url)
  server.page(asm, { status: 500, body: 'broken' })
  expect((await discover(createFlow(url), { version })).server.issuer).toBe(server.issuer)
})

// AUTHC-06, AUTHC-07
test.each([
  ['another host', () => 'https://evil.example'],
  ['a slash more', (issuer: string) => `${issuer}/`],
  ['upper case', (issuer: string) => issuer.replace('http', 'HTTP')],
  ['a path more', (issuer: string) => `${issuer}/tenant1`],
])('metadata whose issuer has %s is not used', async (_, issuer) => {
  const [site, server] = [await siteOf(), await issuing()]
  const url = `${site.origin}/mcp`
  server.protect(url, { site })
  server.page(asm, {
    body: { issuer: issuer(server.issuer), token_endpoint: `${server.issuer}/token` },
  })
  const error = await failing(url)
  expect(error.tried.map(({ outcome }) => outcome)).toEqual([
    'found',
    `is of the issuer ${issuer(server.issuer)}, not of ${server.issuer}`,
    '404',
  ])
})

// AUTHC-06
test('an issuer that is named with a slash has it in its metadata', async () => {
  const [site, server] = [await siteOf(), await issuing()]
  const url = `${site.origin}/mcp`
  server.protect(url, { site, metadata: { authorization_servers: [`${server.origin}/`] } })
  const issuer = `${server.origin}/`
  server.page(asm, { body: { issuer, token_endpoint: `${issuer}token` } })
  expect((await discover(createFlow(url), { version })).server.issuer).toBe(`${server.origin}/`)
})

// AUTHC-46
test.each([
  'javascript:alert(1)',
  'data:text/html,x',
  'file:///etc/passwd',
  'vbscript:x',
  'https://user:word@login.example/authorize',
  '/authorize',
  7,
])('metadata that sends the user to %j is not used', async (authorization_endpoint) => {
  const server = await issuing({ metadata: { authorization_endpoint } })
  const url = `${server.origin}/mcp`
  server.protect(url)
  expect((await failing(url)).tried[1]?.outcome).toContain('"authorization_endpoint"')
})

// RFC 8414 §2
test('metadata without a place for tokens is of no use, before a user signs in there', async () => {
  const server = await issuing({ metadata: { token_endpoint: undefined } })
  const url = `${server.origin}/mcp`
  server.protect(url)
  expect((await failing(url)).message).toContain('has no "token_endpoint"')
})

test('members of authorization server metadata that have another type are left out', async () => {
  const server = await issuing({
    metadata: {
      code_challenge_methods_supported: 'S256',
      client_id_metadata_document_supported: 1,
    },
  })
  const url = `${server.origin}/mcp`
  server.protect(url)
  const found = await discover(createFlow(url), { version })
  expect(found.server.code_challenge_methods_supported).toBeUndefined()
  expect(found.server.client_id_metadata_document_supported).toBeUndefined()
})

test('of several authorization servers the first that is usable is taken, or the one that is asked for', async () => {
  const [site, down, one, two] = [
    await siteOf(),
    await issuing({ metadataAt: 'nowhere' }),
    await issuing(),
    await issuing(),
  ]
  const url = `${site.origin}/mcp`
  const issuers = ['ftp://id.example', down.issuer, one.issuer, two.issuer]
  one.protect(url, { site, metadata: { authorization_servers: issuers } })
  expect((await discover(createFlow(url), { version })).server.issuer).toBe(one.issuer)
  expect(two.asked).toEqual([])
  const bound = await discover(createFlow(url), { version, issuer: two.issuer })
  expect(bound.server.issuer).toBe(two.issuer)
})

// AUTHC-11
test('credentials for an issuer that the server does not name are an error that names both', async () => {
  const server = await issuing()
  const url = `${server.origin}/mcp`
  server.protect(url)
  const issuer = 'https://id.corp.example'
  await expect(discover(createFlow(url), { version, issuer })).rejects.toMatchObject({
    code: 'ERR_AUTH_REGISTRATION',
    message: expect.stringMatching(
      new RegExp(`${issuer}.*${server.issuer.replaceAll('.', String.raw`\.`)}`),
    ) as string,
  })
  expect(server.paths).toEqual([`GET ${prm}/mcp`])
})

test('metadata that names no authorization server says what is missing', async () => {
  const server = await issuing()
  const url = `${server.origin}/mcp`
  server.protect(url, { metadata: { authorization_servers: [] } })
  expect((await failing(url)).message).toContain('"authorization_servers" must list one')
})

// AUTHC-44; 2025-03-26, basic/authorization: "Server Metadata Discovery"
test('a server without any such metadata is one of the first revision: its origin has that of an issuer', async () => {
  const server = await issuing()
  const found = await discover(createFlow(`${server.origin}/v1/mcp`), { version: '2025-03-26' })
  expect(found).toMatchObject({ resource: undefined, server: { issuer: server.issuer } })
  expect(server.paths).toEqual([`GET ${prm}/v1/mcp`, `GET ${prm}`, `GET ${asm}`])
  expect(server.asked[2]?.headers['mcp-protocol-version']).toBe('2025-03-26')
})

// AUTHC-44; 2025-03-26, basic/authorization: "Fallbacks for Servers without Metadata Discovery"
test('and without that one too it has its endpoints at known paths', async () => {
  const site = await siteOf()
  const found = await discover(createFlow(`${site.origin}/v1/mcp`), { version: '2025-03-26' })
  expect(found.server).toMatchObject({
    issuer: site.origin,
    authorization_endpoint: `${site.origin}/authorize`,
    token_endpoint: `${site.origin}/token`,
    registration_endpoint: `${site.origin}/register`,
    code_challenge_methods_supported: ['S256'],
  })
})

// Trap T-57
test.each([
  ['one place fails with another status than 404', { [`${prm}/mcp`]: { status: 503 } }, {}],
  ['one place has another document', { [prm]: { body: '<html>' } }, {}],
  ['the challenge names metadata', {}, { resourceMetadata: '/gone' }],
  ['the server had metadata before', {}, { hadMetadata: true }],
])('nobody is taken for a server of the first revision when %s', async (_, pages, hint) => {
  const server = await issuing()
  for (const [path, page] of Object.entries(pages)) server.page(path, page)
  const error = await failing(`${server.origin}/mcp`, hint)
  expect(error.message).toContain('RFC 9728')
  expect(server.paths).not.toContain(`GET ${asm}`)
})

test('the error lists what was asked with what came, and no query', async () => {
  const site = await siteOf()
  const url = `${site.origin}/mcp?key=secret`
  site.page(`${prm}/mcp`, { body: '{' })
  const resourceMetadata = `${site.origin}/m?token=secret`
  const error = await failing(url, { resourceMetadata })
  expect(error.tried).toEqual([
    { url: `${site.origin}/m`, outcome: '404' },
    { url: `${site.origin}${prm}/mcp`, outcome: 'is not JSON' },
    { url: `${site.origin}${prm}`, outcome: '404' },
  ])
  for (const { url: asked, outcome } of error.tried) {
    expect(error.message).toContain(`${asked}: ${outcome}`)
  }
  expect(JSON.stringify([error.message, error.tried, error.cause])).not.toContain('secret')
})

// AUTHC-45
test('metadata that names a place that must not be asked ends in an error that says so', async () => {
  const server = await issuing()
  const url = `${server.origin}/mcp`
  server.protect(url, { metadata: { authorization_servers: ['http://169.254.169.254'] } })
  const error = await failing(url)
  expect(error.tried.at(-1)?.outcome).toMatch(/^is not allowed/)
})

test('a server that cannot be reached is asked once', async () => {
  const site = await startSite()
  await site.close()
  const error = await failing(`${site.origin}/mcp`)
  const outcome = 'could not be reached (ECONNREFUSED)'
  expect(error.tried).toEqual([{ url: `${site.origin}${prm}/mcp`, outcome }])
  expect(error.message.startsWith(`${site.origin}${prm}/mcp ${outcome}: try again later.`)).toBe(
    true,
  )
})

test('an authorization server that is down is said to be that, before what it should serve', async () => {
  const [site, server] = [await siteOf(), await issuing()]
  const url = `${site.origin}/mcp`
  server.protect(url, { site })
  await server.close()
  const { message } = await failing(url)
  expect(
    message.startsWith(`${server.origin}${asm} could not be reached (ECONNREFUSED): try`),
  ).toBe(true)
})

// AUTHC-05
test('a place that leads where nothing may be asked is passed over', async () => {
  const [site, server] = [await siteOf(), await issuing({ metadataAt: 'openid' })]
  const away = { status: 302, headers: { location: 'http://login.example/' } }
  const url = `${site.origin}/mcp`
  site.page(`${prm}/mcp`, away)
  server.protect(site.origin, { site })
  server.page(asm, away)
  expect((await discover(createFlow(url), { version })).server.issuer).toBe(server.issuer)
})

test('metadata that is too long is passed over', async () => {
  const server = await issuing({ metadataAt: 'openid' })
  const url = `${server.origin}/mcp`
  server.protect(url)
  server.page(asm, { body: ' '.repeat(300 * 1024) })
  expect((await discover(createFlow(url), { version })).server.issuer).toBe(server.issuer)
})

test('an aborted discovery ends with the reason', async () => {
  const site = await siteOf()
  const controller = new AbortController()
  site.page(`${prm}/mcp`, () => {
    controller.abort(new Error('enough'))
    return { status: 404 }
  })
  const url = `${site.origin}/mcp`
  await expect(discover(createFlow(url), { version }, controller.signal)).rejects.toThrow('enough')
})

test('an issuer that the application names is found by itself', async () => {
  const server = await issuing({ issuerPath: '/tenant1', metadataAt: 'openid' })
  const flow = createFlow('https://192.0.2.1/mcp')
  expect(await discoverIssuer(flow, server.issuer)).toMatchObject({ issuer: server.issuer })
  await expect(discoverIssuer(flow, `${server.origin}/tenant2`)).rejects.toBeInstanceOf(
    DiscoveryError,
  )
  await expect(discoverIssuer(flow, `${server.issuer}?a=b`)).rejects.toBeInstanceOf(DiscoveryError)
})

// AUTHC-45
test('without leave nothing on this machine is asked, whatever a challenge names', async () => {
  const site = await siteOf()
  const flow = createFlow('https://192.0.2.1/mcp', { fetch: createNodeGuardedFetch({}) })
  await expect(
    discover(flow, { version, resourceMetadata: `${site.origin}/m` }),
  ).rejects.toMatchObject({ code: 'ERR_AUTH_DISCOVERY' })
  expect(site.asked).toEqual([])
})
