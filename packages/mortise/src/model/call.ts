import type { ClientCapabilities } from './capabilities.ts'
import type { Revision } from './revision.ts'
import type { Implementation, InputRequest, LogLevel, Params, Result } from './types.ts'

/**
 * One request of a client, whatever the era and the transport: the only thing that middleware, features and handlers
 * see. It is stateless: everything that it needs travels with it.
 */
export interface Call {
  readonly method: string
  readonly params: Params
  readonly revision: Revision
  readonly client: ClientFacts
  /** Who the transport's authorization says the caller is. */
  readonly auth: AuthInfo | undefined
  /** The least severity that the client wants to read; undefined when it wants none. */
  readonly logLevel: LogLevel | undefined
  /** Aborts when the client cancels or leaves, when the server drains, or when the attempt ended by asking. Made on first use. */
  readonly signal: AbortSignal
  /** Says something while the call runs. Nothing is sent once the call is over or its client is gone. */
  notify(method: string, params: Params): void
  /**
   * Lets progress be told past the answer, until what this gives is ended, for as long as the client is there. Absent where
   * nothing can be said then.
   */
  readonly outlive?: (() => Afterlife) | undefined
  /** How this call asks its client back. Made on first use. */
  readonly asking: Asking
}

/** How what is said past the answer of a call ends. */
export interface Afterlife {
  /** The last of it was said: what waits for its turn is sent. Again, or once dropped, it does nothing. */
  finish(): void
  /** Nothing more is to be heard, what waits neither. */
  drop(): void
}

/** Who makes a call: by authorization, and by its own word. */
export type Caller = Pick<Call, 'auth' | 'client'>

/** What the client says about itself with this call. */
export interface ClientFacts {
  readonly info: Implementation | undefined
  readonly capabilities: ClientCapabilities
}

/** The outcome of authorizing a request. */
export interface AuthInfo {
  /**
   * Stable name of the caller; limits, sessions, tasks and sealed state are bound to it. `protect` makes it of the token's
   * `iss` and `sub`, so that two issuers never name the same caller.
   */
  readonly subject: string
  readonly scopes: readonly string[]
  /** The client that the caller uses, where the token names it. */
  readonly clientId?: string
  /** Seconds since the epoch. */
  readonly expiresAtSec?: number
  /** Anything else that the handlers need. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/**
 * Asking the client in straight lines. In a session a question is a request; without one the attempt ends and is replayed
 * with the answers (architecture: asking and replaying). Keys name questions and are unique in an attempt.
 */
export interface Asking {
  /**
   * Whether answers are still to be met again: what is said meanwhile was said before.
   */
  readonly replaying: boolean
  /**
   * Resolves with the client's answer as it came; `accepts` says whether it is well formed, and a malformed one counts as none.
   * @throws TypeError when the key was used before in this attempt. Suspended when the attempt ends here.
   */
  ask(key: string, request: InputRequest, accepts: (answer: unknown) => boolean): Promise<unknown>
  /** Runs `effect` once and carries its result, a JSON value, through every replay. */
  once<T>(
    key: string,
    effect: (once: { readonly idempotencyKey: string }) => T | Promise<T>,
  ): Promise<T>
  /** Milliseconds since the epoch; the same in every replay. */
  now(): number
  /** From 0 to 1; the same in every replay. */
  random(): number
}

/** Runs one call to its neutral result. Throws `RpcError` for what the peer may know; anything else is masked. */
export type Dispatch = (call: Call) => Outcome | Promise<Outcome>

/** A result, or one whose wire text is made once for each revision. */
export type Outcome = Result | PreparedResult

/** A result that many calls share: its text is made on first use for a revision, and kept. */
export class PreparedResult {
  readonly result: Result
  readonly #texts = new Map<Revision, string>()

  constructor(result: Result) {
    this.result = result
  }

  /** The text for `revision`, made by `write` the first time. */
  text(revision: Revision, write: (result: Result) => string): string {
    let text = this.#texts.get(revision)
    if (text === undefined) {
      text = write(this.result)
      this.#texts.set(revision, text)
    }
    return text
  }
}
