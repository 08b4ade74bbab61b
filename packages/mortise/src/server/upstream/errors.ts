import { ErrorCode, PeerError, RpcError } from '../../jsonrpc/error.ts'
import { Suspended } from '../../model/asking.ts'
import type { Call } from '../../model/call.ts'
import {
  McpErrorCode,
  ResourceNotFoundError,
  insufficientScope,
  missingCapability,
} from '../../model/errors.ts'
import type { ClientCapabilities } from '../../model/capabilities.ts'
import type { Params } from '../../model/types.ts'

/** What is about our conversation with the upstream, and none of the caller's business. */
const ours: ReadonlySet<number> = new Set([
  ErrorCode.parseError,
  ErrorCode.invalidRequest,
  McpErrorCode.headerMismatch,
  McpErrorCode.unsupportedVersion,
  // Our token lacks scopes there: the caller's would not be helped by more.
  insufficientScope,
])

/**
 * The error of an upstream as the caller's own: code, message and data are the upstream's, in the words of the caller's
 * revision. What is no error of the upstream's, or is about our own conversation with it, stays what it is, and is masked.
 */
export function toldOutside(error: unknown, call: Call): unknown {
  if (call.signal.aborted && !(error instanceof Suspended)) return cancelled(error)
  if (!(error instanceof PeerError) || ours.has(error.rpcCode)) return error
  const { rpcCode, message, data } = error
  const { uri } = call.params
  const about = (typeof data === 'object' && data !== null ? data : {}) as Params
  if (
    typeof uri === 'string' &&
    (rpcCode === McpErrorCode.resourceNotFound || about['uri'] === uri)
  ) {
    return new ResourceNotFoundError(uri, { cause: error })
  }
  const { requiredCapabilities: required } = about
  if (
    rpcCode === McpErrorCode.missingCapability &&
    typeof required === 'object' &&
    required !== null
  ) {
    const needed = required as ClientCapabilities // as it is told; nothing is decided by it
    return missingCapability(needed, call.revision.missingCapabilityCode)
  }
  return new RpcError(rpcCode, message, data, { cause: error })
}

/** Nobody hears it: the caller left, and the call ended for that. */
function cancelled(cause: unknown): RpcError {
  return new RpcError(ErrorCode.internalError, 'The call was cancelled', undefined, { cause })
}
