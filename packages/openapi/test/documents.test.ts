import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { openApi } from '../src/index.ts'
import { sendJson, startApi } from './echo-api.ts'
import { documentOf, offer } from './offered.ts'

function read(name: string): string {
  return readFileSync(new URL(`documents/${name}`, import.meta.url), 'utf8')
}

test('a document of 3.0 in YAML: what it takes, sends and gives', async () => {
  await using api = await startApi(({ method }, response) =>
    method === 'POST'
      ? sendJson(response, { id: '7', lines: [{ sku: 'tea' }], replaces: null }, 201)
      : sendJson(response, { items: [], next: null }),
  )
  const { port } = new URL(api.url)
  await using offered = await offer(read('shop.yaml'), {
    variables: { scheme: 'http', host: `127.0.0.1:${port}` },
    credentials: () => 'a-token',
  })
  expect([offered.tools.map(({ name }) => name), offered.warnings]).toEqual([
    ['orders_list', 'orders_create', 'orders_invoice'],
    [],
  ])
  expect(offered.tool('orders_list').inputSchema).toMatchObject({
    properties: {
      'X-Tenant': { type: 'string', examples: ['corner'] },
      status: { items: { enum: ['open', 'paid', 'sent'] } },
      limit: { exclusiveMinimum: 0, maximum: 100, default: 20 },
    },
    required: ['X-Tenant'],
  })
  const listed = await offered.call('orders_list', {
    'X-Tenant': 'corner',
    status: ['open', 'paid'],
    created: { after: '2026-01-01T00:00:00Z' },
  })
  expect(listed.structuredContent).toEqual({ items: [], next: null })
  const order = { lines: [{ sku: 'tea' }], note: null, replaces: { lines: [{ sku: 'milk' }] } }
  const placed = await offered.call('orders_create', { 'X-Tenant': 'corner', body: order })
  expect(placed).toMatchObject({ structuredContent: { id: '7' } })
  expect(api.received).toMatchObject([
    {
      target: '/v2/orders?status=open,paid&created%5Bafter%5D=2026-01-01T00%3A00%3A00Z',
      headers: { 'x-tenant': 'corner', authorization: 'Bearer a-token' },
    },
    { method: 'POST', target: '/v2/orders', body: JSON.stringify(order) },
  ])
  expect(Object.keys(offered.tool('orders_invoice').inputSchema['properties'] as object)).toEqual([
    'orderId',
  ])
})

test('a document of Swagger 2.0: the same', async () => {
  await using api = await startApi(({ method }, response) => {
    if (method === 'PUT') response.writeHead(204).end()
    else
      sendJson(response, method === 'GET' ? [{ isbn: '1', title: 'A' }] : { isbn: '1', title: 'A' })
  })
  await using offered = await offer(read('library.json'), {
    baseUrl: `${api.url}/api`,
    credentials: ({ name }) =>
      name === 'key' ? 'a-key' : { username: 'ada', password: 'password' },
  })
  expect([offered.tools.map(({ name }) => name), offered.warnings]).toEqual([
    ['findBooks', 'addBook', 'setCover', 'lend'],
    [],
  ])
  const found = await offered.call('findBooks', {
    ids: [1, 2],
    tags: ['a', 'b'],
    years: [1, 2],
    limit: 49,
  })
  expect(found).toMatchObject({ structuredContent: [{ isbn: '1' }] })
  await offered.call('addBook', {
    body: { isbn: '1', title: 'A', sequel: { isbn: '2', title: 'B' } },
  })
  await offered.call('setCover', { isbn: '1', body: { image: { data: 'AA==' }, credit: 'me' } })
  await offered.call('lend', { body: { isbn: '1', to: ['ada', 'bob'] } })
  expect(await offered.call('findBooks', { limit: 50 })).toMatchObject({ isError: true })
  expect(api.received).toMatchObject([
    { target: '/api/books?ids=1,2&tags=a&tags=b&years=1%7C2&limit=49&api_key=a-key' },
    {
      headers: {
        authorization: `Basic ${btoa('ada:password')}`,
        'content-type': 'application/json',
      },
    },
    {
      target: '/api/books/1/cover?api_key=a-key',
      body: expect.stringContaining('filename="image"'),
    },
    { body: 'isbn=1&to=ada,bob', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
  ])
})

test('a document of Swagger 2.0 without its host is where it came from', async () => {
  const { host: _host, ...rest } = JSON.parse(read('library.json')) as Record<string, unknown>
  await using api = await startApi(({ target }, response) =>
    sendJson(response, target === '/doc' ? rest : []),
  )
  await using offered = await offer(`${api.url}/doc`, { credentials: () => 'a-key' })
  await offered.call('findBooks')
  expect(api.received[1]?.target).toBe('/api/books?api_key=a-key')
})

test.each([
  ['JSON', JSON.stringify(documentOf({ '/x': { get: {} } }))],
  ['JSON with a byte order mark', `\uFEFF${JSON.stringify(documentOf({ '/x': { get: {} } }))}`],
  ['YAML', 'openapi: 3.1.0\npaths: { /x: { get: {} } }'],
  ['YAML with a version that is a number', 'openapi: 3.1\npaths: { /x: { get: {} } }'],
  ['a YAML flow', '{ openapi: 3.0.0, paths: { /x: { get: {} } } }'],
])('a document as text: %s', async (_name, text) => {
  await using offered = await offer(text, { baseUrl: 'https://api.example' })
  expect(offered.tools).toHaveLength(1)
})

test('a document is fetched, and its servers are relative to it', async () => {
  const document = documentOf(
    { '/x': { get: { operationId: 'go' } } },
    { servers: [{ url: '../v1' }] },
  )
  await using api = await startApi(({ target }, response) =>
    sendJson(response, target === '/docs/api.json' ? document : {}),
  )
  await using offered = await offer(new URL(`${api.url}/docs/api.json`))
  await offered.call('go')
  expect(api.received.map(({ target }) => target)).toEqual(['/docs/api.json', '/v1/x'])
})

test('a fetched document may not send requests elsewhere, unless the application says so', async () => {
  await using other = await startApi()
  const document = documentOf(
    {
      '/x': { get: { operationId: 'go' } },
      '/y': { servers: [{ url: 'https://third.example' }], get: { operationId: 'away' } },
    },
    { servers: [{ url: other.url }] },
  )
  await using api = await startApi((_, response) => sendJson(response, document))
  await expect(openApi(api.url)).rejects.toMatchObject({
    code: 'ERR_OPENAPI_SERVER',
    message: expect.stringContaining(`names ${other.url}`),
  })
  for (const options of [{ baseUrl: other.url }, { origins: [other.url] }]) {
    await using offered = await offer(api.url, options)
    await offered.call('go')
    expect(offered.warnings).toEqual([
      {
        operation: 'GET /y',
        message: expect.stringContaining('https://third.example: name that in origins'),
      },
    ])
  }
  expect(other.received).toHaveLength(2)
})

test('an operation may have its own server, at an origin that the application names', async () => {
  await using other = await startApi()
  const paths = { '/x': { get: { operationId: 'go', servers: [{ url: `${other.url}/files` }] } } }
  await using offered = await offer(documentOf(paths), {
    baseUrl: 'https://api.example',
    origins: [other.url],
  })
  await offered.call('go')
  expect(other.received[0]?.target).toBe('/files/x')
})

test.each([
  ['no URL', [{ url: 'api' }], 'is no absolute URL: give baseUrl'],
  ['none at all', undefined, 'is no absolute URL: give baseUrl'],
  ['a file', [{ url: 'file:///etc' }], 'neither https: nor http:'],
  ['a password', [{ url: 'https://ada:pass@api.example' }], 'must not hold a password'],
  [
    'a variable without a value',
    [{ url: 'https://{x}.example' }],
    'needs a value for the variable "x"',
  ],
  [
    'a value that is not listed',
    [{ url: 'https://{x}.example', variables: { x: { default: 'c', enum: ['a', 'b'] } } }],
    'must be one of a, b',
  ],
])('a server that is %s is an error that says what to do', async (_name, servers, said) => {
  await expect(openApi(documentOf({}, servers && { servers }))).rejects.toMatchObject({
    code: 'ERR_OPENAPI_SERVER',
    message: expect.stringContaining(said),
  })
})
