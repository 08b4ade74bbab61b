/// <reference lib="esnext.disposable" preserve="true" />
import type { ServerFacts } from '../../eras/conversation.ts'
import type {
  CallToolResult,
  GetPromptResult,
  Prompt,
  ReadResourceResult,
  Resource,
  Tool,
} from '../../model/types.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { Client, ConnectOptions, RequestOptions } from '../types.ts'

/** How a fleet connects, and who hears of it. */
export interface FleetOptions {
  /** Options of every connection, or a function that makes those of one server. */
  readonly connect?: ConnectOptions | ((server: string) => ConnectOptions)
  /** Hears of every change of a server's status. */
  readonly onStatus?: (status: ServerStatus) => void
  /** Hears which list of a server has changed, or may have: it came back, perhaps as another. */
  readonly onListChanged?: (list: 'tools' | 'resources' | 'prompts', server: string) => void
  /** Hears what was left out of a configuration, a list or an answer, and why. `server` is undefined for the configuration. */
  readonly onWarning?: (warning: string, server: string | undefined) => void
  /** Hears what the functions given here throw. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
  /** Limits of the fleet and, unless `connect` has others, of every connection. */
  readonly limits?: Partial<Limits>
  readonly runtime?: Runtime
}

/** How one server of a fleet stands. */
export type ServerStatus = { readonly server: string } & (
  | { readonly state: 'disabled' }
  /** Nobody has asked for it yet. */
  | { readonly state: 'idle' }
  | { readonly state: 'connecting' }
  | { readonly state: 'connected'; readonly facts: ServerFacts }
  | {
      readonly state: 'reconnecting'
      readonly attempt: number
      readonly delayMs: number
      readonly error: Error
    }
  /** The next use tries again, though not before `retryMs` milliseconds; undefined when the configuration is at fault. */
  | { readonly state: 'failed'; readonly error: Error; readonly retryMs: number | undefined }
  | { readonly state: 'closed' }
)

/** Where something that a fleet offers comes from. */
export interface Origin {
  /** The server's key in the configuration. */
  readonly server: string
  /** The name that the server itself has for it. */
  readonly ownName: string
}

/** A tool under its public name, `server__tool`. */
export type FleetTool = Tool & Origin

/** A prompt under its public name, `server__prompt`. */
export type FleetPrompt = Prompt & Origin

/** A resource under a public name; its URI is the server's own. */
export type FleetResource = Resource & Origin

/**
 * Many servers, each connected when it is first used. `close` it, or declare it with `await using`. Lists are read from all
 * servers at once; one that fails, or is slow, is left out or comes last, and `status` says why. `timeoutMs` of the options bounds the
 * wait for a connection too.
 */
export interface Fleet {
  /** The keys of the configuration that are not disabled, in its order. */
  readonly servers: readonly string[]
  /** How each server of the configuration stands, in its order. */
  status(): readonly ServerStatus[]
  /**
   * The client of one server, connected now if it was not.
   * @throws McpError `ERR_NO_SERVER` when there is none of this name or it is disabled; `ERR_CONFIG` when its entry is at
   *   fault; whatever `connect` throws.
   */
  server(name: string, options?: Pick<RequestOptions, 'signal' | 'timeoutMs'>): Promise<Client>
  /** The tools of all servers that the configuration lets through, those of one server together. */
  tools(options?: RequestOptions): AsyncIterableIterator<FleetTool>
  /**
   * One tool by its public name; no other server is asked.
   * @throws as `call`, before it calls.
   */
  tool(name: string, options?: RequestOptions): Promise<FleetTool>
  resources(options?: RequestOptions): AsyncIterableIterator<FleetResource>
  prompts(options?: RequestOptions): AsyncIterableIterator<FleetPrompt>
  /**
   * Calls a tool by its public name, and gives what it said, as `Client.call` does.
   * @throws McpError `ERR_NO_TOOL` when there is none of this name or the configuration keeps it back; what `server` and
   *   `Client.call` throw.
   */
  call(
    name: string,
    args?: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<unknown>
  /** The same, with the whole result, also when the tool failed. */
  callTool(
    name: string,
    args?: Readonly<Record<string, unknown>>,
    options?: RequestOptions,
  ): Promise<CallToolResult>
  /** Gets a prompt by its public name. */
  getPrompt(
    name: string,
    args?: Readonly<Record<string, string>>,
    options?: RequestOptions,
  ): Promise<GetPromptResult>
  readResource(server: string, uri: string, options?: RequestOptions): Promise<ReadResourceResult>
  /** Closes every connection. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}
