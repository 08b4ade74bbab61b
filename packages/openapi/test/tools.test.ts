import { expect, test } from 'vitest'
import type { OpenApiOptions } from '../src/index.ts'
import { startApi } from './echo-api.ts'
import { documentOf, offer } from './offered.ts'

const baseUrl = 'https://api.example'

async function namesOf(
  paths: Readonly<Record<string, unknown>>,
  options: OpenApiOptions = {},
): Promise<readonly string[]> {
  await using offered = await offer(documentOf(paths), { baseUrl, ...options })
  return offered.tools.map(({ name }) => name)
}

test.each([
  ['its operationId', { '/x': { get: { operationId: 'listPets' } } }, ['listPets']],
  [
    'what of it is valid',
    { '/x': { get: { operationId: 'pets.list all/größe' } } },
    ['pets_list_all_gro_e'],
  ],
  [
    'method and path without one',
    { '/pets/{id}': { get: { parameters: [{ name: 'id', in: 'path' }] } } },
    ['get_pets_id'],
  ],
  [
    'a number where two are alike',
    { '/x': { get: { operationId: 'a b' }, put: { operationId: 'a_b' } } },
    ['a_b', 'a_b_2'],
  ],
  [
    '64 letters of a long one',
    { '/x': { get: { operationId: 'x'.repeat(70) }, put: { operationId: 'x'.repeat(80) } } },
    ['x'.repeat(64), `${'x'.repeat(62)}_2`],
  ],
  [
    'what x-mcp says',
    {
      '/x': { get: { operationId: 'a', 'x-mcp': { name: 'better one' } }, put: { 'x-mcp': false } },
    },
    ['better_one'],
  ],
])('a tool is named by %s', async (_name, paths, wanted) => {
  expect(await namesOf(paths)).toEqual(wanted)
})

test('the application names tools, and chooses which there are', async () => {
  const paths = {
    '/pets': {
      get: { operationId: 'list', tags: ['pets'] },
      post: { operationId: 'add', tags: ['pets'] },
    },
    '/shop': { get: { operationId: 'shop', deprecated: true } },
  }
  const name: OpenApiOptions['name'] = ({ method, tags }) =>
    tags.includes('pets') ? `pets ${method}` : undefined
  expect(await namesOf(paths, { name })).toEqual(['pets_GET', 'pets_POST', 'shop'])
  expect(await namesOf(paths, { include: ({ tags }) => tags.includes('pets') })).toEqual([
    'list',
    'add',
  ])
  expect(
    await namesOf(paths, { include: ({ method, deprecated }) => method === 'GET' && !deprecated }),
  ).toEqual(['list'])
})

test.each([
  ['get', { readOnlyHint: true, destructiveHint: false, idempotentHint: true }],
  ['head', { readOnlyHint: true, destructiveHint: false, idempotentHint: true }],
  ['put', { readOnlyHint: false, destructiveHint: true, idempotentHint: true }],
  ['delete', { readOnlyHint: false, destructiveHint: true, idempotentHint: true }],
  ['patch', { readOnlyHint: false, destructiveHint: true }],
  ['post', { readOnlyHint: false }],
])('%s says what it does to the API', async (method, annotations) => {
  const operation = { operationId: 'go', summary: 'Go', description: 'Goes.', deprecated: true }
  await using offered = await offer(documentOf({ '/x': { [method]: operation } }), { baseUrl })
  expect(offered.tool('go')).toMatchObject({
    title: 'Go',
    description: 'Deprecated. Goes.',
    annotations,
  })
})

test('arguments of one name say where they stand, and names that models cannot write are changed, visibly', async () => {
  await using api = await startApi()
  const schema = { type: 'string' }
  const parameters = [
    { name: 'id', in: 'path', required: true, schema },
    { name: 'id', in: 'query', description: 'Of the shop', schema },
    { name: 'filter[name]', in: 'query', schema },
    { name: 'body', in: 'header', schema },
  ]
  const requestBody = {
    required: true,
    description: 'The pet',
    content: { 'application/json': { schema } },
  }
  const document = documentOf({
    '/pets/{id}': { put: { operationId: 'put', parameters, requestBody } },
  })
  await using offered = await offer(document, { baseUrl: api.url })
  expect(offered.tool('put').inputSchema).toEqual({
    type: 'object',
    properties: {
      path_id: { ...schema, description: '(path parameter `id`)' },
      query_id: { ...schema, description: 'Of the shop (query parameter `id`)' },
      filter_name: { ...schema, description: '(query parameter `filter[name]`)' },
      header_body: { ...schema, description: '(header parameter `body`)' },
      body: { ...schema, description: 'The pet' },
    },
    required: ['path_id', 'body'],
    additionalProperties: false,
  })
  await offered.call('put', {
    path_id: 'a',
    query_id: 'b',
    filter_name: 'c',
    header_body: 'd',
    body: 'e',
  })
  expect(api.received).toMatchObject([
    { target: '/pets/a?id=b&filter%5Bname%5D=c', headers: { body: 'd' }, body: '"e"' },
  ])
})

test('parameters of a path count for all its operations, unless one has its own', async () => {
  const parameters = [
    { $ref: '#/components/parameters/Id' },
    { name: 'q', in: 'query', schema: { type: 'string' } },
  ]
  const own = [{ name: 'q', in: 'query', schema: { type: 'integer' } }]
  const rest = {
    components: { parameters: { Id: { name: 'id', in: 'path', schema: { type: 'string' } } } },
  }
  const paths = { '/x/{id}': { parameters, get: { operationId: 'go', parameters: own } } }
  await using offered = await offer(documentOf(paths, rest), { baseUrl })
  expect(offered.tool('go').inputSchema).toMatchObject({
    properties: { id: { type: 'string' }, q: { type: 'integer' } },
    required: ['id'],
  })
})

test('what the arguments break is told before anything is sent', async () => {
  await using api = await startApi()
  const parameters = [
    { name: 'n', in: 'query', required: true, schema: { type: 'integer', maximum: 5 } },
  ]
  await using offered = await offer(
    documentOf({ '/x': { get: { operationId: 'go', parameters } } }),
    { baseUrl: api.url },
  )
  for (const args of [{}, { n: 6 }, { n: 1, m: 2 }]) {
    expect(await offered.call('go', args)).toMatchObject({ isError: true })
  }
  expect(api.received).toEqual([])
})

test.each([
  ['empty', ''],
  ['the folder itself', '.'],
  ['the folder above', '..'],
])('a path parameter that is %s leads to no other operation', async (_name, id) => {
  await using api = await startApi()
  const parameters = [{ name: 'id', in: 'path', schema: { type: 'string' } }]
  await using offered = await offer(
    documentOf({ '/pets/{id}': { delete: { operationId: 'go', parameters } } }),
    { baseUrl: `${api.url}/v1` },
  )
  expect(await offered.call('go', { id })).toMatchObject({ isError: true })
  expect(api.received).toEqual([])
})

test('a dot that the document has written in another way is one too', async () => {
  await using api = await startApi()
  const parameters = [{ name: 'id', in: 'path', schema: { type: 'string' } }]
  const document = documentOf({ '/a/%2E{id}/b': { get: { operationId: 'go', parameters } } })
  await using offered = await offer(document, { baseUrl: api.url })
  expect(await offered.call('go', { id: '.' })).toMatchObject({ isError: true })
  expect(api.received).toEqual([])
})

test.each(['../shops', 'a/../b', '%2e%2e', 'a?b#c', '..%2f', 'ü ö'])(
  '%s stays within its segment of the path',
  async (id) => {
    await using api = await startApi()
    const parameters = [{ name: 'id', in: 'path', schema: { type: 'string' } }]
    await using offered = await offer(
      documentOf({ '/pets/{id}/toys': { get: { operationId: 'go', parameters } } }),
      { baseUrl: `${api.url}/v1/` },
    )
    await offered.call('go', { id })
    const target = api.received[0]?.target ?? ''
    expect(target.split('/').map(decodeURIComponent)).toEqual(['', 'v1', 'pets', id, 'toys'])
  },
)

test.each([
  ['/chat?beta=true', '/v1/chat?beta=true&q=a'],
  ['/token#refresh', '/v1/token?q=a'],
  ['/a b/ü', '/v1/a%20b/%C3%BC?q=a'],
])('the path %s is sent as %s', async (path, target) => {
  await using api = await startApi()
  const parameters = [{ name: 'q', in: 'query', schema: {} }]
  const document = documentOf({ [path]: { get: { operationId: 'go', parameters } } })
  await using offered = await offer(document, { baseUrl: `${api.url}/v1` })
  await offered.call('go', { q: 'a' })
  expect(api.received[0]?.target).toBe(target)
})

test('a path of the document that climbs stays at its origin', async () => {
  await using api = await startApi()
  const paths = {
    '//other.example/x': { get: { operationId: 'go' } },
    '/\\other.example': { get: { operationId: 'back' } },
  }
  await using offered = await offer(documentOf(paths), { baseUrl: api.url })
  await offered.call('go')
  await offered.call('back')
  expect(api.received).toHaveLength(2)
})

test('a header that would end is refused', async () => {
  await using api = await startApi()
  const parameters = [{ name: 'x-a', in: 'header', schema: {} }]
  await using offered = await offer(
    documentOf({ '/x': { get: { operationId: 'go', parameters } } }),
    { baseUrl: api.url },
  )
  expect(await offered.call('go', { 'x-a': 'a\r\nx-b: c' })).toMatchObject({
    isError: true,
    content: [{ text: '/x-a: cannot stand in a header' }],
  })
  expect(api.received).toEqual([])
})

test('headers of the application go with every request, and no argument changes them', async () => {
  await using api = await startApi()
  const parameters = [{ name: 'User-Agent', in: 'header', schema: { type: 'string' } }]
  const responses = { 200: { content: { 'text/csv': {}, 'application/json': {} } } }
  const document = documentOf({ '/x': { get: { operationId: 'go', parameters, responses } } })
  await using offered = await offer(document, {
    baseUrl: api.url,
    headers: { 'user-agent': 'shop/1.0' },
  })
  await offered.call('go', { 'User-Agent': 'mine' })
  expect(api.received[0]?.headers).toMatchObject({
    'user-agent': 'shop/1.0',
    accept: 'text/csv;q=0.5, application/json',
  })
})
