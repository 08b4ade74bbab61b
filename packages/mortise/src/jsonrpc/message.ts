import { isObject } from '../std/object.ts'
/** What names a request. Its JSON type counts: `1` and `"1"` are two ids (JSON-RPC 2.0 §4). */
export type Id = string | number

/** A JSON object whose members were not looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>

/** The `error` member of an answer (JSON-RPC 2.0 §5.1). */
export interface ErrorObject {
  readonly code: number
  readonly message: string
  /** Absent when the peer sent none. */
  readonly data?: unknown
}

/** Asks for an answer. */
export interface RequestMessage {
  readonly kind: 'request'
  readonly id: Id
  readonly method: string
  readonly params: JsonObject | undefined
}

/** Tells something and gets no answer. */
export interface NotificationMessage {
  readonly kind: 'notification'
  readonly method: string
  readonly params: JsonObject | undefined
}

/** Answers a request. */
export interface ResultMessage {
  readonly kind: 'result'
  readonly id: Id
  readonly result: unknown
}

/** Refuses a request; without an id, one whose id could not be read. */
export interface ErrorMessage {
  readonly kind: 'error'
  readonly id: Id | undefined
  readonly error: ErrorObject
}

/** Several messages at once, each still to be read. Never empty. */
export interface BatchMessage {
  readonly kind: 'batch'
  readonly items: readonly unknown[]
}

/** No message of JSON-RPC, or none that MCP allows. */
export interface InvalidMessage {
  readonly kind: 'invalid'
  /** The id, where it is a valid one. */
  readonly id: Id | undefined
  /** One short clause that quotes nothing of the message. */
  readonly reason: string
  /** It was meant as an answer to us: `id` is one of ours, and nothing is to be sent back. */
  readonly isAnswer: boolean
}

/** A parsed JSON value, classified. */
export type Message =
  | RequestMessage
  | NotificationMessage
  | ResultMessage
  | ErrorMessage
  | BatchMessage
  | InvalidMessage

/** Longest string id that is accepted, in UTF-16 code units: ids are kept and echoed. */
export const maxIdLength = 1024

/**
 * Classifies a parsed JSON value, without copying it. Only own properties count, so that no prototype can supply a field;
 * further members are ignored. `params` must be an object, as everywhere in MCP.
 */
export function readMessage(value: unknown): Message {
  if (Array.isArray(value)) {
    return value.length === 0
      ? invalid('a batch must not be empty')
      : { kind: 'batch', items: value }
  }
  if (!isObject(value)) return invalid('a message must be an object')
  return field(value, 'method') === undefined ? readAnswer(value) : readCall(value)
}

/** Whether `value` can name a request: a string of at most `maxIdLength`, or a safe integer. */
export function isId(value: unknown): value is Id {
  if (typeof value === 'string') return value.length <= maxIdLength
  return Number.isSafeInteger(value)
}

function readCall(value: JsonObject): Message {
  const givenId = field(value, 'id')
  const id = isId(givenId) ? givenId : undefined
  const method = field(value, 'method')
  const params = field(value, 'params')
  const refuse = (reason: string): Message => ({ kind: 'invalid', id, reason, isAnswer: false })

  if (field(value, 'jsonrpc') !== '2.0') return refuse(versionReason)
  if (typeof method !== 'string' || method === '')
    return refuse('method must be a non-empty string')
  if (givenId !== undefined && id === undefined) return refuse(idReason)
  if (field(value, 'result') !== undefined || field(value, 'error') !== undefined) {
    return refuse('a message with a method has no result and no error')
  }
  if (params !== undefined && !isObject(params)) return refuse('params must be an object')
  if (id === undefined) return { kind: 'notification', method, params }
  return { kind: 'request', id, method, params }
}

function readAnswer(value: JsonObject): Message {
  const givenId = field(value, 'id')
  const id = isId(givenId) ? givenId : undefined
  const result = field(value, 'result')
  const error = field(value, 'error')
  const isAnswer = result !== undefined || error !== undefined
  const refuse = (reason: string): Message => ({ kind: 'invalid', id, reason, isAnswer })

  if (field(value, 'jsonrpc') !== '2.0') return refuse(versionReason)
  if (!isAnswer) return refuse('a message must have a method, a result or an error')
  if (result !== undefined && error !== undefined) {
    return refuse('an answer must not have both a result and an error')
  }
  if (result !== undefined)
    return id === undefined ? refuse(idReason) : { kind: 'result', id, result }
  // Older peers write null where the id could not be read, newer ones leave it out.
  if (id === undefined && givenId !== undefined && givenId !== null) return refuse(idReason)
  const readable = readError(error)
  return readable ? { kind: 'error', id, error: readable } : refuse(errorReason)
}

function readError(value: unknown): ErrorObject | undefined {
  if (!isObject(value)) return undefined
  const code = field(value, 'code')
  const message = field(value, 'message')
  const data = field(value, 'data')
  if (typeof code !== 'number' || !Number.isSafeInteger(code)) return undefined
  if (typeof message !== 'string') return undefined
  return data === undefined ? { code, message } : { code, message, data }
}

const versionReason = 'jsonrpc must be "2.0"'
const idReason = `id must be a string of at most ${maxIdLength} characters or a safe integer`
const errorReason = 'error must have an integer code and a string message'

function invalid(reason: string): InvalidMessage {
  return { kind: 'invalid', id: undefined, reason, isAnswer: false }
}

function field(value: JsonObject, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}
