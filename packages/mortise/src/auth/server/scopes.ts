/** Whether `text` may be one scope (RFC 6749 §3.3). */
export function isScopeToken(text: string): boolean {
  return /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(text)
}

/** Adds the scopes that each scope includes, and those that these include (AUTHR-11). */
export function expandScopes(
  scopes: readonly string[],
  hierarchy: Readonly<Record<string, readonly string[]>>,
): readonly string[] {
  const all = new Set(scopes)
  // A set is iterated to what is added meanwhile, too.
  for (const scope of all) {
    if (!Object.hasOwn(hierarchy, scope)) continue
    for (const implied of hierarchy[scope] ?? []) all.add(implied)
  }
  return [...all]
}

/** All scopes once, without the one that only a client asks for, for its refresh tokens (AUTHR-12). */
export function publicScopes(...scopes: readonly string[]): readonly string[] {
  return [...new Set(scopes)].filter((scope) => scope !== 'offline_access')
}
