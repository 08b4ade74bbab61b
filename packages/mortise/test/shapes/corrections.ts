import type { JsonSchema } from '../../src/jsonschema/index.ts'

/** Where an official schema says what the specification does not mean. */
export interface Correction {
  readonly version: string
  /** In its definitions. */
  readonly path: string
  readonly says: unknown
  readonly means: unknown
  readonly reason: string
}

const scalars = { type: ['string', 'integer', 'boolean'] }
const number = 'a form may ask for a number (NumberSchema), and 1.5 is one'
const json = 'null and fractions are JSON values'

/**
 * The generator of the official schemas writes `integer` for the `number` of a union, and leaves `null` out. Those places
 * are read as the specification's own text (client/elicitation, "Response Actions"; JSON itself) has them. The bounds
 * of `NumberSchema`, which earlier editions of 2025-06-18 and 2025-11-25 had as integers, are numbers in these.
 */
export const corrections: readonly Correction[] = [
  {
    version: '2025-06-18',
    path: 'ElicitResult/properties/content/additionalProperties',
    says: scalars,
    means: { type: ['string', 'number', 'boolean'] },
    reason: number,
  },
  ...['2025-11-25', '2026-07-28', 'tasks'].map((version) => ({
    version,
    path: 'ElicitResult/properties/content/additionalProperties/anyOf/1',
    says: scalars,
    means: { type: ['string', 'number', 'boolean'] },
    reason: number,
  })),
  ...['2026-07-28', 'tasks'].map((version) => ({
    version,
    path: 'JSONValue/anyOf/2',
    says: scalars,
    means: { type: ['string', 'number', 'boolean', 'null'] },
    reason: json,
  })),
]

/** Mends the definitions of the official schema of `version`. */
export function correct(definitions: Record<string, JsonSchema>, version: string): void {
  for (const { path, means } of corrections.filter((one) => one.version === version)) {
    const keys = path.split('/')
    const last = keys.pop() ?? ''
    const holder = keys.reduce<unknown>((from, key) => (from as Holder)[key], definitions) as Holder
    holder[last] = means
  }
}

type Holder = Record<string, unknown>
