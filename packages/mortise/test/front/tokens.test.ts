import { decodeJwt } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  admitted,
  attempt,
  createWorld,
  decide,
  form,
  issuer,
  redeem,
  redirectUri,
  refresh,
  registerClient,
  resource,
  signIn,
} from './world.ts'
import type { Tokens, World } from './world.ts'

const wrongVerifier = 'w'.repeat(43)
const desk = { clientId: 'desk', name: 'Desk', redirectUris: [redirectUri] }

async function errorOf(response: Response): Promise<unknown> {
  expect(response.headers.get('cache-control')).toBe('no-store')
  expect(response.headers.get('content-type')).toBe('application/json')
  return ((await response.json()) as { error: unknown }).error
}

/** Up to the code. */
async function withCode(
  world: World,
): Promise<{ code: string; fields: Record<string, string>; clientId: string }> {
  const { client_id: clientId } = await registerClient(world)
  const started = await attempt(String(clientId))
  const browser = world.browser()
  const landed = await browser.press(await browser.visit(started.url), 'approve')
  const code = landed.url.searchParams.get('code') ?? ''
  const fields = {
    grant_type: 'authorization_code',
    code,
    redirect_uri: redirectUri,
    client_id: started.clientId,
    code_verifier: started.verifier,
  }
  return { code, fields, clientId: started.clientId }
}

// AUTHA-01, security V42: OAuth 2.1 §4.1.1, §7.5.2
describe('PKCE', () => {
  test.each<[string, Record<string, string | undefined>]>([
    ['without a challenge', { code_challenge: undefined }],
    [
      'without a challenge and a method',
      { code_challenge: undefined, code_challenge_method: undefined },
    ],
    ['with an empty challenge', { code_challenge: '' }],
    ['with the method plain', { code_challenge_method: 'plain' }],
    ['without a method, which would be plain', { code_challenge_method: undefined }],
    ['with a challenge that is no digest', { code_challenge: 'abc' }],
  ])('is required: a request %s goes back with an error', async (_, changes) => {
    const world = await createWorld({ clients: [desk] })
    const { url } = await world.browser().visit((await attempt(desk.clientId, changes)).url)
    expect(url.href.startsWith(redirectUri)).toBe(true)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      error: 'invalid_request',
      state: 'state-of-the-client',
      iss: issuer,
    })
  })

  test.each([
    ['no verifier', undefined, 'invalid_request'],
    ['an empty verifier', '', 'invalid_request'],
    ['another verifier', wrongVerifier, 'invalid_grant'],
    ['a short verifier', 'abc', 'invalid_grant'],
  ])('is required: %s gives no token', async (_, verifier, error) => {
    const world = await createWorld()
    const { fields } = await withCode(world)
    const { code_verifier: _right, ...others } = fields
    const shown = verifier === undefined ? others : { ...others, code_verifier: verifier }
    expect(await errorOf(await form(world.front, '/token', shown))).toBe(error)
  })
})

describe('a request that is wrong goes back to the client with its state and our name', () => {
  test.each<[string, Record<string, string>, string]>([
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['a server that is not ours', { resource: 'https://other.example/mcp' }, 'invalid_target'],
    ['a request object', { request: 'x' }, 'request_not_supported'],
    ['another response mode', { response_mode: 'fragment' }, 'invalid_request'],
  ])('%s', async (_, changes, error) => {
    const world = await createWorld({ clients: [desk] })
    const { url } = await world.browser().visit((await attempt(desk.clientId, changes)).url)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      error,
      state: 'state-of-the-client',
      iss: issuer,
    })
  })
})

// RFC 9700 §4.11.2: else a link to the front would lead wherever a stranger likes.
describe('a request that is wrong and that no user has seen', () => {
  test.each<[string, Record<string, string>, string]>([
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['a challenge that is none', { code_challenge: 'abc' }, 'invalid_request'],
    ['a page that nobody is to see', { prompt: 'none' }, 'consent_required'],
  ])(
    'does not lead to the page of a client that anybody registers: %s',
    async (_, changes, error) => {
      const world = await createWorld()
      const { client_id: clientId } = await registerClient(world)
      const landed = await world.browser().visit((await attempt(String(clientId), changes)).url)
      expect(landed.url.origin).toBe(issuer)
      expect(landed.response?.headers.get('location')).toBeNull()
      const link = /<a href="([^"]*)"[^>]*>Go back to client\.example\.com</.exec(landed.body)?.[1]
      const back = new URL(link?.replaceAll('&#38;', '&') ?? '')
      expect(back.href.startsWith(redirectUri)).toBe(true)
      expect(Object.fromEntries(back.searchParams)).toMatchObject({
        error,
        state: 'state-of-the-client',
        iss: issuer,
      })
    },
  )

  test('goes back at once to a program on this computer', async () => {
    const world = await createWorld()
    const uri = 'http://127.0.0.1:7777/callback'
    const { client_id: clientId } = await registerClient(world, { redirect_uris: [uri] })
    const started = await attempt(String(clientId), { redirect_uri: uri, code_challenge: 'abc' })
    const { url } = await world.browser().visit(started.url)
    expect(url.searchParams.get('error')).toBe('invalid_request')
  })
})

describe('a code', () => {
  test('is good once: the second use ends what came of the first', async () => {
    const world = await createWorld()
    const { fields, clientId } = await withCode(world)
    const tokens = (await (await form(world.front, '/token', fields)).json()) as Tokens
    admitted(await decide(world.protection, tokens.access_token))
    expect(await errorOf(await form(world.front, '/token', fields))).toBe('invalid_grant')
    expect(await decide(world.protection, tokens.access_token)).toMatchObject({ status: 401 })
    const again = await refresh(world.front, clientId, tokens.refresh_token)
    expect(await errorOf(again)).toBe('invalid_grant')
  })

  test('is good once among processes', async () => {
    const world = await createWorld()
    const { fields } = await withCode(world)
    const fronts = [world.front, world.another(), world.another()]
    const answers = await Promise.all(fronts.map((front) => form(front, '/token', fields)))
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
  })

  test('is good for a minute', async () => {
    const world = await createWorld()
    const { fields } = await withCode(world)
    world.runtime.advance(60_000)
    expect(await errorOf(await form(world.front, '/token', fields))).toBe('invalid_grant')
  })

  test.each<[string, (world: World) => Promise<Record<string, string>>, string]>([
    ['client', async (world) => ({ client_id: (await withCode(world)).clientId }), 'invalid_grant'],
    ['redirect URI', async () => ({ redirect_uri: `${redirectUri}/x` }), 'invalid_grant'],
    ['resource', async () => ({ resource: 'https://mcp.example.com/other' }), 'invalid_grant'],
    ['server', async () => ({ resource: 'https://other.example/mcp' }), 'invalid_target'],
  ])('is bound to its %s', async (_, changes, error) => {
    const world = await createWorld({ resource: [resource, 'https://mcp.example.com/other'] })
    const { fields } = await withCode(world)
    const changed = { ...fields, ...(await changes(world)) }
    expect(await errorOf(await form(world.front, '/token', changed))).toBe(error)
  })
})

// AUTHA-13, OAuth 2.1 §4.3.1
describe('a refresh token', () => {
  test('is replaced at each use', async () => {
    const world = await createWorld()
    const { tokens, clientId } = await signIn(world)
    const next = (await (
      await refresh(world.front, clientId, tokens.refresh_token)
    ).json()) as Tokens
    expect(next.refresh_token).not.toBe(tokens.refresh_token)
    admitted(await decide(world.protection, next.access_token))
  })

  test('gives twenty that race, in four processes, the same one', async () => {
    const world = await createWorld()
    const { tokens, clientId } = await signIn(world)
    const fronts = [world.front, world.another(), world.another(), world.another()]
    const twenty = Array.from({ length: 5 }, () => fronts).flat()
    const answers = await Promise.all(
      twenty.map(async (front) => {
        const response = await refresh(front, clientId, tokens.refresh_token)
        expect(response.status).toBe(200)
        return (await response.json()) as Tokens
      }),
    )
    expect(new Set(answers.map((answer) => answer.refresh_token)).size).toBe(1)
    for (const { access_token } of answers) admitted(await decide(world.protection, access_token))
    const [{ refresh_token: next } = tokens] = answers
    expect((await refresh(world.front, clientId, next)).status).toBe(200)
  })

  test('that was replaced is good for a lost answer, and ends everything after half a minute', async () => {
    const world = await createWorld()
    const { tokens, clientId } = await signIn(world)
    const next = (await (
      await refresh(world.front, clientId, tokens.refresh_token)
    ).json()) as Tokens
    world.runtime.advance(29_999)
    const again = await refresh(world.front, clientId, tokens.refresh_token)
    expect(((await again.json()) as Tokens).refresh_token).toBe(next.refresh_token)
    world.runtime.advance(1)
    expect(await errorOf(await refresh(world.front, clientId, tokens.refresh_token))).toBe(
      'invalid_grant',
    )
    expect(await errorOf(await refresh(world.front, clientId, next.refresh_token))).toBe(
      'invalid_grant',
    )
    expect(await decide(world.protection, next.access_token)).toMatchObject({ status: 401 })
  })

  test('is of no use to another client, and that does it no harm', async () => {
    const world = await createWorld()
    const { tokens, clientId } = await signIn(world)
    const { clientId: other } = await signIn(world)
    expect(await errorOf(await refresh(world.front, other, tokens.refresh_token))).toBe(
      'invalid_grant',
    )
    expect((await refresh(world.front, clientId, tokens.refresh_token)).status).toBe(200)
  })

  // RFC 8707 §2.2
  test('is not used up by asking for another server behind the front', async () => {
    const other = 'https://mcp.example.com/other'
    const world = await createWorld({ resource: [resource, other] })
    const { tokens, clientId } = await signIn(world)
    const fields = {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      client_id: clientId,
    }
    const wrong = await form(world.front, '/token', { ...fields, resource: other })
    expect(await errorOf(wrong)).toBe('invalid_target')
    world.runtime.advance(60_000)
    expect((await refresh(world.front, clientId, tokens.refresh_token)).status).toBe(200)
  })

  test('gives fewer scopes where fewer are asked for, and never more', async () => {
    const world = await createWorld()
    const { tokens, clientId } = await signIn(world, { scope: 'read' })
    const response = await form(world.front, '/token', {
      grant_type: 'refresh_token',
      refresh_token: tokens.refresh_token,
      client_id: clientId,
      scope: 'read write',
    })
    expect(((await response.json()) as Tokens).scope).toBe('read')
  })

  test('ends when nobody uses it for thirty days', async () => {
    const world = await createWorld()
    const { tokens, clientId } = await signIn(world)
    world.runtime.advance(30 * 24 * 60 * 60_000)
    expect(await errorOf(await refresh(world.front, clientId, tokens.refresh_token))).toBe(
      'invalid_grant',
    )
  })
})

describe('an access token', () => {
  test('without scopes is good, and its answer names none', async () => {
    const world = await createWorld()
    const { tokens } = await signIn(world, { scope: 'unknown' })
    expect(tokens).not.toHaveProperty('scope')
    expect(admitted(await decide(world.protection, tokens.access_token)).scopes).toEqual([])
  })

  test('ends after ten minutes, here and in what it says', async () => {
    const world = await createWorld()
    const { tokens } = await signIn(world)
    const { exp = 0, iat = 0 } = decodeJwt(tokens.access_token)
    expect(exp - iat).toBe(600)
    admitted(await decide(world.protection, tokens.access_token))
    world.runtime.advance(600_000)
    expect(await decide(world.protection, tokens.access_token)).toMatchObject({ status: 401 })
  })

  test('is for one server of those behind the front', async () => {
    const other = 'https://mcp.example.com/other'
    const world = await createWorld({ resource: [resource, other] })
    const { tokens } = await signIn(world)
    admitted(await decide(world.protection, tokens.access_token))
    const elsewhere = world.front.protection({ resource: other })
    expect(await decide(elsewhere, tokens.access_token)).toMatchObject({ status: 401 })
  })

  test('is taken at once when it was verified a moment ago', async () => {
    const world = await createWorld()
    const { tokens } = await signIn(world)
    const request = {
      method: 'POST',
      path: '/mcp',
      header: (name: string) =>
        name === 'authorization' ? `Bearer ${tokens.access_token}` : undefined,
    }
    await world.protection.authorize(request)
    expect(world.protection.authorize(request)).not.toBeInstanceOf(Promise)
  })

  test.each(['nonsense', 'a.b.c', '', 'x'.repeat(100_000)])(
    'that is none of ours is refused',
    async (token) => {
      const world = await createWorld()
      const decision = await decide(world.protection, token)
      expect('refused' in decision).toBe(true)
    },
  )

  test('of another front with other keys is refused', async () => {
    const [world, other] = [await createWorld(), await createWorld()]
    const { tokens } = await signIn(other)
    expect(await decide(world.protection, tokens.access_token)).toMatchObject({ status: 401 })
  })

  test('lacks a scope that every request needs: 403 and a challenge that names it', async () => {
    const world = await createWorld()
    const { tokens } = await signIn(world, { scope: 'read' })
    const decision = await decide(
      world.front.protection({ scopes: ['write'] }),
      tokens.access_token,
    )
    expect(decision).toMatchObject({ status: 403 })
    expect(JSON.stringify(decision)).toContain('insufficient_scope')
  })

  test('is good after the signing key was replaced, until it ends', async () => {
    const world = await createWorld({ lifetimes: { signingKeyMs: 60_000 } })
    const { tokens, clientId } = await signIn(world)
    world.runtime.advance(6 * 60_000)
    const next = (await (
      await refresh(world.front, clientId, tokens.refresh_token)
    ).json()) as Tokens
    admitted(await decide(world.protection, tokens.access_token))
    // Another process, which had the old key, learns of the new one.
    admitted(await decide(world.another().protection(), next.access_token))
  })
})

// RFC 7009
describe('revoking', () => {
  test.each(['refresh_token', 'access_token'] as const)('the %s ends the grant', async (which) => {
    const world = await createWorld()
    const { tokens, clientId } = await signIn(world)
    const elsewhere = world.another().protection()
    admitted(await decide(elsewhere, tokens.access_token))
    const fields = { token: tokens[which], client_id: clientId }
    expect((await form(world.front, '/revoke', fields)).status).toBe(200)
    expect(await decide(world.protection, tokens.access_token)).toMatchObject({ status: 401 })
    // Another process hears of it within ten seconds.
    world.runtime.advance(10_000)
    expect(await decide(elsewhere, tokens.access_token)).toMatchObject({ status: 401 })
    expect(await errorOf(await refresh(world.front, clientId, tokens.refresh_token))).toBe(
      'invalid_grant',
    )
  })

  test('what is not ours, or of another client, changes nothing and tells nothing', async () => {
    const world = await createWorld()
    const { tokens } = await signIn(world)
    const { clientId: other } = await signIn(world)
    for (const token of ['nonsense', tokens.refresh_token, tokens.access_token]) {
      const response = await form(world.front, '/revoke', { token, client_id: other })
      expect(response.status).toBe(200)
    }
    admitted(await decide(world.protection, tokens.access_token))
  })
})

describe('a confidential client', () => {
  async function confidential(
    method: string,
  ): Promise<{ world: World; id: string; secret: string; fields: Record<string, string> }> {
    const world = await createWorld()
    const registered = await registerClient(world, { token_endpoint_auth_method: method })
    const id = String(registered['client_id'])
    const started = await attempt(id)
    const browser = world.browser()
    const landed = await browser.press(await browser.visit(started.url), 'approve')
    const fields = {
      grant_type: 'authorization_code',
      code: landed.url.searchParams.get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: started.verifier,
    }
    return { world, id, secret: String(registered['client_secret']), fields }
  }

  function withBasic(
    { world, fields }: Awaited<ReturnType<typeof confidential>>,
    pair: string,
  ): Promise<Response> {
    return world.front.fetch(
      new Request(`${issuer}/token`, {
        method: 'POST',
        headers: { authorization: `Basic ${btoa(pair)}` },
        body: new URLSearchParams(fields),
      }),
    )
  }

  // Security V45: compared by digest.
  test('gets in with its secret in the header, and not with another one', async () => {
    const client = await confidential('client_secret_basic')
    for (const wrong of ['', 'x', `${client.secret}x`, client.secret.slice(1)]) {
      const refused = await withBasic(client, `${client.id}:${wrong}`)
      expect(refused.status).toBe(401)
      expect(refused.headers.get('www-authenticate')).toContain('Basic')
      expect(await errorOf(refused)).toBe('invalid_client')
    }
    expect((await withBasic(client, `${client.id}:${client.secret}`)).status).toBe(200)
  })

  test('gets in with its secret in the form, and not without it', async () => {
    const { world, id, secret, fields } = await confidential('client_secret_post')
    const without = await form(world.front, '/token', { ...fields, client_id: id })
    expect(await errorOf(without)).toBe('invalid_client')
    const shown = { ...fields, client_id: id, client_secret: secret }
    expect((await form(world.front, '/token', shown)).status).toBe(200)
  })

  test('that was registered by hand gets in', async () => {
    const byHand = {
      clientId: 'by-hand',
      clientSecret: 'a secret of this client',
      name: 'By hand',
      redirectUris: [redirectUri],
    }
    const world = await createWorld({ clients: [byHand], registration: false })
    const started = await attempt('by-hand')
    const browser = world.browser()
    const page = await browser.visit(started.url)
    expect(page.body).toContain('known to this server')
    const landed = await browser.press(page, 'approve')
    expect((await redeem(world.front, started, landed)).status).toBe(401)
    const response = await form(world.front, '/token', {
      grant_type: 'authorization_code',
      code: landed.url.searchParams.get('code') ?? '',
      client_id: 'by-hand',
      client_secret: byHand.clientSecret,
      code_verifier: started.verifier,
    })
    expect(response.status).toBe(200)
  })
})
