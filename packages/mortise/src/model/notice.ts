import type { Call, Caller } from './call.ts'
import type { Params } from './types.ts'

/** Something that a server tells without being asked in a call: a list has changed, a resource was updated. */
export interface Notice {
  readonly method: string
  readonly params: Params
  /** Whom it concerns: who may not see a thing is not told of it either. Default: everybody. */
  readonly concerns?: Concerns | undefined
}

/** Whether a caller is one of those that something concerns. Never throws. */
export type Concerns = (caller: Caller) => boolean

/** One kind of notice that a client may ask to hear of. */
export interface Topic {
  /**
   * Its member in the `notifications` of `subscriptions/listen` (basic/patterns, "Subscriptions"). Absent where nobody can ask
   * for it.
   */
  readonly member?: string
  /** The method of its notices. */
  readonly method: string
  /**
   * The parameter by whose value notices are told apart: the client then names the values that it wants. Without it the
   * client wants all of them, or none.
   */
  readonly key?: string
  /** Whether it is told at the moment: a list that nobody can read changes for nobody. */
  offered(): boolean
  /** Which of `keys` this caller may hear of. Default: all of them. @throws RpcError to refuse the subscription. */
  admit?(keys: readonly string[], call: Call): readonly string[] | Promise<readonly string[]>
  /** Begins to look for what happens to `key`, when the first listener came; gives what ends it with the last. */
  watch?(key: string): (() => void) | undefined
}

/** What one listener wants to hear: a topic, and of which keys where it has them. */
export interface Interest {
  readonly topic: Topic
  readonly keys?: readonly string[]
}

/** Who is told notices. */
export interface Listener {
  tell(notice: Notice): void
}

/** What one listener hears, until it leaves. */
export interface Listening {
  /** Nothing is told any more. Again it does nothing. */
  leave(): void
}

/** Where notices come from. */
export interface Notices {
  /** The topics that are told at the moment. */
  topics(): readonly Topic[]
  /** Tells `listener` every notice of `interests`: of those that concern `caller`, where there is one. */
  listen(interests: readonly Interest[], listener: Listener, caller?: Caller): Listening
}
