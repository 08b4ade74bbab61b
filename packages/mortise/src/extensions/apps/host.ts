import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import { methodNotFound } from '../../model/errors.ts'
import type { CallToolResult, Implementation, Params, Result } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import { resolveLimits } from '../../std/limits.ts'
import type { Limits } from '../../std/limits.ts'
import { systemRuntime } from '../../std/runtime.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { AppContent } from './page.ts'
import { createPeer } from './peer.ts'
import type { AppPort } from './peer.ts'
import { frameAttributes } from './policy.ts'
import { displayModes, refusedCode, uiMethods } from './types.ts'
import type { AppPermissions, DisplayMode, HostContext } from './types.ts'
import { viewVersion } from '../../revisions/view-version.ts'
import { createViewCalls } from './view-calls.ts'
import type { ApproveCall, ViewServer } from './view-calls.ts'
import * as words from './view-words.ts'
import type { AppFacts, AppLogEntry, AppMessage, ModelContext } from './view-words.ts'

/** A host's end to one view, and what the view may do. What has no function here the view cannot do. */
export interface AppHostOptions {
  readonly port: AppPort
  /** The host, as the view is told. */
  readonly info: Implementation
  /** The client of the server that the page is from: the view's calls reach no other. */
  readonly server: ViewServer
  /** What the view is told about where it is. */
  readonly context?: HostContext
  /** The page, where a sandbox proxy loads it: it is sent once the proxy is ready (Apps, "Sandbox proxy"). */
  readonly page?: Pick<AppContent, 'html' | 'csp'>
  /** What the host grants the page. Default: nothing. */
  readonly permissions?: AppPermissions
  /** Says whether a call of a tool may pass. Default: every call of a tool that is for pages. */
  readonly approveCall?: ApproveCall
  /** Opens an address, of `https:` or `http:`, in the user's browser; false refuses. */
  readonly openLink?: (url: string) => Consent
  /** Puts words of the view into the chat; false refuses. */
  readonly message?: (message: AppMessage) => Consent
  /** Hears what the model is to know from now on, in the place of what it was before; false refuses. */
  readonly updateModelContext?: (context: ModelContext) => Consent
  /** Shows the view in another way, one that both sides have, and says in which it is then. */
  readonly showIn?: (mode: DisplayMode) => DisplayMode | Promise<DisplayMode>
  /** Hears how large the view wants to be, in pixels, at most what the context allows; of a fixed side nothing. */
  readonly onSize?: (size: { readonly width?: number; readonly height?: number }) => void
  /** Hears lines of the view's log. */
  readonly onLog?: (entry: AppLogEntry) => void
  /** Hears that the view wants to be closed (draft). */
  readonly onTeardownWanted?: () => void
  /** Hears of every request of the view before it is answered, for a log. */
  readonly onRequest?: (request: { readonly method: string; readonly params: Params }) => void
  /** Hears of messages that were left out. */
  readonly onWarning?: (warning: string) => void
  /** Hears what the view is not told. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
  readonly limits?: Partial<Limits>
  readonly runtime?: Runtime
}

/** False refuses; nothing is consent. */
type Consent = boolean | void | Promise<boolean | void>

/** A host's end to one view. What is told before the view is ready is kept, and told then. */
export interface AppHost {
  /** Resolves once the view is ready, with what it says about itself. Rejects when it is closed before. */
  readonly ready: Promise<AppFacts>
  /** What the view said last for the model. */
  readonly modelContext: ModelContext | undefined
  readonly context: HostContext
  /** The arguments as far as they are known; not told once `toolInput` was. */
  toolInputPartial(args: Params): void
  /** The arguments, once. @throws TypeError the second time. */
  toolInput(args: Params): void
  /** The result, once. @throws TypeError before `toolInput`, or when the call has ended already. */
  toolResult(result: CallToolResult): void
  /** The call was cancelled. @throws TypeError when it has ended already. */
  toolCancelled(reason?: string): void
  /** What is different now. @throws TypeError when it is a display mode that the view does not have. */
  contextChanged(changes: HostContext): void
  /** The server's tools are others now. */
  toolsChanged(): void
  /** Lets the view save what it has, at most `closeTimeoutMs`, and closes. */
  teardown(reason?: string): Promise<void>
  /** Ends it at once. */
  close(): void
}

/** Begins to listen for a view (MCP Apps, `io.modelcontextprotocol/ui`). */
export function createAppHost(options: AppHostOptions): AppHost {
  const { port, info, server, page, permissions = {}, runtime = systemRuntime } = options
  const { onWarning: warn = () => {}, onError = logError } = options
  const limits = resolveLimits(options.limits)
  const calls = createViewCalls(server, options.approveCall)
  let context: HostContext = { displayMode: 'inline', ...options.context }
  let facts: AppFacts | undefined
  let isReady = false
  let proxyAnswered = false
  let modelContext: ModelContext | undefined
  let inputTold = false
  let ended = false
  let partial: (() => void) | undefined
  let waiting: (() => void)[] = []
  let resolve: (view: AppFacts) => void = () => {}
  let reject: (error: Error) => void = () => {}
  const ready = new Promise<AppFacts>((fulfil, fail) => {
    resolve = fulfil
    reject = fail
  })
  ready.catch(() => {}) // whoever waits for it hears it

  const bounds = { maxLength: limits.maxMessageBytes, maxValues: limits.maxJsonMembers }
  const peer = createPeer({ port, limits, bounds, runtime, answer, hear, warn, report: onError })

  function tell(method: string, params: Params): void {
    if (isReady) peer.notify(method, params)
    else if (!peer.closed) waiting.push(() => peer.notify(method, params))
  }

  async function answer(method: string, params: Params, signal: AbortSignal): Promise<Result> {
    options.onRequest?.({ method, params })
    if (method === 'ping') return {}
    if (method === uiMethods.initialize) return initialize(params)
    if (!isReady) throw new RpcError(ErrorCode.invalidRequest, 'Initialize first')
    switch (method) {
      case 'tools/call':
        return await calls.callTool(params, signal)
      case 'resources/read':
        return await calls.readResource(params, signal)
      case uiMethods.openLink:
        return await consent(options.openLink, method, () => words.readLink(params))
      case uiMethods.message:
        return await consent(options.message, method, () => words.readAppMessage(params))
      case uiMethods.updateModelContext: {
        const wanted = words.readModelContext(params)
        const result = await consent(options.updateModelContext, method, () => wanted)
        modelContext = wanted
        return result
      }
      case uiMethods.requestDisplayMode:
        return { mode: await changeMode(words.readMode(params)) }
      default:
        throw methodNotFound(method)
    }
  }

  function initialize(params: Params): Result {
    if (facts !== undefined) throw new RpcError(ErrorCode.invalidRequest, 'Initialized already')
    facts = words.readAppFacts(params)
    return {
      protocolVersion: viewVersion,
      hostInfo: info,
      hostCapabilities: capabilitiesOf(options),
      hostContext: context,
    }
  }

  async function changeMode(mode: DisplayMode): Promise<DisplayMode> {
    const current = context.displayMode ?? 'inline'
    const has = context.availableDisplayModes?.includes(mode) === true
    if (!has || !viewHas(mode) || options.showIn === undefined) return current
    const shown = await options.showIn(mode)
    context = { ...context, displayMode: displayModes.includes(shown) ? shown : current }
    return context.displayMode as DisplayMode
  }

  function viewHas(mode: DisplayMode): boolean {
    return facts?.displayModes?.includes(mode) ?? true
  }

  function hear(method: string, params: Params): void {
    if (method === uiMethods.proxyReady) return sendPage()
    if (method === uiMethods.initialized) return begin()
    if (!isReady) return warn('a notice was left out: the view was not ready')
    switch (method) {
      case uiMethods.sizeChanged: {
        const size = words.readSize(params)
        return size === undefined ? warn('a size was left out') : resize(size)
      }
      case 'notifications/message': {
        const entry = words.readLogEntry(params)
        return entry === undefined ? warn('a line of log was left out') : options.onLog?.(entry)
      }
      case uiMethods.requestTeardown:
        return options.onTeardownWanted?.()
      default:
        return warn('a notice was left out: it is none that is known')
    }
  }

  /** Once: a frame that was taken elsewhere must not be given the page again. */
  function sendPage(): void {
    if (page === undefined || proxyAnswered) return warn('a sandbox proxy was not answered')
    proxyAnswered = true
    const { html, csp } = page
    const { sandbox } = frameAttributes(permissions)
    peer.notify(uiMethods.resourceReady, {
      html,
      sandbox,
      ...(csp === undefined ? {} : { csp }),
      permissions,
    })
  }

  function begin(): void {
    if (facts === undefined || isReady) return warn('a notice that the view is ready was left out')
    isReady = true
    resolve(facts)
    partial?.()
    for (const say of waiting) say()
    waiting = []
    partial = undefined
  }

  function resize({ width, height }: { width?: number; height?: number }): void {
    const box = context.containerDimensions ?? {}
    const size = {
      ...(width === undefined || box.width !== undefined
        ? {}
        : { width: Math.min(width, box.maxWidth ?? Infinity) }),
      ...(height === undefined || box.height !== undefined
        ? {}
        : { height: Math.min(height, box.maxHeight ?? Infinity) }),
    }
    if (Object.keys(size).length > 0) options.onSize?.(size)
  }

  function end(method: string, params: Params): void {
    if (ended) throw new TypeError('the call has ended already')
    ended = true
    tell(method, params)
  }

  function close(): void {
    peer.close()
    waiting = []
    reject(new McpError('ERR_DISCONNECTED', 'the view was closed before it was ready'))
  }

  return {
    ready,
    get modelContext() {
      return modelContext
    },
    get context() {
      return context
    },
    toolInputPartial(args) {
      if (inputTold) return
      const say = (): void => peer.notify(uiMethods.toolInputPartial, { arguments: args })
      // Of what nobody heard the latest is enough.
      if (isReady) say()
      else partial = say
    },
    toolInput(args) {
      if (inputTold) throw new TypeError('the arguments were told already')
      inputTold = true
      partial = undefined
      tell(uiMethods.toolInput, { arguments: args })
    },
    toolResult(result) {
      if (!inputTold)
        throw new TypeError('a result comes after its arguments: call toolInput first')
      end(uiMethods.toolResult, result as unknown as Params)
    },
    toolCancelled: (reason = 'cancelled') => end(uiMethods.toolCancelled, { reason }),
    contextChanged(changes) {
      const { displayMode } = changes
      if (displayMode !== undefined && !viewHas(displayMode)) {
        throw new TypeError(`the view cannot be shown in the mode ${displayMode}`)
      }
      context = { ...context, ...changes }
      // Before that the view has been told nothing yet that could be old.
      if (facts !== undefined) tell(uiMethods.contextChanged, changes)
    },
    toolsChanged() {
      calls.forget()
      tell('notifications/tools/list_changed', {})
    },
    async teardown(reason = 'closed') {
      try {
        if (isReady && !peer.closed) {
          await peer.request(uiMethods.teardown, { reason }, { timeoutMs: limits.closeTimeoutMs })
        }
      } catch (error) {
        // It goes in any case.
        if (!(error instanceof McpError)) onError(error)
      } finally {
        close()
      }
    },
    close,
  }
}

function capabilitiesOf({
  openLink,
  message,
  updateModelContext,
  onLog,
  page,
  permissions,
}: AppHostOptions): Params {
  const csp = page?.csp === undefined ? {} : { csp: page.csp }
  return {
    serverTools: { listChanged: true },
    serverResources: {},
    ...(openLink === undefined ? {} : { openLinks: {} }),
    ...(message === undefined ? {} : { message: {} }),
    ...(updateModelContext === undefined ? {} : { updateModelContext: {} }),
    ...(onLog === undefined ? {} : { logging: {} }),
    sandbox: { permissions: permissions ?? {}, ...csp },
  }
}

/** Asks the host; what it does not do is unknown, and what it refuses is refused. */
async function consent<T>(
  ask: ((value: T) => Consent) | undefined,
  method: string,
  read: () => T,
): Promise<Result> {
  if (ask === undefined) throw methodNotFound(method)
  if ((await ask(read())) === false) throw new RpcError(refusedCode, `${method} was refused`)
  return {}
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console -- the default of `onError`: a masked error must be seen somewhere
  console.error(error)
}
