import { LimitError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Channel } from '../transport/channel.ts'

/** The sending side of one peer. */
export interface Outbox {
  /** Sends a message that must arrive: an answer, a question. @throws LimitError when there is no way left to send it. */
  send(text: string): void
  /** Sends a message that may be left out when the peer does not read: progress, a log line. */
  sendIfRoom(text: string): void
}

/** What bounds the outbox of a channel. */
export interface ChannelOutboxOptions {
  readonly limits: Pick<Limits, 'maxQueuedBytes' | 'maxUnreadBytes'>
  /** Hears why a channel was ended. */
  readonly report: (error: LimitError) => void
}

/**
 * An outbox over `channel`. While the peer does not read, what may be left out is, past `maxQueuedBytes`; past
 * `maxUnreadBytes` the channel is ended.
 */
export function createChannelOutbox(
  channel: Channel,
  { limits, report }: ChannelOutboxOptions,
): Outbox {
  const { maxQueuedBytes, maxUnreadBytes } = limits
  let queued = 0
  let over = false

  function end(): void {
    over = true
    const text = `a channel was ended: its peer left more than ${maxUnreadBytes} bytes unread`
    report(new LimitError('maxUnreadBytes', text))
    void channel.close()
  }

  function send(text: string): void {
    if (over) return
    if (queued > maxUnreadBytes) {
      end()
      return
    }
    const taken = channel.send(text)
    if (!(taken instanceof Promise)) return
    queued += text.length
    void taken.then(() => {
      queued -= text.length
    })
  }

  return {
    send,
    sendIfRoom(text) {
      if (queued + text.length <= maxQueuedBytes) send(text)
    },
  }
}
