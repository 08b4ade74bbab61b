import { ErrorCode, RpcError, isOurs } from '../jsonrpc/error.ts'
import { ResourceNotFoundError, ToolError, missingCapability, wantsPages } from '../model/errors.ts'
import type { Revision } from '../model/revision.ts'
import { pagesNeed } from './required-pages.ts'

/** What the peer may know of an error. Anything that is not meant for it is reported, and masked: `mask` gives the id of it. */
export function publicError(
  error: unknown,
  { revision, mask }: { revision: Revision; mask: (error: unknown) => string },
): RpcError {
  if (isOurs(error) && isWritable(error.data)) return error
  if (error instanceof ResourceNotFoundError) {
    return new RpcError(revision.resourceNotFoundCode, error.message, { uri: error.uri })
  }
  if (wantsPages(error)) return missingCapability(pagesNeed, revision.missingCapabilityCode)
  if (error instanceof ToolError) return new RpcError(ErrorCode.internalError, error.message)
  return new RpcError(ErrorCode.internalError, `Internal error (id ${mask(error)})`)
}

/** Whether `data` of an error has a JSON text: a cycle and a bigint have none. */
function isWritable(data: unknown): boolean {
  if (data === undefined) return true
  try {
    return JSON.stringify(data) !== undefined
  } catch {
    return false // and what it was about is reported with the error that holds it
  }
}

/** The answer to a call for which there is no place. */
export function busy(): RpcError {
  return new RpcError(ErrorCode.internalError, 'Too many calls at once: try again later')
}
