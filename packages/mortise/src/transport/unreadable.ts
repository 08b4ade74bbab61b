import { isId } from '../jsonrpc/message.ts'
import type { Id } from '../jsonrpc/message.ts'
import { McpError } from '../std/error.ts'

/** The id at the beginning of an answer, before its result or error. */
const leadingId =
  /^\s*\{\s*(?:"jsonrpc"\s*:\s*"2\.0"\s*,\s*)?"id"\s*:\s*(-?\d{1,16}|"[^"\\]{0,200}")\s*,\s*"(?:result|error)"/

/**
 * The id of the request that an answer was meant for, though the text that holds it, or begins it, cannot be taken as an
 * answer. Undefined for what is none, and where there is nothing to go by.
 */
export function answeredId(text: string): Id | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    // Cut off, or no JSON: then what stands at its beginning counts.
    const [, id] = leadingId.exec(text) ?? []
    return id === undefined ? undefined : (JSON.parse(id) as Id)
  }
  return idOfAnswer(value)
}

/** The id of a parsed value that is no call, and so can only be an answer. */
export function idOfAnswer(value: unknown): Id | undefined {
  if (typeof value !== 'object' || value === null || Object.hasOwn(value, 'method'))
    return undefined
  const { id } = value as { id?: unknown }
  return isId(id) ? id : undefined
}

/** The error of a request whose answer cannot be taken. */
export function unreadableAnswer(reason: string): McpError {
  return new McpError('ERR_INVALID_RESULT', `the server's answer cannot be read: ${reason}`)
}
