import { expect, test } from 'vitest'
import { z } from 'zod'
import { hasStandardSchema } from './standard-schema.ts'

test('a Zod schema is a Standard Schema with a JSON Schema', () => {
  const schema: unknown = z.object({ city: z.string() })
  if (!hasStandardSchema(schema)) throw new Error('not recognised')
  const { jsonSchema, validate } = schema['~standard']
  expect(jsonSchema?.input({ target: 'draft-2020-12' })).toMatchObject({ required: ['city'] })
  expect(validate({ city: 'Oslo' })).toEqual({ value: { city: 'Oslo' } })
})

test('a function can be a Standard Schema', () => {
  const props = { version: 1, vendor: 'x', validate: () => ({ value: 1 }) }
  expect(hasStandardSchema(Object.assign(() => 1, { '~standard': props }))).toBe(true)
})

test('plain JSON Schemas, other versions and other things are none', () => {
  const validate = (): unknown => 1
  for (const value of [
    undefined,
    null,
    true,
    'x',
    { type: 'object' },
    { '~standard': null },
    { '~standard': { version: 2, vendor: 'x', validate } },
    { '~standard': { version: 1, vendor: 'x' } },
  ]) {
    expect(hasStandardSchema(value)).toBe(false)
  }
})
