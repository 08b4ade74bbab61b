import type { ClientCapabilities } from './capabilities.ts'
import type { Revision } from './revision.ts'
import type { Implementation, Params } from './types.ts'

/** What one published revision says to a client, as `Revision` does to a server. */
export interface ClientRevision extends Pick<
  Revision,
  'version' | 'asks' | 'pageRequiredCode' | 'tasks'
> {
  readonly http: ClientHttpRules
  /** Who the client is, as this revision's wire has it. */
  describe(info: Implementation): Implementation
  /** Which of a client's neutral capabilities this revision can declare. */
  downgradeClient(capabilities: ClientCapabilities): ClientCapabilities
  /** Reads this revision's parameters of a server's question as neutral ones. */
  upgradeAsk(method: string, params: Params): Params
  /** Writes a client's neutral answer to a question of `method` as this revision's wire has it. */
  downgradeAnswer(method: string, answer: unknown): unknown
}

/** What a revision of the session era says to a client about Streamable HTTP. */
export interface ClientHttpRules {
  /** `MCP-Protocol-Version` is sent with every request after the handshake. */
  readonly versionHeader: boolean
  /** Whether a server that answers `initialize` with this HTTP status may speak HTTP+SSE instead. */
  olderAfter(status: number): boolean
}
