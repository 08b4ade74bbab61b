/** The vocabulary of MCP in its newest form. Older revisions are derived from it by `revisions/`. */

/** Open metadata of a message, a definition or a content block. */
export type Meta = Readonly<Record<string, unknown>>

/** The parameters of a request, as they came or will go over the wire. */
export type Params = Readonly<Record<string, unknown>>

/** The result of a request, in the newest revision's vocabulary. */
export type Result = Readonly<Record<string, unknown>>

/** A picture for a definition: `https:` or `data:` only (basic, "Icons"). */
export interface Icon {
  readonly src: string
  readonly mimeType?: string
  /** `48x48`, or `any` for scalable ones. */
  readonly sizes?: readonly string[]
  readonly theme?: 'light' | 'dark'
}

/** Who a peer says it is. Unverified: never a reason to behave differently. */
export interface Implementation {
  readonly name: string
  readonly version: string
  readonly title?: string
  readonly description?: string
  readonly websiteUrl?: string
  readonly icons?: readonly Icon[]
}

/** For whom a content block or a resource is meant, and how much it matters (0 to 1). */
export interface Annotations {
  readonly audience?: readonly ('user' | 'assistant')[]
  readonly priority?: number
  /** ISO 8601. */
  readonly lastModified?: string
}

/** Hints about a tool's behaviour; untrusted unless the server is trusted. */
export interface ToolAnnotations {
  readonly title?: string
  readonly readOnlyHint?: boolean
  readonly destructiveHint?: boolean
  readonly idempotentHint?: boolean
  readonly openWorldHint?: boolean
}

/** A tool as it stands in `tools/list`. */
export interface Tool {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly icons?: readonly Icon[]
  readonly inputSchema: Readonly<Record<string, unknown>>
  readonly outputSchema?: Readonly<Record<string, unknown>>
  readonly annotations?: ToolAnnotations
  readonly _meta?: Meta
}

/** A resource as it stands in `resources/list`. */
export interface Resource {
  readonly uri: string
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly mimeType?: string
  /** Bytes. */
  readonly size?: number
  readonly icons?: readonly Icon[]
  readonly annotations?: Annotations
  readonly _meta?: Meta
}

/** A family of resources as it stands in `resources/templates/list`. */
export interface ResourceTemplate {
  /** RFC 6570. */
  readonly uriTemplate: string
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly mimeType?: string
  readonly icons?: readonly Icon[]
  readonly annotations?: Annotations
  readonly _meta?: Meta
}

/** A named string that a prompt takes. */
export interface PromptArgument {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly required?: boolean
}

/** A prompt as it stands in `prompts/list`. */
export interface Prompt {
  readonly name: string
  readonly title?: string
  readonly description?: string
  readonly icons?: readonly Icon[]
  readonly arguments?: readonly PromptArgument[]
  readonly _meta?: Meta
}

/** Contents of a resource: `text`, or `blob` in base64. */
export type ResourceContents = TextResourceContents | BlobResourceContents

/** Contents of a resource that is text. */
export interface TextResourceContents {
  readonly uri: string
  readonly mimeType?: string
  readonly text: string
  readonly _meta?: Meta
}

/** Contents of a resource that is binary; `blob` is base64. */
export interface BlobResourceContents {
  readonly uri: string
  readonly mimeType?: string
  readonly blob: string
  readonly _meta?: Meta
}

interface BlockBase {
  readonly annotations?: Annotations
  readonly _meta?: Meta
}

/** One block of what a tool or a prompt says. `data` is base64. */
export type ContentBlock =
  | (BlockBase & { readonly type: 'text'; readonly text: string })
  | (BlockBase & { readonly type: 'image'; readonly data: string; readonly mimeType: string })
  | (BlockBase & { readonly type: 'audio'; readonly data: string; readonly mimeType: string })
  | (BlockBase & { readonly type: 'resource'; readonly resource: ResourceContents })
  | (BlockBase & Resource & { readonly type: 'resource_link' })

/** The result of `tools/call`. */
export interface CallToolResult {
  readonly content: readonly ContentBlock[]
  /** Any JSON value; checked against the tool's `outputSchema`. */
  readonly structuredContent?: unknown
  /** The tool failed, and `content` tells the model why. */
  readonly isError?: boolean
  readonly _meta?: Meta
}

/** One message of a prompt. */
export interface PromptMessage {
  readonly role: 'user' | 'assistant'
  readonly content: ContentBlock
}

/** The result of `prompts/get`. */
export interface GetPromptResult {
  readonly description?: string
  readonly messages: readonly PromptMessage[]
  readonly _meta?: Meta
}

/** The result of `resources/read`. */
export interface ReadResourceResult {
  readonly contents: readonly ResourceContents[]
  /** How long a client may keep it, in milliseconds; 0 is not at all. */
  readonly ttlMs?: number
  readonly cacheScope?: CacheScope
  readonly _meta?: Meta
}

/** Who may share a cached result. */
export type CacheScope = 'public' | 'private'

/** The result of `completion/complete`. */
export interface Completion {
  /** At most 100, best first. */
  readonly values: readonly string[]
  readonly total?: number
  readonly hasMore?: boolean
}

/** Severities of RFC 5424, least first. */
export type LogLevel =
  | 'debug'
  | 'info'
  | 'notice'
  | 'warning'
  | 'error'
  | 'critical'
  | 'alert'
  | 'emergency'

/** The severities in rising order. */
export const logLevels: readonly LogLevel[] = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
]

/** An answer to `elicitation/create`. A refusal is an answer too. */
export type ElicitResult<T = Readonly<Record<string, unknown>>> =
  | { readonly action: 'accept'; readonly content: T }
  | { readonly action: 'decline' | 'cancel'; readonly content?: undefined }

/** A question of the server to the client, in either era. */
export interface InputRequest {
  readonly method: string
  readonly params: Params
}

/** A page that the user must visit before a request can run. */
export interface RequiredPage {
  /** Names the visit, unguessably: its completion is told under this name. */
  readonly elicitationId: string
  readonly message: string
  readonly url: string
}

/** How far a call has come. */
export interface Progress {
  readonly progress: number
  readonly total?: number
  readonly message?: string
}
