import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import { McpError } from '../std/error.ts'
import { excerpt } from '../std/excerpt.ts'
import type { ClientCapabilities } from './capabilities.ts'

/** Error codes that MCP itself defines (basic, "Error Codes"). */
export const McpErrorCode = {
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  /** Of the session era; the newest revision says -32602. */
  resourceNotFound: -32002,
} as const

/** Nothing here answers `method`. */
export function methodNotFound(method: string): RpcError {
  return new RpcError(ErrorCode.methodNotFound, `Method not found: ${excerpt(method, 100)}`)
}

/** The mirrored headers and the body disagree. */
export function headerMismatch(message: string): RpcError {
  return new RpcError(McpErrorCode.headerMismatch, message)
}

/**
 * The client must declare `required` for this request to be served. `code` is the revision's, where it has another one
 * than the newest.
 */
export function missingCapability(
  required: ClientCapabilities,
  code: number = McpErrorCode.missingCapability,
): RpcError {
  const names = Object.entries(required).map(([name, parts]) =>
    [name, ...Object.keys(parts ?? {})].join('.'),
  )
  const text = `This request needs a client that declares ${names.join(', ')}`
  return new RpcError(code, text, { requiredCapabilities: required })
}

/** The version is not served here; `supported` are the ones that are. */
export function unsupportedVersion(requested: string, supported: readonly string[]): RpcError {
  const text = `Protocol version ${excerpt(requested, 40)} is not supported`
  return new RpcError(McpErrorCode.unsupportedVersion, text, { supported, requested })
}

/**
 * A failure that the peer may read. A tool's becomes the text of a result with `isError`, for the model; one of a resource
 * or a prompt becomes the message of a JSON-RPC error. Every other exception of a handler is masked.
 */
export class ToolError extends McpError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_TOOL', message, options)
  }
}

/** There is no resource under this URI. Thrown by a resource's reader; each revision has its own code for it. */
export class ResourceNotFoundError extends McpError {
  readonly uri: string

  constructor(uri: string, options?: ErrorOptions) {
    super('ERR_RESOURCE_NOT_FOUND', `Resource not found: ${uri}`, options)
    this.uri = uri
  }
}
