import type { EraHost } from '../eras/host.ts'
import type { Exchange } from '../http/exchange.ts'
import { createFetchExchange } from '../http/fetch-exchange.ts'
import { createGuard } from '../http/guard.ts'
import type { GuardOptions } from '../http/guard.ts'
import { notificationText } from '../jsonrpc/write.ts'
import { createInterpreter } from '../jsonschema/interpreter.ts'
import type { SchemaCompiler } from '../jsonschema/validator.ts'
import type { ClientFacts } from '../model/call.ts'
import type { Implementation } from '../model/types.ts'
import type { ServerTypes, Typed } from '../model/typed.ts'
import { sessionRevisions, statelessRevisions } from '../revisions/index.ts'
import type { KeyValueStore } from '../state/key-value.ts'
import { createBeat } from '../std/beat.ts'
import { createGate } from '../std/gate.ts'
import { inTime } from '../std/in-time.ts'
import { resolveLimits } from '../std/limits.ts'
import type { Limits } from '../std/limits.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { Runtime } from '../std/runtime.ts'
import type { Channel } from '../transport/channel.ts'
import { createDispatch, declare } from './dispatch.ts'
import { createElicitor } from './elicit.ts'
import { withExpiry } from './expiry.ts'
import { createCompletion } from './features/completion.ts'
import { createPrompts } from './features/prompts.ts'
import { createResources } from './features/resources.ts'
import { createTools } from './features/tools.ts'
import { createHttpHandler } from './http-handler.ts'
import type { HttpHandler, HttpOptions } from './http-handler.ts'
import { withPeer } from './peer.ts'
import { createReceiver } from './receive.ts'
import { serveChannel } from './serve-channel.ts'
import type {
  CallValue,
  Returned,
  InputOf,
  OutputOf,
  PromptArguments,
  PromptDefinition,
  PromptHandler,
  PromptValues,
  ResourceDefinition,
  ResourceReader,
  Schema,
  TemplateDefinition,
  TemplateReader,
  ToolDefinition,
  ToolHandler,
} from './types.ts'

/** Who a server is, and how it behaves. Only `name` and `version` must be given. */
export interface ServerOptions extends Implementation {
  /** How to use the server, told to the model by the host. */
  readonly instructions?: string
  readonly http?: HttpOptions
  readonly limits?: Partial<Limits>
  /**
   * Secrets of at least 16 characters that seal the state of calls that ask, newest first. Every process that may get the
   * next round needs the same ones. Default: one at random, for this process alone.
   */
  readonly secrets?: readonly (string | Uint8Array)[]
  /** Where single use of sealed state and of `ctx.once` is kept. Default: nowhere. */
  readonly store?: KeyValueStore
  /** Compiles plain JSON Schemas. Default: the bounded interpreter. */
  readonly compiler?: SchemaCompiler
  /** Hears every error that is masked on the wire. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
  /**
   * Hears that a client's roots have changed, in the session era: whoever keeps what `ctx.listRoots` gave under `ctx.client`
   * drops it. Without a session roots are asked for anew each time.
   */
  readonly onRootsChanged?: (client: ClientFacts) => void
  /** Clock, timers and chance. Default: the real ones. */
  readonly runtime?: Runtime
  /** The kinds of conversation to serve. Default: both. */
  readonly eras?: { readonly stateless?: boolean; readonly session?: boolean }
}

/** The types of a server without anything in it. */
export interface NoTypes extends ServerTypes {
  readonly tools: Record<never, never>
  readonly prompts: Record<never, never>
}

/** Types of a server after `tool`. */
export interface WithTool<T extends ServerTypes, N extends string, I, O> extends ServerTypes {
  readonly tools: T['tools'] & { readonly [K in N]: { readonly input: I; readonly output: O } }
  readonly prompts: T['prompts']
}

/** Types of a server after `prompt`. */
export interface WithPrompt<T extends ServerTypes, N extends string, A> extends ServerTypes {
  readonly tools: T['tools']
  readonly prompts: T['prompts'] & { readonly [K in N]: A }
}

/** The input of a tool that says nothing about it. */
type NoInput = Readonly<Record<string, never>>

/**
 * One server definition, for any number of peers, transports and revisions at once. Every registering method changes this
 * server and returns it, with the wider type.
 */
export interface Server<T extends ServerTypes = ServerTypes> extends Typed<T> {
  readonly info: Implementation
  /** The limits in force. */
  readonly limits: Limits
  /** Whether every HTTP request is authorized: what is not must not be reachable from outside. */
  readonly authorizes: boolean
  /** Whether it has no `secrets`: no other process can take a call of it on. */
  readonly sealsAlone: boolean
  /**
   * Adds a tool, or replaces the one of this name, while connected too.
   * @throws TypeError when the name or a schema is wrong, naming the tool.
   */
  tool<
    N extends string,
    const I extends Schema = never,
    const O extends Schema = never,
    R extends Returned<O> = Returned<O>,
  >(
    name: N,
    definition: ToolDefinition<I, O>,
    handler: ToolHandler<[I] extends [never] ? NoInput : OutputOf<I>, R>,
  ): Server<
    WithTool<
      T,
      N,
      [I] extends [never] ? NoInput : InputOf<I>,
      CallValue<[O] extends [never] ? never : OutputOf<O>, Awaited<R>>
    >
  >
  /** Adds a resource under one URI. @throws TypeError when the URI is not absolute. */
  resource(uri: string, definition: ResourceDefinition, read: ResourceReader): Server<T>
  /** Adds a family of resources under an RFC 6570 template. @throws TypeError when the template cannot be matched. */
  resourceTemplate(
    uriTemplate: string,
    definition: TemplateDefinition,
    read: TemplateReader,
  ): Server<T>
  /** Adds a prompt, or replaces the one of this name. */
  prompt<N extends string, const A extends PromptArguments>(
    name: N,
    definition: PromptDefinition<A>,
    handler: PromptHandler<A>,
  ): Server<WithPrompt<T, N, PromptValues<A>>>
  /** Takes a tool, a resource (by URI or template) or a prompt away; whether it was there. */
  remove(kind: 'tool' | 'resource' | 'prompt', name: string): boolean
  /**
   * Answers a web `Request`: for Workers, Deno, Bun, and every framework that speaks `fetch`. `{ peer }` tells the address of
   * the peer, for limits; what else a platform passes there is not looked at.
   */
  readonly fetch: (request: Request, from?: unknown) => Promise<Response>
  /** Answers an HTTP exchange, for those who bring their own HTTP: at `path` alone, if one is given. */
  readonly handle: (exchange: Exchange, path?: string) => void
  /** Lets more hosts and origins in over HTTP, as `http.hosts` and `http.origins` do: for whoever serves a definition. */
  readonly allow: (options: GuardOptions) => void
  /** Serves one peer over a channel; resolves when the channel is over, at once after `close`. */
  attach(channel: Channel): Promise<void>
  /**
   * Stops taking calls, waits for those that run, at most `drainMs` (default: the limit of that name), and ends all
   * sessions.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

/** Makes a server; nothing is served until it is given to a transport. */
export function createServer(options: ServerOptions): Server<NoTypes> {
  const { instructions, http = {}, secrets, store, onError = logError } = options
  const { runtime = systemRuntime, compiler = createInterpreter(), eras = {} } = options
  const limits = resolveLimits(options.limits)
  const identity = readIdentity(options)
  const spoken = {
    stateless: eras.stateless === false ? [] : statelessRevisions,
    session: eras.session === false ? [] : sessionRevisions,
  }
  const versions = [...spoken.stateless, ...spoken.session].map((revision) => revision.version)
  if (versions.length === 0) throw new TypeError('eras: at least one must be served')
  const report = (error: unknown): void => {
    try {
      onError(error)
    } catch {
      /* whoever listens for errors must not cause one */
    }
  }

  const elicitor = createElicitor(compiler)
  const { pageSize } = limits
  const changed = (list: string) => (): void => {
    declared = undefined
    receiver.broadcast(notificationText(`notifications/${list}/list_changed`))
  }
  const tools = createTools({ compiler, elicitor, pageSize, report, changed: changed('tools') })
  const resources = createResources({ elicitor, pageSize, changed: changed('resources') })
  const prompts = createPrompts({ elicitor, pageSize, changed: changed('prompts') })
  const completion = createCompletion({ prompts, resources, maxValues: limits.maxCompletionValues })
  const features = [tools, resources, prompts, completion]
  let declared: ReturnType<typeof declare> | undefined
  let closing = false

  const gate = createGate({ max: limits.maxCalls, maxPerPeer: limits.maxCallsPerPeer })
  const host: EraHost = {
    identity,
    instructions,
    capabilities: () => (declared ??= declare(features)),
    dispatch: createDispatch(features),
    mirrored: (method, params) => (method === 'tools/call' ? tools.mirrored(params) : undefined),
    versions,
    gate,
    beat: createBeat(runtime, limits.keepAliveMs),
    limits,
    runtime,
    secrets,
    store,
    rootsChanged(client) {
      try {
        options.onRootsChanged?.(client)
      } catch (error) {
        report(error)
      }
    },
    report,
  }
  const receiver = createReceiver(host, spoken)
  const guard = createGuard(http)
  const httpParts = { guard, receiver, limits, report, closing: (): boolean => closing }
  const authorize = http.authorize && withExpiry(http.authorize, runtime)
  const answer = createHttpHandler(authorize, httpParts)
  const { peer: askPeer } = http
  const handle: HttpHandler =
    askPeer === undefined
      ? answer
      : (exchange, path) => answer(withPeer(exchange, { peer: askPeer, report }), path)
  const channels = new Set<Channel>()
  let channelCount = 0

  async function attach(channel: Channel): Promise<void> {
    if (closing) {
      channel.start({ message() {}, fault() {}, closed() {} })
      await channel.close()
      return
    }
    channels.add(channel)
    const peer = `channel:${(channelCount += 1)}`
    const isClosing = (): boolean => closing
    const parts = { receiver, limits, runtime, gate, peer, report, closing: isClosing }
    await serveChannel(channel, parts)
    channels.delete(channel)
  }

  async function close({ drainMs = limits.drainMs }: { drainMs?: number } = {}): Promise<void> {
    closing = true
    await inTime(gate.empty(), { ms: drainMs, runtime })
    receiver.close()
    await Promise.all([...channels].map((channel) => channel.close()))
  }

  const server = {
    info: identity,
    limits,
    authorizes: http.authorize !== undefined,
    sealsAlone: secrets === undefined,
    tool(name: string, definition: ToolDefinition, handler: ToolHandler<never, unknown>) {
      tools.add(name, definition, handler)
      return server
    },
    resource(uri: string, definition: ResourceDefinition, read: ResourceReader) {
      resources.add(uri, definition, read)
      return server
    },
    resourceTemplate(uriTemplate: string, definition: TemplateDefinition, read: TemplateReader) {
      resources.addTemplate(uriTemplate, definition, read)
      return server
    },
    prompt(name: string, definition: PromptDefinition, handler: PromptHandler<never>) {
      prompts.add(name, definition, handler)
      return server
    },
    remove: (kind: 'tool' | 'resource' | 'prompt', name: string) =>
      ({ tool: tools, resource: resources, prompt: prompts })[kind].remove(name),
    fetch(request: Request, from?: unknown) {
      const { peer } = (from ?? {}) as { readonly peer?: unknown } // of whatever a platform passes
      const { exchange, response } = createFetchExchange(request, {
        runtime,
        ...(typeof peer === 'string' ? { peer } : {}),
      })
      handle(exchange)
      return response
    },
    handle,
    allow: guard.allow,
    attach,
    close,
  }
  // The object is one and the same whatever was registered; its type grows with what the registering methods return.
  return server as Server<NoTypes>
}

function readIdentity(options: ServerOptions): Implementation {
  const { name, version, title, description, websiteUrl, icons } = options
  if (typeof name !== 'string' || name === '' || typeof version !== 'string') {
    throw new TypeError('a server needs a name and a version')
  }
  const optional = Object.entries({ title, description, websiteUrl, icons })
  const given = optional.filter(([, value]) => value !== undefined)
  return { name, version, ...Object.fromEntries(given) }
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console -- the default of `onError`: a masked error must be seen somewhere
  console.error(error)
}
