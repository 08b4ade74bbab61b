import type { Call, Outcome } from '../../model/call.ts'
import type { ServerCapabilities } from '../../model/capabilities.ts'

/** One feature of a server: the methods that it answers while something is registered, and what it then declares. */
export interface Feature {
  readonly methods: Readonly<Record<string, (call: Call) => Outcome | Promise<Outcome>>>
  /** Undefined while there is nothing to offer: the methods then answer -32601. */
  capabilities(): ServerCapabilities | undefined
  /** The capability under which providers offer the same; undefined when only the server itself answers. */
  readonly capability?: string
  /** Whether what a call names is registered here: asked only where providers may have it otherwise. */
  owns?(call: Call): boolean
}
