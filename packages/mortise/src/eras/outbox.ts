import type { Channel } from '../transport/channel.ts'

/** The sending side of one peer. */
export interface Outbox {
  /** Sends a message that must arrive: an answer, a question. */
  send(text: string): void
  /** Sends a message that may be left out when the peer does not read: progress, a log line. */
  sendIfRoom(text: string): void
}

/** An outbox over `channel`; while the peer does not read, what may be left out is, past `maxQueuedBytes`. */
export function createChannelOutbox(channel: Channel, maxQueuedBytes: number): Outbox {
  let waiting = 0
  let queued = 0

  function send(text: string): void {
    const taken = channel.send(text)
    if (!(taken instanceof Promise)) return
    waiting += 1
    queued += text.length
    void taken.then(() => {
      waiting -= 1
      queued -= text.length
    })
  }

  return {
    send,
    sendIfRoom(text) {
      if (waiting === 0 || queued + text.length <= maxQueuedBytes) send(text)
    },
  }
}
