import type { HeaderRecord } from '../http/exchange.ts'
import type { AuthInfo } from '../model/call.ts'
import { InsufficientScopeError } from '../model/errors.ts'

/** The scopes that something needs, all of them; undefined for none. */
export type Scopes = readonly string[] | undefined

/** RFC 6749 §3.3. */
const scopePattern = /^[\x21\x23-\x5B\x5D-\x7E]{1,256}$/

/**
 * Reads the scopes of a definition of `what`. Where nobody is asked who they are, nobody could be held to them: the definition would be open to
 * everybody over HTTP.
 * @throws TypeError when they are no scopes, or the server does not authorize.
 */
export function readScopes(what: string, scopes: unknown, authorizes: boolean): Scopes {
  if (scopes === undefined) return undefined
  if (!Array.isArray(scopes) || !scopes.every(isScope)) {
    throw new TypeError(`${what}: scopes must be an array of scopes, without spaces`)
  }
  if (scopes.length === 0) return undefined
  if (!authorizes) {
    throw new TypeError(
      `${what} asks for scopes, and nobody is asked who they are: give createServer \`auth\` or \`http.authorize\``,
    )
  }
  return [...scopes]
}

function isScope(value: unknown): value is string {
  return typeof value === 'string' && scopePattern.test(value)
}

/** Whether `auth` has everything that is needed. Without it the caller is of this process or its owner, and has. */
export function hasScopes(needed: Scopes, auth: AuthInfo | undefined): boolean {
  if (needed === undefined || auth === undefined) return true
  return needed.every((scope) => auth.scopes.includes(scope))
}

/** @throws InsufficientScopeError that names everything that is needed, when something of it is missing. */
export function requireScopes(needed: Scopes, auth: AuthInfo | undefined): void {
  if (needed !== undefined && !hasScopes(needed, auth)) throw new InsufficientScopeError(needed)
}

/** The challenge of a server whose `http.authorize` makes none (RFC 6750 §3.1). */
export function plainChallenge(scopes: readonly string[]): HeaderRecord {
  return { 'www-authenticate': `Bearer error="insufficient_scope", scope="${scopes.join(' ')}"` }
}
