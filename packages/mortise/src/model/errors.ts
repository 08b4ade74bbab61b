import { ErrorCode, PeerError, RpcError } from '../jsonrpc/error.ts'
import { McpError } from '../std/error.ts'
import { excerpt } from '../std/excerpt.ts'
import type { ClientCapabilities } from './capabilities.ts'
import type { RequiredPage } from './types.ts'

/** Error codes that MCP itself defines (basic, "Error Codes"). */
export const McpErrorCode = {
  headerMismatch: -32020,
  missingCapability: -32021,
  unsupportedVersion: -32022,
  /** Of the session era; the newest revision asks instead. */
  urlElicitationRequired: -32042,
  /** Of the session era; the newest revision says -32602. */
  resourceNotFound: -32002,
} as const

/** Our own code, outside of what JSON-RPC and MCP keep for themselves: the specification has none for missing scopes. */
export const insufficientScope = -31_403

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

/**
 * The caller's authorization lacks scopes: over HTTP the status is 403, with a challenge that names all that the operation
 * needs (basic/authorization, "Scope Challenge Handling"). Thrown for what asks for `scopes`; a handler may throw it too.
 */
export class InsufficientScopeError extends RpcError {
  /** All that the operation needs, and not only what is missing. */
  readonly scopes: readonly string[]

  constructor(scopes: readonly string[], options?: ErrorOptions) {
    const text = `This needs ${scopes.length === 1 ? 'the scope' : 'the scopes'} ${scopes.join(' ')}`
    super(insufficientScope, text, { scopes }, options)
    this.scopes = scopes
  }
}

/**
 * The user must visit pages before this request can run; then it is made again. A handler throws it: the newest sessions have
 * an error code for it, without a session the client is asked and calls again. A client throws it when the user did not go, or when it
 * was given nobody to ask.
 */
export class UrlElicitationRequiredError extends McpError {
  readonly elicitations: readonly RequiredPage[]

  /** @throws TypeError when a page has no absolute URL, no message or no id. */
  constructor(elicitations: readonly RequiredPage[], options?: ErrorOptions) {
    super(
      'ERR_PAGE_REQUIRED',
      `The user must visit ${elicitations.length === 1 ? 'a page' : 'pages'} before this can run`,
      options,
    )
    if (elicitations.length === 0 || !elicitations.every(isRequiredPage)) {
      throw new TypeError('each page needs an elicitationId, a message and an absolute url')
    }
    this.elicitations = elicitations
  }
}

/** Whether `value` has what makes it a page to visit. */
export function isRequiredPage(value: unknown): value is RequiredPage {
  const { elicitationId, message, url } = (value ?? {}) as Partial<Record<string, unknown>>
  const named = typeof elicitationId === 'string' && elicitationId !== ''
  return named && typeof message === 'string' && typeof url === 'string' && URL.canParse(url)
}

/** Whether a handler wants pages to be visited first. What another server wants of its client is not for this caller. */
export function wantsPages(error: unknown): error is UrlElicitationRequiredError {
  return error instanceof UrlElicitationRequiredError && !(error.cause instanceof PeerError)
}
