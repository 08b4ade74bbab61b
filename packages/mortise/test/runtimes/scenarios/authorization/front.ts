import { createManualUserAgent } from 'mortise/auth/client'
import { createFront } from 'mortise/auth/front'
import { connect } from 'mortise/client'
import { createServer } from 'mortise/server'
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi'
import { createBrowser } from '../../../front/browser.ts'
import type { Browser, Landing } from '../../../front/browser.ts'
import { createTestProvider } from '../../../front/provider.ts'
import type { TestProvider } from '../../../front/provider.ts'
import { equal } from '../../scenario.ts'
import { createUser, steps, using } from './getting-in.ts'
import type { Placed } from './getting-in.ts'
import type { Place } from './place.ts'
import { callOf } from './shop.ts'

const redirectUri = 'https://app.example/callback'

interface World {
  readonly origin: string
  readonly provider: TestProvider
  readonly errors: readonly unknown[]
  browser(): Browser
  post(path: string, body: BodyInit, headers?: Record<string, string>): Promise<Response>
}

type Tokens = Readonly<Record<'access_token' | 'refresh_token' | 'scope', string>>

/** What `mortise/auth/front` does, with a provider behind it and a server beside it. */
export const fronts: Readonly<Record<string, Placed>> = {
  async 'metadata and keys are public'(place) {
    const { origin } = await startWorld(place, 'openid')
    const ask = async (path: string, method = 'GET'): Promise<Response> =>
      await place.fetch(new Request(`${origin}${path}`, { method }))
    const metadata = await (await ask('/.well-known/oauth-authorization-server')).json()
    const { keys } = (await (await ask('/jwks')).json()) as { keys: Record<string, string>[] }
    const preflight = await ask('/token', 'OPTIONS')
    const resource = await (await ask('/.well-known/oauth-protected-resource/mcp')).json()
    const shown = keys.map(({ kid, x, y, ...key }) => [
      key,
      kid !== undefined,
      x?.length,
      y?.length,
    ])
    return place.nameless({
      metadata,
      shown,
      resource,
      preflight: [preflight.status, preflight.headers.get('access-control-allow-origin')],
    })
  },

  async 'a client is registered, redirected, given tokens and sent away'(place) {
    const world = await startWorld(place, 'openid')
    const { client, page, landed, verifier } = await signInByHand(world)
    const code = landed.url.searchParams.get('code') ?? ''
    const grant = { grant_type: 'authorization_code', code, redirect_uri: redirectUri }
    const form = { ...grant, client_id: client, resource: `${world.origin}/mcp` }
    const ask = async (fields: Record<string, string>): Promise<[number, Tokens]> => {
      const answer = await world.post('/token', new URLSearchParams(fields))
      return [answer.status, (await answer.json()) as Tokens]
    }
    const wrong = await ask({ ...form, code_verifier: 'x'.repeat(43) })
    const again = await signInByHand(world, client)
    const rightCode = again.landed.url.searchParams.get('code') ?? ''
    const [status, tokens] = await ask({ ...form, code: rightCode, code_verifier: again.verifier })
    equal(status, 200, 'tokens')
    const refresh = { grant_type: 'refresh_token', client_id: client }
    const [renewed, fresh] = await ask({ ...refresh, refresh_token: tokens.refresh_token })
    equal(renewed, 200, 'renewed')
    const entered = await touch(place, world, fresh.access_token)
    equal(entered, 200, 'entered')
    const leaving = new URLSearchParams({ token: fresh.refresh_token, client_id: client })
    const revoked = (await world.post('/revoke', leaving)).status
    const late = await ask({ ...refresh, refresh_token: fresh.refresh_token })
    return place.nameless({
      wrong,
      hasVerifier: verifier.length,
      page: [page.response?.status, security(page), page.body.includes('Notes')],
      scope: tokens.scope,
      entered,
      revoked,
      late,
      ended: await touch(place, world, fresh.access_token),
      errors: world.errors.length,
    })
  },

  async 'a button that another site presses does nothing'(place) {
    const world = await startWorld(place, 'openid')
    const browser = world.browser()
    const page = await browser.visit((await attempt(world, await register(world))).url)
    const said = []
    for (const headers of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'null' },
    ]) {
      const landed = await browser.press(page, 'approve', headers)
      said.push([landed.response?.status, landed.url.origin])
    }
    const denied = await browser.press(page, 'deny')
    const { error, iss } = Object.fromEntries(denied.url.searchParams)
    return place.nameless({ said, denied: [error, iss] })
  },

  'a client signs in by itself, behind a provider of OpenID Connect': clientSignsIn('openid'),
  'a client signs in by itself, behind one of OAuth alone': clientSignsIn('plain'),
}

function clientSignsIn(kind: 'openid' | 'plain'): Placed {
  return async (place, version) => {
    const world = await startWorld(place, kind)
    const browser = world.browser()
    const userAgent = createManualUserAgent({
      redirectUri,
      async open(url) {
        const page = await browser.visit(url.href)
        return (page.response === undefined ? page : await browser.press(page, 'approve')).url
      },
    })
    const user = createUser(place, { userAgent })
    const options = { auth: user.auth, versions: [version] }
    const said = await using(connect(`${world.origin}/mcp`, options), (client) =>
      steps(
        () => client.call('whoami'),
        () => client.call('upstream'),
        () => client.call('write'),
      ),
    )
    equal(said.length, 3, 'calls')
    const events = user.events.map(({ type }) => type)
    return place.nameless({ said, events, errors: world.errors.length })
  }
}

async function startWorld(place: Place, kind: 'openid' | 'plain'): Promise<World> {
  let answer = async (_request: Request): Promise<Response> => new Response(null, { status: 503 })
  const origin = await place.serve((request) => answer(request))
  // It names its origin too.
  const behind: { provider?: TestProvider } = {}
  const providerOrigin = await place.serve(
    async (request) =>
      (await behind.provider?.fetch(request)) ?? new Response(null, { status: 503 }),
  )
  const provider = await createTestProvider(providerOrigin, kind, Date)
  behind.provider = provider
  const errors: unknown[] = []
  const secrets = { clientId: 'front', clientSecret: 'front-secret' }
  const front = createFront({
    issuer: origin,
    resource: `${origin}/mcp`,
    provider:
      kind === 'openid'
        ? { ...secrets, issuer: providerOrigin }
        : {
            ...secrets,
            authorizationEndpoint: `${providerOrigin}/authorize`,
            tokenEndpoint: `${providerOrigin}/token`,
            async identify(_tokens, fetchJson) {
              const user = (await fetchJson(`${providerOrigin}/user`)) as Record<string, string>
              return { subject: user['id'] ?? '', claims: { name: user['login'] } }
            },
          },
    name: 'Notes',
    secrets: ['a secret that is long enough'],
    scopes: { read: 'Read your notes', write: 'Change your notes' },
    allowLoopback: true,
    onError: (error) => void errors.push(error),
  })
  const http = { hosts: [new URL(origin).hostname] }
  const server = createServer({ name: 'notes', version: '1.0.0', auth: front.protection(), http })
    .tool('whoami', {}, (_input, { auth }) =>
      JSON.stringify([auth?.subject, auth?.claims?.['user']]),
    )
    .tool('upstream', {}, async (_input, { auth }) => {
      if (auth === undefined) return 'nobody'
      return JSON.stringify((await front.upstream(auth)).scopes)
    })
    .tool('write', { scopes: ['write'] }, () => 'written')
  answer = server.fetch
  return {
    origin,
    provider,
    errors,
    browser: () => createBrowser(place, (asked) => asked === origin || asked === providerOrigin),
    post: async (path, body, headers = {}) =>
      await place.fetch(new Request(`${origin}${path}`, { method: 'POST', body, headers })),
  }
}

async function register(world: World): Promise<string> {
  const wish = { client_name: 'Notes', redirect_uris: [redirectUri] }
  const type = { 'content-type': 'application/json' }
  const answer = await world.post('/register', JSON.stringify(wish), type)
  equal(answer.status, 201, 'registration')
  return ((await answer.json()) as { readonly client_id: string }).client_id
}

async function attempt(
  { origin }: World,
  client: string,
): Promise<{ readonly url: string; readonly verifier: string }> {
  const verifier = generateRandomCodeVerifier()
  const params = new URLSearchParams({
    client_id: client,
    redirect_uri: redirectUri,
    response_type: 'code',
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    resource: `${origin}/mcp`,
    scope: 'read',
    state: 'state-of-the-client',
  })
  return { url: `${origin}/authorize?${params}`, verifier }
}

interface ByHand {
  readonly client: string
  readonly verifier: string
  readonly page: Landing
  readonly landed: Landing
}

async function signInByHand(world: World, known?: string): Promise<ByHand> {
  const client = known ?? (await register(world))
  const { url, verifier } = await attempt(world, client)
  const browser = world.browser()
  const page = await browser.visit(url)
  const landed = await browser.press(page, 'approve')
  equal(landed.url.origin, new URL(redirectUri).origin, 'where the user landed')
  return { client, verifier, page, landed }
}

/** What keeps a page from being framed, read by caches or told to others. */
function security({ response }: Landing): unknown {
  const names = ['content-security-policy', 'x-frame-options', 'cache-control', 'referrer-policy']
  return names.map((name) => response?.headers.get(name))
}

async function touch(place: Place, { origin }: World, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const answer = await place.fetch(callOf({ url: `${origin}/mcp`, tool: 'whoami', headers }))
  await answer.text()
  return answer.status
}
