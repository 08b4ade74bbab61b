import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { TaskAnswer } from './record.ts'

/** @throws RpcError -32602 when they are no map of answers (tasks, "Updating a Task"). */
export function readAnswers(value: unknown): ReadonlyMap<string, TaskAnswer> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new RpcError(
      ErrorCode.invalidParams,
      'params.inputResponses must be an object of answers',
    )
  }
  return new Map(Object.entries(value).map(([id, given]) => [id, { value: given as unknown }]))
}
