import { McpError } from 'mortise'

/**
 * - `ERR_OPENAPI_UNREACHABLE`: the document could not be fetched
 * - `ERR_OPENAPI_DOCUMENT`: what was given is no OpenAPI document, or passes a limit
 * - `ERR_OPENAPI_SERVER`: the document does not say, in a way that can be used, where the API is
 * - `ERR_OPENAPI_ARGUMENTS`: the arguments of the command cannot be understood
 */
export type OpenApiErrorCode =
  | 'ERR_OPENAPI_UNREACHABLE'
  | 'ERR_OPENAPI_DOCUMENT'
  | 'ERR_OPENAPI_SERVER'
  | 'ERR_OPENAPI_ARGUMENTS'

/** A document that cannot be offered at all. */
export class OpenApiError extends McpError {
  declare readonly code: OpenApiErrorCode
}

/** Why one part of a document cannot be offered; the rest of the document can. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut'
}
