/**
 * Every bound on what a schema or a value can make the interpreter do. A step is a unit of work of some 20 ns: one
 * keyword on one value, one key, a few characters. The defaults keep compiling and validating under 50 ms each.
 */
export interface SchemaLimits {
  /** Steps of one validation. */
  readonly maxSteps: number
  /** Schemas applied inside one another in one validation, through data and references. */
  readonly maxDepth: number
  /** Issues in one verdict. */
  readonly maxIssues: number
  /** JSON values (of any kind) in one schema document. */
  readonly maxSchemaValues: number
  /** Nesting of JSON values in one schema document. */
  readonly maxSchemaDepth: number
  /** UTF-16 units in all strings and keys of one schema document. */
  readonly maxSchemaChars: number
  /** Subschemas compiled for one validator, over all documents. */
  readonly maxSubschemas: number
  /** Times that a URI is resolved for one validator: an `$id`, or a reference to another resource. */
  readonly maxUris: number
  /** Values in one `enum`. */
  readonly maxEnumValues: number
  /** Distinct patterns in one validator. */
  readonly maxPatterns: number
  /** UTF-16 units in one pattern. */
  readonly maxPatternChars: number
  /** Automaton states of all patterns of one validator; `a{1,500}` takes about 500. */
  readonly maxPatternStates: number
  /** Unicode properties, such as `\p{Letter}`, in all patterns of one validator. */
  readonly maxPatternProperties: number
}

/** The limits in force where none is given. */
export const defaultSchemaLimits: SchemaLimits = {
  maxSteps: 1_000_000,
  maxDepth: 512,
  maxIssues: 20,
  maxSchemaValues: 30_000,
  maxSchemaDepth: 128,
  maxSchemaChars: 1_000_000,
  maxSubschemas: 5_000,
  maxUris: 2_000,
  maxEnumValues: 10_000,
  maxPatterns: 200,
  maxPatternChars: 4_000,
  maxPatternStates: 20_000,
  maxPatternProperties: 32,
}

/**
 * The limits in force: the defaults with `changes` over them.
 * @throws TypeError when a value is not a positive number, or names no limit.
 */
export function resolveSchemaLimits(changes: Partial<SchemaLimits> = {}): SchemaLimits {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaultSchemaLimits, name)) {
      throw new TypeError(`there is no schema limit called ${name}`)
    }
    if (typeof value !== 'number' || !(value > 0)) {
      throw new TypeError(`schema limit ${name} must be a positive number, got ${String(value)}`)
    }
  }
  return { ...defaultSchemaLimits, ...changes }
}
