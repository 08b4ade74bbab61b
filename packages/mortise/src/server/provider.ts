import type { Call, Caller, Outcome } from '../model/call.ts'
import type { ServerCapabilities } from '../model/capabilities.ts'
import type { HeaderParam } from '../model/header-param.ts'
import type { Concerns, Notice } from '../model/notice.ts'
import type { Named, Offered } from './kinds.ts'

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
  /**
   * What a call names, as the lists show it to `caller`: of a resource that no list has by itself, the template of its family.
   * Filters ask for it. Default: the lists are searched for each call, and a filter lets nothing of `mirrored` and `watch`
   * through, which cannot wait for that.
   */
  find?(call: Named, caller?: Caller): Offered | undefined | Promise<Offered | undefined>
  /** The arguments of one of its tools that headers mirror. Default: none. */
  mirrored?(call: Call): readonly HeaderParam[] | undefined
  /** Every scope that something of it needs, as far as is known; one may come more than once. Default: none. */
  scopes?(): readonly string[]
  /** Tells what changes, until the function that it gives is called. Default: nothing ever does. */
  listen?(tell: (notice: Notice) => void): () => void
  /**
   * Calls `changed` whenever a resource has changed, with whom that concerns if not everybody, until the function that it gives
   * is called. Undefined when it never does.
   */
  watch?(uri: string, changed: Changed): (() => void) | undefined
}

/** Hears that a resource has changed, and whom that concerns. Default: everybody. */
export type Changed = (concerns?: Concerns) => void

/** A provider over a provider: what it offers under other names, or only some of it. */
export type Transform = (provider: Provider) => Provider
