import type { FrontOptions, RedirectingClient } from './options.ts'

/** Longest redirect URI, in characters. */
export const maxRedirectUriLength = 512

/** Schemes with a meaning of their own in a browser: no policy makes them a client's. */
const browserSchemes =
  /^(?:javascript|data|vbscript|file|blob|about|view-source|filesystem|ws|wss|ftp|mailto|tel|chrome|edge|resource|jar|intent|ms-\w[\w.-]*):/i
const loopback = /^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\]))(?::[1-9][0-9]{0,4})?([/?].*)?$/
const ownParameters = new Set(['code', 'state', 'iss', 'error', 'error_description', 'error_uri'])

/** What a redirect URI is: a page by https, a program on the user's machine, or an app's own scheme. */
export type RedirectKind = 'https' | 'loopback' | 'custom'

/** Whether it may be a redirect URI at all, and which kind it is, or why not. */
export type RedirectVerdict =
  | { readonly ok: true; readonly kind: RedirectKind }
  | { readonly ok: false; readonly reason: string }

/**
 * Judges a redirect URI by itself. It must be in the form in which URLs are written back, so that what is compared as a
 * string is what a browser goes to: lower-case scheme and host, no default port, no dots to resolve, nothing to escape. https, or
 * http to loopback (OAuth 2.1 §2.3.1, §8.4.2); an app's own scheme is for the policy to allow.
 */
export function judgeRedirectUri(uri: string): RedirectVerdict {
  if (uri.length > maxRedirectUriLength) return refuse('is too long')
  if (!/^[!-~]+$/.test(uri) || /[\\"<>^`{|}*]/.test(uri)) {
    return refuse('has a character that redirect URIs do not have')
  }
  if (uri.includes('#')) return refuse('has a fragment')
  if (/%(?![0-9a-f]{2})/i.test(uri) || /%(?:[01][0-9a-f]|7f|2e|2f|5c|23|25)/i.test(uri)) {
    return refuse('has an escape that changes its meaning')
  }
  if (browserSchemes.test(uri)) return refuse('has a scheme that no client may have')
  if (!URL.canParse(uri)) return refuse('is no URL')
  const url = new URL(uri)
  // The slash after a bare host is the one that URLs add and clients leave out.
  if (url.href !== uri && url.href !== `${uri}/`) return refuse('is not in canonical form')
  if (url.username !== '' || url.password !== '' || /^[^/]*\/\/[^/?]*@/.test(uri)) {
    return refuse('names a user')
  }
  if ([...url.searchParams.keys()].some((key) => ownParameters.has(key))) {
    return refuse('has a parameter that answers have')
  }
  const kind = kindOf(url, uri)
  return kind === undefined ? refuse('must be https, or http to loopback') : { ok: true, kind }
}

function kindOf(url: URL, uri: string): RedirectKind | undefined {
  if (loopback.test(uri)) return 'loopback'
  if (url.protocol === 'https:') return isLoopbackHost(url.hostname) ? 'loopback' : 'https'
  if (url.protocol === 'http:') return undefined
  // `app:` alone leads nowhere.
  return uri.length > url.protocol.length ? 'custom' : undefined
}

function isLoopbackHost(host: string): boolean {
  return host === 'localhost' || host.startsWith('127.') || host === '[::1]'
}

/**
 * Whether `uri` is one of the registered ones: the same string (SEC-14), or, where it was registered with http and a loopback
 * host, the same but for the port, since programs listen on any that is free (RFC 8252 §7.3, trap T-56). The slash after such a host
 * alone is the same one, there or not: VS Code shows its users the URI without it, and sends it.
 */
export function isRegistered(uri: string, registered: readonly string[]): boolean {
  if (!judgeRedirectUri(uri).ok) return false
  return registered.some((known) => {
    if (known === uri) return true
    const bare = withoutPort(uri)
    return bare !== undefined && bare === withoutPort(known)
  })
}

/** Whether the policy lets a client have a redirect URI that is well formed. One registered by hand needs no other leave. */
export function mayRedirect(
  uri: string,
  client: RedirectingClient,
  { allowRedirect }: Pick<FrontOptions, 'allowRedirect'>,
): boolean {
  const verdict = judgeRedirectUri(uri)
  if (!verdict.ok) return false
  const byDefault = verdict.kind !== 'custom' || client.how === 'pre-registered'
  return allowRedirect?.(uri, client) ?? byDefault
}

/** A loopback URI without its port, and with the slash of its root; undefined where it is none. */
function withoutPort(uri: string): string | undefined {
  const found = loopback.exec(uri)
  return found === null ? undefined : `${found[1]}${found[2] ?? '/'}`
}

function refuse(reason: string): RedirectVerdict {
  return { ok: false, reason }
}
