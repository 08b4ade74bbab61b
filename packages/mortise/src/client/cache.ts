import type { Conversation } from '../eras/conversation.ts'
import { RpcError } from '../jsonrpc/error.ts'
import { methodRecord } from '../model/methods.ts'
import type { Params, Result } from '../model/types.ts'
import type { Limits } from '../std/limits.ts'
import { canonicalJson } from '../std/canonical-json.ts'
import type { Runtime } from '../std/runtime.ts'
import type { LinkRequest, SendOptions } from '../transport/link.ts'

/** Keeps results for as long as the server says that they are good (basic/utilities, "Caching"). */
export interface Cache {
  /** Sends a request by `send`, unless its result is here and fresh. */
  request(
    request: LinkRequest,
    send: Conversation['request'],
    options: SendOptions,
  ): Promise<Result>
  /** Forgets what a notice of the server makes stale. */
  hear(method: string, params: Params): void
  /** Forgets everything: the server is another, or so is the caller. */
  clear(): void
  readonly size: number
}

/** What a result answers. */
interface Asked {
  readonly method: string
  readonly uri: unknown
}

interface Entry extends Asked {
  readonly text: string
  /** By the monotonic clock. */
  readonly staleAtMs: number
}

/** The lists that a notice makes stale. */
const stale: ReadonlyMap<string, readonly string[]> = new Map([
  ['notifications/tools/list_changed', ['tools/list']],
  ['notifications/prompts/list_changed', ['prompts/list']],
  ['notifications/resources/list_changed', ['resources/list', 'resources/templates/list']],
])

/** What a cache is made of. */
export interface CacheOptions {
  readonly limits: Limits
  readonly runtime: Runtime
  /** The authorization that a request has now, where it may change. Default: it is always the same. */
  readonly authorization?: (() => Promise<string | undefined>) | undefined
}

/** An empty cache of one connection: it is shared with nobody, so that `private` results may be in it. */
export function createCache({ limits, runtime, authorization }: CacheOptions): Cache {
  let authorized: string | undefined
  const entries = new Map<string, Entry>()
  let size = 0
  /** What was sent and is not answered: an answer that is forgotten on its way is of a time before, or of another caller. */
  const awaited = new Set<Asked>()

  function remove(key: string): void {
    size -= entries.get(key)?.text.length ?? 0
    entries.delete(key)
  }

  function forget(isStale: (asked: Asked) => boolean): void {
    for (const [key, entry] of entries) if (isStale(entry)) remove(key)
    for (const asked of awaited) if (isStale(asked)) awaited.delete(asked)
  }

  function keep(key: string, asked: Asked, result: Result): void {
    const { ttlMs } = result
    // Absent, negative or no number at all is 0: stale at once.
    if (typeof ttlMs !== 'number' || !(ttlMs > 0)) return
    const text = JSON.stringify(result)
    if (text.length > limits.maxCachedBytes) return
    remove(key) // another one may have asked for the same
    const staleAtMs = runtime.monotonic() + Math.min(ttlMs, maxTtlMs)
    entries.set(key, { ...asked, text, staleAtMs })
    size += text.length
    for (const oldest of entries.keys()) {
      if (entries.size <= limits.maxCachedResults && size <= limits.maxCachedBytes) return
      remove(oldest)
    }
  }

  /** Another access token may be another caller, who must not have what was for the first (requirements, CACHE-10). */
  async function checkCaller(): Promise<void> {
    const now = await authorization?.()
    if (now !== authorized) forget(() => true)
    authorized = now
  }

  /** A cursor that is no longer good belongs to pages that are none (requirements, CACHE-14). */
  function dropPages({ method }: LinkRequest, error: unknown): void {
    if (error instanceof RpcError) forget((asked) => asked.method === method)
  }

  /** What is kept, or what the server says now. */
  async function answered(
    request: LinkRequest,
    send: Conversation['request'],
    options: SendOptions,
  ): Promise<Result> {
    if (authorization !== undefined) await checkCaller()
    const key = keyOf(request)
    const entry = entries.get(key)
    if (entry !== undefined && runtime.monotonic() < entry.staleAtMs) {
      // A copy: what one caller does with it must not be seen by another.
      return JSON.parse(entry.text) as Result
    }
    remove(key)
    const asked: Asked = { method: request.method, uri: request.params['uri'] }
    awaited.add(asked)
    try {
      const result = await send(request, options)
      if (awaited.has(asked)) keep(key, asked, result)
      return result
    } catch (error) {
      if (request.params['cursor'] !== undefined) dropPages(request, error)
      throw error
    } finally {
      awaited.delete(asked)
    }
  }

  return {
    // Not async, as every request comes through here.
    request: (request, send, options) =>
      isCacheable(request) ? answered(request, send, options) : send(request, options),
    hear(method, params) {
      const lists = stale.get(method)
      if (lists !== undefined) forget((asked) => lists.includes(asked.method))
      if (method === 'notifications/resources/updated') {
        const { uri } = params
        forget((asked) => asked.method === 'resources/read' && isUnder(uri, asked.uri))
      }
    },
    clear: () => forget(() => true),
    get size() {
      return entries.size
    },
  }
}

/** A day: what changes less often than that is asked for once a day. */
const maxTtlMs = 24 * 60 * 60_000

/** Whether a result may answer another request: what came of a caller's own answers may not (basic/utilities, "Caching"). */
function isCacheable({ method, params }: LinkRequest): boolean {
  if (params['inputResponses'] !== undefined || params['requestState'] !== undefined) return false
  return methodRecord(method).cacheable === true
}

function keyOf({ method, params: { _meta: _ours, ...rest } }: LinkRequest): string {
  return `${method} ${canonicalJson(rest)}`
}

/** Whether a change of `uri` changes what was read at `read`: the resource, or one that it is a part of. */
function isUnder(uri: unknown, read: unknown): boolean {
  if (typeof uri !== 'string' || typeof read !== 'string') return false
  return uri === read || uri.startsWith(read.endsWith('/') ? read : `${read}/`)
}
