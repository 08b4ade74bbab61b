import type { FromSchema } from './infer.ts'
import type { InferInput, InferOutput, StandardSchema } from './standard-schema.ts'

// Each line compiles only if both types are the same, or, below @ts-expect-error, only if they are not.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

declare function same<A, B>(..._: Same<A, B> extends true ? [] : ['these types differ']): void
declare function from<const S>(schema: S): FromSchema<S>

same<FromSchema<true>, unknown>()
same<FromSchema<false>, never>()
same<FromSchema<{}>, unknown>()
same<FromSchema<{ type: 'string' }>, string>()
same<FromSchema<{ type: 'integer' }>, number>()
same<FromSchema<{ type: ['string', 'null'] }>, string | null>()
same<FromSchema<{ type: 'array' }>, unknown[]>()
same<FromSchema<{ type: 'array'; items: { type: 'number' } }>, number[]>()
same<FromSchema<{ type: 'object' }>, { [x: string]: unknown }>()
same<FromSchema<{ $ref: '#/$defs/a' }>, unknown>()
// @ts-expect-error a string is no number
same<FromSchema<{ type: 'string' }>, number>()

const city = from({
  type: 'object',
  properties: { city: { type: 'string' }, days: { type: 'integer' } },
  required: ['city'],
  additionalProperties: false,
})
same<typeof city, { city: string; days?: number }>()
city.city.toUpperCase()
// @ts-expect-error days may be absent
city.days.toFixed()
// @ts-expect-error there is no such property
void city.country

const unlisted = from({ type: 'object', required: ['id'] })
unlisted.id satisfies unknown

const counts = from({ type: 'object', additionalProperties: { type: 'number' } })
same<typeof counts, { [x: string]: number }>()

const empty = from({ type: 'object', additionalProperties: false })
// @ts-expect-error a closed object without properties has none
void empty.anything

const untyped = from({ properties: { a: { type: 'boolean' } } })
same<typeof untyped, { a?: boolean }>()

const unit = from({ enum: ['celsius', 'fahrenheit'] })
same<typeof unit, 'celsius' | 'fahrenheit'>()

const constant = from({ const: { kind: 'circle', at: [1, 2] } })
same<typeof constant, { kind: 'circle'; at: [1, 2] }>()

const pair = from({
  type: 'array',
  prefixItems: [{ type: 'string' }, { type: 'number' }],
  items: false,
})
same<typeof pair, [string, number]>()

const open = from({ type: 'array', prefixItems: [{ type: 'string' }], items: { type: 'number' } })
same<typeof open, [string, ...number[]]>()

const either = from({ anyOf: [{ type: 'string' }, { type: 'array', items: { type: 'string' } }] })
same<typeof either, string | string[]>()

const one = from({ oneOf: [{ const: 1 }, { const: 2 }] })
same<typeof one, 1 | 2>()

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
same<typeof nested, { rows: { id: number }[] }>()

// A schema that is only known at run time says nothing.
same<FromSchema<Record<string, unknown>>, unknown>()

declare const standard: StandardSchema<{ a?: number }, { a: number }>
same<InferInput<typeof standard>, { a?: number }>()
same<InferOutput<typeof standard>, { a: number }>()
// @ts-expect-error the input is not the output
same<InferInput<typeof standard>, { a: number }>()
