import type { OutboundAnswer } from '../../http/guarded-fetch.ts'
import { decodeUtf8, encodeUtf8 } from '../../std/encoding.ts'
import { defaultLimits } from '../../std/limits.ts'
import { readObject } from '../metadata.ts'

/** An answer of an authorization server, in the form that RFC 6749 §5 gives it. */
export type ReadableAnswer = Pick<OutboundAnswer, 'status' | 'headers' | 'body'>

/**
 * What an authorization server answers, as RFC 6749 §5 would have it answer where many do not: JSON under another type, or
 * form-encoded; a refusal with status 200, or with a challenge beside it; members that are null, a number in quotes. What the
 * answer is about stays the same, and one that cannot be read stays as it is.
 */
export function readableAnswer(answer: OutboundAnswer): ReadableAnswer {
  const given = readMembers(answer)
  if (given === undefined) return answer
  const { status } = answer
  const { 'www-authenticate': challenge, ...headers } = answer.headers
  const { error } = given
  const isRefusal = typeof error === 'string' && error !== ''
  const isToken = !isRefusal && typeof given['access_token'] === 'string'
  return {
    status: isRefusal && status < 300 ? 400 : status,
    headers: {
      ...headers,
      'content-type': 'application/json',
      // The body says what is wrong; the challenge of many servers is about something else.
      ...(isRefusal || challenge === undefined ? {} : { 'www-authenticate': challenge }),
    },
    body: isToken
      ? encodeUtf8(JSON.stringify(tokenMembers(given)))
      : encodeUtf8(JSON.stringify(given)),
  }
}

type Members = Readonly<Record<string, unknown>>

function readMembers({ body, headers }: OutboundAnswer): Members | undefined {
  const json = readObject(body, defaultLimits)
  if (json.ok) return json.value
  const type = headers['content-type'] ?? ''
  if (!/^(?:application\/x-www-form-urlencoded|text\/plain)\b/i.test(type)) return undefined
  const form = new URLSearchParams(decodeUtf8(body) ?? '')
  // Any text is a form to a reader of forms.
  return form.has('access_token') || form.has('error') ? Object.fromEntries(form) : undefined
}

/** The members of a token answer that are used, as they should be. */
function tokenMembers(given: Members): Members {
  const { token_type: type, expires_in: life, refresh_token: refresh, scope, ...rest } = given
  const { id_token: _unused, ...members } = rest // says who somebody is, which nobody here asks
  const seconds = typeof life === 'string' ? Number.parseFloat(life) : life
  // A token that has ended when it comes would be of no use: some say so of tokens that never end.
  const isTold = typeof seconds === 'number' && seconds > 0
  const scopes = Array.isArray(scope) ? scope.join(' ') : scope
  return {
    ...members,
    // The only type there is without a key of the client's.
    token_type: type ?? 'bearer',
    ...(isTold ? { expires_in: seconds } : {}),
    ...(isAbsent(refresh) ? {} : { refresh_token: refresh }),
    ...(isAbsent(scopes) ? {} : { scope: scopes }),
  }
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === ''
}
