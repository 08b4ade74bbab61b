import type { AuthEvent } from 'mortise/auth/client'
import { visibleLine } from '../visible.ts'

/** What a person should know of an event; undefined where that is nothing. */
export function eventText(
  event: AuthEvent,
  { url, verbose }: { readonly url: string; readonly verbose: boolean },
): string | undefined {
  const issuer = visibleLine(event.issuer)
  switch (event.type) {
    case 'discovered':
      return `${new URL(url).host} asks who you are; ${issuer} knows.`
    case 'registered':
      return verbose
        ? `Known there as ${visibleLine(event.clientId)} (${hows[event.how]}).`
        : undefined
    case 'authorizing':
      return undefined // the browser's opening is told where it happens
    case 'signed-in':
      return `Signed in at ${issuer}${rights(event.scopes)}.`
    case 'refreshed':
      return verbose ? `Signed in anew at ${issuer}, without you.` : undefined
    case 'step-up':
      return `More rights are needed${rights(event.scopes)}.`
    case 'signed-out':
      return `Signed out at ${issuer}.`
  }
}

const hows: Readonly<Record<(AuthEvent & { type: 'registered' })['how'], string>> = {
  'pre-registered': 'by hand',
  'metadata-document': 'by its document',
  dynamic: 'registered just now',
}

/** `, for: a b`; scopes are words of a server. */
function rights(scopes: readonly string[] | undefined): string {
  return scopes === undefined || scopes.length === 0
    ? ''
    : `, for: ${visibleLine(scopes.join(' '))}`
}
