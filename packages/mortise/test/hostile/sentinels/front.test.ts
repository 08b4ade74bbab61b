import { inspect } from 'node:util'
import { calculatePKCECodeChallenge, generateRandomCodeVerifier } from 'oauth4webapi'
import { expect, onTestFinished, test } from 'vitest'
import { createFront } from '../../../src/node/auth-front.ts'
import { createNodeExchange } from '../../../src/node/http-exchange.ts'
import { createServer } from '../../../src/server/index.ts'
import { createMemoryStore } from '../../../src/state/memory.ts'
import { createBrowser } from '../../front/browser.ts'
import type { Landing } from '../../front/browser.ts'
import { modernHeaders, serveNode, touch } from '../peers.ts'
import { echo, json } from './place.ts'
import type { Answer } from './place.ts'
import { createWitness } from './witness.ts'

const witness = createWitness()
const { bring, see, seeFailure } = witness
const redirectUri = 'http://127.0.0.1:1/callback'

/** Serves `answer` by path until the end of the test. */
async function serve(pages: Map<string, Answer>): Promise<string> {
  const served = await serveNode((request, response) => {
    let body = ''
    request.on('data', (piece) => (body += String(piece)))
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://127.0.0.1')
      const page = pages.get(url.pathname)
      if (page === undefined) response.writeHead(404).end()
      else page(response, { url, body, form: new URLSearchParams(body), request })
    })
  })
  onTestFinished(() => served.close())
  return `http://127.0.0.1:${served.port}`
}

/** A front with a server behind it, and a provider without metadata that shows what it was sent wherever it can. */
async function startFront() {
  const pages = new Map<string, Answer>()
  const provider = await serve(pages)
  pages.set('/authorize', (response, { url }) => {
    const location = new URL(url.searchParams.get('redirect_uri') ?? '')
    const state = url.searchParams.get('state') ?? ''
    witness.secret('state at the provider', state)
    location.searchParams.set('code', bring('code of the provider'))
    location.searchParams.set('state', state)
    response.writeHead(302, { location: location.href }).end()
  })
  pages.set('/token', (response, { form }) => {
    witness.secret('verifier at the provider', form.get('code_verifier'))
    json(response, {
      access_token: bring('upstream access token'),
      refresh_token: bring('upstream refresh token'),
      token_type: 'bearer',
      // Due at once: the next use refreshes it.
      expires_in: 1,
    })
  })
  pages.set('/user', (response) =>
    json(response, { id: 'ada', mail: bring('claim of the provider') }),
  )

  const calls: { upstream?: unknown; auth?: unknown; error?: unknown } = {}
  const served = await serveNode((req, res) => server.handle(createNodeExchange(req, res), '/mcp'))
  onTestFinished(() => served.close())
  const issuer = `http://127.0.0.1:${served.port}`
  const front = createFront({
    issuer,
    resource: `${issuer}/mcp`,
    provider: {
      clientId: 'front',
      clientSecret: bring('client secret at the provider'),
      authorizationEndpoint: `${provider}/authorize?k=${bring('query of the authorization endpoint')}`,
      tokenEndpoint: `${provider}/token?k=${bring('query of the token endpoint')}`,
      async identify(_tokens, fetchJson) {
        const user = (await fetchJson(`${provider}/user?k=${bring('query of jwks_uri')}`)) as {
          id: string
          mail: string
        }
        return { subject: user.id, claims: { mail: user.mail } }
      },
    },
    clients: [
      {
        clientId: 'desk',
        clientSecret: bring('client secret of a client of the front'),
        name: 'Desk',
        redirectUris: [redirectUri],
      },
    ],
    secrets: [bring('secret of the front').padEnd(40, 'x')],
    store: createMemoryStore(),
    allowLoopback: true,
    onError: (error) => see('onError of the front', error),
    onWarning: (text) => see('onWarning of the front', text),
  })
  const protection = front.protection()
  const server = createServer({
    name: 'notes',
    version: '1.0.0',
    auth: protection,
    secrets: [bring('secret of the server').padEnd(40, 'x')],
    onError: (error) => see('onError of the server', error),
  }).tool('touch', {}, async (_input, ctx) => {
    calls.auth = ctx.auth
    calls.upstream = await front.upstream(ctx.auth!).catch((error: unknown) => {
      calls.error = error
      throw error
    })
    return 'touched'
  })

  const browser = createBrowser({ fetch: (request) => fetch(request) }, (origin) =>
    [issuer, provider].includes(origin),
  )
  const verifier = generateRandomCodeVerifier()
  witness.secret('verifier', verifier)

  /** Everything that a browser shows; the cookies and the sealed form are the browser's own. */
  function look(landing: Landing): Landing {
    const sealed = /name="request" value="([^"]*)"/.exec(landing.body)?.[1]
    see('a page', landing.body.replaceAll(sealed ?? '', ''))
    witness.secret('sealed form', sealed)
    for (const value of browser.cookies(issuer).values()) witness.secret('cookie', value)
    return landing
  }
  async function visit(): Promise<Landing> {
    const url = new URL(`${issuer}/authorize`)
    const challenge = await calculatePKCECodeChallenge(verifier)
    url.search = String(
      new URLSearchParams({
        client_id: 'desk',
        redirect_uri: redirectUri,
        response_type: 'code',
        code_challenge: challenge,
        code_challenge_method: 'S256',
        resource: `${issuer}/mcp`,
        state: bring('state of the client'),
      }),
    )
    return look(await browser.press(look(await browser.visit(url.href)), 'approve'))
  }
  async function ask(
    path: string,
    fields: Record<string, string>,
  ): Promise<Record<string, string>> {
    const answer = await fetch(`${issuer}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${btoa(`desk:${bring('client secret of a client of the front')}`)}`,
      },
      body: new URLSearchParams(fields),
    })
    const body = (await answer.text()) || '{}'
    if (!answer.ok) see(`a refusal of ${path}`, body)
    return JSON.parse(body) as Record<string, string>
  }
  async function redeem(landing: Landing): Promise<Record<string, string>> {
    const code = landing.url.searchParams.get('code') ?? ''
    witness.secret('code', code)
    const tokens = await ask('/token', {
      grant_type: 'authorization_code',
      code,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      resource: `${issuer}/mcp`,
    })
    witness.secret('access token', tokens['access_token'])
    witness.secret('refresh token', tokens['refresh_token'])
    return tokens
  }
  async function call(token: string): Promise<void> {
    const headers = Object.fromEntries(
      modernHeaders('tools/call', 'touch').filter(([name]) => name !== 'Host'),
    )
    const answer = await fetch(`${issuer}/mcp`, {
      method: 'POST',
      headers: { ...headers, authorization: `Bearer ${token}` },
      body: touch,
    })
    see('an answer of the server', await answer.text())
  }
  return { pages, front, protection, server, calls, visit, redeem, ask, call }
}

test('a front that lets a user in shows no secret, and hands no token on', async () => {
  const {
    pages: _pages,
    front,
    protection,
    server,
    calls,
    visit,
    redeem,
    ask,
    call,
  } = await startFront()
  const tokens = await redeem(await visit())
  await call(tokens['access_token'] ?? '')
  expect(calls.upstream).toMatchObject({ accessToken: bring('upstream access token') })
  expect(inspect(calls.auth)).not.toMatch(/upstream|eyJ/)
  const again = await ask('/token', {
    grant_type: 'refresh_token',
    refresh_token: tokens['refresh_token'] ?? '',
  })
  witness.secret('rotated refresh token', again['refresh_token'])
  await ask('/revoke', { token: again['refresh_token'] ?? '' })
  await call(tokens['access_token'] ?? '')
  await ask('/token', { grant_type: 'refresh_token', refresh_token: again['refresh_token'] ?? '' })
  for (const one of [front, protection, server]) see('an object', one)
  expect([...witness.made]).toEqual(
    expect.arrayContaining([
      'access token',
      'code',
      'cookie',
      'refresh token',
      'sealed form',
      'state at the provider',
    ]),
  )
  expect(witness.leaks()).toEqual([])
})

const no: Answer = (response, came) =>
  json(response, { error: 'invalid_grant', error_description: `no: ${echo(came)}` }, 400)
const answers: Record<string, Answer> = {
  no,
  'no, with 200': (response, came) =>
    json(response, { error: 'bad', error_description: echo(came) }),
  'the code as error': (response, { form }) =>
    json(response, { error: form.get('code') ?? form.get('refresh_token') ?? 'x' }, 400),
  html: (response, came) =>
    response.writeHead(500, { 'content-type': 'text/html' }).end(`<b>${echo(came)}</b>`),
  broken: (response, came) =>
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(`{"access_token":"${bring('upstream access token')}" ${echo(came)}`),
  challenging: (response, came) =>
    json(response, {}, 401, {
      'www-authenticate': `Basic error="a", error_description="${echo(came).replaceAll('"', '')}"`,
    }),
  malformed: (response, came) =>
    void response.socket?.end(
      `HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n${bring('upstream access token')} ${echo(came)}`,
    ),
  'of another type': (response) =>
    json(response, {
      access_token: bring('upstream access token'),
      token_type: bring('upstream refresh token'),
    }),
  cut: (response) => void response.socket?.destroy(),
}
const troubles = ['/token', '/user'].flatMap((path) =>
  Object.keys(answers).map((kind) => ({ path, kind })),
)

test.each(troubles)(
  'a provider that answers $kind at $path shows no secret',
  async ({ path, kind }) => {
    const { pages, visit } = await startFront()
    pages.set(path, answers[kind]!)
    const landing = await visit()
    see('where it lands', landing.url.href.replace(bring('state of the client'), ''))
    see('what it lands at', landing.body)
    expect(witness.leaks()).toEqual([])
  },
)

test.each(Object.keys(answers))(
  'a provider that renews nothing and answers %s shows no secret',
  async (kind) => {
    const { pages, visit, redeem, call, calls } = await startFront()
    const tokens = await redeem(await visit())
    pages.set('/token', answers[kind]!)
    // It was good for a second, at most.
    await expect
      .poll(async () => {
        await call(tokens['access_token'] ?? '')
        return calls.error ?? calls.upstream
      })
      .toBeDefined()
    if (calls.error !== undefined) see('an error of upstream', calls.error)
    expect(witness.leaks()).toEqual([])
  },
)

test('a provider that says no shows no secret', async () => {
  const { pages, visit } = await startFront()
  pages.set('/authorize', (response, came) => {
    const location = new URL(came.url.searchParams.get('redirect_uri') ?? '')
    location.searchParams.set('state', came.url.searchParams.get('state') ?? '')
    location.searchParams.set('error', came.url.searchParams.get('state') ?? '')
    location.searchParams.set('error_description', came.url.search)
    witness.secret('state at the provider', came.url.searchParams.get('state'))
    response.writeHead(302, { location: location.href }).end()
  })
  const landing = await visit()
  see('where it lands', landing.url.href.replace(bring('state of the client'), ''))
  expect(witness.leaks()).toEqual([])
})

test('requests to the front that are refused show no secret', async () => {
  const { visit, redeem, ask, call, front } = await startFront()
  const landing = await visit()
  const tokens = await redeem(landing)
  await redeem(landing) // a code is good once
  await ask('/token', { grant_type: bring('refresh token') })
  await ask('/token', { grant_type: 'refresh_token', refresh_token: `${tokens['refresh_token']}x` })
  await ask('/register', { client_secret: bring('client secret') })
  await call(`${tokens['access_token']}x`)
  await call(bring('opaque access token'))
  await seeFailure(
    'upstream',
    front.upstream({ subject: 'ada', scopes: [], claims: { grant: bring('opaque access token') } }),
  )
  await seeFailure('upstream', front.upstream({ subject: 'ada', scopes: [] }))
  expect(witness.leaks()).toEqual([])
})
