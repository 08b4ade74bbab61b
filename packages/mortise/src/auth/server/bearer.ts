/** A token, and how it is presented. */
export interface PresentedToken {
  readonly kind: 'token'
  readonly scheme: 'bearer' | 'dpop'
  readonly token: string
}

/** What an `Authorization` header holds. */
export type Presented =
  | PresentedToken
  /** No credentials, or of a scheme that is not ours. */
  | { readonly kind: 'none' }
  | { readonly kind: 'malformed' }

/** RFC 6750 §2.1; RFC 9449 §7.1 has the same. */
const token68 = /^[\w.~+/-]+=*$/

/** Reads one `Authorization` header. Several, which arrive joined by commas, are malformed. Tokens are read nowhere else. */
export function readAuthorization(header: string | undefined): Presented {
  if (header === undefined) return { kind: 'none' }
  const blank = header.indexOf(' ')
  const scheme = (blank === -1 ? header : header.slice(0, blank)).toLowerCase()
  if (scheme !== 'bearer' && scheme !== 'dpop') return { kind: 'none' }
  const token = blank === -1 ? '' : header.slice(blank).trim()
  return token68.test(token) ? { kind: 'token', scheme, token } : { kind: 'malformed' }
}
