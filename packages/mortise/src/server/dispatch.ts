import type { Call, Dispatch, Outcome } from '../model/call.ts'
import { covers } from '../model/capabilities.ts'
import type { ServerCapabilities } from '../model/capabilities.ts'
import { methodNotFound, missingCapability } from '../model/errors.ts'
import { answerAcross } from './across.ts'
import type { Patience } from './across.ts'
import type { ExtensionMethod, ServerExtension } from './extension.ts'
import type { Feature } from './features/feature.ts'
import type { ListCache } from './list-cache.ts'
import type { Provider } from './provider.ts'
import { requireScopes } from './scopes.ts'

/** What answers calls; the lists grow while the server runs. */
export interface DispatchParts {
  readonly features: readonly Feature[]
  readonly providers: readonly Provider[]
  /** Methods of extensions, by name. */
  readonly methods: ReadonlyMap<string, { method: ExtensionMethod; extension: ServerExtension }>
  readonly pageSize: number
  readonly patience: Patience
  readonly cache: ListCache | undefined
  readonly report: (error: unknown) => void
}

/** Sends each call to what answers its method; a feature that offers nothing answers nothing. */
export function createDispatch(parts: DispatchParts): Dispatch {
  const { features, providers, methods } = parts
  const table = new Map<string, Feature>()
  for (const feature of features) {
    for (const method of Object.keys(feature.methods)) table.set(method, feature)
  }
  return (call: Call): Outcome | Promise<Outcome> => {
    const feature = table.get(call.method)
    if (feature === undefined) return answerExtension(call, methods)
    if (providers.length > 0 && feature.find !== undefined) {
      return answerAcross(call, { ...parts, feature })
    }
    if (feature.capabilities() === undefined) throw methodNotFound(call.method)
    return (feature.methods[call.method] as Feature['methods'][string])(call)
  }
}

function answerExtension(
  call: Call,
  methods: DispatchParts['methods'],
): Outcome | Promise<Outcome> {
  const entry = methods.get(call.method)
  if (entry === undefined) throw methodNotFound(call.method)
  const { method, extension } = entry
  const needed = { extensions: { [extension.id]: {} } }
  if (method.needsClient === true && !covers(call.client.capabilities, needed)) {
    throw missingCapability(needed, call.revision.missingCapabilityCode)
  }
  requireScopes(method.scopes, call.auth)
  return method.answer(call)
}

/** What everything together declares. Logging is always declared: any handler may log. */
export function declare({
  features,
  providers,
  extensions,
  experimental,
}: Pick<DispatchParts, 'features' | 'providers'> & {
  readonly extensions: readonly ServerExtension[]
  readonly experimental: ServerCapabilities['experimental']
}): ServerCapabilities {
  const declared: Record<string, Record<string, unknown>> = { logging: {} }
  for (const part of [...features, ...providers]) {
    for (const [name, own] of Object.entries(part.capabilities() ?? {})) {
      declared[name] = { ...declared[name], ...(own as object) }
    }
  }
  if (extensions.length > 0) {
    declared['extensions'] = Object.fromEntries(
      extensions.map(({ id, settings = {} }) => [id, settings]),
    )
  }
  if (experimental !== undefined) declared['experimental'] = experimental
  return declared
}
