import type { AuthorizationServer } from 'oauth4webapi'
import type { OutboundAnswer } from '../../http/guarded-fetch.ts'
import { LimitError, McpError } from '../../std/error.ts'
import type { Read, ResourceMetadata } from '../metadata.ts'
import {
  identifies,
  readResourceMetadata,
  resourceMetadataUrls,
  serverMetadataUrls,
} from '../metadata.ts'
import { DiscoveryError, shownIssuer, shownText, shownUrl } from './discovery-error.ts'
import type { Tried } from './discovery-error.ts'
import { dpopAlgorithm } from './dpop.ts'
import type { Discovered, Flow } from './flow.ts'
import { readServerMetadata } from './server-metadata.ts'

/** What is known before discovery. */
export interface DiscoverHint {
  /** `resource_metadata` of the challenge (RFC 9728 §5.1), as the server sent it. */
  readonly resourceMetadata?: string
  /** The version of the protocol that a request to a server of the first revision with authorization names. */
  readonly version: string
  /** The only issuer that may be used: credentials are bound to it. */
  readonly issuer?: string
  /** Whether the server had metadata before: then it is not taken for one that never had any (trap T-57). */
  readonly hadMetadata?: boolean
}

/** One discovery: its flow, and what it has asked so far. */
interface Search {
  readonly flow: Flow
  readonly tried: Tried[]
  readonly signal: AbortSignal | undefined
}

/**
 * Finds who gives tokens for the server (RFC 9728, RFC 8414, OpenID Connect Discovery): through the metadata that the challenge
 * names, else that of the server's path, else that of its origin; the first document counts. Of several authorization servers
 * it is the first whose metadata is usable, in the order of the document. Asks afresh every time.
 * @throws DiscoveryError (`ERR_AUTH_DISCOVERY`) with all that was asked. McpError `ERR_AUTH_REGISTRATION` when `hint.issuer` is none of the server's;
 *   what `flow.fetch` throws never. The signal's reason when it was aborted.
 */
export async function discover(
  flow: Flow,
  hint: DiscoverHint,
  signal?: AbortSignal,
): Promise<Discovered> {
  const search: Search = { flow, tried: [], signal }
  const metadata = await findResource(search, hint)
  const found = metadata
    ? await findServer(search, metadata, hint)
    : await findFirstRevision(search, hint)
  const { resource } = found
  flow.say({
    type: 'discovered',
    issuer: found.server.issuer,
    // Some servers are called with a key in their query.
    resource: resource === undefined ? undefined : shownUrl(resource),
  })
  return found
}

/** The protected resource metadata; undefined when every place for it answered 404, and none was announced. */
async function findResource(
  search: Search,
  { resourceMetadata: announced, hadMetadata = false }: DiscoverHint,
): Promise<ResourceMetadata | undefined> {
  const { flow, tried } = search
  const known = resourceMetadataUrls(flow.serverUrl)
  const places = announced === undefined ? known : [...new Set([announced, ...known])]
  let missing = announced === undefined && !hadMetadata
  for (const url of places) {
    if (url === announced && !isPlace(url)) {
      tried.push({ url: shownUrl(url), outcome: 'is no URL of metadata' })
      continue
    }
    const document = await ask(search, url, (body) => readResourceMetadata(body, flow.limits))
    if (document.outcome === 'read') {
      checkResource(document.value, { url, search })
      return document.value
    }
    missing &&= document.outcome === 'missing'
    // The places of one origin fail alike; one that was announced may be elsewhere.
    if (document.outcome === 'failed' && url !== announced) break
  }
  if (missing) return undefined
  const message =
    announced === undefined
      ? `the server ${shownUrl(flow.serverUrl)} asks for authorization and has no usable metadata that says who gives tokens: it must serve protected resource metadata (RFC 9728)`
      : `the server ${shownUrl(flow.serverUrl)} names metadata that is of no use: its resource_metadata must lead to protected resource metadata (RFC 9728)`
  throw unanswered(tried, message)
}

/** @throws DiscoveryError when the metadata at `url` is about another server (RFC 9728 §3.3). */
function checkResource(
  { resource }: ResourceMetadata,
  { url, search: { flow, tried } }: { readonly url: string; readonly search: Search },
): void {
  if (identifies(resource, flow.serverUrl, url)) return
  const message = `the metadata is about ${shownUrl(resource)}, and not about ${shownUrl(flow.serverUrl)}: its "resource" must be the URL that clients connect to, or a folder above it whose own metadata this is; nothing of it is used`
  throw unanswered(tried, message)
}

async function findServer(
  search: Search,
  metadata: ResourceMetadata,
  { issuer: only }: DiscoverHint,
): Promise<Discovered> {
  const { flow, tried } = search
  const { resource, authorizationServers: named, scopesSupported, dpopRequired } = metadata
  const dpopOffered = metadata.dpopAlgorithms?.includes(dpopAlgorithm) === true
  if (only !== undefined && named.length > 0 && !named.includes(only)) {
    throw otherIssuer(only, named[0] ?? '')
  }
  const candidates = only === undefined ? named.slice(0, flow.limits.maxAuthServers) : [only]
  for (const issuer of named.length === 0 ? [] : candidates) {
    if (!isIssuer(issuer)) {
      tried.push({ url: shownUrl(issuer), outcome: 'is no issuer' })
      continue
    }
    const server = await findIssuer(search, issuer)
    if (server !== undefined)
      return { resource, scopesSupported, dpopRequired, dpopOffered, server }
  }
  const message =
    named.length === 0
      ? `the metadata of ${shownUrl(flow.serverUrl)} names no authorization server: its "authorization_servers" must list one`
      : `no authorization server of ${shownUrl(flow.serverUrl)} has usable metadata: it must be served where RFC 8414 or OpenID Connect Discovery say, with exactly the "issuer" that the server names`
  throw unanswered(tried, message)
}

/**
 * The metadata of an issuer that the application names.
 * @throws DiscoveryError (`ERR_AUTH_DISCOVERY`) when there is none that is usable. The signal's reason when it was aborted.
 */
export async function discoverIssuer(
  flow: Flow,
  issuer: string,
  signal?: AbortSignal,
): Promise<AuthorizationServer> {
  const search: Search = { flow, tried: [], signal }
  const server = isIssuer(issuer) ? await findIssuer(search, issuer) : undefined
  if (server !== undefined) return server
  const message = `the issuer ${shownUrl(issuer)} has no usable metadata: it must be served where RFC 8414 or OpenID Connect Discovery say, with exactly this "issuer"`
  throw unanswered(search.tried, message)
}

/** The metadata of one issuer; undefined when no place has any that is usable. */
async function findIssuer(
  search: Search,
  issuer: string,
): Promise<AuthorizationServer | undefined> {
  const { limits } = search.flow
  for (const url of serverMetadataUrls(issuer)) {
    const document = await ask(search, url, (body) => readServerMetadata(body, [issuer], limits))
    if (document.outcome === 'read') return document.value
    if (document.outcome === 'failed') return undefined
  }
  return undefined
}

/** The first revision with authorization had metadata of an issuer at the server's origin, or none and known paths. */
async function findFirstRevision(
  search: Search,
  { version, issuer: only }: DiscoverHint,
): Promise<Discovered> {
  const { flow, tried } = search
  const { origin } = new URL(flow.serverUrl)
  // Both are the origin, which is all that is known of the issuer.
  const issuers = [origin, `${origin}/`]
  if (only !== undefined && !issuers.includes(only)) throw otherIssuer(only, origin)
  const document = await ask(
    search,
    `${origin}/.well-known/oauth-authorization-server`,
    (body) => readServerMetadata(body, issuers, flow.limits),
    { 'mcp-protocol-version': version },
  )
  if (document.outcome === 'read') {
    return { resource: undefined, scopesSupported: undefined, server: document.value }
  }
  if (document.outcome === 'missing') {
    return { resource: undefined, scopesSupported: undefined, server: assumedServer(origin) }
  }
  const message = `the server ${shownUrl(flow.serverUrl)} asks for authorization, and neither metadata of its own nor of an authorization server at its origin is usable`
  throw unanswered(tried, message)
}

/** What a server without any metadata is like (2025-03-26, basic/authorization: "Fallbacks for Servers without Metadata Discovery"). */
function assumedServer(origin: string): AuthorizationServer {
  return {
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
  }
}

/** AUTHC-11: credentials that were given for one issuer are not shown to another. */
export function otherIssuer(given: string, named: string): McpError {
  const message = `the client's credentials are for the issuer ${shownIssuer(given)}, and the server takes tokens of ${shownIssuer(named)}: register the client there, or give its issuer exactly as the server names it`
  return new McpError('ERR_AUTH_REGISTRATION', message)
}

/** What asking one URL came to. */
type Asked<T> =
  | { readonly outcome: 'read'; readonly value: T }
  /** 404. */
  | { readonly outcome: 'missing' }
  /** An answer that is no document of the kind. */
  | { readonly outcome: 'other' }
  /** No answer. */
  | { readonly outcome: 'failed' }

async function ask<T>(
  { flow, tried, signal }: Search,
  url: string,
  read: (body: Uint8Array) => Read<T>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked<T>> {
  const came = (outcome: string): number => tried.push({ url: shownUrl(url), outcome })
  let answer: OutboundAnswer
  try {
    answer = await flow.fetch({
      method: 'GET',
      url,
      headers: { accept: 'application/json', ...headers },
      ...(signal === undefined ? {} : { signal }),
    })
  } catch (error) {
    signal?.throwIfAborted()
    if (!(error instanceof McpError)) throw error
    came(failure(error))
    // It may be a redirect that leads where nothing is asked: the other places need not.
    const isAnswered = error instanceof LimitError || error.code === 'ERR_BLOCKED_URL'
    return { outcome: isAnswered ? 'other' : 'failed' }
  }
  if (answer.status !== 200) {
    came(String(answer.status))
    return { outcome: answer.status === 404 ? 'missing' : 'other' }
  }
  const document = read(answer.body)
  came(document.ok ? 'found' : document.reason)
  return document.ok ? { outcome: 'read', value: document.value } : { outcome: 'other' }
}

const unreachableText = 'could not be reached'
const lateText = 'did not answer in time'

/** What to say first where the last thing that was asked gave no answer: then what it should serve is no advice. */
function unanswered(tried: readonly Tried[], otherwise: string): DiscoveryError {
  const last = tried.at(-1)
  const isSilent =
    last !== undefined && (last.outcome.startsWith(unreachableText) || last.outcome === lateText)
  if (!isSilent) return new DiscoveryError(otherwise, tried)
  const text = `${last.url} ${last.outcome}: try again later. If it goes on, ${otherwise}`
  return new DiscoveryError(text, tried)
}

function failure(error: McpError): string {
  if (error instanceof LimitError) return 'is too long'
  if (error.code === 'ERR_BLOCKED_URL') return `is not allowed (${shownText(error.message)})`
  if (error.code === 'ERR_TIMEOUT') return lateText
  const reason = /\(([A-Z][A-Z0-9_]{2,40})\)/.exec(error.message)?.[1]
  return reason === undefined ? unreachableText : `${unreachableText} (${reason})`
}

/** Whether a peer's text is a URL that may be asked for; where it may lead is judged when it is fetched. */
function isPlace(url: string): boolean {
  if (url.length > 2048 || !URL.canParse(url)) return false
  const { protocol, username, password } = new URL(url)
  return /^https?:$/.test(protocol) && username === '' && password === ''
}

/** RFC 8414 §2. */
function isIssuer(url: string): boolean {
  return isPlace(url) && !/[?#]/.test(url)
}
