import { McpError } from '../std/error.ts'

/** A JSON Schema as plain data: a boolean, or an object of keywords. */
export type JsonSchema = boolean | { readonly [keyword: string]: unknown }

/** One reason why a value was refused. */
export interface Issue {
  /** JSON Pointer (RFC 6901) into the value; the empty string is the value itself. */
  readonly path: string
  /** The JSON Schema keyword that refused, `false` for a `false` schema, or `budget`. */
  readonly keyword: string
  /** What is wrong and what would be right, in words a person or a model can act on. */
  readonly message: string
}

/** What validation found. `issues` is never empty and is capped (`maxIssues`). */
export type Verdict =
  | { readonly ok: true }
  | { readonly ok: false; readonly issues: readonly Issue[] }

/** A compiled schema. Immutable, shared freely between calls. */
export interface Validator {
  /**
   * Checks `value` synchronously and never throws. A value that costs more than the budget is refused with an issue of
   * keyword `budget`: it is never taken for valid.
   */
  validate(value: unknown): Verdict
}

/** Turns schemas into validators: the seam where another JSON Schema library can be plugged in. */
export interface SchemaCompiler {
  /**
   * Compiles `schema` once. The schema is not copied: do not change it afterwards.
   * @throws SchemaError when the schema is invalid, too complex, of an unknown dialect, or refers to what is not there.
   */
  compile(schema: JsonSchema): Validator
}

/**
 * - `ERR_SCHEMA_INVALID`: a keyword has a value that it cannot have
 * - `ERR_SCHEMA_DIALECT`: `$schema` names a dialect, or a required vocabulary, that is not supported
 * - `ERR_SCHEMA_REF`: a reference leads nowhere, or to the network
 * - `ERR_SCHEMA_PATTERN`: a regular expression is malformed, or not a regular language
 * - `ERR_SCHEMA_TOO_COMPLEX`: a limit of `SchemaLimits` was exceeded
 */
export type SchemaErrorCode =
  | 'ERR_SCHEMA_INVALID'
  | 'ERR_SCHEMA_DIALECT'
  | 'ERR_SCHEMA_REF'
  | 'ERR_SCHEMA_PATTERN'
  | 'ERR_SCHEMA_TOO_COMPLEX'

/** A schema that cannot be compiled. */
export class SchemaError extends McpError {
  declare readonly code: SchemaErrorCode
  /** Where in the schema document: a JSON Pointer, the empty string for its root. */
  readonly path: string

  constructor(code: SchemaErrorCode, message: string, options?: ErrorOptions & { path?: string }) {
    const path = options?.path ?? ''
    super(code, path === '' ? message : `${message} (at ${path})`, options)
    this.path = path
  }
}

/** Issues as one line each: `/city: expected string, got number`. The root is written `/`. */
export function formatIssues(issues: readonly Issue[]): string {
  return issues.map((issue) => `${issue.path || '/'}: ${issue.message}`).join('\n')
}
