import { shownPlace } from '../../http/echo.ts'
import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { visible } from '../../std/visible.ts'

/** One URL that was asked during discovery, and what came of it. */
export interface Tried {
  /** Without its query. */
  readonly url: string
  /** A clause without a subject: `404`, `is not JSON`, `could not be reached`. */
  readonly outcome: string
}

/** No authorization server could be found that gives tokens for a server. */
export class DiscoveryError extends McpError {
  /** Every URL that was asked, in that order. */
  readonly tried: readonly Tried[]

  constructor(message: string, tried: readonly Tried[]) {
    const asked = tried.map(({ url, outcome }) => `${url}: ${outcome}`).join('; ')
    super('ERR_AUTH_DISCOVERY', asked === '' ? message : `${message}. Asked: ${asked}`)
    this.tried = tried
  }
}

/** A URL for a person to read, without what may be private in it. */
export function shownUrl(url: string): string {
  return shownText(shownPlace(url))
}

/** What a peer calls an issuer, to be copied: as it is, but for what no issuer has and somebody may want hidden. */
export function shownIssuer(text: string): string {
  return /[?#@]/.test(text) ? shownUrl(text) : shownText(text)
}

/** Text of a peer for a person to read. */
export function shownText(text: string): string {
  return visible(excerpt(text, 200))
}
