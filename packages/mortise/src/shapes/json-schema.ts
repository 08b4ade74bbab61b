import type { JsonSchema } from '../jsonschema/validator.ts'
import { constantOf, follow, membersOf } from './members.ts'
import type { Shape } from './notation.ts'
import { alternativesOf } from './vocabulary.ts'
import type { Vocabulary } from './vocabulary.ts'

type Schema = Readonly<Record<string, unknown>>

/** Names that mean a type of JSON, or a string with a format; formats annotate and refuse nothing. */
const basic: Readonly<Record<string, JsonSchema>> = {
  any: {},
  never: false,
  null: { type: 'null' },
  string: { type: 'string' },
  boolean: { type: 'boolean' },
  object: { type: 'object' },
  uri: { type: 'string', format: 'uri' },
  'uri-template': { type: 'string', format: 'uri-template' },
  base64: { type: 'string', contentEncoding: 'base64' },
}

/** Members by which the alternatives of a union are told apart. */
const tags: readonly string[] = ['method', 'type', 'resultType', 'status', 'mode', 'action']

/**
 * `shape` as JSON Schema 2020-12, with every type that it refers to under `$defs`.
 * @throws TypeError when it refers to a type that the vocabulary has not.
 */
export function toJsonSchema(shape: Shape, vocabulary: Vocabulary): JsonSchema {
  const definitions: Record<string, JsonSchema> = {}
  const refer = (name: string): JsonSchema => {
    const known = basic[name]
    if (known !== undefined) return known
    const named = vocabulary.types.get(name)
    if (named === undefined) throw new TypeError(`no type is called ${name}`)
    if (!Object.hasOwn(definitions, name)) {
      // Set before its members are read: types refer to themselves.
      definitions[name] = {}
      definitions[name] = convert(named)
    }
    return { $ref: `#/$defs/${name}` }
  }
  const convert = (from: Shape): JsonSchema => {
    if (from.kind === 'name') return refer(from.name)
    if (from.kind === 'exactly') return { const: from.value }
    if (from.kind === 'number') return numberSchema(from)
    if (from.kind === 'list') return listSchema(from, convert)
    if (from.kind === 'both') return { allOf: from.of.map(convert) }
    if (from.kind === 'object') return objectSchema(from)
    return unionSchema(from, vocabulary, convert)
  }
  const objectSchema = (from: Extract<Shape, { kind: 'object' }>): Schema => {
    const { named, others } = membersOf(from, vocabulary)
    const members = [...named]
    const required = members.filter(([, { optional }]) => !optional).map(([name]) => name)
    return {
      type: 'object',
      ...(members.length > 0 && {
        properties: Object.fromEntries(members.map(([name, { shape: of }]) => [name, convert(of)])),
      }),
      ...(required.length > 0 && { required }),
      ...(others !== undefined && { additionalProperties: convert(others) }),
    }
  }
  const root = convert(shape)
  if (Object.keys(definitions).length === 0) return root
  return { ...(root as Schema), $defs: definitions }
}

function numberSchema({ integer, min, max }: Extract<Shape, { kind: 'number' }>): Schema {
  return {
    type: integer ? 'integer' : 'number',
    ...(min !== undefined && { minimum: min }),
    ...(max !== undefined && { maximum: max }),
  }
}

function listSchema(
  { of, max }: Extract<Shape, { kind: 'list' }>,
  convert: (shape: Shape) => JsonSchema,
): Schema {
  return { type: 'array', items: convert(of), ...(max !== undefined && { maxItems: max }) }
}

function unionSchema(
  shape: Extract<Shape, { kind: 'either' }>,
  vocabulary: Vocabulary,
  convert: (shape: Shape) => JsonSchema,
): JsonSchema {
  const alternatives = flatten(shape, vocabulary)
  const values = alternatives.flatMap((one) => (one.kind === 'exactly' ? [one.value] : []))
  if (values.length === alternatives.length) return { enum: values }
  const tagged = taggedSchema(alternatives, vocabulary, convert)
  if (tagged !== undefined) return tagged
  const schemas = alternatives.map(convert)
  const types = schemas.map((schema) => plainType(schema))
  if (types.every((type) => type !== undefined)) return { type: types }
  return { anyOf: schemas }
}

/** A union of unions as one; names of what is no union stay. */
function flatten(shape: Shape, vocabulary: Vocabulary): readonly Shape[] {
  const found = follow(shape, vocabulary)
  if (found.kind !== 'either') return [shape]
  return alternativesOf(found).flatMap((one) => flatten(one, vocabulary))
}

/**
 * Objects that a constant tells apart, written so that a refused value hears about the one that it means to be, and not
 * that it is none of twelve. Undefined where there is no such constant.
 */
function taggedSchema(
  alternatives: readonly Shape[],
  vocabulary: Vocabulary,
  convert: (shape: Shape) => JsonSchema,
): Schema | undefined {
  const tag = tags.find((name) => {
    const found = alternatives.map((one) => constantOf(one, name, vocabulary))
    return !found.includes(undefined) && new Set(found).size === found.length
  })
  if (tag === undefined) return undefined
  const when = (value: unknown): Schema => ({
    type: 'object',
    properties: { [tag]: { const: value } },
    required: [tag],
  })
  const values = alternatives.map((one) => constantOf(one, tag, vocabulary))
  return {
    type: 'object',
    properties: { [tag]: { enum: values } },
    required: [tag],
    allOf: alternatives.map((one, index) => ({ if: when(values[index]), then: convert(one) })),
  }
}

/** The `type` of a schema that says nothing else. */
function plainType(schema: JsonSchema): unknown {
  if (typeof schema === 'boolean') return undefined
  const { type } = schema
  return typeof type === 'string' && Object.keys(schema).length === 1 ? type : undefined
}
