import type { HttpAnswer } from './client-seam.ts'
import { hideRepeated, shownPlace } from './echo.ts'

/** What a status means, for a person; the server's own words come after it. */
export function statusWords(answer: HttpAnswer): string {
  const { status } = answer
  if (status === 401) return 'the server wants authorization (HTTP 401)'
  if (status === 403) return 'the server refuses this client (HTTP 403)'
  if (status === 404) return 'there is no MCP server at this address (HTTP 404): is the path right?'
  if (status === 429) return 'the server wants fewer requests (HTTP 429)'
  // Also of a server that cannot check tokens, since whoever gives them is down.
  if (status === 503) return 'the server cannot take calls now, or cannot tell who calls (HTTP 503)'
  if (status >= 300 && status < 400) {
    const location = answer.header('location')
    return `the server redirects (HTTP ${status}) to ${location === undefined ? 'nowhere' : shownPlace(location).slice(0, 200)}: connect to that address instead`
  }
  return `the server answered with HTTP ${status}`
}

/** What can be done about it, as a sentence; undefined where that is all in the words. */
export function statusAdvice(answer: HttpAnswer): string | undefined {
  switch (answer.status) {
    case 401:
      return isChallenge(answer)
        ? 'To sign in: connect(url, { auth: signIn() }), with signIn of mortise/auth/client'
        : undefined
    case 403: {
      const scopes = isChallenge(answer) ? scopesOf(answer) : undefined
      return scopes && `It wants ${scopes}: signIn() of mortise/auth/client asks the user for that`
    }
    case 429:
    case 503:
      return `Try again ${delayOf(answer)}`
    default:
      return undefined
  }
}

function isChallenge(answer: HttpAnswer): boolean {
  return /(?:^|,)\s*(?:bearer|dpop)\b/i.test(answer.header('www-authenticate') ?? '')
}

const maxShownScopes = 300

/** As far as it can be shown: characters that a scope has (RFC 6749 §3.3), and blanks. */
function scopesOf(answer: HttpAnswer): string | undefined {
  const challenge = answer.header('www-authenticate') ?? ''
  const [, found = ''] = /\bscope="([\x20\x21\x23-\x5b\x5d-\x7e]+)"/i.exec(challenge) ?? []
  const scopes = hideRepeated(answer, found.trim()).slice(0, maxShownScopes)
  if (scopes === '') return undefined
  return scopes.includes(' ') ? `the scopes ${scopes}` : `the scope ${scopes}`
}

/** `Retry-After` in seconds (RFC 9110 §10.2.3); whatever else it is is not worth reading to a person. */
function delayOf(answer: HttpAnswer): string {
  const value = answer.header('retry-after') ?? ''
  return /^\d{1,6}$/.test(value) ? `in ${Number(value)} s` : 'later'
}
