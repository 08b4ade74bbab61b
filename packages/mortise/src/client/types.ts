/// <reference lib="esnext.disposable" preserve="true" />
import type { ClientAuth } from '../http/client-auth.ts'
import type { HeaderRecord } from '../http/exchange.ts'
import type { ServerFacts } from '../eras/conversation.ts'
import type { SchemaCompiler } from '../jsonschema/validator.ts'
import type { ClientCapabilities } from '../model/capabilities.ts'
import type { RequestAsking } from '../model/request-asking.ts'
import type { Root } from '../model/roots.ts'
import type { SamplingBlock, SamplingMessage, SamplingOptions } from '../model/sampling.ts'
import type { ClientTypes } from '../model/typed.ts'
import type {
  CallToolResult,
  Completion,
  ElicitResult,
  GetPromptResult,
  Implementation,
  LogLevel,
  Meta,
  Progress,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Tool,
} from '../model/types.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { Channel } from '../transport/channel.ts'
import type { ClientExtension } from './extension.ts'
import type { ClientMiddleware } from './middleware.ts'
import type { ConnectionStatus } from './status.ts'
import type { Subscription, Wanted } from './subscriptions.ts'

/** A server in this process: what `createServer` gives. */
export interface LocalServer {
  attach(channel: Channel): Promise<void>
}

/** A way to a server over a channel, opened anew when the first attempt ends it. */
export interface ChannelTarget {
  open(): Channel | Promise<Channel>
  /** Names the server where its era is remembered; empty to remember nothing. */
  readonly key: string
  /** Calls `listener` when the server is heard of otherwise than by a message: it has started. */
  onActivity?(listener: () => void): void
}

/** What a client can be connected to. */
export type Target = string | URL | LocalServer | ChannelTarget

/** How a client connects, who it is, and what it can be asked. */
export interface ConnectOptions {
  /** Who the client says it is. Default: `mortise`. */
  readonly info?: Implementation
  /** Answers questions of the server: a function is asked with forms; name `url` to be asked with pages too. */
  readonly elicit?: ElicitForm | { readonly form?: ElicitForm; readonly url?: ElicitUrl }
  /**
   * Has a model write what the server asks for, with the user's consent (client/sampling). A function is asked without tools;
   * name `tools` to be asked with them, `context` to be asked to include the context of servers.
   */
  readonly sample?:
    | SampleHandler
    | { readonly handler: SampleHandler; readonly tools?: boolean; readonly context?: boolean }
  /**
   * What is declared besides what follows from `elicit`, `sample` and `roots`: for requests that bring their own `asking`, as
   * those of a server that passes calls on do.
   */
  readonly capabilities?: ClientCapabilities
  /** Folders and files that the server is let know of, as `file:` URIs, or a function that makes the list each time. */
  readonly roots?: readonly Root[] | RootsHandler
  /** Headers for every HTTP request, or a function that makes them. */
  readonly headers?: HeaderRecord | (() => HeaderRecord | Promise<HeaderRecord>)
  /**
   * Gets in to a server at a URL: `signIn()` of `mortise/auth/client` and the like. While a user signs in, no request of the
   * connection runs out of time. Not together with an `authorization` among `headers`.
   */
  readonly auth?: ClientAuth
  /** Ends the attempt to connect. */
  readonly signal?: AbortSignal
  /** Speak only this kind of conversation. Default: whichever the server speaks, the newest first. */
  readonly era?: 'stateless' | 'session'
  /** Speak only these versions. Default: every one that the library knows. */
  readonly versions?: readonly string[]
  /**
   * How a server at a URL is spoken to: `streamable` is Streamable HTTP alone, `sse` the older HTTP+SSE at once. Default:
   * Streamable HTTP, and HTTP+SSE where the server's refusal leaves that open.
   */
  readonly http?: 'streamable' | 'sse'
  /** Sends HTTP requests. Default: the platform's own way. */
  readonly fetch?: typeof globalThis.fetch
  /** Remembers for a day which servers are of the session era, so that they are not probed again. Default: this process's memory. */
  readonly memory?: EraMemory
  readonly limits?: Partial<Limits>
  readonly runtime?: Runtime
  /** Hears log lines of the server. */
  readonly onLog?: (entry: LogEntry) => void
  /** Extensions of the protocol that the client takes part in. Default: none. */
  readonly extensions?: readonly ClientExtension[]
  /** Stands around every request, the first one outermost. */
  readonly middleware?: readonly ClientMiddleware[]
  /**
   * Whether results are kept for as long as the server says that they are good (`ttlMs`), in this connection's memory.
   * Default: true. `client.clearCache()` forgets them, and so does another `authorization` of the function `headers`.
   */
  readonly cache?: boolean
  /**
   * Whether the structured content of a tool that was listed is held against its `outputSchema`: a result that does not fit
   * fails its call with `ERR_INVALID_RESULT`. Default: true.
   */
  readonly checkResults?: boolean
  /**
   * Compiles the schemas of a server's tools and forms. Default: the bounded interpreter, loaded by `import()` when the first
   * value is checked; give it here where that cannot be, as in a service worker.
   */
  readonly compiler?: SchemaCompiler
  /** Hears which list of the server has changed. */
  readonly onListChanged?: (list: 'tools' | 'resources' | 'prompts') => void
  /** Hears that what the user did on a page is done: the `elicitationId` with which `elicit.url` was asked. */
  readonly onElicitationComplete?: (elicitationId: string) => void
  /** Hears what was left out of the server's answers, and why: a malformed tool, say. */
  readonly onWarning?: (warning: string) => void
  /** Hears what the functions given here throw; they never end the connection. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
  /** Hears that the connection ended for good without being closed here. */
  readonly onClose?: (error: Error) => void
  /** Hears of every change of `client.status`. */
  readonly onStatus?: (status: ConnectionStatus) => void
  /**
   * Whether a lost connection is opened again, with all that the limits `maxReconnects` and `reconnectDelayMs` allow.
   * Default: true for a URL and for a command that is started, false for a server of this process and a channel of your own.
   */
  readonly reconnect?: boolean
  /** Milliseconds between pings to a server of the session era; one without an answer is a lost connection. Default: none. */
  readonly pingMs?: number
}

/** What is kept about servers between connections. */
export interface EraMemory {
  get(key: string): Promise<string | undefined> | string | undefined
  set(key: string, value: string): Promise<void> | void
  delete(key: string): Promise<void> | void
}

/** Answers a form. Fields that are left out get the form's defaults. */
export type ElicitForm = (
  question: {
    readonly message: string
    readonly requestedSchema: Readonly<Record<string, unknown>>
  },
  context: { readonly signal: AbortSignal },
) => ElicitAnswer | Promise<ElicitAnswer>

/** A page that a server wants the user to visit. */
export interface UrlQuestion {
  readonly message: string
  readonly url: string
  /** Names the visit for `onElicitationComplete`, where the server names it. */
  readonly elicitationId?: string
  /**
   * The server refused a request until the page was visited: it is sent again when the answer is `accept`, so answer when the
   * user is through.
   */
  readonly retries?: true
}

/** Says whether the user went to the page. Never open it without the user's consent (client/elicitation). */
export type ElicitUrl = (
  question: UrlQuestion,
  context: { readonly signal: AbortSignal },
) => ElicitAnswer | Promise<ElicitAnswer>

/** An answer to a question; `content` counts only where a form was accepted. */
export interface ElicitAnswer {
  readonly action: ElicitResult['action']
  readonly content?: Readonly<Record<string, unknown>> | undefined
}

/** Has a model write. To refuse, throw `new RpcError(-1, 'User rejected sampling request')`. */
export type SampleHandler = (
  question: SampleQuestion,
  context: { readonly signal: AbortSignal },
) => SampleAnswer | Promise<SampleAnswer>

/** What a model is to write, and the conversation so far; the server's words, which the user should see. */
export interface SampleQuestion extends SamplingOptions {
  readonly messages: readonly SampleTurn[]
}

/** One turn of the conversation that a model is to go on with. */
export interface SampleTurn extends Omit<SamplingMessage, 'content'> {
  readonly content: readonly SamplingBlock[]
}

/** What a model wrote. */
export interface SampleAnswer {
  /** A string is one block of text. Uses of tools only where the question offered some. */
  readonly content: string | SamplingBlock | readonly SamplingBlock[]
  /** The name of the model. */
  readonly model: string
  /** Default: `assistant`. */
  readonly role?: 'user' | 'assistant'
  /** `endTurn`, `stopSequence`, `maxTokens`, `toolUse`, or a word of the model's provider. */
  readonly stopReason?: string
  readonly _meta?: Meta
}

/** Makes the list of roots. */
export type RootsHandler = (context: {
  readonly signal: AbortSignal
}) => readonly Root[] | Promise<readonly Root[]>

/** One line of a server's log. */
export interface LogEntry {
  readonly level: LogLevel
  readonly logger?: string
  readonly data: unknown
}

/** Options of one request. */
export interface RequestOptions {
  readonly signal?: AbortSignal
  /** Milliseconds without an answer or progress. Default: the limit `requestTimeoutMs`. */
  readonly timeoutMs?: number
  /** Hears how far the server is, in order. */
  readonly onProgress?: (progress: Progress) => void
  /** Hears the log lines of this request, where the server says to which one they belong, or there is only this one. */
  readonly onLog?: (entry: LogEntry) => void
  /** Which log lines this request is to bring, where each request says that; a session goes by `setLogLevel`. */
  readonly logLevel?: LogLevel
  /**
   * Who is asked what the server wants to know for this request. Default: the functions given to `connect`. Its result is
   * neither taken from those that are kept nor kept, since it may hold their answers.
   */
  readonly asking?: RequestAsking
}

/** What is to be completed: the value as far as it was typed. */
export interface CompletionArgument<N extends string> {
  readonly name: N
  readonly value: string
  /** Arguments chosen already. */
  readonly context?: { readonly [K in N]?: string }
}

/** The names of a prompt's arguments; of a prompt of which nothing is known, any. */
type ArgumentName<A> = unknown extends A ? string : keyof A & string
type Arguments<A> = {} extends A ? [args?: A] : [args: A]

/**
 * What a method is called on, to read the types from: were they in the method's own type, the compiler would go through all of
 * them at each call. A method that is taken off its client goes by the default.
 */
type On<T extends ClientTypes> = Client<T> | object | void

/**
 * A connection to one server. `close` it, or declare it with `await using`.
 */
export interface Client<T extends ClientTypes = ClientTypes> {
  /** What the server said about itself, and the version that was settled on; another one's after a new connection. */
  readonly server: ServerFacts
  /** How the connection stands. */
  readonly status: ConnectionStatus
  /**
   * Calls a tool and gives what it said: its structured content, else its text, else its content blocks.
   * @throws ToolCallError when the tool says that it failed; RpcError when the server refuses.
   */
  call<
    N extends keyof Own['tools'] & string,
    E extends Own['tools'][N],
    Own extends ClientTypes = T,
  >(
    this: On<Own>,
    name: N,
    ...rest: [...Arguments<E['input']>, options?: RequestOptions]
  ): Promise<E['output']>
  /** Calls a tool and gives the whole result, also when the tool failed. */
  callTool<
    N extends keyof Own['tools'] & string,
    E extends Own['tools'][N],
    Own extends ClientTypes = T,
  >(
    this: On<Own>,
    name: N,
    ...rest: [...Arguments<E['input']>, options?: RequestOptions]
  ): Promise<CallToolResult>
  /** Every tool, page by page as it is read. */
  tools(options?: RequestOptions): AsyncIterableIterator<Tool>
  resources(options?: RequestOptions): AsyncIterableIterator<Resource>
  resourceTemplates(options?: RequestOptions): AsyncIterableIterator<ResourceTemplate>
  prompts(options?: RequestOptions): AsyncIterableIterator<Prompt>
  readResource(uri: string, options?: RequestOptions): Promise<ReadResourceResult>
  /**
   * Calls `listener` whenever the resource at `uri`, or one under it, has changed, until the subscription is closed. It is
   * made again with a new connection, and `listener` is called then too, since changes may have been missed.
   * @throws McpError `ERR_NOT_OFFERED` when the server does not tell of changes.
   */
  subscribe(uri: string, listener: (uri: string) => void): Promise<Subscription>
  /**
   * Calls `listener` with every notice of an extension that tells of what `wanted` names, as `subscribe` does for resources.
   * @throws McpError `ERR_NOT_OFFERED` when the server does not tell of it.
   */
  listen(
    wanted: Wanted,
    listener: (params: Readonly<Record<string, unknown>>) => void,
  ): Promise<Subscription>
  /** Calls `listener` with each list of the server that has changed, until the function that it gives is called. */
  onListChanged(listener: (list: 'tools' | 'resources' | 'prompts') => void): () => void
  /** Forgets every result that was kept. */
  clearCache(): void
  getPrompt<
    N extends keyof Own['prompts'] & string,
    E extends Own['prompts'][N],
    Own extends ClientTypes = T,
  >(
    this: On<Own>,
    name: N,
    ...rest: [...Arguments<E['arguments']>, options?: RequestOptions]
  ): Promise<GetPromptResult>
  /** Suggestions for an argument of a prompt or a variable of a resource template. */
  complete<N extends keyof Own['prompts'] & string = never, Own extends ClientTypes = T>(
    this: On<Own>,
    ref: { readonly prompt: N } | { readonly resourceTemplate: string },
    argument: CompletionArgument<
      [N] extends [never] ? string : ArgumentName<Own['prompts'][N]['arguments']>
    >,
    options?: RequestOptions,
  ): Promise<Completion>
  /** Which log lines the server sends from now on. */
  setLogLevel(level: LogLevel, options?: RequestOptions): Promise<void>
  /**
   * Tells the server that the roots are others than before, so that it asks again; without a session it asks each time anyway,
   * and is told nothing. @throws TypeError when the client was connected without roots.
   */
  rootsChanged(options?: RequestOptions): Promise<void>
  /** Sends any request, for what has no method here; the result as it came. */
  request(
    method: string,
    params?: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<Readonly<Record<string, unknown>>>
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
