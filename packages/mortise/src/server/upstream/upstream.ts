import { lists } from '../kinds.ts'
import { readHeaderParams } from '../../http/param-headers.ts'
import type { Call } from '../../model/call.ts'
import type { ServerCapabilities } from '../../model/capabilities.ts'
import { metaKeys } from '../../model/meta.ts'
import type { RequestAsking } from '../../model/request-asking.ts'
import { logLevels } from '../../model/types.ts'
import type { LogLevel, Params, Progress, Result } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import { resolveLimits } from '../../std/limits.ts'
import type { Limits } from '../../std/limits.ts'
import { systemRuntime } from '../../std/runtime.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { Provider } from '../provider.ts'
import { listChanged } from '../topics.ts'
import { createCatalog, isItem } from './catalog.ts'
import { toldOutside } from './errors.ts'
import { createRelay } from './relay.ts'
import { isObject } from '../../std/object.ts'

/** A connection to another server: what `connect` gives. */
export interface UpstreamClient {
  readonly server: { readonly capabilities: ServerCapabilities }
  readonly status: { readonly state: string }
  request(method: string, params: Params, options: UpstreamRequest): Promise<Result>
  subscribe(uri: string, listener: () => void): Promise<{ close(): Promise<void> }>
  onListChanged(listener: (list: string) => void): () => void
}

/** How an upstream is sent a request. */
export interface UpstreamRequest {
  readonly signal?: AbortSignal
  readonly timeoutMs?: number
  readonly onProgress?: (progress: Progress) => void
  readonly onLog?: (entry: {
    readonly level: LogLevel
    readonly logger?: string
    readonly data: unknown
  }) => void
  readonly logLevel?: LogLevel
  readonly asking?: RequestAsking
}

/** How another server is passed on. */
export interface UpstreamOptions {
  /** Milliseconds for one page of its lists: one that hangs must not keep the others from being listed. Default: 10,000. */
  readonly listTimeoutMs?: number
  /** Which resources are its own though no list of it has them, such as those that its results link to. Default: none. */
  readonly uris?: (uri: string) => boolean
  /** Those of `maxUpstreamItems`, `maxPages`, `maxHeldCalls`, `maxHeldCallsPerPeer` and `askTimeoutMs` count here. */
  readonly limits?: Partial<Limits>
  readonly runtime?: Runtime
  /** Hears that changes of a resource are not heard of. Default: nobody. */
  readonly onError?: (error: unknown) => void
}

/** What of a server's declarations is passed on. */
const passedOn = ['tools', 'resources', 'prompts', 'completions'] as const

/** What of `_meta` belongs to one conversation, and not to the call. */
const ours: ReadonlySet<string> = new Set([...Object.values(metaKeys), 'progressToken'])

/**
 * Passes another server on, reached by `client`, whatever either end speaks: `gateway.mount(upstream(client), prefix('files'))`.
 * Lists, results, progress, log lines, changes and errors come through as they are; what it asks goes to whoever called. The
 * client stays its owner's to close.
 */
export function upstream(client: UpstreamClient, options: UpstreamOptions = {}): Provider {
  const { listTimeoutMs = 10_000, uris = () => false, runtime = systemRuntime } = options
  const { onError = () => {} } = options
  const limits = resolveLimits(options.limits)
  const catalog = createCatalog({
    limits,
    runtime,
    capabilities,
    isConnected,
    page: (method, params) => client.request(method, params, { timeoutMs: listTimeoutMs }),
  })
  const relay = createRelay({ limits, runtime })
  client.onListChanged((list) => catalog.stale(list))

  function isConnected(): boolean {
    return client.status.state === 'connected'
  }

  function capabilities(): ServerCapabilities {
    const declared = client.server.capabilities
    const own = passedOn.filter((name) => isObject(declared[name]))
    return Object.fromEntries(own.map((name) => [name, declared[name]]))
  }

  async function list(call: Call): Promise<Result> {
    // Whoever waits for a connection would keep every other list waiting too.
    if (!isConnected()) throw new McpError('ERR_DISCONNECTED', 'the upstream is not connected')
    const { member, kind } = lists.get(call.method) ?? { member: '', kind: 'tool' as const }
    const params = paramsOf(call)
    const page = await client.request(call.method, params, {
      signal: call.signal,
      timeoutMs: listTimeoutMs,
    })
    const items = page[member]
    return {
      ...page,
      [member]: Array.isArray(items) ? items.filter((item) => isItem(kind, item)) : [],
    }
  }

  async function pass(call: Call): Promise<Result> {
    const { method } = call
    const params = paramsOf(call)
    return await relay.run(call, ({ signal, asking, attempt }) =>
      client.request(method, params, {
        signal,
        ...(asking === undefined ? {} : { asking }),
        ...(call.logLevel === undefined ? {} : { logLevel: call.logLevel }),
        onProgress: (progress) => tellProgress(attempt(), progress),
        onLog: (entry) => tellLog(attempt(), entry),
      }),
    )
  }

  return {
    capabilities,
    async owns(call) {
      if ((await catalog.find(call)) !== undefined) return true
      const { uri } = call.params
      return call.method === 'resources/read' && typeof uri === 'string' && uris(uri)
    },
    async answer(call) {
      try {
        return plain(await (lists.has(call.method) ? list(call) : pass(call)))
      } catch (error) {
        throw toldOutside(error, call)
      }
    },
    find: (call) => catalog.find(call),
    mirrored(call) {
      const tool = catalog.known('tools/list', call.params['name'])
      const headers = tool === undefined ? undefined : readHeaderParams(tool['inputSchema'])
      return headers?.ok === true && headers.params.length > 0 ? headers.params : undefined
    },
    listen: (tell) => client.onListChanged((changed) => tell(listChanged(changed))),
    watch(uri, changed) {
      let isOver = false
      let close = (): Promise<void> => Promise.resolve()
      const begin = async (): Promise<void> => {
        const call = { method: 'resources/read', params: { uri } }
        if ((await catalog.find(call)) === undefined && !uris(uri)) return
        if (isOver) return
        const subscription = await client.subscribe(uri, () => changed())
        close = () => subscription.close()
        if (isOver) await close()
      }
      begin().catch(onError)
      return () => {
        isOver = true
        close().catch(onError)
      }
    },
  }
}

/** The parameters without what belongs to the caller's own conversation: its envelope, its token, its answers. */
function paramsOf({ params }: Call): Params {
  const { _meta: meta, requestState: _state, inputResponses: _answers, ...rest } = params
  const kept = isObject(meta) ? Object.entries(meta).filter(([key]) => !ours.has(key)) : []
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) }
}

/** The result without what belongs to the upstream's own conversation. */
function plain(result: Result): Result {
  const { resultType: _complete, _meta: meta, ...rest } = result
  if (!isObject(meta)) return rest
  const kept = Object.entries(meta).filter(([key]) => !ours.has(key))
  return kept.length === 0 ? rest : { ...rest, _meta: Object.fromEntries(kept) }
}

function tellProgress(call: Call, progress: Progress): void {
  const { _meta: meta } = call.params
  const progressToken = isObject(meta) ? meta['progressToken'] : undefined
  if (progressToken === undefined) return
  call.notify('notifications/progress', { progressToken, ...progress })
}

function tellLog(call: Call, entry: { readonly level: LogLevel }): void {
  const wanted = call.logLevel === undefined ? Infinity : logLevels.indexOf(call.logLevel)
  if (logLevels.indexOf(entry.level) >= wanted) call.notify('notifications/message', { ...entry })
}
