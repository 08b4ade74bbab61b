import { PreparedResult } from '../../model/call.ts'
import type { ServerCapabilities } from '../../model/capabilities.ts'
import { writeHint } from '../list-cache.ts'
import type { CacheHint } from '../types.ts'
import type { Feature } from './feature.ts'

/** What a server says of itself when it is asked. */
export interface DiscoveryOptions {
  readonly versions: readonly string[]
  readonly instructions: string | undefined
  /** Another object when what is offered has changed, the same one otherwise. */
  readonly capabilities: () => ServerCapabilities
  /** How long it may be kept. Default: not at all. */
  readonly cache?: CacheHint | undefined
}

/** `server/discover` (basic, "Discovery"): its answer is made again only when what is offered has changed. */
export function createDiscovery(options: DiscoveryOptions): Feature {
  const { versions: supportedVersions, instructions } = options
  let made:
    | { readonly capabilities: ServerCapabilities; readonly result: PreparedResult }
    | undefined

  function discover(): PreparedResult {
    const capabilities = options.capabilities()
    if (made?.capabilities === capabilities) return made.result
    const told = instructions === undefined ? {} : { instructions }
    const result = new PreparedResult({
      supportedVersions,
      capabilities,
      ...told,
      ...writeHint(options.cache, false),
    })
    made = { capabilities, result }
    return result
  }

  return { methods: { 'server/discover': discover }, capabilities: () => ({}) }
}
