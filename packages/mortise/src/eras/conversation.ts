import type { ClientCapabilities, ServerCapabilities } from '../model/capabilities.ts'
import type { Revision } from '../model/revision.ts'
import type { Implementation, LogLevel, Params, Result } from '../model/types.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { LinkRequest, SendOptions } from '../transport/link.ts'

/** A client's conversation with one server, of either era. */
export interface Conversation {
  /** What the server said last: a new session may be with another one. */
  readonly server: ServerFacts
  /** Sends a request and sees to everything that comes before its complete result. */
  request(request: LinkRequest, options: SendOptions): Promise<Result>
  /** Which log lines the server is to send from now on. */
  setLogLevel(level: LogLevel, signal: AbortSignal): Promise<void>
  /** Tells the server that the roots are others than before, where there is a word for it. */
  rootsChanged(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}

/** What a server said about itself when the conversation began. */
export interface ServerFacts {
  readonly info: Implementation | undefined
  readonly version: string
  readonly capabilities: ServerCapabilities
  readonly instructions: string | undefined
}

/** What the client brings to a conversation. */
export interface ConversationOptions {
  readonly info: Implementation
  readonly capabilities: ClientCapabilities
  readonly limits: Limits
  readonly runtime: Runtime
  /** Answers one question of the server, in neutral terms. @throws RpcError when it cannot be answered. */
  answer(method: string, params: Params, signal: AbortSignal): Promise<unknown>
  /** Hears that the server had lost its session, and a new one was begun. */
  readonly onRenewed?: () => void
}

/** Reads what a peer says it is, wherever it says so: shown to people, never decided upon. */
export function readInfo(value: unknown): Implementation | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name } = value as Partial<Implementation>
  return typeof name === 'string' ? (value as Implementation) : undefined
}

/** An object as it is; anything else as one without members. */
export function readObject(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Readonly<Record<string, unknown>>) : {}
}

/** The newest of `revisions` among `versions`. */
export function newestCommon(
  revisions: readonly Revision[],
  versions: readonly unknown[],
): Revision | undefined {
  return revisions.find((revision) => versions.includes(revision.version))
}
