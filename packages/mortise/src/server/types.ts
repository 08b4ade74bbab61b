import type { Context } from './context.ts'
import type { InputOf, OutputOf, Schema } from './schema.ts'
import type {
  Annotations,
  CacheScope,
  CallToolResult,
  Completion,
  ContentBlock,
  GetPromptResult,
  Icon,
  Meta,
  PromptMessage,
  ReadResourceResult,
  Resource,
  ResourceContents,
  ToolAnnotations,
} from '../model/types.ts'
import type { Visible } from './visibility.ts'

type MaybePromise<T> = T | Promise<T>

/** What is said about a tool, and the schemas of what it takes and gives. */
export interface ToolDefinition<I extends Schema = Schema, O extends Schema = Schema> {
  readonly title?: string
  readonly description?: string
  readonly icons?: readonly Icon[]
  readonly annotations?: ToolAnnotations
  /** The arguments, an object. Without it the tool takes none. */
  readonly input?: I
  /** The structured content of its results. */
  readonly output?: O
  /** Who may see and call it; for everybody else there is no such tool. Default: everybody. */
  readonly visible?: Visible
  /**
   * What a caller must be authorized for, all of it; whoever is not may see it and is refused. Needs a server with `auth` or
   * `http.authorize`. Default: nothing. The user of a channel (stdio, memory) is its owner, and is asked for none.
   */
  readonly scopes?: readonly string[]
  readonly _meta?: Meta
}

/** A tool's work. What it returns becomes the result: see `ToolReturn`. */
export type ToolHandler<I, R> = (args: I, context: Context) => MaybePromise<R>

/**
 * What a tool's handler may return: a string (one text block), content blocks, a whole result (an object whose `content` is
 * an array of blocks), nothing (no content), or any other JSON value, which becomes structured content with its text
 * beside it. With an `output` schema a value that is no whole result is always the structured content.
 */
export type ToolReturn = unknown

/** What a handler must return for the `output` of its tool: the structured content as the schema takes it, or a whole result. */
export type Returned<O> = [O] extends [never] ? unknown : InputOf<O> | CallToolResult

/** What a caller of `client.call` gets for a tool: its structured content where there is an `output`, else what was said. */
export type CallValue<O, R> = [O] extends [never]
  ? R extends string
    ? string
    : R extends CallToolResult
      ? unknown
      : R extends readonly ContentBlock[]
        ? readonly ContentBlock[]
        : R extends undefined | void
          ? undefined
          : R
  : O

/** What is said about a resource. */
export interface ResourceDefinition {
  /** A short name; unlike the URI it is for people. */
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly mimeType?: string
  /** Bytes. */
  readonly size?: number
  readonly icons?: readonly Icon[]
  readonly annotations?: Annotations
  readonly cache?: CacheHint
  /** Looks for changes while somebody subscribes. Default: changes are told by `server.updated`. */
  readonly watch?: ResourceWatcher
  /** Who may see and read it; for everybody else there is no such resource. Default: everybody. */
  readonly visible?: Visible
  /**
   * What a caller must be authorized for, all of it; whoever is not may see it and is refused. Needs a server with `auth` or
   * `http.authorize`. Default: nothing. The user of a channel (stdio, memory) is its owner, and is asked for none.
   */
  readonly scopes?: readonly string[]
  readonly _meta?: Meta
}

/** Calls `changed` whenever the resource has changed, until the function that it gives is called. */
export type ResourceWatcher = (uri: string, changed: () => void) => () => void

/** How long clients may keep a result, and for whom. Default: not at all, and nobody else. */
export interface CacheHint {
  /** Milliseconds. */
  readonly ttlMs: number
  readonly scope?: CacheScope
}

/** What a reader may return: text, bytes, one content, several, or a whole result. `uri` and `mimeType` are filled in. */
export type ResourceReturn =
  | string
  | Uint8Array
  | Partial<ResourceContents>
  | readonly Partial<ResourceContents>[]
  | ReadResourceResult

/** Reads a resource. @throws ResourceNotFoundError when there is none under this URI. */
export type ResourceReader = (uri: string, context: Context) => MaybePromise<ResourceReturn>

/** What is said about a family of resources, how its members are listed and its variables completed. */
export interface TemplateDefinition extends Omit<ResourceDefinition, 'size'> {
  /** One page of the members that exist; without it the family is known by its template alone. */
  readonly list?: (page: ListPage, context: Context) => MaybePromise<ListedResources>
  /** Completes a variable's value as far as it was typed. */
  readonly complete?: Readonly<Record<string, Completer>>
}

/** Which page of a provider's list is wanted. */
export interface ListPage {
  /**
   * What the page before gave as `nextCursor`; undefined for the first. It was in the client's hands, encoded and not sealed:
   * check it.
   */
  readonly cursor: string | undefined
  /** Members on the page at most. */
  readonly limit: number
}

/** One page of resources. */
export interface ListedResources {
  readonly resources: readonly Resource[]
  readonly nextCursor?: string
}

/** Reads a member of a family: the values of the template's variables, decoded. */
export type TemplateReader = (
  variables: Readonly<Record<string, string>>,
  context: Context,
  uri: string,
) => MaybePromise<ResourceReturn>

/** Suggests values, best first. More than 100 are cut. `context.arguments` are those already chosen. */
export type Completer = (
  value: string,
  context: { readonly arguments: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => MaybePromise<readonly string[] | Completion>

/** One argument of a prompt: a string. */
export interface PromptArgumentDefinition {
  readonly title?: string
  readonly description?: string
  /** Default false. */
  readonly required?: boolean
  readonly complete?: Completer
}

/** The arguments of a prompt, by name, in the order in which a form shows them. */
export type PromptArguments = Readonly<Record<string, PromptArgumentDefinition>>

/** What is said about a prompt. */
export interface PromptDefinition<A extends PromptArguments = PromptArguments> {
  readonly title?: string
  readonly description?: string
  readonly icons?: readonly Icon[]
  readonly arguments?: A
  /** Who may see and get it; for everybody else there is no such prompt. Default: everybody. */
  readonly visible?: Visible
  /**
   * What a caller must be authorized for, all of it; whoever is not may see it and is refused. Needs a server with `auth` or
   * `http.authorize`. Default: nothing. The user of a channel (stdio, memory) is its owner, and is asked for none.
   */
  readonly scopes?: readonly string[]
  readonly _meta?: Meta
}

/** The values of a prompt's arguments: required ones are strings, the others may be absent. */
export type PromptValues<A> = {
  readonly [K in keyof A as A[K] extends { readonly required: true } ? K : never]: string
} & {
  readonly [K in keyof A as A[K] extends { readonly required: true } ? never : K]?: string
}

/** What a prompt may return: the text of one user message, messages, or a whole result. */
export type PromptReturn = string | readonly PromptMessage[] | GetPromptResult

/** Makes a prompt's messages. */
export type PromptHandler<A> = (
  values: PromptValues<A>,
  context: Context,
) => MaybePromise<PromptReturn>

export type { InputOf, OutputOf, Schema }
