import { followed, takenBy } from './schema-types.ts'
import type { Schema } from './schema-types.ts'

/** What a text became, or why it cannot become what is wanted. */
export type Coerced =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly wanted: string }

type Reader = (text: string) => unknown

/** From the strictest; a text that is taken as it is wins, since `:=` can say otherwise. */
const readers: Readonly<Record<string, Reader>> = {
  string: (text) => text,
  integer: (text) => (/^[+-]?\d+$/.test(text) ? Number(text) : undefined),
  number: (text) =>
    text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : undefined,
  boolean: (text) => booleans.get(text.toLowerCase()),
  null: (text) => (text === 'null' ? null : undefined),
  array: (text) => readJson(text, Array.isArray),
  object: (text) =>
    readJson(text, (value) => typeof value === 'object' && value !== null && !Array.isArray(value)),
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['yes', true],
  ['on', true],
  ['1', true],
  ['false', false],
  ['no', false],
  ['off', false],
  ['0', false],
])

const wanted: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  null: 'null',
  array: 'JSON: [ … ]',
  object: 'JSON: { … }',
}

/** The value that `text` stands for under a schema: a number where numbers are taken, and so on. */
export function coerce(text: string, schema: unknown, root: Schema): Coerced {
  const { types, values } = takenBy(schema, root)
  if (values.length > 0) {
    const found = values.find((value) => written(value) === text)
    return found === undefined
      ? { ok: false, wanted: `one of ${values.map(written).join(', ')}` }
      : { ok: true, value: found }
  }
  if (types.size === 0) return { ok: true, value: text }
  for (const [type, read] of Object.entries(readers)) {
    if (!types.has(type)) continue
    const value = read(text)
    if (value !== undefined) return { ok: true, value }
  }
  return { ok: false, wanted: [...types].map((type) => wanted[type] ?? type).join(' or ') }
}

/** Whether a schema takes lists but no text, so that a value can be one item of it. */
export function takesList(schema: unknown, root: Schema): boolean {
  const { types } = takenBy(schema, root)
  return types.has('array') && !types.has('string')
}

/** The schema of a list's items. */
export function itemSchema(schema: unknown, root: Schema): unknown {
  return followed(schema, root)['items']
}

/** A value as one writes it on a command line. */
export function written(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function readJson(text: string, accepts: (value: unknown) => boolean): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return accepts(value) ? value : undefined
  } catch {
    // No JSON: the caller says what is wanted.
    return undefined
  }
}
