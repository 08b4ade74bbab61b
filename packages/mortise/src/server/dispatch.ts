import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import type { Call, Dispatch } from '../model/call.ts'
import type { ServerCapabilities } from '../model/capabilities.ts'
import { excerpt } from '../std/excerpt.ts'
import type { Feature } from './features/feature.ts'

/** Sends each call to the feature that answers its method; a feature that offers nothing answers nothing. */
export function createDispatch(features: readonly Feature[]): Dispatch {
  const table = new Map<string, { feature: Feature; answer: Feature['methods'][string] }>()
  for (const feature of features) {
    for (const [method, answer] of Object.entries(feature.methods)) {
      table.set(method, { feature, answer })
    }
  }
  return (call: Call) => {
    const entry = table.get(call.method)
    if (entry === undefined || entry.feature.capabilities() === undefined) {
      throw new RpcError(ErrorCode.methodNotFound, `Method not found: ${excerpt(call.method, 100)}`)
    }
    return entry.answer(call)
  }
}

/** What all features together declare. Logging is always declared: any handler may log. */
export function declare(features: readonly Feature[]): ServerCapabilities {
  const parts = features.map((feature) => feature.capabilities())
  return Object.assign({ logging: {} }, ...parts) as ServerCapabilities
}
