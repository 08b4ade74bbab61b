import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  checkHeaderParams,
  decodeHeaderValue,
  encodeHeaderValue,
  maxSchemaDepth,
  maxSchemaValues,
  readHeaderParams,
  writeHeaderParams,
} from './param-headers.ts'

/** The tool of requirements §3.4. */
const runQuery = {
  type: 'object',
  properties: {
    region: { type: 'string', 'x-mcp-header': 'Region' },
    limit: { type: 'integer', 'x-mcp-header': 'Limit' },
    opts: { type: 'object', properties: { dry: { type: 'boolean', 'x-mcp-header': 'Dry-Run' } } },
    sql: { type: 'string' },
  },
  required: ['region', 'sql'],
}

const region = { type: 'string', 'x-mcp-header': 'Region' }
const withProperty = (schema: unknown) => ({ type: 'object', properties: { p: schema } })

describe('annotations', () => {
  test('are found through properties, nested too', () => {
    expect(readHeaderParams(runQuery)).toEqual({
      ok: true,
      params: [
        { header: 'Mcp-Param-Region', path: ['region'], type: 'string' },
        { header: 'Mcp-Param-Limit', path: ['limit'], type: 'integer' },
        { header: 'Mcp-Param-Dry-Run', path: ['opts', 'dry'], type: 'boolean' },
      ],
    })
  })

  test.each<[string, unknown]>([
    ['no annotation', { type: 'object', properties: { a: { type: 'number' } } }],
    ['no schema', undefined],
    ['a boolean schema', true],
    ['a property of that name', { properties: { 'x-mcp-header': { type: 'string' } } }],
    ['a definition of that name', { $defs: { 'x-mcp-header': { type: 'string' } } }],
    ['the annotation in a default', { properties: { a: { default: region } } }],
    ['the annotation in an enum', { properties: { a: { enum: [region] } } }],
    ['the annotation in a const', { properties: { a: { const: region } } }],
    ['the annotation in an example', { examples: [{ properties: { a: region } }] }],
    ['an inherited annotation', { properties: { a: Object.create(region) as unknown } }],
  ])('%s gives no params', (_name, schema) => {
    expect(readHeaderParams(schema)).toEqual({ ok: true, params: [] })
  })

  test.each<[string, unknown]>([
    ['the root', { ...region, properties: {} }],
    ['items', withProperty({ type: 'array', items: region })],
    ['properties of items', withProperty({ items: { properties: { a: region } } })],
    ['prefixItems', withProperty({ prefixItems: [{ type: 'string' }, region] })],
    ['contains', withProperty({ contains: region })],
    ['oneOf', withProperty({ oneOf: [region] })],
    ['anyOf', { anyOf: [{ properties: { a: region } }] }],
    ['allOf', { allOf: [{ properties: { a: region } }] }],
    ['not', withProperty({ not: region })],
    ['if', { if: { properties: { a: region } } }],
    ['then', JSON.parse(`{"then":${JSON.stringify(withProperty(region))}}`)],
    ['else', { else: { properties: { a: region } } }],
    ['$defs', { $defs: { a: region }, properties: { p: { $ref: '#/$defs/a' } } }],
    ['properties of $defs', { $defs: { a: { properties: { b: region } } } }],
    ['definitions', { definitions: { properties: region } }],
    ['patternProperties', { patternProperties: { '^a': region } }],
    ['additionalProperties', { additionalProperties: region }],
    ['dependentSchemas', { dependentSchemas: { a: { properties: { b: region } } } }],
    ['an unknown keyword', withProperty({ 'x-more': region })],
  ])('in %s they are invalid (HTTP26-31)', (_name, schema) => {
    expect(readHeaderParams(schema)).toEqual({
      ok: false,
      reason: 'x-mcp-header sits where properties alone do not lead',
    })
  })

  test.each<[string, unknown]>([
    ['number', 'number'],
    ['object', 'object'],
    ['array', 'array'],
    ['null', 'null'],
    ['a union', ['string', 'null']],
    ['no type', undefined],
  ])('on type %s they are invalid (HTTP26-30, T-21)', (_name, type) => {
    expect(readHeaderParams(withProperty({ type, 'x-mcp-header': 'Region' }))).toEqual({
      ok: false,
      reason: 'x-mcp-header sits on property "p", not a string, integer or boolean',
    })
  })

  test.each<[string, unknown]>([
    ['empty', ''],
    ['a blank', 'a b'],
    ['a colon', 'a:b'],
    ['a control character', 'a\n'],
    ['beyond ASCII', 'Zürich'],
    ['a number', 1],
    ['null', null],
  ])('a name that is %s is invalid (HTTP26-28)', (_name, name) => {
    expect(readHeaderParams(withProperty({ type: 'string', 'x-mcp-header': name }))).toEqual({
      ok: false,
      reason: 'x-mcp-header of property "p" is not a header token',
    })
  })

  test('every token character may be in a name', () => {
    const name = "!#$%&'*+-.^_`|~09azAZ"
    expect(readHeaderParams(withProperty({ type: 'string', 'x-mcp-header': name }))).toMatchObject({
      params: [{ header: `Mcp-Param-${name}` }],
    })
  })

  test('names that differ in case alone are used twice (HTTP26-29)', () => {
    const other = { type: 'string', 'x-mcp-header': 'REGION' }
    expect(
      readHeaderParams({ properties: { a: region, b: { properties: { c: other } } } }),
    ).toEqual({
      ok: false,
      reason: 'x-mcp-header of property "b.c" is used twice',
    })
  })

  test('a schema of maxSchemaDepth levels is read, one more is not', () => {
    const nested = (depth: number): unknown =>
      Array.from({ length: depth - 1 }).reduce<unknown>((inner) => ({ items: inner }), {})
    expect(readHeaderParams(nested(maxSchemaDepth)).ok).toBe(true)
    expect(readHeaderParams(nested(maxSchemaDepth + 1)).ok).toBe(false)
  })

  test('a schema of maxSchemaValues is read, one more is not, and a cycle ends', () => {
    const wide = (values: number) => ({ anyOf: Array.from({ length: values - 2 }, () => true) })
    expect(readHeaderParams(wide(maxSchemaValues)).ok).toBe(true)
    expect(readHeaderParams(wide(maxSchemaValues + 1)).ok).toBe(false)
    const cycle: Record<string, unknown> = {}
    Object.assign(cycle, { a: cycle, b: cycle })
    expect(readHeaderParams(cycle).ok).toBe(false)
  })
})

describe('values', () => {
  // HTTP26-25, HTTP26-35, HTTP26-36 (basic/transports, "Value Encoding")
  test.each([
    ['plain text', 'eu-west1', 'eu-west1'],
    ['inner blanks', 'us west  1', 'us west  1'],
    ['the empty text', '', ''],
    ['beyond ASCII', 'Zürich', '=?base64?WsO8cmljaA==?='],
    ['a leading blank', ' eu', '=?base64?IGV1?='],
    ['a trailing blank', 'eu ', '=?base64?ZXUg?='],
    ['a tab', 'a\tb', '=?base64?YQli?='],
    ['a line break', 'a\r\nb', '=?base64?YQ0KYg==?='],
    ['DEL', 'a\x7f', '=?base64?YX8=?='],
    ['text that looks encoded', '=?base64?eHg=?=', '=?base64?PT9iYXNlNjQ/ZUhnPT89?='],
    ['text whose two ends overlap', '=?base64?=', '=?base64?PT9iYXNlNjQ/PQ==?='],
    ['a start without an end', '=?base64?eHg=', '=?base64?eHg='],
    ['another case', '=?BASE64?eHg=?=', '=?BASE64?eHg=?='],
  ])('%s', (_name, value, text) => {
    expect(encodeHeaderValue(value)).toBe(text)
    expect(decodeHeaderValue(text)).toEqual({ ok: true, value })
  })

  test.each([
    ['blanks around are not part of it', ' \teu \t', 'eu'],
    ['blanks around an encoded value', ' =?base64?IGV1?= ', ' eu'],
    ['a raw tab inside', 'a\tb', 'a\tb'],
    ['an encoded empty text', '=?base64??=', ''],
    ['an encoded byte order mark', '=?base64?77u/?=', '\uFEFF'],
    ['nothing but blanks', '  ', ''],
  ])('%s is accepted', (_name, text, value) => {
    expect(decodeHeaderValue(text)).toEqual({ ok: true, value })
  })

  test.each([
    ['missing padding', '=?base64?SGVsbG8?='],
    ['foreign characters', '=?base64?SGVs!!!bG8=?='],
    ['a blank inside', '=?base64?SGVs bG8=?='],
    ['the URL alphabet', '=?base64?-_-_?='],
    ['stray bits', '=?base64?SGVsbG9=?='],
    ['invalid UTF-8', '=?base64?/w==?='],
    ['overlapping ends', '=?base64?='],
    ['a raw control character', 'a\x00b'],
    ['a raw line break', 'a\nb'],
    ['raw text beyond ASCII', 'Zürich'],
  ])('%s is refused (HTTP26-40)', (_name, text) => {
    expect(decodeHeaderValue(text).ok).toBe(false)
  })

  // HTTP26-35 (basic/transports, "Value Encoding")
  test('any text comes back as it was, over printable ASCII', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (value) => {
        const text = encodeHeaderValue(value)
        expect(text).toMatch(/^[\x20-\x7e]*$/)
        expect(decodeHeaderValue(text)).toEqual({ ok: true, value })
      }),
    )
  })
})

describe('calls', () => {
  const read = readHeaderParams(runQuery)
  const params = read.ok ? read.params : []
  const check = (args: unknown, headers: Record<string, string>) =>
    checkHeaderParams(params, args, (name) => headers[name])

  // HTTP26-27, HTTP26-34 (basic/transports, "Custom Headers from Tool Parameters")
  test('the headers of §3.4 are written', () => {
    expect(
      writeHeaderParams(params, { region: 'Zürich', limit: 42, opts: { dry: false } }),
    ).toEqual([
      ['mcp-param-region', '=?base64?WsO8cmljaA==?='],
      ['mcp-param-limit', '42'],
      ['mcp-param-dry-run', 'false'],
    ])
  })

  // HTTP26-38 (basic/transports, "Custom Headers from Tool Parameters")
  test.each<[string, unknown]>([
    ['absent', { sql: 'x' }],
    ['null', { region: null, limit: null, opts: null }],
    ['null further down', { opts: { dry: null } }],
    ['inherited', Object.create({ region: 'eu' })],
    ['without arguments', undefined],
    ['below something else', { opts: 'dry' }],
  ])('arguments that are %s have no header (HTTP26-37)', (_name, args) => {
    expect(writeHeaderParams(params, args)).toEqual([])
    expect(check(args, {})).toBeUndefined()
  })

  test.each<[string, unknown]>([
    ['an integer beyond safe ones', { limit: 2 ** 53 }],
    ['a fraction', { limit: 1.5 }],
    ['infinity', { limit: Infinity }],
    ['an object', { region: {} }],
    ['an array', { region: ['eu'] }],
  ])('%s goes in no header', (_name, args) => {
    expect(() => writeHeaderParams(params, args)).toThrow(TypeError)
    expect(check(args, { 'mcp-param-region': 'x', 'mcp-param-limit': '1' })).toBeDefined()
  })

  test('what the client writes the server accepts', () => {
    const args = fc.record(
      {
        region: fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null)),
        limit: fc.oneof(fc.maxSafeInteger(), fc.constantFrom(0, -0)),
        opts: fc.record({ dry: fc.boolean() }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(args, (given) => {
        const headers = Object.fromEntries(writeHeaderParams(params, given))
        expect(check(given, headers)).toBeUndefined()
        expect(check(given, { ...headers, 'mcp-param-region': 'other' })).toBeDefined()
      }),
    )
  })

  test.each([
    ['42', '42'],
    ['42.0', '42'],
    ['42.000', '42'],
    ['-7', '-7'],
    ['-0', '0'],
    ['9007199254740991', '9007199254740991'],
  ])('the header %s equals the integer %s (HTTP26-26)', (text, limit) => {
    expect(check({ limit: Number(limit) }, { 'mcp-param-limit': text })).toBeUndefined()
  })

  test.each([
    ['', 0],
    ['0x2a', 42],
    ['4.2e1', 42],
    ['+42', 42],
    ['042', 42],
    ['42.', 42],
    ['42.5', 42],
    ['4 2', 42],
    ['42, 42', 42],
    ['９', 9],
    ['9007199254740993', 9007199254740992],
  ])('the header "%s" does not equal the integer %d', (text, limit) => {
    expect(check({ limit }, { 'mcp-param-limit': text })).toBeDefined()
  })

  // HTTP26-39, HTTP26-40 (basic/transports, "Server Behavior for Custom Headers")
  test.each<[string, unknown, Record<string, string>, string]>([
    ['a missing header', { region: 'eu' }, {}, 'Mcp-Param-Region is missing'],
    [
      'a header without an argument',
      {},
      { 'mcp-param-region': 'eu' },
      'Mcp-Param-Region is given, but the argument is not',
    ],
    [
      'another value',
      { region: 'eu' },
      { 'mcp-param-region': 'us' },
      'Mcp-Param-Region differs from the argument',
    ],
    [
      'another case',
      { region: 'eu' },
      { 'mcp-param-region': 'EU' },
      'Mcp-Param-Region differs from the argument',
    ],
    [
      'the header twice',
      { region: 'eu' },
      { 'mcp-param-region': 'eu, eu' },
      'Mcp-Param-Region differs from the argument',
    ],
    [
      'a boolean in other letters',
      { opts: { dry: true } },
      { 'mcp-param-dry-run': 'True' },
      'Mcp-Param-Dry-Run differs from the argument',
    ],
    [
      'broken Base64',
      { region: 'Hello' },
      { 'mcp-param-region': '=?base64?SGVsbG8?=' },
      'Mcp-Param-Region cannot be read: it holds invalid Base64, or Base64 of invalid UTF-8',
    ],
  ])('%s is refused', (_name, args, headers, reason) => {
    expect(check(args, headers)).toBe(reason)
  })

  test('an argument of another type than declared is compared by its own', () => {
    expect(check({ limit: 'many' }, { 'mcp-param-limit': 'many' })).toBeUndefined()
    expect(check({ region: 7 }, { 'mcp-param-region': '7.0' })).toBeUndefined()
  })
})
