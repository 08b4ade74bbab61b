import type { HttpAnswer, HttpClient } from '../http/client-seam.ts'
import type { HeaderRecord } from '../http/exchange.ts'
import { HttpError } from '../http/http-error.ts'
import { readRefusal } from '../http/read-messages.ts'
import { PeerError } from '../jsonrpc/error.ts'
import type { Id, Message } from '../jsonrpc/message.ts'
import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'

/** Where a link over HTTP goes. */
export interface HttpLinkOptions {
  readonly http: HttpClient
  readonly url: string
  /** Headers of the application for every request, by names in lower case. */
  readonly headers: () => HeaderRecord | Promise<HeaderRecord>
  readonly limits: Limits
  readonly runtime: Runtime
}

/** Whether a message answers request `id`: errors may come without one, since this answer is that request's own. */
export function isAnswerTo(message: Message, id: Id): boolean {
  if (message.kind === 'error') return message.id === undefined || message.id === id
  if (message.kind === 'invalid') return message.id === undefined || message.id === id
  return message.kind === 'result' && message.id === id
}

/** The result in a message that answers a request. @throws PeerError when it is an error; McpError when it is no answer. */
export function readOwn(message: Message | undefined): unknown {
  if (message?.kind === 'result') return message.result
  if (message?.kind === 'error') {
    throw new PeerError(message.error.code, message.error.message, message.error.data)
  }
  if (message?.kind === 'invalid') {
    throw new McpError('ERR_INVALID_RESULT', `the server's answer is malformed: ${message.reason}`)
  }
  throw new McpError(
    'ERR_DISCONNECTED',
    'the connection ended before the answer: whether the server did the work is unknown',
  )
}

/** The error that an answer which is not 2xx stands for. */
export async function refusal(answer: HttpAnswer, limits: Limits): Promise<Error> {
  const refused = await readRefusal(answer, limits)
  if (refused instanceof HttpError) return refused
  try {
    readOwn(refused)
  } catch (error) {
    return error as Error
  }
  return new HttpError(answer.status, `the server answered with HTTP ${answer.status}`)
}
