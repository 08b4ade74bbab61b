import type { Call, Outcome } from '../model/call.ts'
import type { MethodRecord } from '../model/methods.ts'
import type { Notice, Topic } from '../model/notice.ts'
import type { Params } from '../model/types.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { Middleware } from './middleware.ts'
import type { Provider } from './provider.ts'

/**
 * An extension of the protocol on the server (basic, "Extensions"): methods, kinds of result and notices of its own, under an
 * identifier that its author owns. `server.extend` takes it in; nothing in the library knows it by name.
 */
export interface ServerExtension {
  /** `{prefix}/{name}`, such as `com.example/pictures`. */
  readonly id: string
  /** What is declared under the identifier. Default: `{}`. */
  readonly settings?: Params
  /** The methods that it answers. */
  readonly methods?: Readonly<Record<string, ExtensionMethod>>
  /** The `resultType`s that its results may have besides `complete`. */
  readonly resultTypes?: readonly string[]
  /** What clients may listen to. */
  readonly topics?: readonly Topic[]
  /** Tools, resources and prompts that come with it, offered as if they were mounted. */
  readonly provider?: Provider
  /** Stands around every call, inside the middleware of `server.use`. */
  readonly middleware?: Middleware
  /** Called once, when the server takes it in. */
  started?(server: ExtendedServer): void
  /** Called when the server closes, after its calls have ended. */
  closed?(): void | Promise<void>
}

/** One method of an extension, and what is particular about it. */
export interface ExtensionMethod extends MethodRecord {
  answer(call: Call): Outcome | Promise<Outcome>
  /** A request from a client that does not declare the extension is refused, naming it. Default: false. */
  readonly needsClient?: boolean
  /** What a caller must be authorized for, all of it. Needs a server that authorizes. Default: nothing. */
  readonly scopes?: readonly string[]
}

/** What an extension may use of its server. */
export interface ExtendedServer {
  readonly limits: Limits
  readonly runtime: Runtime
  /** Tells a notice of one of its topics. */
  publish(notice: Notice): void
  /** Runs a call as if it had come from a client, through all that stands around calls. */
  dispatch(call: Call): Promise<Outcome>
  /** Runs a call as `next` of the extension's own middleware does: through what stands within it alone. */
  proceed(call: Call): Promise<Outcome>
  /**
   * Looks whether the caller has the scopes that what it calls needs, for an extension that answers before the call has run.
   * @throws InsufficientScopeError when it has not.
   */
  admit(call: Call): void | Promise<void>
  /** Hears what must not reach a peer. Never throws. */
  report(error: unknown): void
}
