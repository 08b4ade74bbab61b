import { describe, expect, test } from 'vitest'
import { createInterpreter } from './interpreter.ts'
import { formatIssues, SchemaError, type JsonSchema } from './validator.ts'

const compiler = createInterpreter()

const explain = (schema: JsonSchema, value: unknown): string => {
  const verdict = compiler.compile(schema).validate(value)
  return verdict.ok ? '' : formatIssues(verdict.issues)
}

describe('issues say what to change', () => {
  const weather = {
    type: 'object',
    properties: {
      city: { type: 'string', minLength: 2 },
      days: { type: 'integer', minimum: 1, maximum: 7 },
      unit: { enum: ['celsius', 'fahrenheit'] },
      tags: { type: 'array', items: { type: 'string' }, uniqueItems: true, maxItems: 3 },
    },
    required: ['city'],
    additionalProperties: false,
  }
  const rows: readonly [name: string, value: unknown, text: string][] = [
    ['a wrong type', { city: 5 }, '/city: expected string, got number'],
    ['a fraction for an integer', { city: 'Oslo', days: 1.5 }, '/days: expected integer, got 1.5'],
    ['a missing property', {}, '/: missing required property "city"'],
    ['a value out of range', { city: 'Oslo', days: 8 }, '/days: expected at most 7, got 8'],
    [
      'a value outside an enumeration',
      { city: 'Oslo', unit: 'kelvin' },
      '/unit: expected one of "celsius", "fahrenheit", got "kelvin"',
    ],
    [
      'a misspelt property',
      { city: 'Oslo', dasy: 3 },
      '/: unknown property "dasy" — did you mean "days"?',
    ],
    ['an unknown property', { city: 'Oslo', zip: 3 }, '/: unknown property "zip"'],
    ['a wrong item', { city: 'Oslo', tags: ['a', 5] }, '/tags/1: expected string, got number'],
    [
      'an item twice',
      { city: 'Oslo', tags: ['a', 'a'] },
      '/tags: expected no item twice, got "a" more than once',
    ],
    ['a short text', { city: 'O' }, '/city: expected at least 2 characters, got 1'],
    [
      'several at once',
      { citty: 'Oslo', days: 0 },
      [
        '/: missing required property "city"',
        '/days: expected at least 1, got 0',
        '/: unknown property "citty" — did you mean "city"?',
      ].join('\n'),
    ],
  ]
  for (const [name, value, text] of rows) {
    test(name, () => expect(explain(weather, value)).toBe(text))
  }

  test('of alternatives, the nearest is explained', () => {
    const schema = {
      anyOf: [
        { type: 'string' },
        { type: 'object', properties: { kind: { const: 'circle' }, radius: { type: 'number' } } },
      ],
    }
    expect(explain(schema, { kind: 'circle', radius: '3' })).toBe(
      [
        '/: matches none of 2 alternatives; alternative 2 is nearest',
        '/radius: expected number, got string',
      ].join('\n'),
    )
  })

  test('paths escape what JSON Pointer reserves', () => {
    expect(explain({ properties: { 'a/b~c': { type: 'null' } } }, { 'a/b~c': 1 })).toBe(
      '/a~1b~0c: expected null, got number',
    )
  })

  test('a very long value or key is not repeated in full', () => {
    const long = 'x'.repeat(100_000)
    expect(
      explain({ additionalProperties: { enum: ['a'] } }, { [long]: long }).length,
    ).toBeLessThan(600)
  })

  test('counts agree with their nouns', () => {
    expect(explain({ minItems: 1 }, [])).toBe('/: expected at least 1 item, got 0')
    expect(explain({ minProperties: 2 }, {})).toBe('/: expected at least 2 properties, got 0')
    expect(explain({ contains: { const: 1 } }, [2])).toBe(
      '/: expected at least 1 item to match "contains", got 0',
    )
  })

  test('a false schema says that nothing is allowed', () => {
    expect(explain({ properties: { a: false } }, { a: 1 })).toBe('/a: no value is allowed here')
  })
})

describe('data that is not quite JSON', () => {
  test('a member that is undefined is absent, as JSON.stringify has it', () => {
    const schema = { properties: { a: { type: 'string' } }, additionalProperties: false }
    expect(explain(schema, { a: undefined, b: undefined })).toBe('')
    expect(explain({ required: ['a'] }, { a: undefined })).toContain(
      'missing required property "a"',
    )
  })

  test('an inherited member is absent', () => {
    const value: unknown = Object.create({ a: 1, b: 2 })
    expect(explain({ required: ['a'] }, value)).toContain('missing required property "a"')
    expect(explain({ additionalProperties: false }, value)).toBe('')
  })

  test('names of Object.prototype are ordinary names', () => {
    const closed = { properties: { a: true }, additionalProperties: false }
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      const value: unknown = JSON.parse(`{${JSON.stringify(name)}: 1}`)
      expect(explain(closed, value)).toContain(`unknown property "${name}"`)
      expect(explain({ required: [name] }, {})).toContain('missing')
      expect(explain({ required: [name] }, value)).toBe('')
      expect(explain({ unevaluatedProperties: false }, value)).toContain('unknown property')
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
  })

  test('NaN and infinity are no numbers', () => {
    expect(explain({ type: 'number' }, Number.NaN)).toBe('/: expected number, got NaN')
    expect(explain({ type: 'number' }, Infinity)).toBe('/: expected number, got Infinity')
  })

  test('a value that throws when it is read is refused', () => {
    const value = Object.defineProperty({}, 'a', {
      enumerable: true,
      get: () => {
        throw new Error('boom')
      },
    })
    const verdict = compiler.compile({ properties: { a: true } }).validate(value)
    expect(verdict).toMatchObject({ ok: false, issues: [{ keyword: 'budget' }] })
  })

  test('a valid value costs no new verdict', () => {
    const { validate } = compiler.compile({ type: 'string' })
    expect(validate('a')).toBe(validate('b'))
  })
})

// BASE-51, BASE-54, BASE-57 (basic, "JSON Schema Usage")
describe('what cannot be compiled says why', () => {
  const rows: readonly [name: string, schema: unknown, code: string, text: string][] = [
    ['no schema', 5, 'ERR_SCHEMA_INVALID', 'a schema is an object or a boolean'],
    ['an unknown type', { type: 'strin' }, 'ERR_SCHEMA_INVALID', '/type'],
    ['a type twice', { type: ['string', 'string'] }, 'ERR_SCHEMA_INVALID', '/type'],
    ['a negative length', { minLength: -1 }, 'ERR_SCHEMA_INVALID', '/minLength'],
    ['required as a boolean', { required: true }, 'ERR_SCHEMA_INVALID', '/required'],
    ['multipleOf zero', { multipleOf: 0 }, 'ERR_SCHEMA_INVALID', '/multipleOf'],
    ['an empty anyOf', { anyOf: [] }, 'ERR_SCHEMA_INVALID', '/anyOf'],
    ['a list for items', { items: [{}] }, 'ERR_SCHEMA_INVALID', '/items'],
    ['a number as subschema', { properties: { a: 1 } }, 'ERR_SCHEMA_INVALID', '/properties/a'],
    ['a bad pattern', { pattern: '(' }, 'ERR_SCHEMA_PATTERN', '/pattern'],
    [
      'an unknown dialect',
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      'ERR_SCHEMA_DIALECT',
      'supported are https://json-schema.org/draft/2020-12/schema',
    ],
    ['a reference to nothing', { $ref: '#/$defs/a' }, 'ERR_SCHEMA_REF', 'leads nowhere'],
    ['a reference to no anchor', { $ref: '#a' }, 'ERR_SCHEMA_REF', 'names no anchor'],
    [
      'a reference to the network',
      { properties: { a: { $ref: 'https://example.com/a.json' } } },
      'ERR_SCHEMA_REF',
      'nothing is fetched (at /properties/a/$ref)',
    ],
    [
      'a reference to an inherited name',
      { $ref: '#/$defs/constructor', $defs: {} },
      'ERR_SCHEMA_REF',
      'leads nowhere',
    ],
    [
      'an $id twice',
      { $defs: { a: { $id: 'https://a.example/' }, b: { $id: 'https://a.example/', not: {} } } },
      'ERR_SCHEMA_INVALID',
      'two schemas have the $id',
    ],
  ]
  for (const [name, schema, code, text] of rows) {
    test(name, () => {
      const error = caught(() => compiler.compile(schema as JsonSchema))
      expect(error).toBeInstanceOf(SchemaError)
      expect(error).toMatchObject({ code })
      expect(String(error)).toContain(text)
    })
  }
})

// BASE-50, BASE-51 (basic, "JSON Schema Usage")
describe('dialects', () => {
  const tuple = { items: [{ type: 'string' }], additionalItems: false }

  for (const $schema of [
    'http://json-schema.org/draft-07/schema#',
    'http://json-schema.org/draft-07/schema',
    'https://json-schema.org/draft-07/schema#',
  ]) {
    test(`${$schema} is draft-07`, () => {
      expect(explain({ $schema, ...tuple }, ['a'])).toBe('')
      expect(explain({ $schema, ...tuple }, ['a', 'b'])).toContain('/1: no value is allowed here')
    })
  }

  test('2020-12 may be named with an empty fragment', () => {
    const $schema = 'https://json-schema.org/draft/2020-12/schema#'
    expect(explain({ $schema, prefixItems: [{ type: 'string' }] }, [1])).toContain('/0')
  })

  test('draft-07 ignores what stands beside $ref and 2020-12 does not', () => {
    const schema = { $ref: '#/definitions/a', type: 'string', definitions: { a: true } }
    const $schema = 'http://json-schema.org/draft-07/schema#'
    expect(explain({ $schema, ...schema }, 1)).toBe('')
    expect(explain(schema, 1)).toContain('expected string')
  })

  test('a meta-schema that requires an unknown vocabulary is refused', () => {
    const schemas = {
      'https://a.example/meta': { $vocabulary: { 'https://a.example/vocab': true } },
    }
    const error = caught(() =>
      createInterpreter({ schemas }).compile({ $schema: 'https://a.example/meta' }),
    )
    expect(error).toMatchObject({ code: 'ERR_SCHEMA_DIALECT' })
    expect(String(error)).toContain('https://a.example/vocab')
  })

  test('format is an annotation', () => {
    expect(explain({ format: 'email' }, 'not an address')).toBe('')
  })
})

test('schemas given by URI can be referred to, and one that is no absolute URI is a TypeError', () => {
  const schemas = { 'https://a.example/city#': { type: 'string' } }
  const { validate } = createInterpreter({ schemas }).compile({ $ref: 'https://a.example/city' })
  expect([validate('Oslo').ok, validate(5).ok]).toEqual([true, false])
  expect(() => createInterpreter({ schemas: { city: true } })).toThrow(TypeError)
})

test('a part of a schema that nothing refers to is not compiled', () => {
  expect(explain({ $defs: { unused: { $ref: 'https://example.com/' } } }, 1)).toBe('')
})

function caught(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
