import { describeAttacks, range } from '../../test/schema-attack.ts'
import type { Attack } from '../../test/schema-attack.ts'

const record = (length: number, entry: (index: number) => [string, unknown]): object =>
  Object.fromEntries(range(length, entry))

const nest = (levels: number, wrap: (inner: unknown) => unknown, core: unknown): unknown => {
  let value = core
  for (let i = 0; i < levels; i++) value = wrap(value)
  return value
}

// What a peer sends has gone through the parser.
const deepArray = (levels: number): unknown =>
  JSON.parse('['.repeat(levels) + ']'.repeat(levels)) as unknown

const ladder = (levels: number, keyword: string): object => ({
  $ref: '#/$defs/d0',
  $defs: record(levels, (i) => [
    `d${i}`,
    i + 1 === levels
      ? { type: 'null' }
      : { [keyword]: [{ $ref: `#/$defs/d${i + 1}` }, { $ref: `#/$defs/d${i + 1}` }] },
  ]),
})

const shared = (levels: number): unknown =>
  nest(levels, (inner) => ({ allOf: [inner, inner] }), { type: 'string' })

const cyclic = (): unknown => {
  const schema: Record<string, unknown> = {}
  schema['properties'] = { self: schema }
  return schema
}

const recursion: readonly Attack[] = [
  { name: 'a reference to itself', schema: { $ref: '#' }, outcome: 'budget' },
  {
    name: 'two references to one another',
    schema: { $ref: '#/$defs/a', $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } } },
    outcome: 'budget',
  },
  { name: 'not itself', schema: { not: { $ref: '#' } }, outcome: 'budget' },
  {
    name: 'itself twice in allOf',
    schema: { allOf: [{ $ref: '#' }, { $ref: '#' }] },
    outcome: 'budget',
  },
  {
    name: 'itself twice in anyOf',
    schema: { anyOf: [{ $ref: '#' }, { $ref: '#' }] },
    outcome: 'budget',
  },
  { name: 'itself as condition', schema: { if: { $ref: '#' }, then: false }, outcome: 'budget' },
  {
    name: 'itself by a dynamic reference',
    schema: { $dynamicAnchor: 'a', $dynamicRef: '#a' },
    outcome: 'budget',
  },
  {
    name: 'itself for a dependent property',
    schema: { dependentSchemas: { a: { $ref: '#' } } },
    data: () => ({ a: 1 }),
    outcome: 'budget',
  },
  {
    name: 'itself below unevaluatedProperties',
    schema: { anyOf: [{ $ref: '#' }], unevaluatedProperties: false },
    data: () => ({ a: 1 }),
    outcome: 'budget',
  },
  {
    name: 'a long chain of references',
    schema: {
      $ref: '#/$defs/d0',
      $defs: record(4_500, (i) => [`d${i}`, i === 4_499 ? true : { $ref: `#/$defs/d${i + 1}` }]),
    },
    outcome: 'budget',
  },
  {
    name: 'a recursive tree that is no attack',
    schema: { type: 'array', items: { $ref: '#' } },
    data: () => deepArray(60),
    outcome: 'valid',
  },
  {
    name: 'data nested 10,000 deep under a recursive schema',
    schema: { items: { $ref: '#' } },
    data: () => deepArray(10_000),
    outcome: 'budget',
  },
  {
    name: 'data nested 10,000 deep under a schema that does not look inside',
    schema: { type: 'array' },
    data: () => deepArray(10_000),
    outcome: 'valid',
  },
  {
    name: 'data nested 10,000 deep under uniqueItems',
    schema: { uniqueItems: true },
    data: () => range(20, () => deepArray(10_000)),
    outcome: 'budget',
  },
  {
    name: 'data nested 10,000 deep beside an enum of objects',
    schema: { enum: range(20, (i) => [i]) },
    data: () => deepArray(10_000),
    outcome: 'budget',
  },
  {
    name: 'data nested 10,000 deep beside a const',
    schema: { const: nest(100, (inner) => [inner], 1) },
    data: () => deepArray(10_000),
    outcome: 'invalid',
  },
  {
    name: 'a recursive object 10,000 deep',
    schema: { properties: { a: { $ref: '#' } }, additionalProperties: false },
    data: () => nest(10_000, (a) => ({ a }), {}),
    outcome: 'budget',
  },
]

const explosions: readonly Attack[] = [
  {
    name: 'references that double in allOf',
    schema: ladder(60, 'allOf'),
    data: () => null,
    outcome: 'budget',
  },
  {
    name: 'references that double in anyOf',
    schema: ladder(60, 'anyOf'),
    data: () => 1,
    outcome: 'budget',
  },
  {
    name: 'references that double in oneOf',
    schema: ladder(60, 'oneOf'),
    data: () => 1,
    outcome: 'budget',
  },
  { name: 'an object shared by two places, 40 times', schema: shared(40), outcome: 'not compiled' },
  { name: 'an object that contains itself', schema: cyclic(), outcome: 'not compiled' },
  {
    name: 'items that never match any of many branches, by reference',
    schema: { type: ['array'], items: { anyOf: range(8, () => ({ $ref: '#' })) } },
    data: () => nest(12, (inner) => [inner, inner], 'x'),
    outcome: 'budget',
  },
  {
    name: 'unevaluatedProperties below many branches',
    schema: {
      unevaluatedProperties: false,
      anyOf: range(400, () => ({ properties: record(10, (i) => [`k${i}`, true]) })),
    },
    data: () => record(5_000, (i) => [`k${i}`, 1]),
    outcome: 'invalid',
  },
  {
    name: 'unevaluatedItems with contains over many items',
    schema: { unevaluatedItems: false, allOf: range(50, () => ({ contains: { type: 'number' } })) },
    data: () => range(20_000, (i) => i),
    outcome: 'budget',
  },
  {
    name: 'additionalProperties below many nested frames',
    schema: nest(30, (inner) => ({ anyOf: [inner], unevaluatedProperties: true }), {
      additionalProperties: { type: 'number' },
    }),
    data: () => record(20_000, (i) => [`k${i}`, 1]),
    outcome: 'valid',
  },
  {
    name: 'many dynamic scopes',
    schema: {
      $id: 'https://a.example/0',
      $dynamicAnchor: 'x',
      items: nest(
        40,
        (inner) => ({
          $id: `https://a.example/${Math.random()}`,
          $dynamicAnchor: 'x',
          allOf: [inner],
        }),
        { allOf: range(500, () => ({ $dynamicRef: '#y' })), $dynamicAnchor: 'y' },
      ),
    },
    data: () => range(1_000, () => 1),
    outcome: 'budget',
  },
]

const arrays: readonly Attack[] = [
  {
    name: '150,000 random numbers under uniqueItems',
    schema: { uniqueItems: true },
    data: () => range(150_000, (i) => Math.sin(i)),
    outcome: 'valid',
  },
  {
    name: '100,000 unique numbers',
    schema: { uniqueItems: true },
    data: () => range(100_000, (i) => i),
    outcome: 'valid',
  },
  {
    name: '100,000 unique short strings',
    schema: { uniqueItems: true },
    data: () => range(100_000, (i) => `s${i}`),
    outcome: 'valid',
  },
  {
    name: '50,000 numeric strings',
    schema: { uniqueItems: true },
    data: () => range(50_000, (i) => String(i << 9)),
    outcome: 'valid',
  },
  {
    name: '100,000 integers that collide in a hash table',
    schema: { uniqueItems: true },
    data: () => range(100_000, (i) => i * 2 ** 17),
    outcome: 'valid',
  },
  {
    name: '100,000 objects under uniqueItems',
    schema: { uniqueItems: true },
    data: () => range(100_000, (i) => ({ i })),
    outcome: 'budget',
  },
  {
    name: '10,000 objects under uniqueItems',
    schema: { uniqueItems: true },
    data: () => range(10_000, (i) => ({ i })),
    outcome: 'valid',
  },
  {
    name: '100,000 arrays under uniqueItems',
    schema: { uniqueItems: true },
    data: () => range(100_000, (i) => [i]),
    outcome: 'budget',
  },
  {
    name: 'long equal objects in a short array',
    schema: { uniqueItems: true },
    data: () => range(12, (k) => range(10_000, (i) => (i === 9_999 ? k : i))),
    outcome: 'valid',
  },
  {
    name: 'long strings that differ at the end',
    schema: { uniqueItems: true },
    data: () => range(200, (i) => 'x'.repeat(20_000) + i),
    outcome: 'valid',
  },
  {
    name: 'uniqueItems at every level',
    schema: { uniqueItems: true, items: { $ref: '#' } },
    data: () => nest(14, (inner) => [inner, [inner]], 1),
    outcome: 'valid',
  },
  {
    name: '500,000 items of a plain type',
    schema: { items: { type: 'number' } },
    data: () => range(500_000, (i) => i),
    outcome: 'valid',
  },
  {
    name: '2,000,000 items of a plain type',
    schema: { items: { type: 'number' } },
    data: () => range(2_000_000, (i) => i),
    outcome: 'budget',
  },
  {
    name: '500,000 wrong items',
    schema: { items: { type: 'string' } },
    data: () => range(500_000, (i) => i),
    outcome: 'invalid',
  },
  {
    name: '100,000 items against ten alternatives',
    schema: { items: { anyOf: range(10, (i) => ({ const: `c${i}` })) } },
    data: () => range(100_000, () => 'c9'),
    outcome: 'budget',
  },
  {
    name: '20,000 items, each wrong in ten alternatives',
    schema: { items: { oneOf: range(10, (i) => ({ const: `c${i}` })) } },
    data: () => range(20_000, () => 'no'),
    outcome: 'invalid',
  },
  {
    name: 'contains over 200,000 items',
    schema: { contains: { const: 'x' } },
    data: () => range(200_000, (i) => i),
    outcome: 'invalid',
  },
  {
    name: 'many contains over many items',
    schema: { allOf: range(100, () => ({ contains: { const: 'x' } })) },
    data: () => range(50_000, (i) => i),
    outcome: 'invalid',
  },
  {
    name: 'multipleOf with far exponents',
    schema: { items: { multipleOf: 5e-324 } },
    data: () => range(50_000, () => 1.7e308),
    outcome: 'budget',
  },
]

const objects: readonly Attack[] = [
  {
    name: 'objects of 20,000 keys under uniqueItems',
    schema: { uniqueItems: true },
    data: () => range(20, () => record(20_000, (i) => [`k${(i * 7919) % 20_000}`, 1])),
    outcome: 'budget',
  },
  {
    name: 'objects of 50,000 keys beside a const of 20,000',
    schema: { items: { const: record(20_000, (i) => [`k${i}`, 1]) } },
    data: () => range(3, () => record(50_000, (i) => [`k${i}`, 1])),
    outcome: 'budget',
  },
  {
    name: '20,000 keys evaluated by a pattern',
    schema: { patternProperties: { '': true }, unevaluatedProperties: false },
    data: () => record(20_000, (i) => [`k${i}`, 1]),
    outcome: 'valid',
  },
  {
    name: 'alternatives that fail at the end of a long path',
    schema: nest(30, (inner) => ({ additionalProperties: inner }), {
      items: { anyOf: range(5, (i) => ({ const: i })) },
    }),
    data: () =>
      nest(
        30,
        (inner) => ({ ['k'.repeat(300)]: inner }),
        range(20_000, () => 'x'),
      ),
    outcome: 'invalid',
  },
  {
    name: '50,000 keys against 100 patterns',
    schema: { patternProperties: record(100, (i) => [`^a{${i}}b`, { type: 'string' }]) },
    data: () => record(50_000, (i) => [`key${i}`, 1]),
    outcome: 'budget',
  },
  {
    name: '50,000 unknown keys',
    schema: { additionalProperties: false },
    data: () => record(50_000, (i) => [`key${i}`, 1]),
    outcome: 'invalid',
  },
  {
    name: '50,000 unknown keys near 4,900 known ones',
    schema: { properties: record(4_900, (i) => [`kez${i}`, true]), additionalProperties: false },
    data: () => record(50_000, (i) => [`key${i}`, 1]),
    outcome: 'invalid',
  },
  {
    name: '50,000 keys under propertyNames',
    schema: { propertyNames: { maxLength: 9 } },
    data: () => record(50_000, (i) => [`k${i}`, 1]),
    outcome: 'valid',
  },
  {
    name: '50,000 keys that are numbers',
    schema: { additionalProperties: { type: 'number' } },
    data: () => record(50_000, (i) => [String(i * 1024), 1]),
    outcome: 'valid',
  },
  {
    name: '4,500 properties for each of 1,000 objects',
    schema: { items: { properties: record(4_500, (i) => [`p${i}`, true]) } },
    data: () => range(1_000, () => ({ a: 1 })),
    outcome: 'valid',
  },
  {
    name: '4,500 required names for each of 1,000 objects',
    schema: { items: { anyOf: [{ required: range(4_500, (i) => `p${i}`) }, true] } },
    data: () => range(1_000, () => ({ p0: 1 })),
    outcome: 'budget',
  },
  {
    name: '4,500 missing names',
    schema: { required: range(4_500, (i) => `p${i}`) },
    data: () => ({}),
    outcome: 'invalid',
  },
  {
    name: '5,000 dependencies for each of 1,000 objects',
    schema: { items: { dependentRequired: record(5_000, (i) => [`p${i}`, ['q']]) } },
    data: () => range(1_000, () => ({ a: 1 })),
    outcome: 'budget',
  },
  {
    name: 'maxProperties asked 1,000 times of 10,000 keys',
    schema: { allOf: range(1_000, () => ({ minProperties: 1 })) },
    data: () => record(10_000, (i) => [`k${i}`, 1]),
    outcome: 'budget',
  },
]

const sizes: readonly Attack[] = [
  {
    name: '29,000 empty subschemas in $defs',
    schema: { $defs: record(29_000, (i) => [`p${i}`, {}]) },
    data: () => 1,
    outcome: 'valid',
  },
  {
    name: 'many references below a long $id',
    schema: {
      $id: `https://a.example/${'x'.repeat(500_000)}/`,
      allOf: range(1_900, (i) => ({ $ref: `./b${i}` })),
    },
    outcome: 'not compiled',
  },
  {
    name: '$ids that grow by nesting',
    schema: nest(100, (inner) => ({ $id: `${'x'.repeat(2_000)}/`, not: inner }), {}),
    outcome: 'not compiled',
  },
  {
    name: 'many dynamic names in many resources',
    schema: {
      allOf: [
        ...range(2_000, (i) => ({
          $dynamicAnchor: `n${i}`,
          properties: { a: { $dynamicRef: `#n${i}` } },
        })),
        ...range(900, (i) => ({ $id: `https://a.example/${i}`, $dynamicAnchor: 'n0' })),
      ],
    },
    data: () => ({ a: 1 }),
    outcome: 'valid',
  },
  {
    name: 'an enum of objects with many keys',
    schema: {
      enum: [...range(9, (i) => i), record(25_000, (i) => [`k${(i * 7919) % 25_000}`, 1])],
    },
    data: () => 1,
    outcome: 'valid',
  },
  {
    name: 'an enum of 1,000,000 values',
    schema: { enum: range(1_000_000, (i) => i) },
    outcome: 'not compiled',
  },
  {
    name: 'an enum of 10,000 integers that collide in a hash table',
    schema: { enum: range(10_000, (i) => i * 2 ** 14) },
    data: () => 1,
    outcome: 'invalid',
  },
  {
    name: 'an enum of 10,000 strings',
    schema: { enum: range(10_000, (i) => `v${i}`) },
    data: () => 'v9999',
    outcome: 'valid',
  },
  {
    name: 'an enum of 10,000 objects',
    schema: { enum: range(10_000, (i) => ({ i })) },
    data: () => ({ i: 9_999 }),
    outcome: 'valid',
  },
  {
    name: 'an enum of long strings, for many long strings',
    schema: { items: { enum: range(8, (i) => 'x'.repeat(50_000) + i) } },
    data: () => range(80, () => `${'x'.repeat(50_000)}8`),
    outcome: 'invalid',
  },
  {
    name: '100,000 subschemas',
    schema: { properties: record(100_000, (i) => [`p${i}`, {}]) },
    outcome: 'not compiled',
  },
  {
    name: '4,900 subschemas',
    schema: { properties: record(4_900, (i) => [`p${i}`, { type: 'string' }]) },
    data: () => ({}),
    outcome: 'valid',
  },
  {
    name: '1,900 subschemas with an $id',
    schema: { $defs: record(1_900, (i) => [`p${i}`, { $id: `https://a.example/${i}` }]) },
    data: () => 1,
    outcome: 'valid',
  },
  {
    name: '4,500 long references',
    schema: {
      properties: record(4_500, (i) => [
        `p${i}`,
        { $ref: '#/$defs/a/allOf/0/allOf/0/allOf/0/allOf/0' },
      ]),
      $defs: { a: nest(4, (inner) => ({ allOf: [inner] }), {}) },
    },
    data: () => ({}),
    outcome: 'valid',
  },
  {
    name: 'a schema 10,000 levels deep',
    schema: nest(10_000, (not) => ({ not }), true),
    outcome: 'not compiled',
  },
  {
    name: 'a const 10,000 levels deep',
    schema: { const: deepArray(10_000) },
    outcome: 'not compiled',
  },
  {
    name: 'a title of 10 million characters',
    schema: { title: 'x'.repeat(10_000_000) },
    outcome: 'not compiled',
  },
  {
    name: 'names that pollute the prototype',
    schema: JSON.parse('{"properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}'),
    data: () => JSON.parse('{"__proto__":{"polluted":true}}') as unknown,
    outcome: 'invalid',
  },
  {
    name: 'minLength of a long string, 1,000 times',
    schema: { allOf: range(1_000, () => ({ minLength: 600_000 })) },
    data: () => 'x'.repeat(1_000_000),
    outcome: 'budget',
  },
]

describeAttacks('hostile schemas and data', [
  ...recursion,
  ...explosions,
  ...arrays,
  ...objects,
  ...sizes,
])
