import type { ServerCapabilities } from './capabilities.ts'
import type {
  CacheScope,
  CallToolResult,
  Completion,
  GetPromptResult,
  Implementation,
  Meta,
  Params,
  Prompt,
  ReadResourceResult,
  Resource,
  ResourceTemplate,
  Tool,
} from './types.ts'

/** As an object type, which may stand where any object may: an interface may not. */
type Plain<T> = { readonly [K in keyof T]: T[K] }

type Page = { readonly cursor?: string; readonly _meta?: Meta }

type Listed<M extends string, I> = { readonly [K in M]: readonly I[] } & {
  readonly nextCursor?: string
  readonly ttlMs?: number
  readonly cacheScope?: CacheScope
  readonly _meta?: Meta
}

/** The requests of the protocol's core by their method: what they take, and what a complete result of them is. */
export interface MethodTypes {
  readonly 'server/discover': {
    readonly params: { readonly _meta?: Meta }
    readonly result: {
      readonly supportedVersions: readonly string[]
      readonly capabilities: ServerCapabilities
      readonly serverInfo?: Implementation
      readonly instructions?: string
      readonly _meta?: Meta
    }
  }
  readonly 'tools/list': { readonly params: Page; readonly result: Listed<'tools', Tool> }
  readonly 'tools/call': {
    readonly params: { readonly name: string; readonly arguments?: Params; readonly _meta?: Meta }
    readonly result: Plain<CallToolResult>
  }
  readonly 'resources/list': {
    readonly params: Page
    readonly result: Listed<'resources', Resource>
  }
  readonly 'resources/templates/list': {
    readonly params: Page
    readonly result: Listed<'resourceTemplates', ResourceTemplate>
  }
  readonly 'resources/read': {
    readonly params: { readonly uri: string; readonly _meta?: Meta }
    readonly result: Plain<ReadResourceResult>
  }
  readonly 'prompts/list': { readonly params: Page; readonly result: Listed<'prompts', Prompt> }
  readonly 'prompts/get': {
    readonly params: {
      readonly name: string
      readonly arguments?: Readonly<Record<string, string>>
      readonly _meta?: Meta
    }
    readonly result: Plain<GetPromptResult>
  }
  readonly 'completion/complete': {
    readonly params: {
      readonly ref:
        | { readonly type: 'ref/prompt'; readonly name: string }
        | { readonly type: 'ref/resource'; readonly uri: string }
      readonly argument: { readonly name: string; readonly value: string }
      readonly context?: { readonly arguments?: Readonly<Record<string, string>> }
      readonly _meta?: Meta
    }
    readonly result: { readonly completion: Completion; readonly _meta?: Meta }
  }
}

/** A method whose parameters and result have types. */
export type TypedMethod = keyof MethodTypes

/** The parameters of a method. */
export type ParamsOf<M extends TypedMethod> = MethodTypes[M]['params']

/** The complete result of a method. */
export type ResultOf<M extends TypedMethod> = MethodTypes[M]['result']
