import { describe, expect, test } from 'vitest'
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import { createInterpreter } from '../jsonschema/interpreter.ts'
import { prepareSchema } from './schema.ts'
import type { PreparedSchema, Schema } from './schema.ts'

function prepare(schema: Schema, direction: 'input' | 'output' = 'input'): PreparedSchema {
  return prepareSchema(schema, { direction, compiler: createInterpreter() })
}

const plain = {
  type: 'object',
  properties: { n: { type: 'number' } },
  required: ['n'],
} as const

const kinds: readonly [string, Schema][] = [
  ['zod', z.object({ n: z.number() })],
  ['arktype', type({ n: 'number' })],
  [
    'valibot, with its JSON Schema beside it',
    { schema: v.object({ n: v.number() }), jsonSchema: plain },
  ],
  ['plain JSON Schema', plain],
]

describe.for(kinds)('a schema of %s', ([, schema]) => {
  test('says itself as JSON Schema, without naming a dialect', () => {
    const { jsonSchema } = prepare(schema)
    expect(jsonSchema).toMatchObject({ type: 'object', properties: { n: { type: 'number' } } })
    expect(jsonSchema).not.toHaveProperty('$schema')
  })

  test('lets through what fits', async () => {
    expect(await prepare(schema).check({ n: 1 })).toMatchObject({ ok: true, value: { n: 1 } })
  })

  test('says where something does not fit', async () => {
    const checked = await prepare(schema).check({ n: 'one' })
    expect(checked).toMatchObject({ ok: false, text: expect.stringContaining('/n') })
  })
})

test('the wire shows what goes into a transform for input, and what comes out for output', () => {
  const schema = z.object({ n: z.string().default('x') })
  expect(prepare(schema).jsonSchema['required']).toBeUndefined()
  expect(prepare(schema, 'output').jsonSchema['required']).toEqual(['n'])
})

test('an asynchronous check is waited for, and only that', async () => {
  const slow = z.object({ n: z.string().refine(async (text) => text === 'yes') })
  expect(prepare(plain).check({ n: 1 })).not.toBeInstanceOf(Promise)
  expect(await prepare(slow).check({ n: 'no' })).toMatchObject({ ok: false })
  expect(await prepare(slow).check({ n: 'yes' })).toMatchObject({ ok: true })
})

describe('what is no schema is a TypeError that says what to write', () => {
  test('a library that cannot say its JSON Schema', () => {
    expect(() => prepare(v.object({ n: v.number() }))).toThrow(
      /schemas of valibot do not say their JSON Schema: write \{ schema, jsonSchema/,
    )
  })

  test.for([
    ['a text', 'string'],
    ['an array', []],
  ] as const)('%s', ([, schema]) => {
    expect(() => prepare(schema as unknown as Schema)).toThrow(TypeError)
  })

  // BASE-53 (basic, "JSON Schema Usage")
  test('a JSON Schema that cannot be compiled', () => {
    expect(() => prepare({ type: 'objekt' })).toThrow()
  })
})
