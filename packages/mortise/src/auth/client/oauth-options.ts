import * as oauth from 'oauth4webapi'
import { hideEchoes } from '../../http/echo.ts'
import type { Sent } from '../../http/echo.ts'
import type { HeaderRecord } from '../../http/exchange.ts'
import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { visible } from '../../std/visible.ts'
import type { Flow } from './flow.ts'
import { readableAnswer } from './readable-answer.ts'

/** What requests of oauth4webapi are made with. */
export interface OauthOptions {
  readonly [oauth.customFetch]: (
    url: string,
    options: oauth.CustomFetchOptions<string, URLSearchParams | string | undefined>,
  ) => Promise<Response>
  readonly [oauth.allowInsecureRequests]: true
  readonly signal?: AbortSignal
  /** The requests so far: their answers may repeat what is secret in them. */
  readonly sent: readonly Sent[]
}

/** The authorization server said no, or somebody who was asked there. */
export class AuthRefusedError extends McpError {
  /** The error code of OAuth, such as `invalid_grant` (RFC 6749 §5.2), of printable ASCII. */
  readonly error: string
  /** The HTTP status, where it came with one. */
  readonly status: number | undefined

  constructor(error: string, message: string, status?: number) {
    super('ERR_AUTH_REFUSED', message)
    this.error = error
    this.status = status
  }
}

const maxShown = 300

/** Lets oauth4webapi reach what peers named through `flow.fetch`, which judges schemes and addresses. */
export function oauthOptions(flow: Pick<Flow, 'fetch'>, signal?: AbortSignal): OauthOptions {
  const sent: Sent[] = []
  return {
    async [oauth.customFetch](url, { method, headers, body, signal: own }) {
      const request = {
        url,
        headers: lowerCased(headers),
        ...(body === undefined ? {} : { body: body.toString() }),
      }
      sent.push(request)
      const answer = await flow.fetch({
        ...request,
        method: method === 'POST' ? 'POST' : 'GET',
        ...(own === undefined ? {} : { signal: own }),
      })
      // A `Response` cannot be made with other statuses, and with a body for these three.
      const { status, headers: answered, body: read } = readableAnswer(answer)
      if (status < 200 || status > 599) throw unreadable(`its status was ${status}`)
      const empty = status === 204 || status === 205 || status === 304
      return new Response(empty ? null : read, { status, headers: answered })
    },
    [oauth.allowInsecureRequests]: true,
    sent,
    ...(signal === undefined ? {} : { signal }),
  }
}

/**
 * What an error of oauth4webapi is to our callers: the same in our words, with nothing of the answer but OAuth's own `error` and
 * `error_description`, and nothing in these of what was `sent`. Errors of ours go through. An aborted signal's reason is the
 * caller's to look at before.
 */
export function authError(error: unknown, sent: readonly Sent[]): McpError {
  if (error instanceof McpError) return error
  function hide(text: string): string
  function hide(text: string | undefined): string | undefined
  function hide(text: string | undefined): string | undefined {
    return text === undefined ? undefined : hideEchoes(text, sent)
  }
  if (error instanceof oauth.ResponseBodyError) {
    return refused(hide(error.error), hide(error.error_description), error.status)
  }
  if (error instanceof oauth.AuthorizationResponseError) {
    return refused(hide(error.error), hide(error.error_description))
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    // Of a token endpoint this is about the client (RFC 6749 §5.2), whatever the challenge says of it.
    const params = error.cause[0]?.parameters
    const code = params?.error ?? 'invalid_client'
    return refused(hide(code), hide(params?.error_description), error.status)
  }
  if (error instanceof oauth.OperationProcessingError && error.cause instanceof Response) {
    const { status } = error.cause
    // These two say no (RFC 6749 §5.2), whatever stands beside them; others are of something between that is out of order.
    if (status === 400 || status === 401) return unreadable(`its status was ${status}`, status)
    if (status >= 400) return unreadable(`its status was ${status}`)
  }
  // Their messages are sentences of the library's own; their causes hold the answer, and stay behind.
  const known =
    error instanceof oauth.OperationProcessingError ||
    error instanceof oauth.UnsupportedOperationError
  return unreadable(known ? error.message : 'it could not be read')
}

/** The refusal that `error` and `description` of an authorization server are, in words that are safe to show. */
export function refused(
  error: string,
  description: string | undefined,
  status?: number,
): AuthRefusedError {
  const code = clean(error, 64) || 'unknown'
  const said = description === undefined ? '' : `: "${clean(description, maxShown)}"`
  return new AuthRefusedError(code, `the authorization server refused: ${code}${said}`, status)
}

/** An answer without a word that is understood: with `status` it is a refusal all the same. */
function unreadable(reason: string, status?: number): McpError {
  const text = `the authorization server gave an answer that is of no use: ${clean(reason, maxShown)}`
  return status === undefined
    ? new McpError('ERR_AUTH_REFUSED', text)
    : new AuthRefusedError('unknown', text, status)
}

function clean(text: string, maxLength: number): string {
  return visible(excerpt(text, maxLength))
}

function lowerCased(headers: Readonly<Record<string, string>>): HeaderRecord {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
}
