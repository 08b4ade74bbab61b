import type { ClientCapabilities, ServerCapabilities } from './capabilities.ts'
import type { InputRequest, Result } from './types.ts'

/**
 * What one published revision says to a server: data, and pure functions for what its wire cannot say. The neutral model is
 * the newest revision's, whose functions are the identity. An era is handed a revision and never asks which one it is. What
 * it says to a client is a record of its own (`ClientRevision`), so that neither carries the other's half.
 */
export interface Revision {
  /** As it stands in `protocolVersion`. */
  readonly version: string
  /** Requests that a client may send. */
  readonly requests: ReadonlySet<string>
  /** Requests that a server may send (as such, or inside `inputRequests`). */
  readonly asks: ReadonlySet<string>
  /** The code for a resource that does not exist. */
  readonly resourceNotFoundCode: number
  /** The code for a request that needs a capability which the client did not declare. */
  readonly missingCapabilityCode: number
  /** The code for a request before which the user must visit a page, where there is one. */
  readonly pageRequiredCode?: number
  /** Invalid tool arguments: told to the model in a result, or to the client as a JSON-RPC error. */
  readonly argumentFault: 'result' | 'error'
  /** A message may be a JSON-RPC batch. */
  readonly batches: boolean
  /**
   * The form in which it speaks of tasks: as the extension `io.modelcontextprotocol/tasks` does, or as a part of the core. Absent
   * where it has no words for them.
   */
  readonly tasks?: 'core' | 'extension'
  readonly http: HttpRules
  /** Writes a neutral result as this revision's wire has it. */
  downgrade(method: string, result: Result): Result
  /** Writes neutral server capabilities as this revision's wire has them. */
  downgradeCapabilities(capabilities: ServerCapabilities): ServerCapabilities
  /**
   * Writes a neutral question as this revision's wire has it; undefined when it cannot be said. `id` names the question,
   * where the wire wants a name.
   */
  downgradeAsk(request: InputRequest, id: string): InputRequest | undefined
  /** Reads what a client of this revision declares as neutral capabilities. */
  upgradeClient(capabilities: ClientCapabilities): ClientCapabilities
}

/** What a revision of the session era says to a server about Streamable HTTP. */
export interface HttpRules {
  /** A stream begins with an event that has an id and no data, and may be resumed from it. */
  readonly priming: boolean
}
