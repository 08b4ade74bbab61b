import { expect, test, vi } from 'vitest'
import { defaultOpenApiLimits, openApi } from '../src/index.ts'
import type { OpenApiLimits, OpenApiOptions, OpenApiSource } from '../src/index.ts'
import { sendJson, startApi } from './echo-api.ts'
import { documentOf, offer } from './offered.ts'

const baseUrl = 'https://api.example'
const good = { '/good': { get: { operationId: 'good' } } }

function nested(depth: number): object {
  let value: object = {}
  for (let level = 0; level < depth; level += 1) value = { properties: { a: value } }
  return value
}

function circular(): OpenApiSource {
  const document: Record<string, unknown> = { ...documentOf(good) }
  document['itself'] = document
  return document
}

const laughs = `openapi: 3.1.0
a: &a [1, 1, 1, 1, 1, 1, 1, 1, 1]
b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a]
c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]
d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]
e: [*d, *d, *d, *d, *d, *d, *d, *d, *d]`

test.each<readonly [string, OpenApiSource, Partial<OpenApiLimits>]>([
  ['no document', 'hello', {}],
  ['neither JSON nor YAML', '{ [ }', {}],
  ['a list', '[]', {}],
  ['another standard', { asyncapi: '3.0.0' }, {}],
  ['a version that is not known', { openapi: '4.0.0', paths: {} }, {}],
  ['deeper than maxDocumentDepth', documentOf({ '/x': nested(10) }), { maxDocumentDepth: 15 }],
  ['much deeper', `${'['.repeat(200_000)}${']'.repeat(200_000)}`, {}],
  ['much deeper, in YAML', `a: ${'['.repeat(5_000)}${']'.repeat(5_000)}`, {}],
  ['larger than maxDocumentValues', documentOf(good), { maxDocumentValues: 5 }],
  ['longer than maxDocumentBytes', JSON.stringify(documentOf(good)), { maxDocumentBytes: 20 }],
  ['longer than maxYamlLength, in YAML', 'openapi: 3.1.0\npaths: {}', { maxYamlLength: 10 }],
  ['a part of itself', circular(), {}],
  ['a small YAML that means an enormous one', laughs, {}],
])('%s is refused as a whole', async (_name, source, limits) => {
  await expect(openApi(source, { baseUrl, limits })).rejects.toMatchObject({
    code: 'ERR_OPENAPI_DOCUMENT',
  })
})

/** Paths that cannot be offered, and what is said of each. */
const bad: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
  ['no object', { get: 1 }, 'it is no object'],
  ['a path that refers to itself', { $ref: '#/paths/~1bad' }, 'leads to itself'],
  ['a path in another file', { $ref: 'paths.yaml#/x' }, 'leads out of the document'],
  [
    'a parameter that is nowhere',
    { get: { parameters: [{ $ref: '#/components/parameters/None' }] } },
    'leads nowhere',
  ],
  [
    'a parameter that is inherited by every object',
    { get: { parameters: [{ $ref: '#/constructor' }] } },
    'leads nowhere',
  ],
  ['a parameter without a name', { get: { parameters: [{ in: 'query' }] } }, 'no name or no place'],
  [
    'a parameter with a style of another place',
    { get: { parameters: [{ name: 'a', in: 'header', style: 'matrix' }] } },
    'a style that a header cannot have',
  ],
  [
    'a header that is no header',
    { get: { parameters: [{ name: 'a b', in: 'header' }] } },
    'is no name of a header',
  ],
  [
    'too many parameters',
    {
      get: { parameters: Array.from({ length: 101 }, (_, n) => ({ name: `p${n}`, in: 'query' })) },
    },
    'more than 100 parameters',
  ],
  [
    'too large a schema',
    {
      get: {
        parameters: [
          { name: 'a', in: 'query', schema: { enum: Array.from({ length: 6_000 }, (_, n) => n) } },
        ],
      },
    },
    'more than 5000 values',
  ],
  [
    'a schema in another file',
    { get: { parameters: [{ name: 'a', in: 'query', schema: { $ref: 'file:///etc/passwd' } }] } },
    'leads out of the document',
  ],
  ['a body without a media type', { post: { requestBody: {} } }, 'no media type'],
  [
    'a media type that would end a header',
    { post: { requestBody: { content: { 'text/plain\r\nx: y': {} } } } },
    'no media type',
  ],
  ['TRACE', { trace: {} }, 'cannot be sent'],
]

test.each(bad)(
  '%s leaves one operation out, says so, and hides no other',
  async (_name, item, said) => {
    await using offered = await offer(documentOf({ '/bad': item, ...good }), { baseUrl })
    expect(offered.tools.map(({ name }) => name)).toEqual(['good'])
    expect(offered.warnings).toEqual([
      { operation: expect.stringContaining('/bad'), message: expect.stringContaining(said) },
    ])
  },
)

test('a variable of a path without a parameter leaves the operation out', async () => {
  await using offered = await offer(documentOf({ '/bad/{id}': { get: {} }, ...good }), { baseUrl })
  expect(offered.warnings[0]?.message).toContain('a variable "id" that is no parameter')
})

test('operations after maxOperations are left out, and counted', async () => {
  const paths = Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`/p${n}`, { get: {} }]))
  await using offered = await offer(documentOf(paths), { baseUrl, limits: { maxOperations: 3 } })
  expect(offered.tools).toHaveLength(3)
  expect(offered.warnings).toEqual([
    {
      operation: undefined,
      message: '2 operations after the first 3 are left out (maxOperations): choose with include',
    },
  ])
})

test('schemas past maxAllSchemaValues leave out the operations that come after', async () => {
  const parameters = [{ name: 'q', in: 'query', schema: { enum: [1, 2, 3, 4] } }]
  const paths = {
    '/a': { get: { operationId: 'a', parameters } },
    '/b': { get: { operationId: 'b', parameters } },
  }
  await using offered = await offer(documentOf(paths), {
    baseUrl,
    limits: { maxAllSchemaValues: 7 },
  })
  expect(offered.tools.map(({ name }) => name)).toEqual(['a'])
  expect(offered.warnings[0]?.message).toContain('all schemas together have more than 7 values')
})

test('a document with much to warn of does not warn for ever', async () => {
  const paths = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`/p${n}`, 1]))
  await using offered = await offer(documentOf(paths), { baseUrl, limits: { maxWarnings: 3 } })
  expect(offered.warnings.map(({ operation }) => operation)).toEqual(['/p0', '/p1', undefined])
})

test('references that multiply are written once each, in no time', async () => {
  const schemas = Object.fromEntries(
    Array.from({ length: 60 }, (_, n) => [
      `S${n}`,
      {
        type: 'object',
        properties: {
          a: { $ref: `#/components/schemas/S${n + 1}` },
          b: { $ref: `#/components/schemas/S${n + 1}` },
        },
      },
    ]),
  )
  const rest = { components: { schemas: { ...schemas, S60: { type: 'string' } } } }
  const parameters = [
    {
      name: 'q',
      in: 'query',
      content: { 'application/json': { schema: { $ref: '#/components/schemas/S0' } } },
    },
  ]
  await using offered = await offer(
    documentOf({ '/x': { get: { operationId: 'go', parameters } } }, rest),
    { baseUrl },
  )
  expect(offered.warnings).toEqual([])
  expect(JSON.stringify(offered.tool('go').inputSchema).length).toBeLessThan(20_000)
})

test('names that every object inherits are names like others', async () => {
  await using api = await startApi()
  const schema = JSON.parse(
    '{"type":"object","properties":{"__proto__":{"type":"string"},"constructor":{"type":"string"}}}',
  ) as object
  const requestBody = { content: { 'application/json': { schema } } }
  const document = JSON.parse(
    JSON.stringify(documentOf({ '/x': { post: { operationId: '__proto__', requestBody } } })),
  ) as object
  await using offered = await offer({ ...document }, { baseUrl: api.url })
  const [tool] = offered.tools
  await offered.call(tool?.name ?? '', { body: { constructor: 'a' } })
  expect(api.received[0]?.body).toBe('{"constructor":"a"}')
})

test('a name as long as the document is read in no time', async () => {
  const operationId = `a${'_'.repeat(100_000)}b`
  const beganMs = performance.now()
  await using offered = await offer(documentOf({ '/long': { get: { operationId } } }), { baseUrl })
  expect(offered.tools.map(({ name }) => name)).toEqual(['a'])
  expect(performance.now() - beganMs).toBeLessThan(2_000)
})

test('long descriptions are cut', async () => {
  const parameters = [{ name: 'q', in: 'query', description: 'x'.repeat(50), schema: {} }]
  const operation = { operationId: 'go', description: 'y'.repeat(50), parameters }
  await using offered = await offer(documentOf({ '/x': { get: operation } }), {
    baseUrl,
    limits: { maxDescriptionLength: 10 },
  })
  expect(offered.tool('go')).toMatchObject({
    description: `${'y'.repeat(9)}…`,
    inputSchema: { properties: { q: { description: `${'x'.repeat(9)}…` } } },
  })
})

test.each<readonly [string, OpenApiOptions, string]>([
  ['a status', {}, 'HTTP 404'],
  ['a length', { limits: { maxDocumentBytes: 10 } }, 'longer than 10 bytes'],
])('a document that cannot be fetched says why: %s', async (_name, options, said) => {
  await using api = await startApi((_, response) =>
    sendJson(response, documentOf(good), said.includes('404') ? 404 : 200),
  )
  await expect(openApi(`${api.url}/doc?key=secret`, options)).rejects.toMatchObject({
    code: 'ERR_OPENAPI_UNREACHABLE',
    message: expect.stringMatching(new RegExp(`^${api.url}/doc: .*${said}`)),
  })
})

test('wrong options are a mistake of the programmer', async () => {
  const limits = { maxTools: 3 } as Partial<OpenApiLimits>
  await expect(openApi(documentOf(good), { baseUrl, limits })).rejects.toThrow(
    'no limit called maxTools',
  )
  await expect(openApi(documentOf(good), { baseUrl, limits: { timeoutMs: 0 } })).rejects.toThrow(
    TypeError,
  )
  await expect(openApi(new URL('file:///etc/passwd'))).rejects.toThrow('neither https: nor http:')
  expect(Object.values(defaultOpenApiLimits).every(Number.isSafeInteger)).toBe(true)
})

test('without onWarning what is left out is written where somebody sees it', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
  try {
    await openApi(documentOf({ '/x': { get: 1 } }), { baseUrl })
    expect(warn.mock.calls).toEqual([['GET /x is left out: it is no object']])
  } finally {
    warn.mockRestore()
  }
})
