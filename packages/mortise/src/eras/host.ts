import type { ClientFacts, Dispatch } from '../model/call.ts'
import type { ServerCapabilities } from '../model/capabilities.ts'
import type { HeaderParam } from '../model/header-param.ts'
import type { Implementation, Params } from '../model/types.ts'
import type { Beat } from '../std/beat.ts'
import type { Gate } from '../std/gate.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { KeyValueStore } from '../state/key-value.ts'

/** What a server hands to the eras that it speaks: who it is, how a call is run, and the seams. */
export interface EraHost {
  readonly identity: Implementation
  readonly instructions: string | undefined
  /** In the neutral vocabulary; another object when what is offered has changed, the same one otherwise. */
  capabilities(): ServerCapabilities
  readonly dispatch: Dispatch
  /** The arguments of a request that headers mirror; undefined when there are none. */
  mirrored(method: string, params: Params): readonly HeaderParam[] | undefined
  /** Every version that this server can speak, newest first, in whichever era. */
  readonly versions: readonly string[]
  /** Calls that run, over all peers. */
  readonly gate: Gate
  /** Keeps silent streams alive and sweeps out what has expired. */
  readonly beat: Beat
  readonly limits: Limits
  readonly runtime: Runtime
  /** Secrets that seal request state, newest first; undefined for one made by this process. */
  readonly secrets: readonly (string | Uint8Array)[] | undefined
  /** Where single use is kept, if anywhere. */
  readonly store: KeyValueStore | undefined
  /** Hears that the client of a session says that its roots are others than before. Never throws. */
  rootsChanged(client: ClientFacts): void
  /** Hears every error that is masked on the wire. Never throws. */
  report(error: unknown): void
}
