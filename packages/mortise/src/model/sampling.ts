import type { ContentBlock, Meta, Tool } from './types.ts'

/** A model's wish that a tool be called. The name and the input are the model's words: check both. */
export interface ToolUseBlock {
  readonly type: 'tool_use'
  /** Names this use; its result carries it as `toolUseId`. */
  readonly id: string
  /** One of the tools that were offered, if the model keeps to them. */
  readonly name: string
  readonly input: Readonly<Record<string, unknown>>
  readonly _meta?: Meta
}

/** What a tool said that a model wished to call. */
export interface ToolResultBlock {
  readonly type: 'tool_result'
  readonly toolUseId: string
  readonly content: readonly ContentBlock[]
  /** Any JSON value. */
  readonly structuredContent?: unknown
  readonly isError?: boolean
  readonly _meta?: Meta
}

/** One block of what is said to a model, or by it. */
export type SamplingBlock =
  | Extract<ContentBlock, { readonly type: 'text' | 'image' | 'audio' }>
  | ToolUseBlock
  | ToolResultBlock

/** One turn of a conversation with a model. */
export interface SamplingMessage {
  readonly role: 'user' | 'assistant'
  readonly content: SamplingBlock | readonly SamplingBlock[]
  readonly _meta?: Meta
}

/** Which model is wanted. Priorities go from 0 to 1; hints come first, and are read as parts of a model's name. */
export interface ModelPreferences {
  /** In order of preference. */
  readonly hints?: readonly { readonly name?: string }[]
  readonly costPriority?: number
  readonly speedPriority?: number
  readonly intelligencePriority?: number
}

/** Whether the model may call tools (`auto`, the default), must (`required`), or must not (`none`). */
export interface ToolChoice {
  readonly mode?: 'auto' | 'required' | 'none'
}

/** The parameters of `sampling/createMessage`, but for its messages. */
export interface SamplingOptions {
  /** Tokens that the model may write at most. */
  readonly maxTokens: number
  /** The client may change it, or leave it out; the same goes for the four members after `modelPreferences`. */
  readonly systemPrompt?: string
  readonly modelPreferences?: ModelPreferences
  readonly temperature?: number
  readonly stopSequences?: readonly string[]
  /** Context of MCP servers that the client is to add. Default: none. */
  readonly includeContext?: 'none' | 'thisServer' | 'allServers'
  /** For the model's provider. */
  readonly metadata?: Readonly<Record<string, unknown>>
  /** Tools that the model may wish to call; whoever asks calls them. */
  readonly tools?: readonly Tool[]
  readonly toolChoice?: ToolChoice
}

/** What a model wrote, as an answer to `sampling/createMessage`. */
export interface SampleResult {
  readonly role: 'user' | 'assistant'
  readonly content: readonly SamplingBlock[]
  /** The text of its text blocks. */
  readonly text: string
  /** The name of the model that wrote it. */
  readonly model: string
  /** `endTurn`, `stopSequence`, `maxTokens`, `toolUse`, or a word of the model's provider. */
  readonly stopReason?: string
  readonly _meta?: Meta
}
