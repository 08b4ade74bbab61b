import type { Protection } from '../http/authorize.ts'
import type { Exchange } from '../http/exchange.ts'
import type { SchemaCompiler } from '../jsonschema/validator.ts'
import type { ClientFacts } from '../model/call.ts'
import type { TypedMethod } from '../model/method-types.ts'
import type { ByName, PromptTypes, ServerTypes, ToolTypes, Typed } from '../model/typed.ts'
import type { Implementation } from '../model/types.ts'
import type { KeyValueStore } from '../state/key-value.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { Channel } from '../transport/channel.ts'
import type { ServerExtension } from './extension.ts'
import type { HttpOptions } from './http-handler.ts'
import type { ErrorContext } from './mask.ts'
import type { ListCache } from './list-cache.ts'
import type { MethodMiddleware, Middleware } from './middleware.ts'
import type { Provider, Transform } from './provider.ts'
import type { Sharing, ToldNotice } from './sharing.ts'
import type { Prefix } from './transforms/prefix.ts'
import type {
  CallValue,
  InputOf,
  OutputOf,
  PromptArguments,
  PromptDefinition,
  PromptHandler,
  PromptValues,
  ResourceDefinition,
  ResourceReader,
  Returned,
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
  /** Capabilities outside the specification that are declared: objects by name (basic, "Capabilities"). Default: none. */
  readonly experimental?: Readonly<Record<string, object>>
  /**
   * Protects the server over HTTP: who may call, and what clients are told of how to get in; `protect` of
   * `mortise/auth/server` makes it. Not together with `http.authorize`. Default: nobody is asked.
   */
  readonly auth?: Protection
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
  /**
   * Hears every error that is masked on the wire, with the id that the peer was told in its place, and the call that it ended.
   * Default: `console.error`.
   */
  readonly onError?: (error: unknown, context: ErrorContext) => void
  /**
   * Hears that a client's roots have changed, in the session era: whoever keeps what `ctx.listRoots` gave under `ctx.client`
   * drops it. Without a session roots are asked for anew each time.
   */
  readonly onRootsChanged?: (client: ClientFacts) => void
  /**
   * How long clients may keep lists and what the server says of itself, by method: `{ 'tools/list': { ttlMs: 60_000 } }`. A list
   * that differs by caller is never public. Default: not at all. For a resource its own `cache` says it.
   */
  readonly cache?: ListCache
  /** Clock, timers and chance. Default: the real ones. */
  readonly runtime?: Runtime
  /** The kinds of conversation to serve. Default: both. */
  readonly eras?: { readonly stateless?: boolean; readonly session?: boolean }
}

/** Types of what is mounted, under names that begin with `P`. What was there before keeps its name: `T` are those types. */
export type Mounted<
  S extends ServerTypes,
  P extends string = '',
  T extends ServerTypes = never,
> = Renamed<S, P, Extract<T, ToolTypes>['tool'], Extract<T, PromptTypes>['prompt']>

// The names that are taken go by themselves: with whole types here each member would be held against all of them.
type Renamed<S, P extends string, Tools, Prompts> =
  S extends ToolTypes<infer N, infer I, infer O>
    ? `${P}${N}` extends Tools
      ? never
      : ToolTypes<`${P}${N}`, I, O>
    : S extends PromptTypes<infer N, infer A>
      ? `${P}${N}` extends Prompts
        ? never
        : PromptTypes<`${P}${N}`, A>
      : never

/** The input of a tool that says nothing about it. */
type NoInput = Readonly<Record<string, never>>

/**
 * One server definition, for any number of peers, transports and revisions at once. Every registering method changes this
 * server and returns it, with the wider type.
 *
 * What widens it reads the types from what it is called on (`Own`, which is `T`): a method with `T` in it would be another type
 * for each tool that is added, to be gone through with all before it.
 */
export interface Server<T extends ServerTypes = ServerTypes> extends Typed<ByName<T>> {
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
    Own extends ServerTypes = ServerTypes,
  >(
    this: Server<Own>,
    name: N,
    definition: ToolDefinition<I, O>,
    handler: ToolHandler<[I] extends [never] ? NoInput : OutputOf<I>, R>,
  ): Server<
    | Own
    | ToolTypes<
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
  prompt<N extends string, const A extends PromptArguments, Own extends ServerTypes>(
    this: Server<Own>,
    name: N,
    definition: PromptDefinition<A>,
    handler: PromptHandler<A>,
  ): Server<Own | PromptTypes<N, PromptValues<A>>>
  /**
   * Stands `middleware` around every call, or around those of `method`; the first one is outermost. A session's handshake and
   * `ping` are no calls.
   */
  use(middleware: Middleware): Server<T>
  use<M extends TypedMethod>(method: M, middleware: MethodMiddleware<M>): Server<T>
  use<M extends string>(
    method: M extends TypedMethod ? never : M,
    middleware: Middleware,
  ): Server<T>
  /**
   * Offers what a provider, or another server, has: after what was registered here, in the order of mounting. Transforms say
   * under which names, and what of it. The types of a server that is mounted as it is, or with a prefix alone, are known to
   * `typeof server`.
   */
  mount<S extends ServerTypes, Own extends ServerTypes>(
    this: Server<Own>,
    source: Server<S>,
  ): Server<Own | Mounted<S, '', Own>>
  mount<S extends ServerTypes, P extends string, Own extends ServerTypes>(
    this: Server<Own>,
    source: Server<S>,
    transform: Prefix<P>,
  ): Server<Own | Mounted<S, P, Own>>
  mount(source: Provider | Mountable, ...transforms: Transform[]): Server<T>
  /**
   * Takes an extension of the protocol in.
   * @throws TypeError when it is there already, its identifier is none, or a method of it is answered already.
   */
  extend(extension: ServerExtension): Server<T>
  /** Tells whoever subscribes to the resource at `uri` that it has changed. */
  updated(uri: string): void
  /**
   * Tells the client that was sent to a page under this `elicitationId` that the user is done there, if it has a session
   * with this process whose revision knows of that; others need no telling.
   */
  elicitationComplete(elicitationId: string): void
  /** What this server offers, for another one to mount. */
  readonly provider: Provider
  /** Takes a tool, a resource (by URI or template) or a prompt away; whether it was there. */
  remove(kind: 'tool' | 'resource' | 'prompt', name: string): boolean
  /**
   * Answers a web `Request`: for Workers, Deno, Bun, and every framework that speaks `fetch`. `{ peer }` tells the address of
   * the peer, for limits; what else a platform passes there is not looked at.
   */
  readonly fetch: (request: Request, from?: unknown) => Promise<Response>
  /** Answers an HTTP exchange, for those who bring their own HTTP: at `path` alone, if one is given. */
  readonly handle: (exchange: Exchange, path?: string) => void
  /**
   * Lets more hosts and origins in over HTTP, and clients of HTTP+SSE, as `http.hosts`, `http.origins` and `http.sse` do: for
   * whoever serves a definition.
   */
  readonly allow: (options: Pick<HttpOptions, 'hosts' | 'origins' | 'sse'>) => void
  /**
   * Serves this definition together with other processes, for whoever starts them: `serve` with `workers` does. What is given before
   * stays, where it is not given anew. What it gives tells here what another process has told.
   * @throws TypeError when a secret is too short.
   */
  readonly share: (sharing: Sharing) => (notice: ToldNotice) => void
  /** Serves one peer over a channel; resolves when the channel is over, at once after `close`. */
  attach(channel: Channel): Promise<void>
  /**
   * Stops taking calls, waits for those that run, at most `drainMs` (default: the limit of that name), and ends all
   * sessions.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>
}

/** What can be mounted as a whole: another server. */
export interface Mountable {
  readonly provider: Provider
}
