import { expectTypeOf } from 'vitest'
import type { FromSchema } from './infer.ts'
import type { InferInput, InferOutput, StandardSchema } from './standard-schema.ts'

// Compiled and never run.

declare function from<const S>(schema: S): FromSchema<S>

expectTypeOf<FromSchema<true>>().toEqualTypeOf<unknown>()
expectTypeOf<FromSchema<false>>().toEqualTypeOf<never>()
expectTypeOf<FromSchema<{}>>().toEqualTypeOf<unknown>()
expectTypeOf<FromSchema<{ type: 'string' }>>().toEqualTypeOf<string>()
expectTypeOf<FromSchema<{ type: 'integer' }>>().toEqualTypeOf<number>()
expectTypeOf<FromSchema<{ type: ['string', 'null'] }>>().toEqualTypeOf<string | null>()
expectTypeOf<FromSchema<{ type: 'array' }>>().toEqualTypeOf<unknown[]>()
expectTypeOf<FromSchema<{ type: 'array'; items: { type: 'number' } }>>().toEqualTypeOf<number[]>()
expectTypeOf<FromSchema<{ type: 'object' }>>().toEqualTypeOf<{ [x: string]: unknown }>()
expectTypeOf<FromSchema<{ $ref: '#/$defs/a' }>>().toEqualTypeOf<unknown>()
// @ts-expect-error a string is no number
expectTypeOf<FromSchema<{ type: 'string' }>>().toEqualTypeOf<number>()

const city = from({
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city'],
  additionalProperties: false,
})
expectTypeOf<typeof city>().toEqualTypeOf<{ city: string; days?: number }>()
city.city.toUpperCase()
// @ts-expect-error days may be absent
city.days.toFixed()
// @ts-expect-error there is no such property
void city.country

const unlisted = from({ type: 'object', required: ['id'] })
unlisted.id satisfies unknown

const counts = from({ type: 'object', additionalProperties: { type: 'number' } })
expectTypeOf<typeof counts>().toEqualTypeOf<{ [x: string]: number }>()

const empty = from({ type: 'object', additionalProperties: false })
// @ts-expect-error a closed object without properties has none
void empty.anything

const untyped = from({ properties: { a: { type: 'boolean' } } })
expectTypeOf<typeof untyped>().toEqualTypeOf<{ a?: boolean }>()

const unit = from({ enum: ['celsius', 'fahrenheit'] })
expectTypeOf<typeof unit>().toEqualTypeOf<'celsius' | 'fahrenheit'>()

const constant = from({ const: { kind: 'circle', at: [1, 2] } })
expectTypeOf<typeof constant>().toEqualTypeOf<{ kind: 'circle'; at: [1, 2] }>()

const pair = from({
  type: 'array',
  prefixItems: [{ type: 'string' }, { type: 'number' }],
  items: false,
})
expectTypeOf<typeof pair>().toEqualTypeOf<[string, number]>()

const open = from({ type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' } })
expectTypeOf<typeof open>().toEqualTypeOf<[string, ...number[]]>()

const either = from({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] })
expectTypeOf<typeof either>().toEqualTypeOf<string | string[]>()

const one = from({ oneOf: [{ const: 1 }, { const: 2 }] })
expectTypeOf<typeof one>().toEqualTypeOf<1 | 2>()

const both = from({
  allOf: [
    { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
    { type: 'object', properties: { b: { type: 'number' } }, required: ['b'] },
  ],
})
both satisfies { a: string; b: number }
// @ts-expect-error b is a number
both satisfies { b: string }

const base = from({
  type: 'object',
  properties: { id: { type: 'string' } },
  required: ['id'],
  anyOf: [
    { type: 'object', properties: { a: { const: 1 } }, required: ['a'] },
    { type: 'object', properties: { b: { const: 2 } }, required: ['b'] },
  ],
})
base satisfies { id: string } & ({ a: 1 } | { b: 2 })

const nested = from({
  type: 'object',
  properties: {
    rows: {
      type: 'array',
      items: { type: 'object', properties: { id: { type: 'integer' } }, required: ['id'] },
    },
  },
  required: ['rows'],
})
expectTypeOf<typeof nested>().toEqualTypeOf<{ rows: { id: number }[] }>()

// A schema that is only known at run time says nothing.
expectTypeOf<FromSchema<Record<string, unknown>>>().toEqualTypeOf<unknown>()

declare const standard: StandardSchema<{ a?: number }, { a: number }>
expectTypeOf<InferInput<typeof standard>>().toEqualTypeOf<{ a?: number }>()
expectTypeOf<InferOutput<typeof standard>>().toEqualTypeOf<{ a: number }>()
// @ts-expect-error the input is not the output
expectTypeOf<InferInput<typeof standard>>().toEqualTypeOf<{ a: number }>()
