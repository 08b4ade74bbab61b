import type { Discovered, TokenSet } from './flow.ts'

/** What scopes are chosen by. */
export interface ScopeChoice {
  readonly found: Discovered
  /** Of the challenge, which decides about the request of now (AUTHC-26, AUTHC-27). */
  readonly demanded: readonly string[] | undefined
  /** The tokens of before, of the same issuer. */
  readonly previous: TokenSet | undefined
  /** What the application asks for besides. */
  readonly extra: readonly string[]
  /** Whether tokens may be refreshed, and so asked for offline. */
  readonly refreshes: boolean
}

/**
 * The scopes to ask for (basic/authorization, "Scope Selection Strategy"): those of the challenge, else all that the resource
 * metadata names, else none, which leaves the parameter out; united with those that were asked for before, since many servers
 * forget them (trap T-59). `offline_access` only where the authorization server has it (AUTHC-43).
 */
export function chooseScopes(choice: ScopeChoice): readonly string[] | undefined {
  const { found, demanded, previous, extra, refreshes } = choice
  const before = previous?.requested ?? []
  const first = before.length === 0 ? (found.scopesSupported ?? []) : []
  const scopes = unite(before, demanded ?? first, extra)
  if (scopes.length === 0) return undefined
  const isOffered = found.server.scopes_supported?.includes(offline) === true
  return refreshes && isOffered ? unite(scopes, [offline]) : scopes
}

const offline = 'offline_access'

/** All scopes once, in their order. */
export function unite(...lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())]
}

/** Whether every one of `scopes` is among `held`. */
export function covers(held: readonly string[], scopes: readonly string[]): boolean {
  return scopes.every((scope) => held.includes(scope))
}

/** Reads a list of scopes that are separated by blanks (RFC 6749 §3.3); what is no scope is left out. */
export function readScopes(text: string, maxScopes: number): readonly string[] {
  const scopes = text.split(' ').filter((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope))
  return unite(scopes).slice(0, maxScopes)
}
