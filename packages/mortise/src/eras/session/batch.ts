import { readMessage } from '../../jsonrpc/message.ts'
import type { Message } from '../../jsonrpc/message.ts'
import type { Limits } from '../../std/limits.ts'
import type { Origin, Session } from './server.ts'

/** The messages of a batch, or why none of it is served. */
export type ReadBatch =
  | { readonly ok: true; readonly messages: readonly Message[] }
  | { readonly ok: false; readonly reason: string }

/** Reads the items of a batch: at most `maxBatch`, and no handshake (2025-03-26, basic/lifecycle). */
export function readBatch(
  items: readonly unknown[],
  { maxBatch }: Pick<Limits, 'maxBatch'>,
): ReadBatch {
  if (items.length > maxBatch) {
    return { ok: false, reason: `a batch has at most ${maxBatch} messages` }
  }
  const messages = items.map(readMessage)
  if (messages.some((message) => message.kind === 'request' && message.method === 'initialize')) {
    return { ok: false, reason: 'initialize must not be part of a batch' }
  }
  return { ok: true, messages }
}

/**
 * Runs the messages of a batch side by side; the text of the array of answers, or undefined when nothing asked for one
 * (JSON-RPC 2.0 §6).
 */
export async function receiveBatch(
  session: Session,
  messages: readonly Message[],
  origin: Origin,
): Promise<string | undefined> {
  const answers = await Promise.all(messages.map((message) => session.receive(message, origin)))
  const texts = answers.filter((answer) => answer !== undefined)
  return texts.length === 0 ? undefined : `[${texts.join(',')}]`
}
