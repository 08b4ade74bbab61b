import type { FromSchema } from '../jsonschema/infer.ts'
import type { InferInput, InferOutput, StandardSchema } from '../jsonschema/standard-schema.ts'
import { hasStandardSchema } from '../jsonschema/standard-schema.ts'
import type { JsonSchema, SchemaCompiler, Validator } from '../jsonschema/validator.ts'
import { explain, meantMember, unknownMember } from './explain.ts'
import type { Fault } from './explain.ts'

/** A plain JSON Schema; write it with `as const`-like literals and its type is inferred. */
export interface PlainSchema {
  readonly '~standard'?: never
  readonly schema?: never
  readonly [keyword: string]: unknown
}

/** A validator that cannot tell its JSON Schema (valibot, for one), with the JSON Schema beside it. */
export interface PairedSchema {
  readonly schema: StandardSchema
  readonly jsonSchema: JsonSchema
}

/** What tools, prompts and questions take as a schema: zod, arktype and others as they are, a pair, or plain JSON Schema. */
export type Schema = StandardSchema | PairedSchema | PlainSchema

/** What a caller writes for a schema: before defaults and transforms. */
export type InputOf<S> = S extends StandardSchema
  ? InferInput<S>
  : S extends { readonly schema: infer P extends StandardSchema }
    ? InferInput<P>
    : FromSchema<S>

/** What a handler gets for a schema: after defaults and transforms. */
export type OutputOf<S> = S extends StandardSchema
  ? InferOutput<S>
  : S extends { readonly schema: infer P extends StandardSchema }
    ? InferOutput<P>
    : FromSchema<S>

/** The outcome of checking a value: the value as the handler is to see it, or what is wrong with it, a line for each. */
export type Checked =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly text: string }

/** A schema made ready: its JSON Schema for the wire, and a check that is as synchronous as the schema allows. */
export interface PreparedSchema {
  readonly jsonSchema: Readonly<Record<string, unknown>>
  check(value: unknown): Checked | Promise<Checked>
}

/** Which side of a transform the wire shows. */
export type Direction = 'input' | 'output'

/**
 * Makes a schema ready for use. A `strict` one refuses members that are not declared where the schema says so, and where its
 * validator would leave them out without a word.
 * @throws TypeError when it is no schema, or its library cannot say it as JSON Schema; SchemaError when the JSON Schema
 *   cannot be compiled.
 */
export function prepareSchema(
  schema: Schema,
  {
    direction,
    compiler,
    strict = false,
  }: { direction: Direction; compiler: SchemaCompiler; strict?: boolean },
): PreparedSchema {
  if (hasStandardSchema(schema)) {
    return standard(schema, convert(schema, direction), strict)
  }
  if (hasStandardSchema(schema.schema)) {
    const { schema: checking, jsonSchema } = schema as PairedSchema
    return standard(checking, objectOf(jsonSchema), strict)
  }
  const jsonSchema = objectOf(schema)
  const validator = compiler.compile(jsonSchema)
  return { jsonSchema, check: (value) => checkPlain(validator, value, jsonSchema) }
}

function standard(
  schema: StandardSchema,
  jsonSchema: Readonly<Record<string, unknown>>,
  strict: boolean,
): PreparedSchema {
  const check = (value: unknown): Checked | Promise<Checked> => {
    const outcome = schema['~standard'].validate(value)
    return outcome instanceof Promise
      ? outcome.then((late) => readOutcome(late, value, jsonSchema))
      : readOutcome(outcome, value, jsonSchema)
  }
  const refuse = strict ? createStrictness(jsonSchema) : undefined
  if (refuse === undefined) return { jsonSchema, check }
  return {
    jsonSchema,
    check(value) {
      const outcome = check(value)
      return outcome instanceof Promise
        ? outcome.then((late) => refuse(value, late))
        : refuse(value, outcome)
    },
  }
}

function objectOf(schema: unknown): Readonly<Record<string, unknown>> {
  if (
    typeof schema === 'object' &&
    schema !== null &&
    Object.values(schema).some(hasStandardSchema)
  ) {
    throw new TypeError('its schema is an object of schemas: wrap it, as in z.object({ … })')
  }
  if (typeof schema === 'object' && schema !== null && !Array.isArray(schema)) {
    return schema as Readonly<Record<string, unknown>>
  }
  throw new TypeError(
    'a schema must be a JSON Schema object, or a schema of zod, arktype and the like',
  )
}

function convert(schema: StandardSchema, direction: Direction): Readonly<Record<string, unknown>> {
  const converter = schema['~standard'].jsonSchema
  if (converter === undefined) {
    const { vendor } = schema['~standard']
    throw new TypeError(
      `schemas of ${vendor} do not say their JSON Schema: write { schema, jsonSchema: { … } } instead`,
    )
  }
  const { $schema: _newest, ...plain } = objectOf(converter[direction]({ target: 'draft-2020-12' }))
  return plain
}

function checkPlain(
  validator: Validator,
  value: unknown,
  schema: Readonly<Record<string, unknown>>,
): Checked {
  const verdict = validator.validate(value)
  if (verdict.ok) return { ok: true, value }
  const faults = verdict.issues.map(({ path, message }) => ({ path: readPointer(path), message }))
  return { ok: false, text: explain(faults, { schema, value }) }
}

/** The parts of a JSON Pointer (RFC 6901). */
function readPointer(path: string): readonly string[] {
  const parts = path.split('/').slice(1)
  return parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

type Validated = Awaited<ReturnType<StandardSchema['~standard']['validate']>>

function readOutcome(
  outcome: Validated,
  value: unknown,
  schema: Readonly<Record<string, unknown>>,
): Checked {
  if (outcome.issues === undefined) return { ok: true, value: outcome.value }
  const faults = outcome.issues.map(({ path = [], message }): Fault => ({
    path: Array.from(path, readKey), // some libraries' paths are arrays of a kind of their own
    message,
  }))
  return { ok: false, text: explain(faults, { schema, value }) }
}

function readKey(part: PropertyKey | { readonly key: PropertyKey }): string {
  return String(typeof part === 'object' ? part.key : part)
}

/** Refuses what was accepted, for a member that is not declared. */
type Refuse = (given: unknown, outcome: Checked) => Checked

/** Keywords beside which it is not known which members there are. */
const openKeywords = [
  'patternProperties',
  'allOf',
  'anyOf',
  'oneOf',
  'if',
  '$ref',
  '$dynamicRef',
  'dependentSchemas',
  'unevaluatedProperties',
]

/** Undefined where any member may be given. */
function createStrictness(schema: Readonly<Record<string, unknown>>): Refuse | undefined {
  const { additionalProperties = 'unsaid', properties = {} } = schema
  const isOpen = additionalProperties !== 'unsaid' && additionalProperties !== false
  if (isOpen || openKeywords.some((keyword) => keyword in schema)) return undefined
  const names: ReadonlySet<string> = new Set(Object.keys(properties as object))
  return (value, outcome) => {
    if (!outcome.ok || typeof value !== 'object' || value === null) return outcome
    const unknown: string[] = []
    for (const name in value) if (!names.has(name)) unknown.push(name)
    if (unknown.length === 0) return outcome
    if (additionalProperties !== false && !dropped(unknown, value, outcome.value)) return outcome
    const lines = unknown
      .slice(0, 20)
      .map((name) => `/: ${unknownMember(name, meantMember(name, { schema, value }))}`)
    return { ok: false, text: lines.join('\n') }
  }
}

/** Whether a validator gave everything but the `unknown` members, rather than something of another shape. */
function dropped(unknown: readonly string[], given: object, accepted: unknown): boolean {
  if (typeof accepted !== 'object' || accepted === null) return false
  const isThere = (name: string): boolean => Object.hasOwn(accepted, name)
  const others = Object.keys(given).filter((name) => !unknown.includes(name))
  return others.every(isThere) && !unknown.some(isThere)
}
