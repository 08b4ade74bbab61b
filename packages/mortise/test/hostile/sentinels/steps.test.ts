import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { clientCredentialsOn } from '../../../src/auth/client/client-credentials.ts'
import { enterpriseOn } from '../../../src/auth/client/enterprise.ts'
import type { SignInOptions } from '../../../src/auth/client/sign-in.ts'
import type { ClientAuth } from '../../../src/http/client-auth.ts'
import { createFetchClient } from '../../../src/http/fetch-client.ts'
import { connect } from '../../../src/node/client.ts'
import { createLoopbackSignIn } from '../../../src/node/loopback-sign-in.ts'
import { createPlainClient } from '../../../src/node/plain-client.ts'
import { createTerminalSignIn } from '../../../src/node/terminal-sign-in.ts'
import { connect as connectAnywhere } from '../../../src/client/index.ts'
import { visit } from '../../auth/signed-user.ts'
import { echo, json, startPlace } from './place.ts'
import { platforms, watchUser } from './user.ts'
import { createWitness } from './witness.ts'

const witness = createWitness()
const { bring, see, seeFailure } = witness
const { createUser, join } = watchUser(witness)

/** Changes the answer that comes back with the user. */
const coming =
  (change: (answer: URLSearchParams, page: URL) => void) =>
  async (page: URL): Promise<URL> => {
    const answer = await visit(page)
    change(answer.searchParams, page)
    return answer
  }

const denied = (said: (page: URL) => string) =>
  coming((answer, page) => {
    answer.delete('code')
    answer.set('error', 'access_denied')
    answer.set('error_description', `no: ${said(page)}`)
  })

const comebacks: [name: string, open: (page: URL) => Promise<URL>, code: string | undefined][] = [
  ['a no that echoes', denied((page) => page.href), 'ERR_AUTH_REFUSED'],
  [
    'a no with the state',
    denied((page) => page.searchParams.get('state') ?? ''),
    'ERR_AUTH_REFUSED',
  ],
  [
    'an error that is the state',
    coming((answer) => {
      answer.delete('code')
      answer.set('error', answer.get('state') ?? '')
    }),
    'ERR_AUTH_REFUSED',
  ],
  [
    'the state of somebody else',
    coming((answer) => answer.append('state', 'other')),
    'ERR_AUTH_MIX_UP',
  ],
  [
    'another issuer',
    coming((answer) => answer.set('iss', `https://id.example/?k=${answer.get('code')}`)),
    'ERR_AUTH_MIX_UP',
  ],
  ['no code', coming((answer) => answer.delete('code')), 'ERR_AUTH_REFUSED'],
]

test.each(comebacks)('a user who comes back with %s shows no secret', async (_name, open, code) => {
  const place = await startPlace(witness)
  const auth = createUser({ open })
  const error = await seeFailure('connect', join(place, { auth }))
  expect(error).toMatchObject({ code })
  expect(witness.leaks()).toEqual([])
})

test.each([
  ['a no that echoes', 400],
  ['an outage that echoes', 503],
])('tokens whose renewal comes to %s show no secret', async (_name, status) => {
  const place = await startPlace(witness)
  let visits = 0
  const auth = createUser({
    open: async (page) => {
      visits += 1
      if (visits > 1) throw new Error('nobody is here')
      return await visit(page)
    },
  })
  const client = await join(place, { auth })
  place.ended.add(bring('access token'))
  place.instead.set('/token', (response, came) =>
    json(response, { error: 'invalid_grant', error_description: echo(came) }, status),
  )
  place.instead.set('/revoke', (response, came) =>
    json(response, { error: 'invalid_request', error_description: echo(came) }, 400),
  )
  await seeFailure('a call', client.call('read'))
  await seeFailure('another call', client.call('read'))
  await auth.signOut(place.url).catch((error: unknown) => see('a sign-out', error))
  see('the sign-in', auth)
  see('the client', client)
  await client.close()
  expect(place.wire.join()).toContain(bring('refresh token'))
  expect(witness.leaks()).toEqual([])
})

test('a sign-out that is refused shows no secret', async () => {
  const place = await startPlace(witness)
  const auth = createUser()
  const client = await join(place, { auth })
  place.instead.set('/revoke', (response, came) =>
    json(response, { error: 'invalid_request', error_description: echo(came) }, 400),
  )
  await auth.signOut(place.url).catch((error: unknown) => see('a sign-out', error))
  await client.close()
  expect(place.wire.join()).toContain(`token=${bring('refresh token')}`)
  expect(witness.leaks()).toEqual([])
})

test('a server that wants more and more shows no secret', async () => {
  const place = await startPlace(witness)
  const client = await join(place, { auth: createUser() })
  place.needs = 'more:of:it'
  const error = await seeFailure('a call', client.call('read'))
  expect(error).toMatchObject({ code: 'ERR_AUTH_SCOPE' })
  await client.close()
  expect(witness.leaks()).toEqual([])
})

test('tokens that no server takes show no secret', async () => {
  const place = await startPlace(witness)
  for (const token of ['access token', 'renewed access token'] as const)
    place.ended.add(bring(token))
  await seeFailure('connect', join(place, { auth: createUser() }))
  expect(witness.leaks()).toEqual([])
})

/** Signs in on loopback, as a browser does; what it sees is watched. */
function onLoopback(): NonNullable<SignInOptions['userAgent']> {
  const open = async (page: string): Promise<boolean> => {
    const answer = await visit(new URL(page))
    void fetch(answer).then(async (shown) => {
      see('the page', await shown.text())
      see('headers of the page', Object.fromEntries(shown.headers))
    })
    return true
  }
  return createLoopbackSignIn({ open })
}

test.each(['success', 'failure'])(
  'pages of the loopback sign-in show no secret (%s)',
  async (kind) => {
    const place = await startPlace(witness)
    if (kind === 'failure') {
      place.instead.set('/token', (response, came) =>
        json(response, { error: 'invalid_grant', error_description: echo(came) }, 400),
      )
    }
    const auth = createUser({ userAgent: onLoopback() })
    const connecting = join(place, { auth })
    if (kind === 'failure') await seeFailure('connect', connecting)
    else await (await connecting).close()
    await expect.poll(() => witness.shown()).toMatch(/headers of the page/)
    expect(witness.leaks()).toEqual([])
  },
)

// The one exception: who has no browser here is shown the page's URL, with state, challenge and redirect URI, to be opened.
test('a URL that is pasted into the terminal is shown to nobody', async () => {
  const place = await startPlace(witness)
  const [input, output] = [new PassThrough(), new PassThrough()]
  const said: string[] = []
  output.setEncoding('utf8').on('data', (text: string) => void said.push(text))
  const auth = createUser({ userAgent: createTerminalSignIn({ input, output }) })
  const connecting = join(place, { auth })
  while (!said.join('').includes('paste it here')) await once(output, 'data')
  const page = /^http.*$/m.exec(said.join(''))?.[0] ?? ''
  const answer = await visit(new URL(page))
  input.write(`${answer.href.replace(/state=[^&]+/, 'state=of-somebody-else')}\n`)
  while (!said.join('').includes('That is not the address')) await once(output, 'data')
  input.write(`${answer.href}\n`)
  await (await connecting).close()
  expect(page).toContain(`state=${answer.searchParams.get('state')}`)
  for (const text of said.join('').split('\n')) if (text !== page) see('the terminal', text)
  expect(witness.leaks()).toEqual([])
})

const userInfo = (): string => `${bring('user in a URL')}:${bring('password in a URL')}`
const badUrls: [name: string, url: () => string][] = [
  ['a user', () => `http://${userInfo()}@127.0.0.1:1/mcp`],
  ['a user, and no host', () => `http://${userInfo()}@/`],
  ['no scheme', () => `a.example/mcp?key=${bring('query of the server URL')}`],
  ['another scheme', () => `ftp://a.example/mcp?key=${bring('query of the server URL')}`],
  ['nobody there', () => `http://127.0.0.1:1/mcp?key=${bring('query of the server URL')}`],
  ['a port that is none', () => `http://a.example:99999/?key=${bring('query of the server URL')}`],
]

test.each(badUrls)('a URL with %s shows no secret', async (_name, url) => {
  const auth = createUser()
  const given = url()
  await seeFailure('connect', connectAnywhere(given, {}))
  await seeFailure('connect, signed in', connectAnywhere(given, { auth }))
  const seeing = (where: string, doing: () => unknown): Promise<void> =>
    (async () => void (await doing()))().catch((error: unknown) => see(where, error))
  await seeing('a sign-out', () => auth.signOut(given))
  await seeing('isSignedIn', () => auth.isSignedIn(given))
  await seeing('redirectUri', async () => {
    const visiting = await createLoopbackSignIn({ redirectUri: given }).prepare([])
    await visiting.end('failed')
  })
  const clientSecret = bring('client secret')
  const place = await startPlace(witness)
  const machine = { clientId: 'a', clientSecret, allowLoopback: true }
  const options: [string, () => ClientAuth][] = [
    ['trust', () => createUser({ trust: [given] })],
    ['clientMetadataUrl', () => createUser({ clientMetadataUrl: given })],
    ['issuer of a client', () => createUser({ client: { ...machine, issuer: given } })],
    [
      'issuer of a machine',
      () => clientCredentialsOn(platforms.node, { ...machine, issuer: given }),
    ],
    [
      'an identity provider',
      () =>
        enterpriseOn(platforms.node, {
          ...machine,
          idp: { clientId: 'a', clientSecret, issuer: given, idToken: bring('id token') },
        }),
    ],
  ]
  for (const [name, make] of options) {
    await seeing(name, async () => await (await join(place, { auth: make() })).close())
  }
  expect(witness.leaks()).toEqual([])
})

test.each(['undici', 'node:http', 'fetch'])(
  'headers that cannot be sent show no secret (%s)',
  async (kind) => {
    const place = await startPlace(witness)
    const http = { 'node:http': createPlainClient(), fetch: createFetchClient() }[kind]
    for (const authorization of [
      `Bearer ${bring('header authorization')}\n1`,
      `Bearer ${bring('header authorization')}\u{1f511}`,
    ]) {
      const request = { method: 'GET', url: place.url, headers: { authorization } } as const
      if (http !== undefined) await seeFailure(kind, (async () => http.send(request))())
      await seeFailure('connect', connect(place.url, { headers: { authorization } }))
      await seeFailure(
        'connect by fetch',
        connectAnywhere(place.url, { headers: { authorization } }),
      )
    }
    await http?.close()
    expect(witness.leaks()).toEqual([])
  },
)

// The other exception: what a server answers by the protocol is the application's, which asked for it, whatever it repeats.
test('what a server answers in an error of the protocol reaches the application as it is', async () => {
  const place = await startPlace(witness)
  const client = await join(place, { auth: createUser() })
  place.instead.set('/mcp', (response, came) => {
    const { id } = JSON.parse(came.body) as { id: number }
    json(response, { jsonrpc: '2.0', id, error: { code: -32000, message: echo(came) } })
  })
  const error = await client.call('read').then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(String(error)).toContain(bring('access token'))
  see('the client', client)
  await client.close()
  expect(witness.leaks()).toEqual([])
})
