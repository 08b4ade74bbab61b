import { expect, test } from 'vitest'
import { echo, echoOf, json, startPlace } from './place.ts'
import type { Answer, Place } from './place.ts'
import { watchUser } from './user.ts'
import { createWitness } from './witness.ts'

const witness = createWitness()
const { bring, see, seeFailure } = witness
const { createUser, join } = watchUser(witness)

/** For those who wait for an answer that never comes. */
const hasty = { outboundTimeoutMs: 300, requestTimeoutMs: 600, probeTimeoutMs: 300 }

// AUTHC-38, AUTHC-40, AUTHC-41: basic/authorization, "Access Token Usage", "Token Theft"
test.each(['node', 'fetch'] as const)(
  'AUTHC-38, AUTHC-40, AUTHC-41: a user who signs in, is renewed and signs out shows no secret (%s)',
  async (on) => {
    const place = await startPlace(witness)
    const auth = createUser({ on })
    const client = await join(place, { auth })
    expect(await client.call('read')).toBe('read')
    place.ended.add(bring('access token'))
    expect(await client.call('read')).toBe('read')
    await auth.signOut(place.url)
    see('the sign-in', auth)
    await client.close()
    expect(witness.leaks()).toEqual([])
    // Every sentinel was really there.
    const wire = place.wire.join('\n')
    for (const input of [
      'header x-api-key',
      'access token',
      'renewed access token',
      'refresh token',
      'authorization code',
    ] as const) {
      expect(wire).toContain(bring(input))
    }
    expect([...witness.made].sort()).toEqual(['challenge', 'code_verifier', 'state'])
    expect(witness.brought.size).toBeGreaterThanOrEqual(20)
  },
)

test('nor does one whose tokens are bound to a key', async () => {
  const place = await startPlace(witness)
  const auth = createUser({ dpop: true })
  const client = await join(place, { auth })
  expect(await client.call('read')).toBe('read')
  see('the sign-in', auth)
  await client.close()
  expect(witness.made).toContain('proof at the server')
  expect(witness.leaks()).toEqual([])
})

const cut: Answer = (response) => void response.socket?.destroy()
const html: Answer = (response, came) => {
  response.writeHead(500, { 'content-type': 'text/html' })
  response.end(`<h1>${bring('body of an error page')}</h1><pre>${echo(came)}</pre>`)
}
const broken: Answer = (response, came) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.end(`{"access_token":"${bring('access token')}", ${echo(came)}`)
}
const malformed: Answer = (response, came) => {
  const body = `${bring('body of an error page')} ${echo(came).replace(/\s/g, ' ')}`
  response.socket?.end(`HTTP/1.1 200 OK\r\nContent-Length: x\r\nx-a: ${body}\r\n\r\n${body}`)
}
const halfway: Answer = (response, came) => {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': '9999' })
  response.write(`{"access_token":"${bring('access token')}${echo(came)}`)
  setImmediate(() => response.socket?.destroy())
}
const silent: Answer = () => {}
const refusing: Answer = (response, came) =>
  json(response, { error: 'invalid_request', error_description: `no: ${echo(came)}` }, 400)
const challenging: Answer = (response, came) =>
  json(response, {}, 401, {
    'www-authenticate': `Basic error="invalid_client", error_description="${echo(came).replaceAll('"', "'")}"`,
  })
const elsewhere: Answer = (response) => {
  const location = `http://10.0.0.1/?k=${bring('query of a redirect')}`
  response.writeHead(302, { location }).end()
}
const misled: Answer = (response) => {
  const location = `http://${bring('user in a URL')}:${bring('password in a URL')}@127.0.0.1:1/`
  response.writeHead(302, { location }).end()
}
const answers = {
  cut,
  html,
  broken,
  malformed,
  halfway,
  silent,
  refusing,
  challenging,
  elsewhere,
  misled,
}

/** Answers with `body`, into which a function puts what came. */
const saying =
  (body: (came: Parameters<Answer>[1], place: Place) => object, status = 200) =>
  (place: Place): Answer =>
  (response, came) =>
    json(response, body(came, place), status)

const metadataPath = '/.well-known/oauth-authorization-server'
const q = (): string => `?k=${bring('query of resource_metadata')}`
const userInfo = (): string => `${bring('user in a URL')}:${bring('password in a URL')}@`

/** One mischief of one step: which path, and what is answered there. */
const rows: [name: string, path: string, make: (place: Place) => Answer][] = [
  ...['/metadata', metadataPath, '/register', '/token', '/mcp'].flatMap((path) =>
    Object.entries(answers).map(
      ([name, answer]) => [name, path, () => answer] as [string, string, () => Answer],
    ),
  ),
  [
    'metadata of somebody else',
    '/metadata',
    saying((_, { origin }) => ({
      resource: `http://${userInfo()}${origin.slice(7)}/other${q()}`,
      authorization_servers: [origin],
    })),
  ],
  [
    'metadata with no URL',
    '/metadata',
    saying(() => ({ resource: `no url ${q()}`, authorization_servers: [] })),
  ],
  [
    'an issuer with a query',
    '/metadata',
    saying((_, { url }) => ({
      resource: url,
      authorization_servers: [`https://id.example/${q()}`, `no url${q()}`],
    })),
  ],
  [
    'an issuer with a user',
    '/metadata',
    saying((_, { url }) => ({
      resource: url,
      authorization_servers: [`https://${userInfo()}id.example/`],
    })),
  ],
  [
    'an issuer that is blocked',
    '/metadata',
    saying((_, { url }) => ({ resource: url, authorization_servers: ['https://10.0.0.1/a'] })),
  ],
  [
    'endpoints that are blocked',
    metadataPath,
    saying((_, { origin }) => ({
      issuer: origin,
      authorization_endpoint: `javascript:${bring('query of the authorization endpoint')}`,
      token_endpoint: `http://10.0.0.1/${q()}`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    })),
  ],
  [
    'a page of a scheme that is not opened',
    metadataPath,
    saying((_, { origin }) => ({
      issuer: origin,
      authorization_endpoint: `http://id.example/a${q()}`,
      token_endpoint: `${origin}/token`,
      registration_endpoint: `${origin}/register`,
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
    })),
  ],
  [
    'a registration that echoes',
    '/register',
    saying(
      (came) => ({ error: 'invalid_redirect_uri', error_description: `not ${came.body}` }),
      400,
    ),
  ],
  [
    'a registration of other URIs',
    '/register',
    saying(
      () => ({
        client_id: 'a',
        client_secret: bring('registered client secret'),
        redirect_uris: [`https://a.example/${q()}`],
      }),
      201,
    ),
  ],
  [
    'a registration without an id',
    '/register',
    saying(
      () => ({
        client_secret: bring('registered client secret'),
        registration_access_token: bring('registration access token'),
      }),
      201,
    ),
  ],
  [
    'a code that is echoed',
    '/token',
    saying(
      (came) => ({
        error: 'invalid_grant',
        error_description: `code ${echoOf(came, 'code')} is not for verifier "${echoOf(came, 'code_verifier')}"`,
      }),
      400,
    ),
  ],
  ['an error that is the code', '/token', saying((came) => ({ error: echoOf(came, 'code') }), 400)],
  [
    'a description of the client secret, encoded',
    '/token',
    saying(
      (came) => ({
        error: 'invalid_client',
        error_description: encodeURIComponent(came.request.headers.authorization ?? ''),
      }),
      401,
    ),
  ],
  [
    'tokens of another kind',
    '/token',
    saying(() => ({ access_token: bring('access token'), token_type: bring('refresh token') })),
  ],
  [
    'tokens without a type',
    '/token',
    saying(() => ({ access_token: bring('access token'), refresh_token: 7 })),
  ],
  [
    'tokens that expire never',
    '/token',
    saying(() => ({
      access_token: bring('access token'),
      token_type: 'Bearer',
      expires_in: bring('refresh token'),
    })),
  ],
  [
    'an id token that is none',
    '/token',
    saying(() => ({
      access_token: bring('access token'),
      token_type: 'Bearer',
      id_token: bring('id token'),
    })),
  ],
  [
    'an access token that no header takes',
    '/token',
    saying(() => ({ access_token: `${bring('access token')} \n`, token_type: 'Bearer' })),
  ],
  [
    'an error of the server in JSON',
    '/mcp',
    saying(
      (came) => ({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32000, message: `bad: ${echo(came)}` },
      }),
      500,
    ),
  ],
  [
    'a refusal of the server in JSON',
    '/mcp',
    saying(
      (came) => ({
        jsonrpc: '2.0',
        id: null,
        error: { code: -32000, message: `bad: ${echo(came)}` },
      }),
      403,
    ),
  ],
]

const lenient = new Set(['tokens that expire never', 'an id token that is none'])

test.each(rows)('%s at %s shows no secret', async (name, path, make) => {
  const limits = name === 'silent' ? hasty : {}
  const place = await startPlace(witness)
  place.instead.set(path, make(place))
  const auth = createUser({ limits })
  const connecting = join(place, { auth, limits })
  // What is of no use may be passed over.
  if (lenient.has(name)) await connecting.catch((error: unknown) => see('connect', error))
  else await seeFailure('connect', connecting)
  see('the sign-in', auth)
  expect(witness.leaks()).toEqual([])
})
