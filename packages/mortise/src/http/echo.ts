import { decodeBase64, decodeUtf8 } from '../std/encoding.ts'
import { isObject } from '../std/object.ts'
import type { HttpAnswer } from './client-seam.ts'
import type { HeaderRecord } from './exchange.ts'

/** A request whose answer may repeat what is secret in it. */
export interface Sent {
  readonly url: string
  readonly headers?: HeaderRecord
  /** Of a form, or JSON. Default: nothing of it is secret. */
  readonly body?: string
}

/** Shorter texts are words, and no secrets that are worth the name. */
const minLength = 8

/** Everything else in a header is somebody's secret, or may be: the application chooses names too. */
const harmlessHeaders =
  /^(?:accept(?:-.*)?|content-.*|host|last-event-id|origin|mcp-(?:method|name|param-.*|protocol-version)|trace(?:parent|state)|user-agent)$/

/** Parameters of OAuth that are facts and words. What else is sent is a secret, or may be. */
const harmlessParameters: ReadonlySet<string> = new Set([
  'audience',
  'client_assertion_type',
  'client_id',
  'grant_type',
  'requested_token_type',
  'scope',
  'subject_token_type',
  'token_type_hint',
])

/**
 * Text of a peer for messages and logs, without what was sent to it: servers that are being debugged, and some in earnest,
 * answer with the credentials that they refuse.
 */
export function hideEchoes(text: string, requests: Iterable<Sent>): string {
  const secrets = [...requests].flatMap(secretsOf).flatMap(spellings)
  // The longest first, so that nothing is left of one that holds another.
  const ordered = secrets.toSorted((one, other) => other.length - one.length)
  return ordered.reduce((shown, secret) => shown.replaceAll(secret, '…'), text)
}

const refused = new WeakMap<HttpAnswer, Sent>()

/** Remembers what was sent for an answer that refuses it. */
export function noteRefused(answer: HttpAnswer, request: Sent): void {
  // The body is the application's own, and no credentials.
  if (answer.status >= 400)
    refused.set(answer, { url: request.url, headers: request.headers ?? {} })
}

/** Text of an answer, without what it repeats of its request. */
export function hideRepeated(answer: HttpAnswer, text: string): string {
  const request = refused.get(answer)
  return request === undefined ? text : hideEchoes(text, [request])
}

/** A URL for a person to read: without user, query and fragment, which may be secret. */
export function shownPlace(text: string): string {
  if (!URL.canParse(text)) return withoutQuery(text)
  const { protocol, host, pathname } = new URL(text)
  // Of `javascript:` and its like everything is path.
  return host === '' ? protocol : `${protocol}//${host}${pathname}`
}

function withoutQuery(text: string): string {
  return text.replace(/[?#][^]*$/, '').replace(/\/\/[^/]*@/, '//')
}

function secretsOf({ url, headers = {}, body = '' }: Sent): string[] {
  const inHeaders = Object.entries(headers)
    .filter(([name]) => !harmlessHeaders.test(name))
    .flatMap(([, value]) => [value, ...value.split(/[\s,;="]+/), ...basicOf(value)])
  return [...queryOf(url), ...inHeaders, ...inBody(body)].filter((one) => one.length >= minLength)
}

/** What `Basic` hides (RFC 7617 §2; RFC 6749 §2.3.1). */
function basicOf(header: string): string[] {
  const encoded = /^basic +([\w+/-]+)=*$/i.exec(header)?.[1]
  if (encoded === undefined) return []
  const bytes = decodeBase64(encoded.padEnd(Math.ceil(encoded.length / 4) * 4, '='))
  const pair = (bytes && decodeUtf8(bytes)) ?? ''
  const secret = pair.slice(pair.indexOf(':') + 1)
  return [pair, secret, ...new URLSearchParams(`s=${secret}`).values()]
}

function inBody(body: string): string[] {
  if (!body.startsWith('{')) {
    return [...new URLSearchParams(body)].flatMap(([name, value]) =>
      harmlessParameters.has(name) ? [] : URL.canParse(value) ? queryOf(value) : [value],
    )
  }
  // Metadata of a client: facts, among them URLs.
  const value: unknown = JSON.parse(body)
  return isObject(value)
    ? Object.values(value)
        .flat()
        .flatMap((one) => (typeof one === 'string' ? queryOf(one) : []))
    : []
}

function queryOf(url: string): string[] {
  if (!URL.canParse(url)) return []
  const { searchParams, search } = new URL(url)
  // A URL within a URL has a query too.
  return [search.slice(1), ...[...searchParams.values()].flatMap((one) => [one, ...queryOf(one)])]
}

function spellings(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    new URLSearchParams([['', secret]]).toString().slice(1),
  ]
}
