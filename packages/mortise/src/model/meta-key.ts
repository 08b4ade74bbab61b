const label = '[A-Za-z](?:[A-Za-z0-9-]*[A-Za-z0-9])?'
const prefix = `${label}(?:\\.${label})*`
const name = '[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?'

const keyPattern = new RegExp(`^(?:${prefix}/)?(?:${name})?$`)
const extensionPattern = new RegExp(`^${prefix}/${name}$`)
const ours = new Set(['modelcontextprotocol', 'mcp'])

/** Whether `key` may stand in `_meta`: a name, with a prefix of labels or without one (basic, "_meta"). */
export function isMetaKey(key: string): boolean {
  return keyPattern.test(key)
}

/** Whether `key` is a name with a prefix, as the identifier of an extension is (basic, "Extensions"). */
export function isPrefixedKey(key: string): boolean {
  return extensionPattern.test(key)
}

/**
 * Whether the protocol keeps the prefix of `key` for itself in any revision: its second label is one of two, or, in an older
 * one, any label that another one follows (basic, "_meta").
 */
export function isReservedKey(key: string): boolean {
  const slash = key.indexOf('/')
  if (slash < 0) return false
  const labels = key.slice(0, slash).toLowerCase().split('.')
  return labels.some((one, index) => ours.has(one) && (index === 1 || index < labels.length - 1))
}
