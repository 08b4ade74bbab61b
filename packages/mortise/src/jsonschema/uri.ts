/** Where a schema without `$id` lives. Hierarchical, so that relative references resolve against it. */
export const ROOT_URI = 'json-schema:///root'

// Every relative reference makes the platform read its base again.
const MAX_URI_CHARS = 2_048

/** A URI reference without its fragment, and the fragment (still percent-encoded; empty when there is none). */
export function splitFragment(reference: string): { uri: string; fragment: string } {
  const hash = reference.indexOf('#')
  if (hash < 0) return { uri: reference, fragment: '' }
  return { uri: reference.slice(0, hash), fragment: reference.slice(hash + 1) }
}

/** `reference` (without a fragment) against `base`, normalised; `undefined` where it cannot be resolved. */
export function resolveUri(reference: string, base?: string): string | undefined {
  if (reference === '') return base
  if (reference.length > MAX_URI_CHARS) return undefined
  try {
    const { href } = new URL(reference, base)
    return href.length > MAX_URI_CHARS ? undefined : href
  } catch {
    /* a relative reference below a URN, or no URI at all: both are the caller's to explain */
    return undefined
  }
}

/** Percent-decoding that answers `undefined` for malformed escapes. */
export function decodeFragment(fragment: string): string | undefined {
  if (!fragment.includes('%')) return fragment
  try {
    return decodeURIComponent(fragment)
  } catch {
    /* malformed escapes: the caller names the reference */
    return undefined
  }
}
