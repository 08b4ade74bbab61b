import type { Call, Caller, Outcome } from '../../model/call.ts'
import type { ServerCapabilities } from '../../model/capabilities.ts'
import type { Named, Offered } from '../kinds.ts'

/** One feature of a server: the methods that it answers while something is registered, and what it then declares. */
export interface Feature {
  readonly methods: Readonly<Record<string, (call: Call) => Outcome | Promise<Outcome>>>
  /** Undefined while there is nothing to offer: the methods then answer -32601. */
  capabilities(): ServerCapabilities | undefined
  /** The capability under which providers offer the same; undefined when only the server itself answers. */
  readonly capability?: string
  /**
   * What a call names of what is registered here, if `caller` may see it; without a caller whoever may: asked only where
   * providers may have it otherwise.
   */
  find?(call: Named, caller?: Caller): Offered | undefined
  /** Every scope that something registered here needs, in the order of registration; one may come more than once. */
  scopes?(): readonly string[]
}
