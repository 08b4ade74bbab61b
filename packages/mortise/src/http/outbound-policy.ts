import { McpError } from '../std/error.ts'
import { excerpt } from '../std/excerpt.ts'
import type { AddressKind } from './address.ts'
import { kindOfAddress } from './address.ts'

/** Where outbound requests may go besides public addresses by https. */
export interface OutboundPolicy {
  /** Origins that the application itself names, such as `https://id.corp.example`: at any address, and by http too. */
  readonly trust?: readonly string[]
  /** Whether loopback hosts may be reached, by http too: for development. Default: false. */
  readonly allowLoopback?: boolean
}

/** A URL that may be fetched, if its host is where it has to be. */
export interface Destination {
  readonly url: URL
  /** Judges what the host resolves to, all of it. @throws McpError `ERR_BLOCKED_URL` when one address is not allowed. */
  admit(addresses: readonly string[]): void
}

/** Judges URLs by what is written in them, before anything is resolved. @throws McpError `ERR_BLOCKED_URL` */
export type JudgeUrl = (text: string, base?: URL) => Destination

/** The longest name of DNS, in characters (RFC 1035 §2.3.4). */
const maxNameLength = 253
/** Names that mean something else in every network (RFC 6762, RFC 8375, and ICANN's `.internal`). */
const localSuffixes = ['.local', '.internal', '.home.arpa']
const trustIt = 'if it is yours, name the origin in `trust`'

/**
 * What a policy means for each URL.
 * @throws TypeError when an entry of `trust` is no http or https origin.
 */
export function createUrlJudge({ trust = [], allowLoopback = false }: OutboundPolicy): JudgeUrl {
  const trusted = new Set(trust.map(readOrigin))
  return (text, base) => {
    const url = readUrl(text, base)
    if (trusted.has(url.origin)) return { url, admit: () => {} }
    const host = readHost(url)
    if (host.isLoopback) {
      if (!allowLoopback) {
        throw blocked(url, 'it is a loopback host', 'for development, set `allowLoopback`')
      }
      return { url, admit: (addresses) => admitAll(url, addresses, 'loopback') }
    }
    if (url.protocol !== 'https:') throw blocked(url, 'only https is allowed', trustIt)
    if (host.kind === 'special') throw blocked(url, 'its address is not public', trustIt)
    if (host.kind === undefined) checkName(url)
    return { url, admit: (addresses) => admitAll(url, addresses, 'public') }
  }
}

/** @throws TypeError when an entry of `trust` is no http or https origin. */
export function checkTrust(trust: readonly string[]): void {
  for (const entry of trust) readOrigin(entry)
}

function readOrigin(entry: string): string {
  const url = URL.canParse(entry) ? new URL(entry) : undefined
  const isOrigin =
    (url?.protocol === 'https:' || url?.protocol === 'http:') && url.href === `${url.origin}/`
  if (url === undefined || !isOrigin || url.hostname.includes('*')) {
    const text = 'an entry of `trust` must be one origin, such as https://id.corp.example'
    throw new TypeError(`${text}, without user, path or wildcard`)
  }
  return url.origin
}

function readUrl(text: string, base: URL | undefined): URL {
  const url = URL.canParse(text, base) ? new URL(text, base) : undefined
  if (url === undefined) {
    throw new McpError('ERR_BLOCKED_URL', 'not fetching what is no absolute URL')
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    const scheme = excerpt(url.protocol, 40)
    const text = `not fetching a URL of the scheme ${scheme} only https: is allowed`
    throw new McpError('ERR_BLOCKED_URL', text)
  }
  if (url.username !== '' || url.password !== '') {
    throw blocked(url, 'the URL holds a user name or password', 'a server must not ask for that')
  }
  return url
}

interface Host {
  readonly isLoopback: boolean
  /** Undefined for a name. */
  readonly kind: AddressKind | undefined
}

function readHost({ hostname }: URL): Host {
  const name = hostname.endsWith('.') ? hostname.slice(0, -1) : hostname
  const kind = kindOfAddress(name.startsWith('[') ? name.slice(1, -1) : name)
  const isLocalhost = name === 'localhost' || name.endsWith('.localhost')
  return { kind, isLoopback: kind === 'loopback' || isLocalhost }
}

function checkName(url: URL): void {
  const { hostname } = url
  if (hostname.length > maxNameLength) throw blocked(url, 'its name is too long', trustIt)
  // To some resolvers, and to every certificate, it is another name than the one without.
  if (hostname.endsWith('.')) throw blocked(url, 'its name ends in a dot', trustIt)
  const isLocal =
    !hostname.includes('.') || localSuffixes.some((suffix) => hostname.endsWith(suffix))
  if (isLocal) throw blocked(url, 'its name belongs to a local network', trustIt)
}

function admitAll(url: URL, addresses: readonly string[], kind: AddressKind): void {
  if (addresses.every((address) => kindOfAddress(address) === kind)) return
  // Which address it is belongs to the network of whoever asks, and the message may travel.
  throw blocked(url, `its name leads to an address that is not ${kind}`, trustIt)
}

function blocked(url: URL, reason: string, advice: string): McpError {
  const message = `not fetching from ${excerpt(url.origin, 300)}: ${reason}; ${advice}`
  return new McpError('ERR_BLOCKED_URL', message)
}
