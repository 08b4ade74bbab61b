import { createInterpreter, SchemaError } from 'mortise/jsonschema'
import type { JsonSchema } from 'mortise/jsonschema'
import { equal } from '../scenario.ts'

const tree = {
  $id: 'https://example.com/tree',
  $dynamicAnchor: 'node',
  type: 'object',
  properties: {
    value: true,
    children: { type: 'array', items: { $dynamicRef: '#node' } },
  },
}

/** A schema, what fits it, and what does not. */
const rows: readonly { schema: JsonSchema; fits: unknown; not: unknown }[] = [
  { schema: { type: 'integer', multipleOf: 3 }, fits: 9, not: 10 },
  { schema: { multipleOf: 0.01 }, fits: 4.35, not: 4.355 },
  { schema: { maxLength: 2 }, fits: '🙂🙂', not: '🙂🙂🙂' },
  { schema: { pattern: '^\\p{Lu}\\p{L}*$' }, fits: 'Éa', not: 'éa' },
  { schema: { pattern: '^(a|b)+\\d{2,3}$' }, fits: 'ab12', not: 'ab1' },
  { schema: { pattern: '\\w\\s日' }, fits: 'x\u{a0}日', not: 'x日' },
  {
    schema: { uniqueItems: true },
    fits: [1, '1', [1]],
    not: [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ],
  },
  { schema: { enum: [0, { a: [null] }] }, fits: { a: [null] }, not: { a: [] } },
  { schema: { prefixItems: [{ type: 'string' }], items: false }, fits: ['a'], not: ['a', 1] },
  { schema: { contains: { const: 1 }, maxContains: 1 }, fits: [1, 2], not: [1, 1] },
  { schema: { dependentRequired: { a: ['b'] } }, fits: { a: 1, b: 1 }, not: { a: 1 } },
  {
    schema: { allOf: [{ properties: { a: true } }], unevaluatedProperties: false },
    fits: { a: 1 },
    not: { a: 1, b: 1 },
  },
  {
    schema: { if: { const: 1 }, then: false, else: { type: ['string', 'null'] } },
    fits: null,
    not: 1,
  },
  { schema: { ...tree, unevaluatedProperties: false }, fits: { children: [{}] }, not: { x: 1 } },
  {
    schema: { $schema: 'http://json-schema.org/draft-07/schema#', items: [{ type: 'null' }] },
    fits: [null, 1],
    not: [1],
  },
]

/** Schemas that cannot be compiled. */
const wrong: readonly JsonSchema[] = [
  { type: 'strnig' },
  { $ref: '#/nowhere' },
  { pattern: '(a' },
  { pattern: '(?<=a)b' },
  { $schema: 'https://example.com/my-own' },
]

/** The interpreter of JSON Schema, which has its own regular expressions and decimals. */
export const schemas: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'values fit their schemas or are refused with reasons'() {
    const interpreter = createInterpreter()
    return rows.map(({ schema, fits, not }) => {
      const validator = interpreter.compile(schema)
      equal(validator.validate(fits), { ok: true }, JSON.stringify(schema))
      const verdict = validator.validate(not)
      equal(verdict.ok, false, JSON.stringify(schema))
      return verdict
    })
  },

  async 'schemas that are wrong are refused'() {
    const interpreter = createInterpreter()
    return wrong.map((schema) => {
      try {
        interpreter.compile(schema)
      } catch (error) {
        if (error instanceof SchemaError) return error.message
        throw error
      }
      throw new Error(`compiled: ${JSON.stringify(schema)}`)
    })
  },

  async 'a value that costs too much is refused and ends'() {
    const schema = {
      $defs: { a: { anyOf: [{ items: { $ref: '#/$defs/a' } }] } },
      $ref: '#/$defs/a',
    }
    let value: unknown = []
    for (let depth = 0; depth < 500; depth++) value = [value]
    const deep = createInterpreter().compile(schema).validate(value)
    const hard = createInterpreter().compile({ pattern: '^(a*)*b$' }).validate('a'.repeat(50_000))
    equal([deep.ok, hard.ok], [false, false], 'verdicts')
    return [deep, hard]
  },
}
