import { PeerError } from '../jsonrpc/error.ts'
import type { Call } from '../model/call.ts'
import { covers, neededFor } from '../model/capabilities.ts'
import type { ClientCapabilities } from '../model/capabilities.ts'
import { ToolError, missingCapability } from '../model/errors.ts'
import type { InputRequest } from '../model/types.ts'

/** One question of a handler, as it is asked. */
export interface Asked {
  readonly key: string
  readonly request: InputRequest
  /** Whether an answer is well formed: one that is not counts as none. */
  readonly accepts: (answer: unknown) => boolean
}

/**
 * Asks the client of `call`, if it can be asked so.
 * @throws RpcError that tells the client what it must declare. ToolError with the client's own words when it answers with an
 *   error.
 */
export async function askClient(call: Call, { key, request, accepts }: Asked): Promise<unknown> {
  requireCapabilities(call, neededFor(request))
  try {
    return await call.asking.ask(key, request, accepts)
  } catch (error) {
    if (!(error instanceof PeerError)) throw error
    // The client's own words about its own question, which a handler that does not catch them may pass on.
    throw new ToolError(`The client could not be asked: ${error.message}`, { cause: error })
  }
}

/** @throws RpcError that tells the client what it must declare, when it does not declare `required`. */
export function requireCapabilities(call: Call, required: ClientCapabilities): void {
  if (covers(call.client.capabilities, required)) return
  throw missingCapability(required, call.revision.missingCapabilityCode)
}
