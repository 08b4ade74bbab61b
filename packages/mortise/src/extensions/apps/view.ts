import { methodNotFound } from '../../model/errors.ts'
import type {
  CallToolResult,
  ContentBlock,
  Implementation,
  LogLevel,
  Params,
  ReadResourceResult,
  Result,
} from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import { resolveLimits } from '../../std/limits.ts'
import type { Limits } from '../../std/limits.ts'
import { systemRuntime } from '../../std/runtime.ts'
import type { Runtime } from '../../std/runtime.ts'
import { createPeer } from './peer.ts'
import type { AppPort, PeerRequestOptions } from './peer.ts'
import { displayModes as allModes, uiMethods } from './types.ts'
import type { DisplayMode, HostContext } from './types.ts'
import { viewVersion } from '../../revisions/view-version.ts'
import { isObject } from '../../std/object.ts'
import { readModes } from './view-words.ts'
import type { ModelContext } from './view-words.ts'

/** A view's end to its host: the functions that hear what the host tells are given at the start, so that nothing is missed. */
export interface AppViewOptions {
  readonly port: AppPort
  /** The page, as the host is told. */
  readonly info: Implementation
  /** The modes that the page can be shown in. Default: `inline`. */
  readonly displayModes?: readonly DisplayMode[]
  /** Hears arguments that are not whole yet: for a picture of what comes, and nothing that matters. */
  readonly onToolInputPartial?: (args: Params) => void
  readonly onToolInput?: (args: Params) => void
  readonly onToolResult?: (result: CallToolResult) => void
  readonly onToolCancelled?: (reason: string) => void
  /** Hears what is different, and everything as it is now. */
  readonly onContextChanged?: (changes: HostContext, context: HostContext) => void
  readonly onToolsChanged?: () => void
  /** Saves what must not be lost; the host waits for it, though not long. */
  readonly onTeardown?: (reason: string) => void | Promise<void>
  /** Hears of messages that were left out. */
  readonly onWarning?: (warning: string) => void
  /** Hears what the functions given here throw. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
  readonly limits?: Partial<Limits>
  readonly runtime?: Runtime
}

/** What the host said about itself. */
export interface HostFacts {
  readonly info: Implementation | undefined
  readonly version: string
  readonly capabilities: Params
}

/** A view's end to its host. */
export interface AppView {
  readonly host: HostFacts
  /** Where the page is shown, and how: every change is in it. */
  readonly context: HostContext
  /** Calls a tool of the page's own server. Rejects with PeerError when the host or the server refuses. */
  callTool(name: string, args?: Params, options?: PeerRequestOptions): Promise<CallToolResult>
  readResource(uri: string, options?: PeerRequestOptions): Promise<ReadResourceResult>
  openLink(url: string): Promise<void>
  /** Puts words of the user into the chat. */
  sendMessage(content: string | readonly ContentBlock[]): Promise<void>
  /** What the model is to know from now on, in the place of what it was before. */
  updateModelContext(context: ModelContext): Promise<void>
  /** Asks to be shown in another way, and says in which the page is then: that of before, if the host does not have it. */
  requestDisplayMode(mode: DisplayMode): Promise<DisplayMode>
  /** Tells how large the page is, in pixels. */
  sizeChanged(size: { readonly width: number; readonly height: number }): void
  log(level: LogLevel, data: unknown, logger?: string): void
  close(): void
}

/**
 * Begins to speak with the host of a page (Apps, "Lifecycle"). Rejects with McpError when the host does not answer, or is none.
 * @throws TypeError when `displayModes` names a mode that there is not.
 */
export async function connectAppView(options: AppViewOptions): Promise<AppView> {
  const { port, info, displayModes = ['inline'], runtime = systemRuntime } = options
  const { onWarning: warn = () => {}, onError = logError } = options
  if (readModes(displayModes).length !== displayModes.length) {
    throw new TypeError(`displayModes must be some of ${allModes.join(', ')}`)
  }
  let context: HostContext = {}
  const limits = resolveLimits(options.limits)
  const peer = createPeer({
    port,
    limits,
    // Results are large.
    bounds: { maxLength: limits.maxAnswerBytes },
    runtime,
    answer,
    hear,
    warn,
    report: onError,
  })

  async function answer(method: string, { reason }: Params): Promise<Result> {
    if (method === 'ping') return {}
    if (method !== uiMethods.teardown) throw methodNotFound(method)
    await options.onTeardown?.(typeof reason === 'string' ? reason : '')
    return {}
  }

  function hear(method: string, params: Params): void {
    const { arguments: args, reason } = params
    switch (method) {
      case uiMethods.toolInputPartial:
        return isObject(args) ? options.onToolInputPartial?.(args) : malformed()
      case uiMethods.toolInput:
        return isObject(args) ? options.onToolInput?.(args) : malformed()
      case uiMethods.toolResult:
        return Array.isArray(params['content'])
          ? options.onToolResult?.(params as unknown as CallToolResult)
          : malformed()
      case uiMethods.toolCancelled:
        return options.onToolCancelled?.(typeof reason === 'string' ? reason : '')
      case uiMethods.contextChanged:
        context = { ...context, ...params }
        return options.onContextChanged?.(params, context)
      case 'notifications/tools/list_changed':
        return options.onToolsChanged?.()
      default:
        return warn('a notice was left out: it is none that is known')
    }
  }

  function malformed(): void {
    warn('a notice was left out: it is malformed')
  }

  async function initialize(): Promise<HostFacts> {
    const result = await peer.request(uiMethods.initialize, {
      appInfo: info,
      appCapabilities: { availableDisplayModes: displayModes },
      protocolVersion: viewVersion,
    })
    const { protocolVersion, hostInfo, hostCapabilities, hostContext } = result
    if (typeof protocolVersion !== 'string' || !isObject(hostCapabilities)) {
      throw new McpError('ERR_INVALID_RESULT', 'the host did not answer as one of MCP Apps')
    }
    if (isObject(hostContext)) context = hostContext
    peer.notify(uiMethods.initialized, {})
    const isNamed = isObject(hostInfo) && typeof hostInfo['name'] === 'string'
    return {
      info: isNamed ? (hostInfo as unknown as Implementation) : undefined,
      version: protocolVersion,
      capabilities: hostCapabilities,
    }
  }

  let host: HostFacts
  try {
    host = await initialize()
  } catch (error) {
    peer.close()
    throw error
  }

  async function ask(method: string, params: Params): Promise<void> {
    await peer.request(method, params)
  }

  return {
    host,
    get context() {
      return context
    },
    async callTool(name, args = {}, request = {}) {
      const result = await peer.request('tools/call', { name, arguments: args }, request)
      return withList(result, 'content') as unknown as CallToolResult
    },
    async readResource(uri, request = {}) {
      const result = await peer.request('resources/read', { uri }, request)
      return withList(result, 'contents') as unknown as ReadResourceResult
    },
    openLink: (url) => ask(uiMethods.openLink, { url }),
    sendMessage: (content) =>
      ask(uiMethods.message, {
        role: 'user',
        content: typeof content === 'string' ? [{ type: 'text', text: content }] : content,
      }),
    updateModelContext: (wanted) => ask(uiMethods.updateModelContext, { ...wanted }),
    async requestDisplayMode(mode) {
      if (!displayModes.includes(mode))
        throw new TypeError(`the page does not declare the mode ${mode}`)
      const current = context.displayMode ?? 'inline'
      if (!readModes(context.availableDisplayModes).includes(mode)) return current
      const { mode: shown } = await peer.request(uiMethods.requestDisplayMode, { mode })
      const displayMode = allModes.find((one) => one === shown) ?? current
      context = { ...context, displayMode }
      return displayMode
    },
    sizeChanged: ({ width, height }) => peer.notify(uiMethods.sizeChanged, { width, height }),
    log: (level, data, logger) =>
      peer.notify('notifications/message', {
        level,
        data,
        ...(logger === undefined ? {} : { logger }),
      }),
    close: peer.close,
  }
}

function withList(result: Result, member: string): Result {
  if (Array.isArray(result[member])) return result
  throw new McpError('ERR_INVALID_RESULT', `the host's answer has no ${member}`)
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console -- the default of `onError`: what a function of the page throws must be seen somewhere
  console.error(error)
}
