import { LimitError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Channel } from '../transport/channel.ts'

/** The sending side of one peer. */
export interface Outbox {
  /** Sends a message that must arrive: an answer, a question. @throws LimitError when there is no way left to send it. */
  send(text: string): void
  /** Sends a message that may be left out when the peer does not read: progress, a log line. Whether it was sent. */
  sendIfRoom(text: string): boolean
  /**
   * Hears, before the answer that says so, that the caller of a request lacks some of the scopes that it needs: a transport
   * with statuses says it by one.
   */
  lacking?(scopes: readonly string[]): void
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
export function createChannelOutbox(channel: Channel, options: ChannelOutboxOptions): Outbox {
  const { maxQueuedBytes } = options.limits
  const { send, queuedBytes } = boundedSending(channel, options)
  return {
    send: (text) => void send(text),
    sendIfRoom(text) {
      const fits = queuedBytes() + text.length <= maxQueuedBytes
      if (fits) void send(text)
      return fits
    },
  }
}

/** `channel`, ended when its peer leaves more than `maxUnreadBytes` unread; `closed` then tells why. */
export function boundedChannel(channel: Channel, limits: ChannelOutboxOptions['limits']): Channel {
  let reason: LimitError | undefined
  const { send } = boundedSending(channel, { limits, report: (error) => (reason = error) })
  return {
    start(receiver) {
      channel.start({
        message: (text) => receiver.message(text),
        fault: (fault) => receiver.fault(fault),
        closed: (error) => receiver.closed(error ?? reason),
      })
    },
    send,
    close: () => channel.close(),
  }
}

function boundedSending(
  channel: Channel,
  { limits: { maxUnreadBytes }, report }: ChannelOutboxOptions,
): { send: Channel['send']; queuedBytes: () => number } {
  let queued = 0
  let over = false

  function end(): void {
    over = true
    const text = `a channel was ended: its peer left more than ${maxUnreadBytes} bytes unread`
    report(new LimitError('maxUnreadBytes', text))
    void channel.close()
  }

  return {
    queuedBytes: () => queued,
    send(text) {
      if (over) return undefined
      if (queued > maxUnreadBytes) return end()
      const taken = channel.send(text)
      if (!(taken instanceof Promise)) return undefined
      queued += text.length
      return taken.then(() => void (queued -= text.length))
    },
  }
}
