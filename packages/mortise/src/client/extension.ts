import { checkExtensionId } from '../model/extension-id.ts'
import type { ClientCapabilities } from '../model/capabilities.ts'
import type { FollowUp } from '../model/follow-up.ts'
import type { MethodRecord } from '../model/methods.ts'
import { methodRecord } from '../model/methods.ts'
import type { Params } from '../model/types.ts'

/**
 * An extension of the protocol on the client (basic, "Extensions"): what is declared under its identifier, and how its own
 * kinds of result are followed up. `connect` takes it in the option `extensions`.
 */
export interface ClientExtension {
  /** `{prefix}/{name}`, such as `com.example/pictures`. */
  readonly id: string
  /** What is declared under the identifier. Default: `{}`. */
  readonly settings?: Params
  /** What is particular about its methods: the parameter that `Mcp-Name` mirrors, say. */
  readonly methods?: Readonly<Record<string, MethodRecord>>
  /** How results with a `resultType` of its own come to a complete one. */
  readonly resultTypes?: Readonly<Record<string, FollowUp>>
}

/** Everything that a client's extensions bring. */
export interface Extended {
  readonly capabilities: ClientCapabilities
  readonly followUps: ReadonlyMap<unknown, FollowUp>
  record(method: string): MethodRecord
}

/** @throws TypeError when an identifier is none, or is there twice. */
export function extended(extensions: readonly ClientExtension[]): Extended {
  const methods = new Map<string, MethodRecord>()
  const followUps = new Map<unknown, FollowUp>()
  const settings: Record<string, Params> = {}
  for (const extension of extensions) {
    const { id, settings: own = {} } = extension
    checkExtensionId(id)
    if (Object.hasOwn(settings, id)) throw new TypeError(`extension "${id}" is there twice`)
    settings[id] = own
    for (const [name, record] of Object.entries(extension.methods ?? {})) methods.set(name, record)
    for (const [type, follow] of Object.entries(extension.resultTypes ?? {})) {
      followUps.set(type, follow)
    }
  }
  return {
    capabilities: extensions.length === 0 ? {} : { extensions: settings },
    followUps,
    record: (method) => methods.get(method) ?? methodRecord(method),
  }
}
