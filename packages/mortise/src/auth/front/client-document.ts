import type { OutboundAnswer } from '../../http/guarded-fetch.ts'
import { isJsonType } from '../../http/media-types.ts'
import { decodeUtf8 } from '../../std/encoding.ts'
import { parseJson } from '../../std/json.ts'
import { isObject } from '../../std/object.ts'
import { maxRedirectUriLength } from './redirect-uri.ts'
import type { FrontSetup } from './setup.ts'

/** What a metadata document says of its client (OAuth Client ID Metadata Document). */
export interface ClientDocument {
  readonly name: string
  readonly redirectUris: readonly string[]
}

/** A document, or why there is none: a clause about it. */
export type DocumentRead =
  | { readonly ok: true; readonly document: ClientDocument }
  | { readonly ok: false; readonly reason: string }

/** Fetches and keeps metadata documents. */
export interface ClientDocuments {
  get(url: string): Promise<DocumentRead>
}

const defaultFreshMs = 5 * 60_000
const maxFreshMs = 24 * 60 * 60_000
const maxKept = 1_000
const maxAtOnce = 32
const maxRedirectUris = 64
const maxNameLength = 500

/** Whether a client id is the URL of a metadata document: https, with a path and nothing that could be read in two ways. */
export function isDocumentUrl(clientId: string): boolean {
  if (!/^https:\/\/[!-~]{1,2000}$/.test(clientId) || !URL.canParse(clientId)) return false
  const url = new URL(clientId)
  const plain = url.username === '' && url.password === '' && !clientId.includes('#')
  return plain && url.href === clientId && url.pathname !== '/'
}

/** For development: http on loopback, where the front allows it. */
export function isLoopbackDocumentUrl(clientId: string): boolean {
  return (
    /^http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?\/[!-~]+$/.test(clientId) &&
    isDocumentUrl(clientId.replace(/^http:/, 'https:'))
  )
}

/**
 * Makes the place that fetches documents: without redirects, at most 64 KiB in 5 s, and keeps them for as long as their headers
 * say, at most a day (basic/authorization, "Client ID Metadata Documents").
 */
export function createClientDocuments({ fetch, limits, runtime }: FrontSetup): ClientDocuments {
  const kept = new Map<string, { readonly document: ClientDocument; readonly untilMs: number }>()
  const fetching = new Map<string, Promise<DocumentRead>>()

  async function read(url: string): Promise<DocumentRead> {
    let answer: OutboundAnswer
    try {
      const headers = { accept: 'application/json' }
      answer = await fetch({ method: 'GET', url, headers })
    } catch {
      // Blocked, unreachable, late or too long: a stranger who names addresses is not told which.
      return refuse('could not be fetched')
    }
    const found = judge(url, answer)
    const freshMs = found.ok ? freshFor(answer) : 0
    if (found.ok && freshMs > 0) {
      kept.delete(url)
      if (kept.size >= maxKept) kept.delete(kept.keys().next().value ?? '')
      kept.set(url, { document: found.document, untilMs: runtime.now() + freshMs })
    }
    return found
  }

  function judge(url: string, answer: OutboundAnswer): DocumentRead {
    if (answer.status !== 200 || answer.url !== url) return refuse('could not be fetched')
    const type = answer.header('content-type')
    if (!isJsonType(type) && !/^application\/[\w.-]+\+json\b/i.test(type ?? '')) {
      return refuse('is not JSON')
    }
    const json = parseJson(decodeUtf8(answer.body) ?? '', { maxDepth: limits.maxJsonDepth })
    if (!json.ok || !isObject(json.value)) return refuse('is not JSON')
    const { client_id: id, client_name: name, redirect_uris: uris } = json.value
    if (id !== url) return refuse('is about another client: its client_id is not its URL')
    if (typeof name !== 'string' || name.trim() === '') return refuse('has no client_name')
    if (!Array.isArray(uris) || uris.length === 0 || uris.length > maxRedirectUris) {
      return refuse('has no usable list of redirect_uris')
    }
    const method = json.value['token_endpoint_auth_method'] ?? 'none'
    if (method !== 'none') {
      return refuse('asks for a way to authenticate that this server does not have')
    }
    if (name.length > maxNameLength) return refuse('has a client_name that is too long')
    const redirectUris = uris.filter(
      (uri) => typeof uri === 'string' && uri.length <= maxRedirectUriLength,
    )
    return { ok: true, document: { name, redirectUris } }
  }

  return {
    async get(url) {
      const known = kept.get(url)
      if (known !== undefined && known.untilMs > runtime.now()) {
        return { ok: true, document: known.document }
      }
      const under = fetching.get(url)
      if (under !== undefined) return await under
      if (fetching.size >= maxAtOnce) return refuse('could not be fetched: try again')
      const work = read(url).finally(() => fetching.delete(url))
      fetching.set(url, work)
      return await work
    },
  }
}

/** How long an answer is fresh (RFC 9111 §4.2.1), within our bounds. */
function freshFor(answer: OutboundAnswer): number {
  const control = (answer.header('cache-control') ?? '').toLowerCase()
  if (/\bno-(?:store|cache)\b/.test(control)) return 0
  const told = /\bmax-age="?(\d{1,10})/.exec(control)?.[1]
  const age = Number(answer.header('age') ?? 0) || 0
  if (told !== undefined) return Math.max(0, Math.min((Number(told) - age) * 1000, maxFreshMs))
  return defaultFreshMs
}

function refuse(reason: string): DocumentRead {
  return { ok: false, reason }
}
