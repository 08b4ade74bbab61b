import { expect, test } from 'vitest'
import { toJsonSchema } from './json-schema.ts'
import { parseShapes } from './notation.ts'
import type { Shape } from './notation.ts'

const rows = [
  { notation: 'string', schema: { type: 'string' } },
  { notation: 'integer 0..', schema: { type: 'integer', minimum: 0 } },
  { notation: 'number -1..0.5', schema: { type: 'number', minimum: -1, maximum: 0.5 } },
  { notation: 'uri-template', schema: { type: 'string', format: 'uri-template' } },
  { notation: '"a" | "b"', schema: { enum: ['a', 'b'] } },
  { notation: '-32020', schema: { const: -32020 } },
  { notation: 'string | integer | null', schema: { type: ['string', 'integer', 'null'] } },
  {
    notation: 'string[..100]',
    schema: { type: 'array', items: { type: 'string' }, maxItems: 100 },
  },
  {
    notation: '(string | object[])[]',
    schema: {
      type: 'array',
      items: { anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'object' } }] },
    },
  },
  {
    notation: '{ a: string, "b/c"?: any } // a comment',
    schema: { type: 'object', properties: { a: { type: 'string' }, 'b/c': {} }, required: ['a'] },
  },
  { notation: '{ [*]: never }', schema: { type: 'object', additionalProperties: false } },
  {
    notation: '{ a: null } & { b: null }',
    schema: {
      allOf: ['a', 'b'].map((name) => ({
        type: 'object',
        properties: { [name]: { type: 'null' } },
        required: [name],
      })),
    },
  },
]

const nothing = { types: new Map<string, Shape>(), errors: {} }

test.each(rows)('$notation is read', ({ notation, schema }) => {
  const [definition] = parseShapes(`x = ${notation}`)
  expect(definition && toJsonSchema(definition.shape, nothing)).toEqual(schema)
})

test('an object takes over the members of another, and leaves some out', () => {
  const types = read('Base = { a: string, b?: string } Taken = { ...Base, -a, b: boolean }')
  const schema = { type: 'object', properties: { b: { type: 'boolean' } }, required: ['b'] }
  expect(toJsonSchema({ kind: 'name', name: 'Taken' }, { types, errors: {} })).toEqual({
    $ref: '#/$defs/Taken',
    $defs: { Taken: schema },
  })
})

test('a type may refer to itself', () => {
  const types = read('Tree = { children: Tree[] }')
  const items = { $ref: '#/$defs/Tree' }
  expect(toJsonSchema({ kind: 'name', name: 'Tree' }, { types, errors: {} })).toMatchObject({
    $defs: { Tree: { properties: { children: { items } } } },
  })
})

const mistakes = [
  { text: 'Tool { name: string }', says: 'line 1: expected = after Tool, got {' },
  { text: 'A = {\n  a: string\n  b: string }', says: 'line 3: expected ,, got b' },
  { text: 'A = { [x]: string }', says: 'line 1: expected *, got x' },
  { text: 'A =', says: 'line 1: expected a name, got the end' },
  { text: 'A = string;', says: 'line 1: ";" means nothing here' },
]

test.each(mistakes)('$says', ({ text, says }) => {
  expect(() => parseShapes(text)).toThrow(new SyntaxError(`shapes, ${says}`))
})

test('a name of no type, and a spread of what is no object, are mistakes', () => {
  const types = read('A = { b: Nothing } B = { ...C } C = string')
  const convert = (name: string): unknown =>
    toJsonSchema({ kind: 'name', name }, { types, errors: {} })
  expect(() => convert('A')).toThrow('no type is called Nothing')
  expect(() => convert('B')).toThrow('...C spreads what is no object')
})

function read(text: string): ReadonlyMap<string, Shape> {
  return new Map(parseShapes(text).map(({ name, shape }) => [name, shape]))
}
