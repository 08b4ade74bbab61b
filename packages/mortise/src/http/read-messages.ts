import { readMessage } from '../jsonrpc/message.ts'
import type { Message } from '../jsonrpc/message.ts'
import { decodeUtf8 } from '../std/encoding.ts'
import { LimitError, McpError } from '../std/error.ts'
import { excerpt } from '../std/excerpt.ts'
import { parseJson } from '../std/json.ts'
import type { Limits } from '../std/limits.ts'
import type { HttpAnswer } from './client-seam.ts'
import { hideRepeated } from './echo.ts'
import { HttpError } from './http-error.ts'
import { mediaType } from './media-types.ts'
import { statusAdvice, statusWords } from './refusal-words.ts'
import { createEventReader } from './sse.ts'

/** How the messages of one answer are read. */
export interface ReadMessagesOptions {
  readonly limits: Limits
  /** Takes one message; true ends the reading. */
  readonly onMessage: (message: Message) => boolean
  /** Hears the id and the retry time of each event of a stream. */
  readonly onEvent?: (event: { id: string | undefined; retryMs: number | undefined }) => void
}

/**
 * Reads the messages of a 2xx answer, which is one JSON text or a stream of events, until `onMessage` has what it wants or
 * the answer ends.
 * @throws McpError `ERR_INVALID_RESULT` when it is neither, or no JSON; LimitError when a message is too long.
 */
export function readMessages(answer: HttpAnswer, options: ReadMessagesOptions): Promise<void> {
  const type = mediaType(answer.header('content-type'))
  if (type === 'application/json') return readText(answer, options)
  if (type === 'text/event-stream') return readEvents(answer, options)
  return Promise.reject(refuseType(answer))
}

/** One message in all, or one batch of them. */
async function readText(
  answer: HttpAnswer,
  { limits, onMessage }: ReadMessagesOptions,
): Promise<void> {
  const value = parse(decodeUtf8(await answer.bytes(limits.maxAnswerBytes)), limits)
  const items = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  items.some((item) => onMessage(readMessage(item)))
}

function refuseType(answer: HttpAnswer): McpError {
  const given = answer.header('content-type')
  answer.discard()
  const what = given === undefined ? 'no content type' : given.slice(0, 60)
  return new McpError('ERR_INVALID_RESULT', `the server answered with ${what} instead of JSON`)
}

/** One message in each event. */
async function readEvents(
  answer: HttpAnswer,
  { limits, onMessage, onEvent }: ReadMessagesOptions,
): Promise<void> {
  let done = false
  const reader = createEventReader({
    maxEventBytes: limits.maxAnswerBytes,
    onEvent({ id, retryMs, event, data, hasData }) {
      if (done) return
      onEvent?.({ id, retryMs })
      if (hasData && event === 'message') done = onMessage(readMessage(parse(data, limits)))
    },
    onOversize() {
      throw new LimitError(
        'maxAnswerBytes',
        `an event is longer than ${limits.maxAnswerBytes} bytes`,
      )
    },
  })
  for await (const chunk of answer.body) {
    reader.push(chunk)
    if (done) return
  }
}

function parse(text: string | undefined, limits: Limits): unknown {
  const parsed =
    text === undefined
      ? { ok: false as const, reason: 'it is not UTF-8' }
      : parseJson(text, { maxDepth: limits.maxJsonDepth, allowHalfPairs: true })
  if (parsed.ok) return parsed.value
  throw new McpError('ERR_INVALID_RESULT', `the server's answer cannot be read: ${parsed.reason}`)
}

/** Statuses that are about getting in or about an outage: never about the message, whatever the body says. */
function isOutage(status: number): boolean {
  return status === 401 || status === 403 || status === 429 || status >= 500
}

/**
 * What an answer that is not 2xx means: the JSON-RPC error in its body, or an error of HTTP.
 */
export async function readRefusal(
  answer: HttpAnswer,
  limits: Limits,
): Promise<Message | HttpError> {
  const { status } = answer
  const isJson = mediaType(answer.header('content-type')) === 'application/json'
  if (!isJson) {
    answer.discard()
    return httpError(answer)
  }
  try {
    const text = decodeUtf8(await answer.bytes(limits.maxMessageBytes))
    const message = readMessage(parse(text, limits))
    if (message.kind === 'error') {
      if (!isOutage(status)) return message
      return httpError(answer, excerpt(hideRepeated(answer, message.error.message), 300))
    }
  } catch (error) {
    if (!(error instanceof McpError)) throw error
  }
  return httpError(answer)
}

function httpError(answer: HttpAnswer, said?: string): HttpError {
  const words = said === undefined ? statusWords(answer) : `${statusWords(answer)}: ${said}`
  const advice = statusAdvice(answer)
  const end = /[.!?]$/.test(words) ? '' : '.'
  return new HttpError(answer.status, advice === undefined ? words : `${words}${end} ${advice}`)
}
