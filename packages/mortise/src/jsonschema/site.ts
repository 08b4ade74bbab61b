import type { SchemaLimits } from './limits.ts'
import type { PatternTest } from './pattern/pattern.ts'
import type { Check, SchemaNode } from './run.ts'
import type { SchemaError } from './validator.ts'

/** A schema that is an object of keywords. */
export type SchemaObject = Readonly<Record<string, unknown>>

/** One schema object while it is compiled: what a keyword may ask for. */
export interface Site {
  readonly schema: SchemaObject
  readonly limits: SchemaLimits
  /** The subschema `value`, found at `keyword` and, below it, `key`. */
  child(value: unknown, keyword: string, key?: string | number): SchemaNode
  /** The target of a `$ref`. */
  reference(reference: string): SchemaNode
  /** The target of a `$dynamicRef`. */
  dynamicReference(reference: string): SchemaNode
  /** A pattern, compiled once for all places that use it. */
  pattern(source: string, keyword: string): PatternTest
  /** The error to throw when `keyword` has a value it cannot have. */
  invalid(keyword: string, expected: string): SchemaError
  /** The error to throw when `keyword` exceeds a limit. */
  tooComplex(keyword: string, what: string): SchemaError
}

/** Keywords that are compiled together because they work together (`if`, `then`, `else`). */
export interface Keyword {
  readonly names: readonly string[]
  /** True for keywords that apply other schemas: those are counted against the depth. */
  readonly applies?: true
  /** Where subschemas are found, by keyword. Default: nowhere. */
  readonly holds?: Readonly<Record<string, Subschemas>>
  /** Absent for keywords that only hold subschemas (`$defs`). `undefined`: nothing to check. */
  readonly compile?: (site: Site) => Check | undefined
}

/** The shape of a keyword's value. Members of a record that are lists of names (`dependencies`) are passed over. */
export type Subschemas = 'schema' | 'list' | 'schema-or-list' | 'record'
