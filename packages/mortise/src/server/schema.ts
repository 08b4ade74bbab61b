import type { FromSchema } from '../jsonschema/infer.ts'
import type { InferInput, InferOutput, StandardSchema } from '../jsonschema/standard-schema.ts'
import { hasStandardSchema } from '../jsonschema/standard-schema.ts'
import type { JsonSchema, SchemaCompiler, Validator } from '../jsonschema/validator.ts'
import { formatIssues } from '../jsonschema/validator.ts'

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
 * Makes a schema ready for use.
 * @throws TypeError when it is no schema, or its library cannot say it as JSON Schema; SchemaError when the JSON Schema
 *   cannot be compiled.
 */
export function prepareSchema(
  schema: Schema,
  { direction, compiler }: { direction: Direction; compiler: SchemaCompiler },
): PreparedSchema {
  if (hasStandardSchema(schema)) {
    return {
      jsonSchema: convert(schema, direction),
      check: (value) => checkStandard(schema, value),
    }
  }
  if (hasStandardSchema(schema.schema)) {
    const { schema: checking, jsonSchema } = schema as PairedSchema
    return { jsonSchema: objectOf(jsonSchema), check: (value) => checkStandard(checking, value) }
  }
  const jsonSchema = objectOf(schema)
  const validator = compiler.compile(jsonSchema)
  return { jsonSchema, check: (value) => checkPlain(validator, value) }
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

function checkPlain(validator: Validator, value: unknown): Checked {
  const verdict = validator.validate(value)
  return verdict.ok ? { ok: true, value } : { ok: false, text: formatIssues(verdict.issues) }
}

function checkStandard(schema: StandardSchema, value: unknown): Checked | Promise<Checked> {
  const outcome = schema['~standard'].validate(value)
  return outcome instanceof Promise ? outcome.then(readOutcome) : readOutcome(outcome)
}

type Validated = Awaited<ReturnType<StandardSchema['~standard']['validate']>>

function readOutcome(outcome: Validated): Checked {
  if (outcome.issues === undefined) return { ok: true, value: outcome.value }
  const lines = outcome.issues.map(({ path, message }) => `/${pointer(path)}: ${message}`)
  return { ok: false, text: lines.join('\n') }
}

function pointer(path: readonly unknown[] | undefined): string {
  return (path ?? [])
    .map((part) =>
      typeof part === 'object' && part !== null && 'key' in part ? String(part.key) : String(part),
    )
    .join('/')
}
