import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi'
import { describe, expect, test } from 'vitest'
import { createBrowser } from './browser.ts'
import type { Landing } from './browser.ts'
import type { Tokens, World } from './world.ts'
import { attempt, createWorld, issuer, post, registerClient } from './world.ts'

/** What a program that is in use sends: from its sources, or from reports of servers that turned it away. */
interface Known {
  readonly metadata: Readonly<Record<string, unknown>>
  readonly redirectUri: string
  readonly authorize?: Readonly<Record<string, string>>
  /** Whether the token request names the resource. */
  readonly resource?: boolean
}

const loopbackPort = 'http://localhost:54212/callback'
const vscode = [
  'https://insiders.vscode.dev/redirect',
  'https://vscode.dev/redirect',
  'http://127.0.0.1/',
  'http://127.0.0.1:33418/',
]
const cursor = [
  'cursor://anysphere.cursor-mcp/oauth/callback',
  'https://www.cursor.com/agents/mcp/oauth/callback',
  'http://localhost:8787/callback',
]
const basic = { token_endpoint_auth_method: 'client_secret_basic' }
const secretInForm = { token_endpoint_auth_method: 'client_secret_post' }
const device = 'urn:ietf:params:oauth:grant-type:device_code'

const programs: Readonly<Record<string, Known>> = {
  'a terminal on a port of its own': {
    metadata: { redirect_uris: [loopbackPort], token_endpoint_auth_method: 'none' },
    redirectUri: loopbackPort,
    authorize: { scope: 'read offline_access', prompt: 'consent' },
  },
  'an assistant on the web, with a secret in the form': {
    metadata: {
      redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
      scope: 'read',
      ...secretInForm,
    },
    redirectUri: 'https://claude.ai/api/mcp/auth_callback',
  },
  'an assistant on the web, with a secret in the header': {
    metadata: {
      redirect_uris: ['https://chatgpt.com/connector_platform_oauth_redirect'],
      ...basic,
    },
    redirectUri: 'https://chatgpt.com/connector_platform_oauth_redirect',
    resource: true,
  },
  'an editor whose port is taken': {
    metadata: {
      redirect_uris: vscode,
      grant_types: ['authorization_code', 'refresh_token', device],
      application_type: 'native',
      token_endpoint_auth_method: 'none',
    },
    redirectUri: 'http://127.0.0.1:59656/',
    authorize: { scope: 'openid profile email' },
    resource: true,
  },
  'an editor that leaves the slash out': {
    metadata: { redirect_uris: vscode },
    redirectUri: 'http://127.0.0.1:33418',
  },
  'an editor by way of its site': {
    metadata: { redirect_uris: vscode },
    redirectUri: 'https://vscode.dev/redirect',
    authorize: { state: 'vscode://vscode.example/did-authenticate?nonce=1&windowId=2'.repeat(8) },
  },
  'an editor that names a scheme of its own as well': {
    metadata: { redirect_uris: cursor, token_endpoint_auth_method: 'none' },
    redirectUri: 'http://localhost:8787/callback',
  },
  'the same by way of its site': {
    metadata: { redirect_uris: cursor, token_endpoint_auth_method: 'none' },
    redirectUri: 'https://www.cursor.com/agents/mcp/oauth/callback',
  },
  'a bridge from stdio': {
    metadata: {
      redirect_uris: ['http://127.0.0.1:3334/oauth/callback'],
      client_uri: 'https://bridge.example',
      software_id: '2e6dc280-f3c3-4e01-99a7-8181dbd1d23d',
      software_version: '1.0.0',
    },
    redirectUri: 'http://127.0.0.1:3334/oauth/callback',
    authorize: { scope: 'openid email profile', resource: `${issuer}/mcp/` },
  },
  'an inspector': {
    metadata: { redirect_uris: ['http://localhost:6274/oauth/callback/debug'] },
    redirectUri: 'http://localhost:6274/oauth/callback/debug',
  },
}

describe('gets in', () => {
  // AUTHA-02, AUTHC-36, trap T-56
  test.each(Object.entries(programs))('%s', async (_, known) => {
    const world = await createWorld()
    const registered = await registerClient(world, known.metadata)
    const clientId = String(registered['client_id'])
    const { landed, verifier } = await authorize(world, clientId, known)
    expect(landed.url.href).toContain(known.redirectUri)
    const { client_secret: secret = '' } = registered as { client_secret?: string }
    const method = registered['token_endpoint_auth_method']
    const fields: Record<string, string> = {
      redirect_uri: known.redirectUri,
      ...(known.resource === true ? { resource: `${issuer}/mcp` } : {}),
      ...(method === 'client_secret_basic' ? {} : { client_id: clientId }),
      ...(method === 'client_secret_post' ? { client_secret: secret } : {}),
    }
    const headers: Record<string, string> =
      method === 'client_secret_basic'
        ? { authorization: `Basic ${btoa(`${clientId}:${secret}`)}` }
        : {}
    const tokens = await tokensFrom(world, headers, {
      ...fields,
      grant_type: 'authorization_code',
      code: landed.url.searchParams.get('code') ?? '',
      code_verifier: verifier,
    })
    expect(tokens.scope).toContain('read')
    const again = await tokensFrom(world, headers, {
      ...fields,
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
    })
    expect(again.refresh_token).not.toBe(tokens.refresh_token)
  })
})

describe('scopes of OpenID Connect', () => {
  // RFC 6749 §3.3: the page and the answer say what it came to.
  test('alone say nothing of ours: the client gets what one gets that names none', async () => {
    const world = await createWorld()
    const { client_id: clientId } = await registerClient(world)
    const visit = async (scope: string): Promise<string> =>
      (await world.browser().visit((await attempt(String(clientId), { scope })).url)).body
    for (const scope of ['openid profile email', 'offline_access']) {
      const page = await visit(scope)
      expect(page).toContain('Read your notes')
      expect(page).toContain('Change your notes')
    }
    expect(await visit('openid read')).not.toContain('Change your notes')
    expect(await visit('admin')).not.toContain('your notes')
  })
})

describe('a redirect URI that the policy does not allow', () => {
  // RFC 7591 §2, §3.2.1
  test('is left out of a registration that has another, and of what the client may use', async () => {
    const world = await createWorld()
    const registered = await registerClient(world, { redirect_uris: cursor })
    expect(registered['redirect_uris']).toEqual(cursor.slice(1))
    const { url } = await attempt(String(registered['client_id']), { redirect_uri: cursor[0] })
    const landed = await world.browser().visit(url)
    expect(landed.response?.status).toBe(400)
    expect(landed.response?.headers.get('location')).toBeNull()
    const alone = await post(world.front, '/register', { redirect_uris: cursor.slice(0, 1) })
    expect(await alone.json()).toMatchObject({ error: 'invalid_redirect_uri' })
  })

  test('is in where the policy says so, and leaves the others to the rules', async () => {
    const world = await createWorld({
      allowRedirect: (uri) => (uri === cursor[0] ? true : undefined),
    })
    const registered = await registerClient(world, { redirect_uris: [...cursor, 'other://x/y'] })
    expect(registered['redirect_uris']).toEqual(cursor)
  })
})

async function authorize(
  world: World,
  clientId: string,
  { redirectUri, authorize: extra = {} }: Known,
): Promise<{ landed: Landing; verifier: string }> {
  const verifier = generateRandomCodeVerifier()
  const url = new URL(`${issuer}/authorize`)
  url.search = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...extra,
  }).toString()
  const known = [issuer, 'https://id.example.com']
  const browser = createBrowser(world.web, (origin) => known.includes(origin))
  return { landed: await browser.press(await browser.visit(url.href), 'approve'), verifier }
}

async function tokensFrom(
  world: World,
  headers: Record<string, string>,
  fields: Record<string, string>,
): Promise<Tokens> {
  const body = new URLSearchParams(fields)
  const request = new Request(`${issuer}/token`, { method: 'POST', headers, body })
  const response = await world.front.fetch(request)
  expect(response.status).toBe(200)
  return (await response.json()) as Tokens
}
