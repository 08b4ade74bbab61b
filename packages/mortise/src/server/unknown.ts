import { ErrorCode, RpcError } from '../jsonrpc/error.ts'
import { ResourceNotFoundError } from '../model/errors.ts'
import { excerpt } from '../std/excerpt.ts'
import { nameOf } from './kinds.ts'
import type { Named } from './kinds.ts'

/**
 * The error for a call that names what is not there. Everything that looks for a name fails with this, so that what is hidden
 * cannot be told from what does not exist.
 */
export function unknownName(call: Named): Error {
  const { kind, name } = nameOf(call) ?? { kind: 'tool', name: undefined }
  if (call.method === 'completion/complete') {
    return invalid('params.ref must name a prompt or a resource template of this server')
  }
  if (kind === 'resource' && typeof name === 'string') return new ResourceNotFoundError(name)
  if (typeof name === 'string') return invalid(`Unknown ${kind}: ${excerpt(name, 128)}`)
  return invalid(kind === 'resource' ? 'params.uri must be a URI' : 'params.name must be a string')
}

function invalid(message: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message)
}
