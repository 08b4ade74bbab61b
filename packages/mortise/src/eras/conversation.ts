import type { ClientCapabilities, ServerCapabilities } from '../model/capabilities.ts'
import type { FollowUp } from '../model/follow-up.ts'
import type { MethodRecord } from '../model/methods.ts'
import type { Revision } from '../model/revision.ts'
import type {
  Icon,
  Implementation,
  LogLevel,
  Params,
  RequiredPage,
  Result,
} from '../model/types.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { StopSignal } from '../std/stop.ts'
import type { LinkRequest, SendOptions } from '../transport/link.ts'

/** A client's conversation with one server, of either era. */
export interface Conversation {
  /** What the server said last: a new session may be with another one. */
  readonly server: ServerFacts
  /** Sends a request and sees to everything that comes before its complete result. */
  request(request: LinkRequest, options: SendOptions): Promise<Result>
  /**
   * Hears of what `filter` names from now on, in the place of what was heard before: the `notifications` of
   * `subscriptions/listen`. Resolves with what the server agreed to tell.
   */
  listen(filter: Params): Promise<Params>
  /** Which log lines the server is to send from now on. */
  setLogLevel(level: LogLevel, signal: StopSignal): Promise<void>
  /** Tells the server that the roots are others than before, where there is a word for it. */
  rootsChanged(signal: StopSignal): Promise<void>
  /** Hears that its connection is over: what goes on between two requests fails with `reason`, once and for all. */
  lost(reason: Error): void
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
  /** Sends the user to a page without which a request is not served; whether the user went. Default: nobody goes. */
  visit?(page: RequiredPage, signal: AbortSignal): Promise<boolean>
  /** Hears what an answer failed with that the server is not told, where nobody else would. Default: nobody. */
  readonly onUnanswered?: (error: unknown) => void
  /** What extensions make of results of their own kinds, by `resultType`. */
  readonly followUps?: ReadonlyMap<unknown, FollowUp>
  /** What is particular about a method, one of an extension too. Default: what the core says. */
  readonly record?: (method: string) => MethodRecord
  /** Hears what the server tells on a subscription. */
  readonly notification?: (method: string, params: Params) => void
  /** Hears that notices of what was agreed on may have been missed: the subscription had broken off. */
  readonly onMissed?: (agreed: Params) => void
  /** Hears that nothing is told any more, and why. */
  readonly onDeaf?: (error: Error) => void
  /** Hears that the server had lost its session, and a new one was begun. */
  readonly onRenewed?: () => void
}

/**
 * Reads what a peer says it is, wherever it says so: shown to people, never decided upon. Members of a wrong type are left out;
 * without a name it is nobody.
 */
export function readInfo(value: unknown): Implementation | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { name, version, title, description, websiteUrl, icons } = readObject(value)
  if (typeof name !== 'string') return undefined
  const texts = Object.entries({ title, description, websiteUrl })
  const told = texts.filter(([, text]) => typeof text === 'string')
  const pictures = Array.isArray(icons) ? icons.filter(isIcon) : undefined
  return {
    name,
    version: typeof version === 'string' ? version : '',
    ...Object.fromEntries(told),
    ...(pictures && { icons: pictures }),
  }
}

function isIcon(value: unknown): value is Icon {
  return typeof readObject(value)['src'] === 'string'
}

/** An object as it is; anything else as one without members. */
export function readObject(value: unknown): Readonly<Record<string, unknown>> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Readonly<Record<string, unknown>>) : {}
}

/** The newest of `revisions` among `versions`. */
export function newestCommon<R extends Pick<Revision, 'version'>>(
  revisions: readonly R[],
  versions: readonly unknown[],
): R | undefined {
  return revisions.find((revision) => versions.includes(revision.version))
}
