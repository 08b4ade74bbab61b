import { wellFormedJson } from '../std/well-formed.ts'
import type { ErrorObject, Id, JsonObject } from './message.ts'

/** What `requestText` writes. */
export interface RequestParts {
  readonly id: Id
  readonly method: string
  readonly params?: JsonObject | undefined
}

/**
 * The text of an answer with a result.
 * @throws TypeError when `result` has no JSON text: undefined, a function, a cycle, a bigint.
 */
export function resultText(id: Id, result: unknown): string {
  return writtenResultText(id, jsonOf(result))
}

/** The text of an answer with a result as JSON.stringify has just written it. */
export function writtenResultText(id: Id, resultJson: string): string {
  // An id is given back as it came.
  if (idText(id).includes('\\ud')) return preparedResultText(id, wellFormedJson(resultJson))
  // As a whole and not before: looking through a long text that was put together copies it, each time that it was.
  return wellFormedJson(preparedResultText(id, resultJson))
}

/** The text of an answer with a result that was written as JSON before, and made well-formed. */
export function preparedResultText(id: Id, resultJson: string): string {
  return `{"jsonrpc":"2.0","id":${idText(id)},"result":${resultJson}}`
}

/**
 * The text of an answer with an error. The id of an unreadable request is written as null or, where it is undefined, left
 * out: revisions differ in which of the two they allow.
 * @throws TypeError when `data` has no JSON text.
 */
export function errorText(id: Id | null | undefined, error: ErrorObject): string {
  const written = id === undefined ? '' : `"id":${idText(id)},`
  return `{"jsonrpc":"2.0",${written}"error":${payloadText(error)}}`
}

/**
 * The text of a request. Absent params are left out.
 * @throws TypeError when `params` have no JSON text.
 */
export function requestText({ id, method, params }: RequestParts): string {
  return `{"jsonrpc":"2.0","id":${idText(id)},${callText(method, params)}}`
}

/**
 * The text of a notification. Absent params are left out.
 * @throws TypeError when `params` have no JSON text.
 */
export function notificationText(method: string, params?: JsonObject): string {
  return `{"jsonrpc":"2.0",${callText(method, params)}}`
}

function callText(method: string, params: JsonObject | undefined): string {
  const name = `"method":${JSON.stringify(method)}`
  return params === undefined ? name : `${name},"params":${payloadText(params)}`
}

function idText(id: Id | null): string {
  return typeof id === 'string' ? JSON.stringify(id) : String(id)
}

function payloadText(payload: unknown): string {
  return wellFormedJson(jsonOf(payload))
}

function jsonOf(payload: unknown): string {
  // The declared type leaves out that values without a JSON text give undefined.
  const text = JSON.stringify(payload) as string | undefined
  if (text === undefined) throw new TypeError(`a ${typeof payload} has no JSON text`)
  return text
}
