/** Every bound on what a document, or the API behind it, can make this package hold, do or wait for. */
export interface OpenApiLimits {
  /** Bytes of a document that is fetched, or UTF-16 units of one given as text. */
  readonly maxDocumentBytes: number
  /** UTF-16 units of a document in YAML, whose parser takes fifty times as long. */
  readonly maxYamlLength: number
  /** Nesting of a document. */
  readonly maxDocumentDepth: number
  /** Values (of any kind) in a document. */
  readonly maxDocumentValues: number
  /** Milliseconds until a document must be there. */
  readonly documentTimeoutMs: number
  /** Operations that are looked at, of those that are wanted; what comes after them is left out. */
  readonly maxOperations: number
  /** Warnings; of what comes after them only the last one tells. */
  readonly maxWarnings: number
  /** Parameters of one operation; one that has more is left out. */
  readonly maxParameters: number
  /** Values in the input or the output schema of one tool; an input with more leaves its operation out. */
  readonly maxToolSchemaValues: number
  /** The same for all tools of a document together; operations that come after it are left out. */
  readonly maxAllSchemaValues: number
  /** Values of a schema that is written where it is used; larger ones stand once, under `$defs`. */
  readonly maxInlineValues: number
  /** UTF-16 units of the description of a tool or an argument; longer ones are cut. */
  readonly maxDescriptionLength: number
  /** Milliseconds until an answer of the API must be there as a whole. */
  readonly timeoutMs: number
  /** Bytes of an answer of the API. In a result JSON stands twice, and bytes take a third more. */
  readonly maxResponseBytes: number
  /** Nesting of an answer in JSON. */
  readonly maxResponseDepth: number
  /** UTF-16 units of the body of an error that the model gets to read; longer ones are cut. */
  readonly maxErrorLength: number
  /** Redirects that are followed for one call, within one origin. */
  readonly maxRedirects: number
}

/** The bounds in force where none is given. */
export const defaultOpenApiLimits: OpenApiLimits = {
  maxDocumentBytes: 16 * 1024 * 1024,
  maxYamlLength: 4 * 1024 * 1024,
  maxDocumentDepth: 128,
  maxDocumentValues: 2_000_000,
  documentTimeoutMs: 30_000,
  maxOperations: 1_000,
  maxWarnings: 1_000,
  maxParameters: 100,
  maxToolSchemaValues: 5_000,
  maxAllSchemaValues: 200_000,
  maxInlineValues: 200,
  maxDescriptionLength: 4_000,
  timeoutMs: 30_000,
  maxResponseBytes: 4 * 1024 * 1024,
  maxResponseDepth: 60,
  maxErrorLength: 16_000,
  maxRedirects: 5,
}

/**
 * The bounds in force: the defaults with `changes` over them.
 * @throws TypeError when a value is not a positive whole number, or names no bound.
 */
export function resolveOpenApiLimits(changes: Partial<OpenApiLimits> = {}): OpenApiLimits {
  for (const [name, value] of Object.entries(changes)) {
    if (!Object.hasOwn(defaultOpenApiLimits, name)) {
      throw new TypeError(`there is no limit called ${name}`)
    }
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new TypeError(`limit ${name} must be a positive whole number, got ${String(value)}`)
    }
  }
  return { ...defaultOpenApiLimits, ...changes }
}
