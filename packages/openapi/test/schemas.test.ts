import { createInterpreter } from 'mortise/jsonschema'
import { expect, test } from 'vitest'
import { documentOf, offer } from './offered.ts'

type Json = Readonly<Record<string, unknown>>

/** What becomes of a schema of the document in the tool: as the body that it takes, and as the answer that it promises. */
async function convert(
  schema: unknown,
  rest: Json = {},
): Promise<{ input: unknown; output: unknown; defs: unknown }> {
  const media = { content: { 'application/json': { schema } } }
  const operation = { operationId: 'go', requestBody: media, responses: { 200: media } }
  await using offered = await offer(documentOf({ '/x': { post: operation } }, rest), {
    baseUrl: 'https://api.example',
  })
  const { inputSchema, outputSchema } = offered.tool('go')
  const { body } = inputSchema['properties'] as Json
  return { input: body, output: outputSchema, defs: inputSchema['$defs'] }
}

const old = { openapi: '3.0.3' }

// OpenAPI 3.0.4, "Schema Object", against JSON Schema 2020-12.
test.each([
  ['nullable', { type: 'string', nullable: true }, { type: ['string', 'null'] }],
  [
    'a nullable choice',
    { type: 'string', enum: ['a'], nullable: true },
    { type: ['string', 'null'], enum: ['a', null] },
  ],
  [
    'nullable without a type',
    { allOf: [{ type: 'string' }], nullable: true },
    { anyOf: [{ allOf: [{ type: 'string' }] }, { type: 'null' }] },
  ],
  [
    'an exclusive minimum',
    { type: 'number', minimum: 1, exclusiveMinimum: true },
    { type: 'number', exclusiveMinimum: 1 },
  ],
  [
    'an exclusive maximum',
    { type: 'number', maximum: 1, exclusiveMaximum: true },
    { type: 'number', exclusiveMaximum: 1 },
  ],
  [
    'a minimum that is not',
    { type: 'number', minimum: 1, exclusiveMinimum: false },
    { type: 'number', minimum: 1 },
  ],
  ['an example', { type: 'string', example: 'a' }, { type: 'string', examples: ['a'] }],
  [
    'bytes',
    { type: 'string', format: 'byte' },
    { type: 'string', format: 'byte', contentEncoding: 'base64' },
  ],
  [
    'what only OpenAPI knows',
    {
      type: 'object',
      xml: { name: 'a' },
      discriminator: { propertyName: 'b' },
      externalDocs: {},
      'x-mcp-header': 'a',
    },
    { type: 'object' },
  ],
  [
    'a pattern with a large automaton',
    { type: 'string', pattern: '^(?:a{1,100}){1,100}$' },
    { type: 'string' },
  ],
  [
    'keywords that mean nothing',
    { type: 'file', required: true, minLength: -1, pattern: '(', enum: [] },
    {},
  ],
  [
    'a pattern that is no regular language',
    { type: 'string', pattern: String.raw`^(a+)\1$` },
    { type: 'string' },
  ],
])('3.0: %s', async (_name, schema, wanted) => {
  expect((await convert(schema, old)).input).toEqual(wanted)
})

test('3.1 is JSON Schema 2020-12 already, and what it says stays', async () => {
  const schema = {
    type: ['object', 'null'],
    properties: { a: { const: 1 }, b: { prefixItems: [{ type: 'string' }], items: false } },
    patternProperties: { '^x': { exclusiveMinimum: 0 } },
    if: { required: ['a'] },
    then: { dependentRequired: { a: ['b'] } },
    unevaluatedProperties: false,
    examples: [null],
  }
  expect((await convert(schema)).input).toEqual(schema)
})

test('what only a lost pattern allowed is not forbidden', async () => {
  const patternProperties = { '^x': { type: 'string' }, [String.raw`^(a)\1$`]: { type: 'string' } }
  const schema = { type: 'object', patternProperties, additionalProperties: false }
  expect((await convert(schema)).input).toEqual({
    type: 'object',
    patternProperties: { '^x': { type: 'string' } },
  })
})

test('what is read only is not asked for, what is write only is not promised', async () => {
  const schema = {
    type: 'object',
    required: ['id', 'name', 'password'],
    properties: {
      id: { type: 'integer', readOnly: true },
      name: { type: 'string' },
      password: { $ref: '#/components/schemas/Secret' },
    },
  }
  const rest = { components: { schemas: { Secret: { type: 'string', writeOnly: true } } } }
  expect(await convert(schema, rest)).toMatchObject({
    input: {
      required: ['name', 'password'],
      properties: { name: { type: 'string' }, password: { type: 'string' } },
    },
    output: {
      required: ['id', 'name'],
      properties: { id: { type: 'integer' }, name: { type: 'string' } },
    },
  })
})

test('a small schema is written where it is used; a recursive one and a large one stand once', async () => {
  const large = Object.fromEntries(
    Array.from({ length: 300 }, (_, n) => [`p${n}`, { type: 'string' }]),
  )
  const schemas = {
    Small: { type: 'string', maxLength: 3 },
    'Tree of/it': {
      type: 'object',
      properties: {
        kids: { type: 'array', items: { $ref: '#/components/schemas/Tree%20of~1it' } },
      },
    },
    Large: { type: 'object', properties: large },
  }
  const schema = {
    type: 'object',
    properties: {
      small: { $ref: '#/components/schemas/Small', description: 'beside it' },
      tree: { $ref: '#/components/schemas/Tree%20of~1it' },
      large: { $ref: '#/components/schemas/Large' },
    },
  }
  const { input, output, defs } = await convert(schema, { components: { schemas } })
  expect(input).toEqual({
    type: 'object',
    properties: {
      small: { type: 'string', maxLength: 3, description: 'beside it' },
      tree: { $ref: '#/$defs/Tree_20of_1it' },
      large: { $ref: '#/$defs/Large' },
    },
  })
  expect(defs).toMatchObject({
    Tree_20of_1it: { properties: { kids: { items: { $ref: '#/$defs/Tree_20of_1it' } } } },
    Large: { properties: { p299: { type: 'string' } } },
  })
  const validator = createInterpreter().compile(output as Json)
  expect(validator.validate({ tree: { kids: [{ kids: [] }] } }).ok).toBe(true)
  expect(validator.validate({ tree: { kids: [{ kids: 1 }] } }).ok).toBe(false)
})

test('what stands beside a reference counts in 3.1, and is ignored in 3.0', async () => {
  const rest = { components: { schemas: { Small: { type: 'string' } } } }
  const schema = { $ref: '#/components/schemas/Small', minLength: 2 }
  expect((await convert(schema, rest)).input).toEqual({
    allOf: [{ type: 'string' }, { minLength: 2 }],
  })
  expect((await convert(schema, { ...rest, ...old })).input).toEqual({ type: 'string' })
})

test('references lead anywhere in the document, and through one another', async () => {
  const schemas = { A: { $ref: '#/components/schemas/B' }, B: { $ref: '#/x-shared/0' } }
  const rest = { 'x-shared': [{ type: 'boolean' }], components: { schemas } }
  expect((await convert({ $ref: '#/components/schemas/A' }, rest)).input).toEqual({
    type: 'boolean',
  })
})

const json = (schema: unknown): Json => ({
  description: '',
  content: { 'application/json': { schema } },
})

// Server/tools, "Output Schema": a tool that has one must give structured content that conforms.
test.each([
  [
    'one success',
    { 200: json({ type: 'object' }), 404: json({ type: 'string' }) },
    { type: 'object' },
  ],
  [
    'two successes',
    { 200: json({ type: 'object' }), 201: json({ type: 'array' }) },
    { anyOf: [{ type: 'object' }, { type: 'array' }] },
  ],
  ['a range', { '2XX': json({ type: 'object' }) }, { type: 'object' }],
  ['the default alone', { default: json({ type: 'object' }) }, { type: 'object' }],
  [
    'a success without content',
    { 200: json({ type: 'object' }), 204: { description: '' } },
    undefined,
  ],
  ['text', { 200: { content: { 'text/plain': { schema: { type: 'string' } } } } }, undefined],
  ['JSON of any kind', { 200: json({}) }, undefined],
])('the promise of an operation with %s', async (_name, responses, wanted) => {
  const document = documentOf({ '/x': { get: { operationId: 'go', responses } } })
  await using offered = await offer(document, { baseUrl: 'https://api.example' })
  expect(offered.tool('go').outputSchema).toEqual(wanted)
})

test('a promise that cannot be kept is left out, and its operation stays', async () => {
  const responses = { 200: json({ $ref: 'https://other.example/schema.json' }) }
  const document = documentOf({ '/x': { get: { operationId: 'go', responses } } })
  await using offered = await offer(document, { baseUrl: 'https://api.example' })
  expect(offered.tool('go')).not.toHaveProperty('outputSchema')
  expect(offered.warnings).toEqual([
    { operation: 'GET /x', message: expect.stringContaining('leads out of the document') },
  ])
})
