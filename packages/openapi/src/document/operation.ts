import type { JsonObject } from '../record.ts'

/** One operation of a document, as `include` and `name` see it. */
export interface OpenApiOperation {
  /** In capitals: `GET`. */
  readonly method: string
  /** The template of its path: `/pets/{petId}`. */
  readonly path: string
  readonly operationId: string | undefined
  readonly summary: string | undefined
  readonly tags: readonly string[]
  readonly deprecated: boolean
}

/** An operation with everything that makes its tool; references at the top of each member have been followed. */
export interface RawOperation extends OpenApiOperation {
  readonly description: string | undefined
  /** Those of the path too; one of the operation replaces the path's of the same place and name. */
  readonly parameters: readonly JsonObject[]
  readonly requestBody: JsonObject | undefined
  /** By status: `200`, `2XX`, `default`. */
  readonly responses: JsonObject
  /** Undefined when the operation does not say: then the document's count. */
  readonly security: unknown
  /** The nearest servers that are named below the document itself; undefined when none are. */
  readonly servers: unknown
  /** What the extension `x-mcp` says. */
  readonly hint: unknown
}
