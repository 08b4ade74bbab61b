import { decodeJwt, decodeProtectedHeader } from 'jose'
import { describe, expect, test } from 'vitest'
import {
  admitted,
  attempt,
  createWorld,
  decide,
  issuer,
  redeem,
  redirectUri,
  refresh,
  registerClient,
  resource,
  signIn,
} from './world.ts'
import type { Tokens } from './world.ts'

const documentUrl = 'https://client.example.com/client.json'

describe.each(['openid', 'plain'] as const)('in front of a provider that is %s', (kind) => {
  // AUTHA-09: RFC 9207 §2.
  test('a client that registered itself gets in, and its user is named', async () => {
    const world = await createWorld({ kind })
    const { tokens, clientId, landed } = await signIn(world)
    expect(`${landed.url.origin}${landed.url.pathname}`).toBe(redirectUri)
    expect(landed.url.searchParams.get('iss')).toBe(issuer)
    expect(landed.url.searchParams.get('state')).toBe('state-of-the-client')
    const auth = admitted(await decide(world.protection, tokens.access_token))
    expect(auth).toMatchObject({ subject: `${issuer}#id-of-ada`, scopes: ['read'], clientId })
    expect(auth.claims?.['user']).toMatchObject({ name: 'ada' })
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({
      alg: 'ES256',
      typ: 'at+jwt',
    })
    expect(decodeJwt(tokens.access_token)).toMatchObject({
      iss: issuer,
      aud: resource,
      scope: 'read',
    })
  })

  test('handlers get the token of the provider, which the client never sees', async () => {
    const world = await createWorld({ kind })
    const { tokens } = await signIn(world)
    const auth = admitted(await decide(world.protection, tokens.access_token))
    const { accessToken, scopes } = await world.front.upstream(auth)
    expect(accessToken).toMatch(/^at-/)
    expect(scopes).toEqual(kind === 'plain' ? ['repo', 'user'] : ['openid'])
    expect(JSON.stringify([tokens, auth])).not.toContain(accessToken)
  })

  // Everything is in the store or with the browser, and nothing in the process (AUTHR-15: the mapping is kept).
  test('the process may end between any two steps', async () => {
    const world = await createWorld({ kind })
    const browser = world.browser()
    const { client_id: clientId } = await registerClient(world)
    world.restart()
    const started = await attempt(String(clientId))
    const page = await browser.visit(started.url)
    world.restart()
    const [toProvider, afterConsent] = await pressWithoutFollowing(world, browser, page)
    expect(toProvider).toContain('https://id.example.com/authorize')
    world.restart()
    const landed = await browser.visit(afterConsent)
    world.restart()
    const tokens = (await (await redeem(world.front, started, landed)).json()) as Tokens
    world.restart()
    admitted(await decide(world.protection, tokens.access_token))
    const again = (await (
      await refresh(world.front, started.clientId, tokens.refresh_token)
    ).json()) as Tokens
    world.restart()
    const auth = admitted(await decide(world.protection, again.access_token))
    expect((await world.front.upstream(auth)).accessToken).toMatch(/^at-/)
    expect(world.errors).toEqual([])
  })
})

// What is said of a user is in every token, and a token has to fit into a header.
test('facts about a user of more than 4 KiB are not taken, however few characters they have', async () => {
  const signInAs = async (name: string): Promise<string | null> => {
    const world = await createWorld({
      provider: {
        clientId: 'front',
        clientSecret: 'front-secret',
        issuer: 'https://id.example.com',
        identify: () => ({ subject: 'ada', claims: { name } }),
      },
    })
    return (await signIn(world)).landed.url.searchParams.get('error')
  }
  expect(await signInAs('字'.repeat(1_300))).toBeNull()
  expect(await signInAs('字'.repeat(1_400))).toBe('server_error')
})

/** Presses the button, and stops at the provider. */
async function pressWithoutFollowing(
  world: Awaited<ReturnType<typeof createWorld>>,
  browser: ReturnType<Awaited<ReturnType<typeof createWorld>>['browser']>,
  page: Awaited<ReturnType<typeof browser.visit>>,
): Promise<[string, string]> {
  const { fetch } = world.provider
  let seen = ''
  world.web.add('https://id.example.com', (request) => {
    if (new URL(request.url).pathname !== '/authorize') return fetch(request)
    seen = request.url
    return new Response('sign in')
  })
  await browser.press(page, 'approve')
  world.web.add('https://id.example.com', (request) => fetch(request))
  return [seen, seen]
}

describe('a client with a metadata document', () => {
  function serveDocument(
    world: Awaited<ReturnType<typeof createWorld>>,
    changes: Record<string, unknown> = {},
    respond: (body: string) => Response = (body) =>
      new Response(body, { headers: { 'content-type': 'application/json' } }),
  ): { count: number } {
    const served = { count: 0 }
    world.web.add('https://client.example.com', () => {
      served.count += 1
      const document = {
        client_id: documentUrl,
        client_name: 'Notes',
        redirect_uris: [redirectUri],
      }
      return respond(JSON.stringify({ ...document, ...changes }))
    })
    return served
  }

  // AUTHA-03, AUTHA-05: basic/authorization, "Client ID Metadata Documents".
  test('gets in, and its document is fetched once while it is fresh', async () => {
    const world = await createWorld()
    const served = serveDocument(world)
    const browser = world.browser()
    const started = await attempt(documentUrl)
    const page = await browser.visit(started.url)
    expect(page.body).toContain('client.example.com')
    const landed = await browser.press(page, 'approve')
    const response = await redeem(world.front, started, landed)
    expect(response.status).toBe(200)
    await browser.visit(started.url)
    expect(served.count).toBe(1)
    world.runtime.advance(5 * 60_000)
    await browser.visit(started.url)
    expect(served.count).toBe(2)
  })

  test.each([
    ['max-age=10', 10_000],
    ['max-age=999999999', 24 * 60 * 60_000],
    ['no-store', 0],
  ])('is kept as Cache-Control %s says, within bounds', async (control, freshMs) => {
    const world = await createWorld()
    const served = serveDocument(
      world,
      {},
      (body) =>
        new Response(body, {
          headers: { 'content-type': 'application/json', 'cache-control': control },
        }),
    )
    const { url } = await attempt(documentUrl)
    await world.browser().visit(url)
    if (freshMs > 0) world.runtime.advance(freshMs - 1)
    await world.browser().visit(url)
    expect(served.count).toBe(freshMs > 0 ? 1 : 2)
    world.runtime.advance(1)
    await world.browser().visit(url)
    expect(served.count).toBe(freshMs > 0 ? 2 : 3)
  })

  // AUTHA-06, SEC-23: basic/authorization, "Client ID Metadata Documents" and "Server-Side Request Forgery (SSRF)".
  test.each([
    ['names another client', { client_id: 'https://client.example.com/other.json' }],
    ['has no name', { client_name: undefined }],
    ['has a name without end', { client_name: 'x'.repeat(501) }],
    ['has no redirect URIs', { redirect_uris: undefined }],
    ['has an empty list of redirect URIs', { redirect_uris: [] }],
    ['does not list the redirect URI', { redirect_uris: [`${redirectUri}/other`] }],
    ['shares a secret with the world', { token_endpoint_auth_method: 'client_secret_basic' }],
  ])('is refused with a page when its document %s', async (_, changes) => {
    const world = await createWorld()
    serveDocument(world, changes)
    const landed = await world.browser().visit((await attempt(documentUrl)).url)
    expect(landed.response?.status).toBe(400)
    expect(landed.response?.headers.get('location')).toBeNull()
  })

  test.each<[string, (body: string) => Response]>([
    [
      'is no JSON',
      () => new Response('hello', { headers: { 'content-type': 'application/json' } }),
    ],
    ['is a page', (body) => new Response(body, { headers: { 'content-type': 'text/html' } })],
    ['is not there', () => new Response('', { status: 404 })],
    [
      'is elsewhere',
      () =>
        new Response(null, {
          status: 302,
          headers: { location: 'https://client.example.com/moved.json' },
        }),
    ],
    [
      'is too long',
      (body) =>
        new Response(body + ' '.repeat(64 * 1024), {
          headers: { 'content-type': 'application/json' },
        }),
    ],
  ])('is refused with a page when its document %s', async (_, respond) => {
    const world = await createWorld()
    serveDocument(world, {}, respond)
    const landed = await world.browser().visit((await attempt(documentUrl)).url)
    expect(landed.response?.status).toBe(400)
  })

  // A stranger who names a URL has us ask there, and nowhere else.
  test('is not looked for where its URL leads on to', async () => {
    const world = await createWorld()
    let others = 0
    world.web.add('https://client.example.com', () => Response.redirect('https://b.example/c', 302))
    world.web.add('https://b.example', () => {
      others += 1
      return new Response('{}', { headers: { 'content-type': 'application/json' } })
    })
    const landed = await world.browser().visit((await attempt(documentUrl)).url)
    expect(landed.response?.status).toBe(400)
    expect(others).toBe(0)
  })

  // 64 KiB of redirect URIs and name would be in the form, and in the store.
  test('gets in with a long list of redirect URIs, of which none is carried along', async () => {
    const world = await createWorld()
    const many = Array.from({ length: 63 }, (_, n) => `${redirectUri}/${n}/${'x'.repeat(450)}`)
    serveDocument(world, { redirect_uris: [...many, redirectUri] })
    const started = await attempt(documentUrl)
    const browser = world.browser()
    const page = await browser.visit(started.url)
    expect(page.body.length).toBeLessThan(5_000)
    const landed = await browser.press(page, 'approve')
    expect(landed.url.searchParams.get('code')).not.toBeNull()
  })

  test('is refused when its document does not come within five seconds', async () => {
    const world = await createWorld()
    let asked = (): void => {}
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve
    })
    world.web.add('https://client.example.com', () => {
      asked()
      return new Promise<Response>(() => {})
    })
    const visiting = world.browser().visit((await attempt(documentUrl)).url)
    await isAsked
    world.runtime.advance(5_000)
    expect((await visiting).response?.status).toBe(400)
  })

  test.each([
    'https://127.0.0.1/client.json',
    'https://10.0.0.1/client.json',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/client.json',
    'https://localhost/client.json',
    'http://client.example.com/client.json',
    'https://client.example.com/',
    'https://user@client.example.com/client.json',
    'https://client.example.com/a/../client.json',
    'https://client.example.com/client.json#x',
    'https://id.example.com.evil.internal/client.json',
  ])('is not looked for at %s', async (url) => {
    const world = await createWorld()
    world.web.add(new URL(url).origin, () => {
      throw new Error('it was fetched')
    })
    const landed = await world.browser().visit((await attempt(url)).url)
    expect(landed.response?.status).toBe(400)
    expect(landed.body).not.toContain('it was fetched')
  })
})
