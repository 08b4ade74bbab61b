import type { Call, Outcome } from '../model/call.ts'
import type { ServerCapabilities } from '../model/capabilities.ts'
import type { HeaderParam } from '../model/header-param.ts'
import type { Notice } from '../model/notice.ts'
import type { Params } from '../model/types.ts'

/**
 * Says which tools, resources and prompts exist, and runs them: another server, an upstream that is reached by a client, a
 * document that describes an API, or anything that answers calls. `server.mount` takes one in.
 */
export interface Provider {
  /** What it offers at the moment, in neutral terms: `tools`, `resources`, `prompts`, `completions`. */
  capabilities(): ServerCapabilities
  /** Whether the tool, the resource or the prompt that a call names is its own: the first provider that says so is called. */
  owns(call: Call): boolean | Promise<boolean>
  /**
   * Answers a call in neutral terms: what is named is its own; a list is one page, with its own cursors.
   * @throws RpcError for what the peer may know; anything else is masked.
   */
  answer(call: Call): Outcome | Promise<Outcome>
  /** The arguments of one of its tools that headers mirror. Default: none. */
  mirrored?(params: Params): readonly HeaderParam[] | undefined
  /** Tells what changes, until the function that it gives is called. Default: nothing ever does. */
  listen?(tell: (notice: Notice) => void): () => void
  /** Calls `changed` whenever a resource has changed, until the function that it gives is called. Undefined when it never does. */
  watch?(uri: string, changed: () => void): (() => void) | undefined
}

/** A provider over a provider: what it offers under other names, or only some of it. */
export type Transform = (provider: Provider) => Provider
