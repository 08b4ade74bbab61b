/**
 * The root of every error that Mortise throws: a stable `code` to test for, a sentence a person can act on, and the
 * `cause` where there is one. Wrong use by the programmer is a `TypeError` instead.
 */
export class McpError extends Error {
  /** Stable across releases, e.g. `ERR_TIMEOUT`. Test this, not the message. */
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A limit of `std/limits.ts` was reached; `limit` names it. */
export class LimitError extends McpError {
  readonly limit: string

  constructor(limit: string, message: string, options?: ErrorOptions) {
    super('ERR_LIMIT', message, options)
    this.limit = limit
  }
}
