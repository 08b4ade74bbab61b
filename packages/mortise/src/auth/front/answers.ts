import type { Exchange, HeaderRecord } from '../../http/exchange.ts'

/** Any page may ask these endpoints, without cookies: what they answer is for whoever holds the secrets in the request. */
export const crossOrigin: HeaderRecord = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After',
}

/** Answers a preflight of such an endpoint. */
export function replyPreflight(exchange: Exchange): void {
  exchange.reply(204, {
    ...crossOrigin,
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': 'Authorization, Content-Type, MCP-Protocol-Version',
    'access-control-max-age': '600',
  })
}

/** Answers with JSON that nobody may keep, unless `headers` say otherwise. */
export function replyJson(
  exchange: Exchange,
  status: number,
  { body, headers = {} }: { readonly body: unknown; readonly headers?: HeaderRecord },
): void {
  exchange.reply(
    status,
    {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      pragma: 'no-cache',
      'x-content-type-options': 'nosniff',
      ...crossOrigin,
      ...headers,
    },
    JSON.stringify(body),
  )
}

/** Refuses a request of a client (RFC 6749 §5.2). */
export function replyError(
  exchange: Exchange,
  status: number,
  { error, description, headers = {} }: OauthError & { readonly headers?: HeaderRecord },
): void {
  replyJson(exchange, status, { body: { error, error_description: description }, headers })
}

/** An error of OAuth, and a sentence for who wrote the client. */
export interface OauthError {
  readonly error: string
  /** Printable ASCII without quotes and backslashes. */
  readonly description: string
}

/** Sends the browser on, by GET. */
export function replyRedirect(exchange: Exchange, location: string, cookie?: string): void {
  exchange.reply(303, {
    location,
    'cache-control': 'no-store',
    'referrer-policy': 'no-referrer',
    ...(cookie === undefined ? {} : { 'set-cookie': cookie }),
  })
}

/** `uri` with more parameters, and otherwise as it is: it was compared as a string. */
export function withParameters(
  uri: string,
  parameters: Readonly<Record<string, string | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) query.set(name, value)
  }
  return `${uri}${uri.includes('?') ? '&' : '?'}${query.toString()}`
}
