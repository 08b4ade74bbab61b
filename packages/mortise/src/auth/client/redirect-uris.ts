import type { ClientIdentity } from './flow.ts'
import { isLoopbackHost } from '../../http/address.ts'

/**
 * The redirect URI to send for an answer that comes to `redirectUri`: the one that is registered. They differ in the name of
 * this machine alone, where a server registers `localhost` and not `127.0.0.1`. Undefined: none that leads there is
 * registered.
 */
export function registeredRedirect(
  { redirectUris }: Pick<ClientIdentity, 'redirectUris'>,
  redirectUri: string,
): string | undefined {
  if (redirectUris === undefined || redirectUris.includes(redirectUri)) return redirectUri
  const renamed = otherLoopback(redirectUri)
  return renamed !== undefined && redirectUris.includes(renamed) ? renamed : undefined
}

/** The same redirect URI by this machine's other name; undefined when it is on another machine. */
export function otherLoopback(redirectUri: string): string | undefined {
  const url = new URL(redirectUri)
  if (url.protocol !== 'http:' || !isLoopbackHost(url.hostname)) return undefined
  const other = url.hostname === 'localhost' ? '127.0.0.1' : 'localhost'
  // Replaced in the text, since servers compare texts.
  return redirectUri.replace(/^http:\/\/[^/?:[\]]*(?:\[[^\]]*\])?/i, `http://${other}`)
}
