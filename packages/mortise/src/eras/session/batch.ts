import { ErrorCode } from '../../jsonrpc/error.ts'
import { readMessage } from '../../jsonrpc/message.ts'
import { errorText } from '../../jsonrpc/write.ts'
import type { Origin, Session } from './server.ts'

/** Messages in one batch at most. */
export const maxBatch = 100

/**
 * Runs the messages of a batch side by side; the text of the array of answers, or undefined when nothing asked for one
 * (JSON-RPC 2.0 §6).
 */
export async function receiveBatch(
  session: Session,
  items: readonly unknown[],
  origin: Origin,
): Promise<string | undefined> {
  if (items.length > maxBatch) return refused(`a batch has at most ${maxBatch} messages`)
  const messages = items.map(readMessage)
  if (messages.some((message) => message.kind === 'request' && message.method === 'initialize')) {
    return refused('initialize must not be part of a batch')
  }
  const answers = await Promise.all(messages.map((message) => session.receive(message, origin)))
  const texts = answers.filter((answer) => answer !== undefined)
  return texts.length === 0 ? undefined : `[${texts.join(',')}]`
}

function refused(message: string): string {
  return errorText(null, { code: ErrorCode.invalidRequest, message })
}
