import { describe, expect, test } from 'vitest'
import { attempt, createWorld, form, issuer, redirectUri, registerClient, signIn } from './world.ts'
import type { World } from './world.ts'

// AUTHR-14, SEC-10…17, security V35: basic/security_best_practices, "Confused Deputy Problem".
const evilRedirect = 'https://evil.example/callback'

async function evilAttempt(world: World, redirect = evilRedirect): Promise<string> {
  const { client_id: clientId } = await registerClient(world, {
    client_name: 'Notes',
    redirect_uris: [redirect],
  })
  return (await attempt(String(clientId), { redirect_uri: redirect })).url
}

describe('an attacker with a client of his own', () => {
  // AUTHR-14, SEC-10, SEC-12
  test('gets no code from a user who allowed another client before: the page is shown', async () => {
    const world = await createWorld()
    const { browser } = await signIn(world)
    const landed = await browser.visit(await evilAttempt(world), {
      'sec-fetch-site': 'cross-site',
    })
    expect(landed.url.origin).toBe(issuer)
    expect(landed.response?.status).toBe(200)
    expect(landed.body).toContain('evil.example')
  })

  // SEC-13, SEC-17
  test('gets no code by consenting himself and sending the rest to the victim', async () => {
    const world = await createWorld()
    const victim = (await signIn(world)).browser
    const attacker = world.browser()
    const { toProvider } = await consentOnly(world, attacker, await evilAttempt(world))
    const landed = await victim.visit(toProvider)
    expect(landed.url.origin).toBe(issuer)
    expect(landed.url.pathname).toBe('/callback')
    expect(landed.response?.status).toBe(400)
    expect(landed.response?.headers.get('location')).toBeNull()
  })

  // The other way round: the victim would be signed in as the attacker.
  test("cannot have the victim's browser finish what began in his own", async () => {
    const world = await createWorld()
    const attacker = world.browser()
    const { toProvider } = await consentOnly(world, attacker, await evilAttempt(world))
    const answer = await world.provider.fetch(new Request(toProvider))
    const callback = answer.headers.get('location') ?? ''
    expect((await world.browser().visit(callback)).response?.status).toBe(400)
    // Nothing was used up: in its own browser it goes on.
    expect((await attacker.visit(callback)).url.origin).toBe('https://evil.example')
  })

  // SEC-12: CSRF
  test.each([
    ['from another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['from a sister of our site', { 'sec-fetch-site': 'same-site' }],
    ['from an origin that is hidden', { origin: 'null' }],
    ['from an address bar', { 'sec-fetch-site': 'none' }],
  ])('cannot press the button %s', async (_, headers) => {
    const world = await createWorld()
    const victim = (await signIn(world)).browser
    const page = await victim.visit(await evilAttempt(world))
    const landed = await victim.press(page, 'approve', headers)
    expect(landed.url.origin).toBe(issuer)
    expect(landed.response?.status).toBe(403)
  })

  test('cannot press it with a form that another browser was shown', async () => {
    const world = await createWorld()
    const victim = (await signIn(world)).browser
    const page = await world.browser().visit(await evilAttempt(world))
    const landed = await victim.press(page, 'approve')
    expect(landed.url.href).toBe(`${issuer}/consent`)
    // The button counts for nothing: the victim is asked.
    expect(landed.body).toContain('Allow Notes?')
    expect(
      [...victim.cookies(issuer).keys()].filter((name) => name.includes('visit')),
    ).toHaveLength(1)
  })

  test('cannot press it without any browser', async () => {
    const world = await createWorld()
    const page = await world.browser().visit(await evilAttempt(world))
    const sealed = /name="request" value="([^"]*)"/.exec(page.body)?.[1] ?? ''
    const answer = await form(world.front, '/consent', { request: sealed, decision: 'approve' })
    expect(answer.status).toBe(403)
    expect(answer.headers.get('location')).toBeNull()
  })
})

test('two pages that a new browser opens at once can both be agreed to', async () => {
  const world = await createWorld()
  const { client_id: clientId } = await registerClient(world)
  const { url } = await attempt(String(clientId))
  const browser = world.browser()
  const pages = await Promise.all([browser.visit(url), browser.visit(url)])
  for (const page of pages) {
    const next = await browser.press(page, 'approve')
    const landed = next.url.origin === issuer ? await browser.press(next, 'approve') : next
    expect(landed.url.searchParams.get('code')).not.toBeNull()
  }
})

describe('the way over the provider', () => {
  // SEC-15, SEC-17
  test('is gone once, for at most ten minutes, and only with its state', async () => {
    const world = await createWorld()
    const browser = world.browser()
    const url = await evilAttempt(world)
    const first = await consentOnly(world, browser, url)
    const answer = await world.provider.fetch(new Request(first.toProvider))
    const callback = answer.headers.get('location') ?? ''
    const stateless = new URL(callback)
    stateless.searchParams.delete('state')
    const other = new URL(callback)
    other.searchParams.set('state', 'made-up')
    for (const bad of [stateless.href, other.href, `${callback}&state=more`]) {
      expect((await browser.visit(bad)).response?.status).toBe(400)
    }
    expect((await browser.visit(callback)).url.origin).toBe('https://evil.example')
    expect((await browser.visit(callback)).response?.status).toBe(400)

    const late = await consentOnly(world, browser, `${url}&prompt=consent`)
    expect(stateOf(late.toProvider)).not.toBe(stateOf(first.toProvider))
    const lateAnswer = await world.provider.fetch(new Request(late.toProvider))
    world.runtime.advance(10 * 60_000)
    const landed = await browser.visit(lateAnswer.headers.get('location') ?? '')
    expect(landed.response?.status).toBe(400)
  })

  test('is taken once by two processes', async () => {
    const world = await createWorld()
    const browser = world.browser()
    const { toProvider } = await consentOnly(world, browser, await evilAttempt(world))
    const callback = (await world.provider.fetch(new Request(toProvider))).headers.get('location')
    const cookie = [...browser.cookies(issuer)]
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
    const other = world.another()
    const answers = await Promise.all(
      [world.front, other].map((front) =>
        front.fetch(new Request(callback ?? '', { headers: { cookie } })),
      ),
    )
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([303, 400]))
  })

  // SEC-16
  test('begins with the button: nothing of it is set before', async () => {
    const world = await createWorld()
    const browser = world.browser()
    const page = await browser.visit(await evilAttempt(world))
    expect([...browser.cookies(issuer).keys()]).toEqual(['__Host-mortise-browser'])
    await browser.press(page, 'approve')
    const names = [...browser.cookies(issuer).keys()]
    expect(names.filter((name) => name.startsWith('__Host-mortise-visit-'))).toHaveLength(1)
  })

  // SEC-11, SEC-13
  test('is held by cookies for this host alone, which no script reads', async () => {
    const world = await createWorld()
    const { browser } = await signIn(world)
    expect(browser.setCookies.length).toBeGreaterThan(1)
    for (const cookie of browser.setCookies) {
      expect(cookie).toMatch(/^__Host-mortise-[\w-]+=[\w-]+; Max-Age=\d+; Path=\/; /)
      expect(cookie).toMatch(/; HttpOnly; SameSite=Lax; Secure$/)
    }
  })

  // RFC 9207 §2.4, as a client of the provider.
  test('does not go on with the answer of another provider', async () => {
    const world = await createWorld()
    const browser = world.browser()
    const { toProvider } = await consentOnly(world, browser, await evilAttempt(world))
    const location = (await world.provider.fetch(new Request(toProvider))).headers.get('location')
    const callback = new URL(location ?? '')
    callback.searchParams.set('iss', 'https://other.example')
    const landed = await browser.visit(callback.href)
    expect(landed.url.searchParams.get('code')).toBeNull()
    expect(landed.url.searchParams.get('error')).toBe('server_error')
  })

  // AUTHA-09: also an error names the issuer.
  test.each([
    ['the user says no on the page', 'deny', false, 'access_denied'],
    ['the user says no at the provider', 'approve', true, 'access_denied'],
  ])('tells the client when %s', async (_, decision, refuses, error) => {
    const world = await createWorld()
    world.provider.refuses = refuses
    const browser = world.browser()
    const page = await browser.visit(await evilAttempt(world))
    const { url } = await browser.press(page, decision)
    expect(url.origin).toBe('https://evil.example')
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      error,
      state: 'state-of-the-client',
      iss: issuer,
    })
    expect(url.searchParams.get('code')).toBeNull()
  })

  test('tells the client when the provider is down, and not why', async () => {
    const world = await createWorld()
    world.provider.trouble = 'down'
    const browser = world.browser()
    const { url } = await browser.press(await browser.visit(await evilAttempt(world)), 'approve')
    expect(url.searchParams.get('error')).toBe('server_error')
    expect(world.errors).toHaveLength(1)
  })
})

describe('what a user allowed before', () => {
  async function again(
    { browser, clientId }: { browser: ReturnType<World['browser']>; clientId: string },
    changes: Record<string, string | undefined> = {},
  ): Promise<Awaited<ReturnType<typeof browser.visit>>> {
    return await browser.visit((await attempt(clientId, changes)).url)
  }

  // SEC-10
  test('is not asked again in the same browser', async () => {
    const world = await createWorld()
    const landed = await again(await signIn(world))
    expect(landed.url.href).toContain(redirectUri)
    expect(landed.url.searchParams.get('code')).not.toBeNull()
  })

  test.each([
    ['more scopes are wanted', { scope: 'read write' }],
    ['the client wants it shown', { prompt: 'consent' }],
  ])('is asked again when %s', async (_, changes) => {
    const world = await createWorld()
    const landed = await again(await signIn(world), changes)
    expect(landed.body).toContain('Allow Notes?')
  })

  test('is asked again in another browser', async () => {
    const world = await createWorld()
    const { clientId } = await signIn(world)
    const landed = await again({ clientId, browser: world.browser() })
    expect(landed.body).toContain('Allow Notes?')
  })

  test('is asked again after ninety days', async () => {
    const world = await createWorld()
    const signed = await signIn(world)
    world.runtime.advance(90 * 24 * 60 * 60_000)
    expect((await again(signed)).body).toContain('Allow Notes?')
  })

  // RFC 8252 §8.6: any program may listen there.
  // SEC-10: for whoever wants no page left out, as no client can be relied upon to compare `iss` (RFC 9207).
  test('is asked each time where nothing is to be remembered', async () => {
    const world = await createWorld({ lifetimes: { approvalMs: 0 } })
    const signed = await signIn(world)
    expect(signed.landed.url.searchParams.get('code')).not.toBeNull()
    const page = await again(signed)
    expect(page.body).toContain('Allow Notes?')
    // The browser keeps its cookie for as long as the page may lie open.
    for (const cookie of signed.browser.setCookies.filter((line) => line.includes('browser='))) {
      expect(cookie).toContain('Max-Age=1800;')
    }
  })

  test('is asked again for a program on this computer', async () => {
    const world = await createWorld()
    const redirect = 'http://127.0.0.1:7777/callback'
    const browser = world.browser()
    const url = await evilAttempt(world, redirect)
    await browser.press(await browser.visit(url), 'approve')
    expect((await browser.visit(url)).body).toContain('Any program that runs here')
  })

  test('is asked after all when another user comes back from the provider', async () => {
    const world = await createWorld()
    const signed = await signIn(world)
    world.provider.user = 'grace'
    const page = await again(signed)
    expect(page.url.pathname).toBe('/callback')
    expect(page.body).toContain('Allow Notes?')
    const landed = await signed.browser.press(page, 'approve')
    expect(landed.url.searchParams.get('code')).not.toBeNull()
  })

  test('is refused without a page when the client wants none', async () => {
    const desk = { clientId: 'desk', name: 'Desk', redirectUris: [redirectUri] }
    const world = await createWorld({ clients: [desk] })
    const { url } = await world
      .browser()
      .visit((await attempt(desk.clientId, { prompt: 'none' })).url)
    expect(url.searchParams.get('error')).toBe('consent_required')
  })
})

/** Presses the button and stops before the provider. */
async function consentOnly(
  world: World,
  browser: ReturnType<World['browser']>,
  url: string,
): Promise<{ toProvider: string }> {
  const page = await browser.visit(url)
  let toProvider = ''
  const { provider } = world
  world.web.add('https://id.example.com', (request) => {
    if (new URL(request.url).pathname !== '/authorize') return provider.fetch(request)
    toProvider = request.url
    return new Response('sign in')
  })
  await browser.press(page, 'approve')
  world.web.add('https://id.example.com', (request) => provider.fetch(request))
  return { toProvider }
}

function stateOf(url: string): string | null {
  return new URL(url).searchParams.get('state')
}
