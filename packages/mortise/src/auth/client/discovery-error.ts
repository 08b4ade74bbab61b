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
  if (!URL.canParse(url)) return shownText(url)
  const { protocol, host, pathname } = new URL(url)
  return shownText(`${protocol}//${host}${pathname}`)
}

/** Text of a peer for a person to read. */
export function shownText(text: string): string {
  return visible(excerpt(text, 200))
}
