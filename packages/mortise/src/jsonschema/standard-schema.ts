/**
 * Standard Schema v1 (https://standardschema.dev), as types: what Zod, Valibot, ArkType and others implement. Written
 * here in our own words, so that the library depends on none of them.
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': StandardProps<Input, Output>
}

/** What stands under `~standard`. */
export interface StandardProps<Input = unknown, Output = Input> {
  readonly version: 1
  /** The library that made the schema. */
  readonly vendor: string
  /** Answers the parsed value, or issues. Called with anything; some schemas answer later. */
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>
  /** Never there at run time: it carries the types. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined
  /** Standard JSON Schema v1: present in newer versions of the libraries. */
  readonly jsonSchema?: StandardJsonSchema | undefined
}

/** Success has a `value` and no `issues`. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] }

/** One reason why a value was refused. */
export interface StandardIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** The schema as a JSON Schema: of what it takes, and of what it gives. Throws where JSON Schema cannot say it. */
export interface StandardJsonSchema {
  readonly input: (options: StandardJsonSchemaOptions) => Record<string, unknown>
  readonly output: (options: StandardJsonSchemaOptions) => Record<string, unknown>
}

/** Which dialect is wanted. */
export interface StandardJsonSchemaOptions {
  readonly target: 'draft-2020-12' | 'draft-07' | 'openapi-3.0' | (string & {})
}

/** The type that a Standard Schema takes. */
export type InferInput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['input']

/** The type that a Standard Schema gives. */
export type InferOutput<S extends StandardSchema> = NonNullable<S['~standard']['types']>['output']

/** Whether `value` is a Standard Schema. ArkType's are functions. */
export function hasStandardSchema(value: unknown): value is StandardSchema {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return false
  if (!('~standard' in value)) return false
  const standard = value['~standard']
  if (typeof standard !== 'object' || standard === null) return false
  if (!('version' in standard) || standard.version !== 1) return false
  return 'validate' in standard && typeof standard.validate === 'function'
}
