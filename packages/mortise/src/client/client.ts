import { readObject } from '../eras/conversation.ts'
import type { Conversation } from '../eras/conversation.ts'
import { readHeaderParams } from '../http/param-headers.ts'
import { RpcError } from '../jsonrpc/error.ts'
import { logLevels } from '../model/types.ts'
import { McpErrorCode } from '../model/errors.ts'
import type { HeaderParam } from '../model/header-param.ts'
import type { RequestAsking } from '../model/request-asking.ts'
import type {
  CallToolResult,
  Completion,
  GetPromptResult,
  LogLevel,
  Params,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Result,
  Tool,
} from '../model/types.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { unlessAborted } from '../std/unless-aborted.ts'
import type { LinkRequest } from '../transport/link.ts'
import type { Cache } from './cache.ts'
import { startDeadline } from './deadline.ts'
import type { Deadline } from './deadline.ts'
import { listKinds, readList } from './listing.ts'
import type { ListKind } from './listing.ts'
import type { Reconnecting } from './reconnecting.ts'
import { readLog } from './in-flight.ts'
import type { InFlight, Own } from './in-flight.ts'
import { composeClient } from './middleware.ts'
import type { ClientMiddleware } from './middleware.ts'
import type { Patience } from './patience.ts'
import type { OutputChecks } from './output-check.ts'
import { readItems } from './results.ts'
import { resourceUpdates } from './subscriptions.ts'
import type { Subscriptions } from './subscriptions.ts'
import { ToolCallError, textOf } from './tool-call-error.ts'
import type { Client, LogEntry, RequestOptions } from './types.ts'

/** What a client is made of. */
export interface ClientParts {
  /** It also tells when another server has taken over, by `onReopened`. */
  readonly conversation: Reconnecting
  /** Its requests, with what extensions do around them. */
  readonly send: Conversation['request']
  readonly limits: Limits
  readonly runtime: Runtime
  /** Milliseconds since the user was being asked something. */
  readonly sinceQuestion: () => number
  /** Does what asks the user, whose time is not the server's. */
  readonly asking: Patience['asking']
  readonly inFlight: InFlight
  /** Hears notifications of the server that are not progress. */
  readonly onNotification: (method: string, params: Params) => void
  readonly onWarning: (warning: string) => void
  /** Calls a function of the application so that what it throws ends nothing. */
  readonly guard: (run: () => void) => void
  /** Whether the application has roots to tell of. */
  readonly hasRoots: boolean
  readonly subscriptions: Subscriptions
  readonly cache: Cache | undefined
  /** Holds structured content against the output schema of its tool; undefined where nobody wants that. */
  readonly outputs: OutputChecks | undefined
  readonly middleware: readonly ClientMiddleware[]
}

/** A client over a conversation. */
export function createClient(parts: ClientParts): Client {
  const { conversation, limits, onNotification, onWarning } = parts
  /** Mirrored arguments of the tools that were listed. */
  let known = new Map<string, readonly HeaderParam[]>()

  const { cache, outputs, subscriptions } = parts
  const ask = composeClient<LinkRequest>(parts.middleware, (wanted, options) =>
    cache === undefined || options.asking !== undefined
      ? parts.send(wanted, options)
      : cache.request(wanted, parts.send, options),
  )

  async function request(
    method: string,
    params: Params = {},
    options: RequestOptions = {},
  ): Promise<Result> {
    if (method === 'tools/call') return await requestTool(params, options)
    const result = await send({ method, params }, options)
    if (method === 'tools/list') learn(params, result)
    return result
  }

  /** Learns which arguments are mirrored from a page that somebody reads by himself. */
  function learn({ cursor }: Params, { tools: items }: Result): void {
    if (cursor === undefined) known = new Map()
    for (const item of Array.isArray(items) ? items : []) {
      const { name, inputSchema } = readObject(item)
      const headers = readHeaderParams(inputSchema)
      if (typeof name === 'string' && headers.ok) known.set(name, headers.params)
    }
  }

  async function send(
    wanted: { method: string; params: Params; mirrored?: readonly HeaderParam[] | undefined },
    options: RequestOptions,
  ): Promise<Result> {
    const deadline = startDeadline(wanted.method, options, parts)
    const { logLevel } = options
    const asking = patient(options.asking)
    const onLog = options.onLog && guarded(options.onLog)
    const own = { asking, onLog }
    parts.inFlight.begin(wanted.method, own)
    try {
      return await ask(wanted, {
        signal: deadline.signal,
        asking,
        logLevel,
        onAlive: () => deadline.extend(),
        onNotification: (method, params) => hear({ method, params }, { deadline, onLog, options }),
      })
    } finally {
      parts.inFlight.end(own)
      deadline.end()
    }
  }

  /** What the server says of one request before it answers. */
  function hear(
    { method, params }: { readonly method: string; readonly params: Params },
    {
      deadline,
      onLog,
      options,
    }: {
      readonly deadline: Deadline
      readonly onLog: Own['onLog']
      readonly options: RequestOptions
    },
  ): void {
    if (method === 'notifications/message' && onLog !== undefined) {
      onLog(readLog(params))
      return
    }
    if (method !== 'notifications/progress') {
      onNotification(method, params)
      return
    }
    deadline.extend()
    const { progress, total, message } = params
    if (typeof progress !== 'number') return
    const step = {
      progress,
      ...(typeof total === 'number' ? { total } : {}),
      ...(typeof message === 'string' ? { message } : {}),
    }
    parts.guard(() => options.onProgress?.(step))
  }

  function guarded(listener: (entry: LogEntry) => void): (entry: LogEntry) => void {
    return (entry) => parts.guard(() => listener(entry))
  }

  /** The time that somebody else thinks about a question is not the server's either. */
  function patient(asking: RequestAsking | undefined): RequestAsking | undefined {
    if (asking === undefined) return undefined
    return {
      capabilities: asking.capabilities,
      answer: (method, params, signal) => parts.asking(() => asking.answer(method, params, signal)),
      round: (count, send) => asking.round?.(count, send) ?? send(),
    }
  }

  async function callTool(
    name: string,
    args: Params = {},
    options: RequestOptions = {},
  ): Promise<CallToolResult> {
    outputs?.expect(name)
    const result = readToolResult(await requestTool({ name, arguments: args }, options))
    const doubt = outputs?.fault(name, result)
    if (doubt === undefined || (await inTime(doubt, options)) === undefined) return result
    // The tool may be another one by now: what it says is learnt once more, and counts.
    await learnTools(options)
    const fault = await outputs?.fault(name, result)
    if (fault !== undefined) throw fault
    return result
  }

  /** What checks the first result is loaded first, and waited for no longer than an answer is. */
  async function inTime<T>(doubt: T | Promise<T>, options: RequestOptions): Promise<T> {
    if (!(doubt instanceof Promise)) return doubt
    const deadline = startDeadline('import of the JSON Schema interpreter', options, parts)
    try {
      return await unlessAborted(doubt, deadline.signal)
    } finally {
      deadline.end()
    }
  }

  async function requestTool(params: Params, options: RequestOptions): Promise<Result> {
    try {
      return await send(mirrored(params), options)
    } catch (error) {
      // The headers follow a definition that is unknown here, or old: learn it, once (T-22).
      const stale = error instanceof RpcError && error.rpcCode === McpErrorCode.headerMismatch
      if (!stale || !conversation.mirrors) throw error
      cache?.hear('notifications/tools/list_changed', {}) // what is kept is what was wrong
      await learnTools(options)
      return await send(mirrored(params), options)
    }
  }

  /** Reads the list of the tools once more, for what is remembered of them. */
  async function learnTools({ asking: _notForLists, ...options }: RequestOptions): Promise<void> {
    for await (const tool of tools(options)) void tool
  }

  function readToolResult(result: Result): CallToolResult {
    return readItems(result, 'content', onWarning) as unknown as CallToolResult
  }

  function mirrored(params: Params): Parameters<typeof send>[0] {
    return { method: 'tools/call', params, mirrored: known.get(params['name'] as string) }
  }

  async function* list(kind: ListKind, options: RequestOptions = {}): AsyncGenerator<Params, void> {
    yield* readList(kind, {
      maxPages: limits.maxPages,
      page: (params) => send({ method: kind.method, params }, options),
      warn: onWarning,
    })
  }

  async function* tools(options?: RequestOptions): AsyncGenerator<Tool, void> {
    const listed: typeof known = new Map()
    for await (const item of list(listKinds.tools, options)) {
      const tool = item as unknown as Tool // what makes it one was looked at
      outputs?.learn(tool)
      const headers = readHeaderParams(tool.inputSchema)
      if (headers.ok) {
        known.set(tool.name, headers.params)
        listed.set(tool.name, headers.params)
      } else if (conversation.mirrors) {
        // One that annotates its arguments wrongly cannot be called where they are mirrored in headers.
        onWarning(`tool ${tool.name.slice(0, 128)} was left out: ${headers.reason}`)
        continue
      }
      yield tool
    }
    known = listed // what is not on a whole list is gone
  }

  const client = {
    get server() {
      return conversation.server
    },
    get status() {
      return conversation.status
    },
    async call(name: string, args?: Params, options?: RequestOptions) {
      const result = await callTool(name, args, options)
      if (result.isError === true) throw new ToolCallError(name, result)
      if (result.structuredContent !== undefined) return result.structuredContent
      if (result.content.length === 0) return undefined
      return textOf(result) ?? result.content
    },
    callTool,
    tools,
    // Items are checked for what makes them one; the rest of them is the server's word.
    resources: (options?: RequestOptions) =>
      list(listKinds.resources, options) as unknown as AsyncGenerator<Resource, void>,
    resourceTemplates: (options?: RequestOptions) =>
      list(listKinds.resourceTemplates, options) as unknown as AsyncGenerator<
        ResourceTemplate,
        void
      >,
    prompts: (options?: RequestOptions) =>
      list(listKinds.prompts, options) as unknown as AsyncGenerator<Prompt, void>,
    async readResource(uri: string, options?: RequestOptions): Promise<ReadResourceResult> {
      const result = await request('resources/read', { uri }, options)
      return readItems(result, 'contents', onWarning) as unknown as ReadResourceResult
    },
    subscribe: (uri: string, listener: (uri: string) => void) =>
      subscriptions.add({ ...resourceUpdates, value: uri }, (params) =>
        listener(String(params['uri'])),
      ),
    listen: subscriptions.add,
    onListChanged: subscriptions.addLists,
    clearCache: () => cache?.clear(),
    async getPrompt(
      name: string,
      args: Params = {},
      options?: RequestOptions,
    ): Promise<GetPromptResult> {
      const result = await request('prompts/get', { name, arguments: args }, options)
      return readItems(result, 'messages', onWarning) as unknown as GetPromptResult
    },
    async complete(
      ref: { readonly prompt: string } | { readonly resourceTemplate: string },
      argument: { name: string; value: string; context?: Readonly<Record<string, string>> },
      options?: RequestOptions,
    ): Promise<Completion> {
      const { context, ...named } = argument
      const result = await request(
        'completion/complete',
        {
          ref:
            'prompt' in ref
              ? { type: 'ref/prompt', name: ref.prompt }
              : { type: 'ref/resource', uri: ref.resourceTemplate },
          argument: named,
          ...(context === undefined ? {} : { context: { arguments: context } }),
        },
        options,
      )
      const completion = readObject(result['completion'])
      return readItems(completion, 'values', onWarning) as unknown as Completion
    },
    async setLogLevel(level: LogLevel, options: RequestOptions = {}): Promise<void> {
      if (!logLevels.includes(level)) {
        throw new TypeError(`the level must be one of ${logLevels.join(', ')}`)
      }
      const deadline = startDeadline('logging/setLevel', options, parts)
      try {
        await conversation.setLogLevel(level, deadline.signal)
      } finally {
        deadline.end()
      }
    },
    async rootsChanged(options: RequestOptions = {}): Promise<void> {
      if (!parts.hasRoots) throw new TypeError('this client was connected without roots')
      const deadline = startDeadline('notifications/roots/list_changed', options, parts)
      try {
        await conversation.rootsChanged(deadline.signal)
      } finally {
        deadline.end()
      }
    },
    request,
    close: conversation.close,
    [Symbol.asyncDispose]: conversation.close,
  }
  // Names and arguments are typed by the server's definition, which the caller vouches for.
  return client as Client
}
