import { createChannelOutbox } from '../eras/outbox.ts'
import { ErrorCode } from '../jsonrpc/error.ts'
import { readMessage } from '../jsonrpc/message.ts'
import { errorText } from '../jsonrpc/write.ts'
import { parseJson } from '../std/json.ts'
import type { Limits } from '../std/limits.ts'
import type { Channel } from '../transport/channel.ts'
import type { Receiver } from './receive.ts'

/** Serves one peer over a channel; resolves when the channel is over. */
export function serveChannel(
  channel: Channel,
  { receiver, limits, peer }: { receiver: Receiver; limits: Limits; peer: string },
): Promise<void> {
  const outbox = createChannelOutbox(channel, limits.maxQueuedBytes)
  const receiving = receiver.channel(outbox, peer)
  return new Promise((resolve) => {
    channel.start({
      message(text) {
        const parsed = parseJson(text, { maxDepth: limits.maxJsonDepth })
        if (parsed.ok) receiving.message(readMessage(parsed.value))
        else refuse(ErrorCode.parseError, parsed.reason)
      },
      fault({ kind, message }) {
        refuse(kind === 'encoding' ? ErrorCode.parseError : ErrorCode.invalidRequest, message)
      },
      closed() {
        receiving.close()
        resolve()
      },
    })
  })

  function refuse(code: number, message: string): void {
    outbox.send(errorText(undefined, { code, message }))
  }
}
