import type { HeaderRecord } from '../http/exchange.ts'
import type { Call, ClientFacts, Dispatch, Outcome } from '../model/call.ts'
import type { ServerCapabilities } from '../model/capabilities.ts'
import type { HeaderParam } from '../model/header-param.ts'
import type { MethodRecord } from '../model/methods.ts'
import type { Notices } from '../model/notice.ts'
import type { Implementation } from '../model/types.ts'
import type { Beat } from '../std/beat.ts'
import type { Gate } from '../std/gate.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { KeyValueStore } from '../state/key-value.ts'

/** What a server hands to the eras that it speaks: who it is, how a call is run, and the seams. */
export interface EraHost {
  readonly identity: Implementation
  readonly instructions: string | undefined
  /**
   * What is declared to a client that may send `requests`, in the neutral vocabulary: an extension whose methods it cannot send
   * is left out.
   */
  capabilities(requests: ReadonlySet<string>): ServerCapabilities
  /** Runs a call to its result; `own` answers it where its method belongs to the era and to no feature. */
  dispatch(call: Call, own?: Dispatch): Outcome | Promise<Outcome>
  /** The arguments of a request that headers mirror; undefined when there are none. */
  mirrored(call: Call): readonly HeaderParam[] | undefined
  /** Every version that this server can speak, newest first, in whichever era. */
  readonly versions: readonly string[]
  /** The headers of a 403 to a caller who lacks some of `scopes`, which are all that the call needs. */
  challenge(scopes: readonly string[]): HeaderRecord
  /** The headers of a 401 to a caller whose time is over. */
  readonly expired: HeaderRecord
  /** What is particular about a method, one that an extension brings too. */
  record(method: string): MethodRecord
  /** Whether an extension answers this method. */
  extends(method: string): boolean
  /** Result types that extensions bring, beside `complete` and `input_required`. */
  readonly resultTypes: ReadonlySet<unknown>
  /** What the server tells without being asked. */
  readonly notices: Notices
  /** Calls that run, over all peers. */
  readonly gate: Gate
  /** Subscriptions that are open, over all peers. */
  readonly subscriptions: Gate
  /** Keeps silent streams alive and sweeps out what has expired. */
  readonly beat: Beat
  readonly limits: Limits
  readonly runtime: Runtime
  /** What the ids of sessions begin with, so that other processes know whose they are; empty where there are none. */
  readonly sessionPrefix: string
  /** Secrets that seal request state, newest first; undefined for one made by this process. */
  readonly secrets: readonly (string | Uint8Array)[] | undefined
  /** Where single use is kept, if anywhere. */
  readonly store: KeyValueStore | undefined
  /** Hears that the client of a session says that its roots are others than before. Never throws. */
  rootsChanged(client: ClientFacts): void
  /** Hears of trouble that belongs to no call. Never throws. */
  report(error: unknown): void
  /** Hears an error that a call is not answered with, and gives the id by which the peer may name it. Never throws. */
  mask(error: unknown, call: Pick<Call, 'method' | 'params'>): string
}
