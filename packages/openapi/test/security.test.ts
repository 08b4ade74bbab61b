import { createServer } from 'mortise/server'
import { connectInProcess, fetchInto } from 'mortise/testing'
import { connect } from 'mortise/client'
import { expect, test } from 'vitest'
import { openApi } from '../src/index.ts'
import type { OpenApiCredential, OpenApiSecurityScheme } from '../src/index.ts'
import { sendJson, startApi } from './echo-api.ts'
import { documentOf, offer } from './offered.ts'

const secret = 's3cr3t/of+mine"'

function secured(
  scheme: Readonly<Record<string, unknown>>,
  operation: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return documentOf(
    { '/x': { get: { operationId: 'get', security: [{ own: ['read'] }], ...operation } } },
    { components: { securitySchemes: { own: scheme } } },
  )
}

// OpenAPI 3.1.1, "Security Scheme Object".
const schemes: readonly (readonly [
  string,
  Readonly<Record<string, unknown>>,
  OpenApiCredential,
  object,
])[] = [
  [
    'a key in a header',
    { type: 'apiKey', in: 'header', name: 'X-Key' },
    secret,
    { headers: { 'x-key': secret } },
  ],
  [
    'a key in the query',
    { type: 'apiKey', in: 'query', name: 'key' },
    secret,
    { target: '/x?key=s3cr3t%2Fof%2Bmine%22' },
  ],
  [
    'a key in a cookie',
    { type: 'apiKey', in: 'cookie', name: 'key' },
    secret,
    { headers: { cookie: 'key=s3cr3t%2Fof%2Bmine%22' } },
  ],
  [
    'a bearer token',
    { type: 'http', scheme: 'Bearer' },
    secret,
    { headers: { authorization: `Bearer ${secret}` } },
  ],
  [
    'OAuth 2.0',
    { type: 'oauth2', flows: {} },
    secret,
    { headers: { authorization: `Bearer ${secret}` } },
  ],
  [
    'OpenID Connect',
    { type: 'openIdConnect', openIdConnectUrl: 'https://id.example' },
    secret,
    { headers: { authorization: `Bearer ${secret}` } },
  ],
  [
    'a name and a password',
    { type: 'http', scheme: 'basic' },
    { username: 'ada', password: 'pässword' },
    { headers: { authorization: `Basic ${Buffer.from('ada:pässword').toString('base64')}` } },
  ],
  [
    'both in one text',
    { type: 'http', scheme: 'basic' },
    'ada:pass:word',
    { headers: { authorization: `Basic ${btoa('ada:pass:word')}` } },
  ],
]

test.each(schemes)(
  '%s goes where the scheme says, and nowhere else',
  async (_name, scheme, credential, sent) => {
    await using api = await startApi()
    await using offered = await offer(secured(scheme), {
      baseUrl: api.url,
      credentials: () => credential,
    })
    const result = await offered.call('get')
    expect(api.received).toMatchObject([sent])
    // The API says everything that it got, so the answer would hold the secret.
    const { headers } = api.received[0] ?? {}
    const told = JSON.stringify([result, offered.tools, offered.warnings])
    const bare = String(headers?.authorization).replace(/^\w+ /, '')
    const secrets =
      typeof credential === 'string' ? [credential, bare] : [credential.password, bare]
    for (const one of secrets) {
      expect(told).not.toContain(JSON.stringify(one).slice(1, -1))
      expect(told).not.toContain(encodeURIComponent(one))
    }
    expect(told).toContain('[redacted]')
  },
)

test('a credential is asked for with the scheme, for each caller', async () => {
  await using api = await startApi()
  const asked: OpenApiSecurityScheme[] = []
  const server = createServer({
    name: 'test',
    version: '1.0.0',
    http: { authorize: ({ header }) => ({ subject: header('authorization') ?? '', scopes: [] }) },
  })
  server.mount(
    await openApi(secured({ type: 'oauth2', flows: {} }), {
      baseUrl: api.url,
      credentials: (scheme, { auth }) => {
        asked.push(scheme)
        return `token of ${String(auth?.subject)}`
      },
    }),
  )
  for (const name of ['ada', 'bob']) {
    await using client = await connect('http://localhost/mcp', {
      fetch: fetchInto(server),
      headers: { authorization: name },
    })
    await client.callTool('get', {})
  }
  expect(api.received.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer token of ada',
    'Bearer token of bob',
  ])
  expect(asked[0]).toEqual({
    name: 'own',
    type: 'oauth2',
    scheme: 'bearer',
    scopes: ['read'],
    origin: api.url,
  })
})

test('the first way in that has all its credentials is taken; an operation may need none', async () => {
  await using api = await startApi()
  const key = (name: string): object => ({ type: 'apiKey', in: 'header', name })
  const rest = {
    security: [{ a: [], b: [] }, { c: [] }],
    components: { securitySchemes: { a: key('a'), b: key('b'), c: key('c') } },
  }
  const paths = {
    '/closed': { get: { operationId: 'closed' } },
    '/open': { get: { operationId: 'open', security: [] } },
    '/either': { get: { operationId: 'either', security: [{ b: [] }, {}] } },
  }
  const credentials = ({ name }: OpenApiSecurityScheme): string | undefined =>
    name === 'b' ? undefined : `key ${name}`
  await using offered = await offer(documentOf(paths, rest), { baseUrl: api.url, credentials })
  for (const name of ['closed', 'open', 'either']) await offered.call(name)
  expect(api.received.map(({ headers: { a, b, c } }) => [a, b, c])).toEqual([
    [undefined, undefined, 'key c'],
    [undefined, undefined, undefined],
    [undefined, undefined, undefined],
  ])
})

test('without a credential nothing is sent, and the model learns which is missing', async () => {
  await using api = await startApi()
  await using offered = await offer(secured({ type: 'http', scheme: 'bearer' }), {
    baseUrl: api.url,
  })
  const { isError, content } = await offered.call('get')
  expect([isError, api.received]).toEqual([true, []])
  expect(content).toEqual([
    { type: 'text', text: expect.stringContaining('no credential for own') },
  ])
})

test('a parameter that is a credential is not the model’s to give', async () => {
  const parameters = [
    { name: 'x-key', in: 'header', required: true, schema: { type: 'string' } },
    { name: 'Authorization', in: 'header', schema: { type: 'string' } },
    { name: 'q', in: 'query', schema: { type: 'string' } },
  ]
  const document = secured({ type: 'apiKey', in: 'header', name: 'X-Key' }, { parameters })
  await using offered = await offer(document, { baseUrl: 'https://api.example' })
  expect(offered.tool('get').inputSchema).toEqual({
    type: 'object',
    properties: { q: { type: 'string' } },
    additionalProperties: false,
  })
})

test('a scheme that cannot be sent leaves the operation out', async () => {
  await using offered = await offer(secured({ type: 'mutualTLS' }), {
    baseUrl: 'https://api.example',
  })
  expect([offered.tools, offered.warnings]).toEqual([
    [],
    [
      {
        operation: 'GET /x',
        message: expect.stringContaining('a security scheme that cannot be sent'),
      },
    ],
  ])
})

test('a credential that no header can carry is an error of the application, told to nobody else', async () => {
  const heard: unknown[] = []
  const provider = await openApi(secured({ type: 'http', scheme: 'bearer' }), {
    baseUrl: 'https://api.example',
    credentials: () => 'with\r\nbreak',
    onError: (error) => heard.push(error),
  })
  const server = createServer({ name: 'test', version: '1.0.0' }).mount(provider)
  await using client = await connectInProcess(server)
  expect(await client.callTool('get', {})).toMatchObject({
    content: [{ text: expect.stringContaining('get failed: internal error') }],
  })
  expect(heard.map(String)).toEqual([
    expect.stringMatching(/^TypeError: the credential for "own" has characters/),
  ])
})

test('redirects carry a request on within its origin alone', async () => {
  await using other = await startApi()
  await using api = await startApi(({ target }, response) => {
    if (target === '/x') return void response.writeHead(302, { location: '/y' }).end()
    if (target === '/y')
      return void response.writeHead(307, { location: `${other.url}/z?key=${secret}` }).end()
    sendJson(response, {})
  })
  const options = { baseUrl: api.url, credentials: () => secret }
  await using offered = await offer(secured({ type: 'http', scheme: 'bearer' }), options)
  const { isError, content } = await offered.call('get')
  expect(api.received.map(({ target }) => target)).toEqual(['/x', '/y'])
  expect([isError, other.received]).toEqual([true, []])
  expect(content).toEqual([
    {
      type: 'text',
      text: expect.stringMatching(
        /^HTTP 307.*redirects to .*key=\[redacted\], which is not followed$/,
      ),
    },
  ])
})

test('no part of a credential is told where an answer is cut, or succeeds without words', async () => {
  const far = `/${'a'.repeat(480)}${secret}`
  await using api = await startApi((_request, response) => {
    response.writeHead(307, { location: `https://other.example${far}` }).end()
  })
  const options = { baseUrl: api.url, credentials: () => secret }
  await using offered = await offer(secured({ type: 'http', scheme: 'bearer' }), options)
  expect(JSON.stringify(await offered.call('get'))).not.toContain(secret.slice(0, 3))

  await using echo = await startApi((_request, response) => {
    response.writeHead(204, `for ${secret}`).end()
  })
  const also = { ...options, baseUrl: echo.url }
  await using empty = await offer(secured({ type: 'http', scheme: 'bearer' }), also)
  expect((await empty.call('get')).content).toEqual([{ type: 'text', text: '204 for [redacted]' }])
})

test('a credential is taken out of JSON wherever it stands there, and it stays JSON', async () => {
  const escaped = [...'7654321'].map((digit) => `\\u003${digit}`).join('')
  const body = `{"number":7654321,"other":8,"list":["a ${escaped} b"],"key ${escaped}":null}`
  await using api = await startApi((_request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(body)
  })
  const options = { baseUrl: api.url, credentials: () => '7654321' }
  await using offered = await offer(secured({ type: 'http', scheme: 'bearer' }), options)
  const value = {
    number: '[redacted]',
    other: 8,
    list: ['a [redacted] b'],
    'key [redacted]': null,
  }
  expect(await offered.call('get')).toEqual(
    expect.objectContaining({
      structuredContent: value,
      content: [{ type: 'text', text: JSON.stringify(value) }],
    }),
  )
})

test.each([
  [301, ['POST /x {}']],
  [303, ['POST /x {}', 'GET /y ']],
  [308, ['POST /x {}', 'POST /y {}']],
])('a POST that is redirected with %s', async (status, wanted) => {
  await using api = await startApi(({ target }, response) => {
    if (target === '/x') response.writeHead(status, { location: '/y' }).end()
    else sendJson(response, {})
  })
  const requestBody = { content: { 'application/json': {} } }
  const document = documentOf({ '/x': { post: { operationId: 'post', requestBody } } })
  await using offered = await offer(document, { baseUrl: api.url })
  await offered.call('post', { body: {} })
  expect(api.received.map(({ method, target, body }) => `${method} ${target} ${body}`)).toEqual(
    wanted,
  )
})

test('a GET that came of a POST says nothing of a body', async () => {
  await using api = await startApi(({ target }, response) => {
    if (target === '/x') response.writeHead(303, { location: '/y' }).end()
    else sendJson(response, {})
  })
  const requestBody = { content: { 'application/json': {} } }
  const document = documentOf({ '/x': { post: { operationId: 'post', requestBody } } })
  await using offered = await offer(document, { baseUrl: api.url })
  await offered.call('post', { body: {} })
  expect(api.received[1]?.headers).not.toHaveProperty('content-type')
})

test('redirects that go round end after maxRedirects', async () => {
  await using api = await startApi(
    (_, response) => void response.writeHead(302, { location: '/x' }).end(),
  )
  const document = documentOf({ '/x': { get: { operationId: 'get' } } })
  await using offered = await offer(document, { baseUrl: api.url, limits: { maxRedirects: 3 } })
  expect(await offered.call('get')).toMatchObject({ isError: true })
  expect(api.received).toHaveLength(4)
})
