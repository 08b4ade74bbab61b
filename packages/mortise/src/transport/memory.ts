import type { Channel, ChannelReceiver } from './channel.ts'

/** Messages that wait for one side before the other is asked to wait as well. */
const maxWaiting = 64

/**
 * Two channels joined in memory: what one sends, the other receives, later and in order, as over a socket. What is sent
 * before the other side has started waits for it. Closing one closes both, after what was sent has been delivered.
 */
export function memoryChannelPair(): [Channel, Channel] {
  const left = createMailbox()
  const right = createMailbox()
  const close = async (): Promise<void> => {
    await Promise.all([left.close(), right.close()])
  }
  return [
    { start: left.open, send: right.put, close },
    { start: right.open, send: left.put, close },
  ]
}

/** What is on its way to one of the two sides. */
interface Mailbox {
  readonly put: (text: string) => void | Promise<void>
  readonly open: (receiver: ChannelReceiver) => void
  /** Takes no more; resolves when the receiver has had everything, or at once if there is none. */
  readonly close: () => Promise<void>
}

function createMailbox(): Mailbox {
  let receiver: ChannelReceiver | undefined
  let waiting: string[] = []
  let wakers: (() => void)[] = []
  let scheduled = false
  let closing = false
  let over = false

  const wake = (): void => {
    const woken = wakers
    wakers = []
    for (const waker of woken) waker()
  }
  const deliver = (to: ChannelReceiver): void => {
    scheduled = false
    const messages = waiting
    waiting = []
    for (const message of messages) to.message(message)
    if (!closing || waiting.length > 0) return wake()
    over = true
    to.closed()
    wake()
  }
  const schedule = (): void => {
    const to = receiver
    if (to === undefined || scheduled || over) return
    scheduled = true
    queueMicrotask(() => deliver(to))
  }
  const woken = (): Promise<void> => new Promise((resolve) => wakers.push(resolve))

  return {
    put(text) {
      if (closing) return undefined
      waiting.push(text)
      schedule()
      return waiting.length > maxWaiting ? woken() : undefined
    },
    open(to) {
      receiver = to
      schedule()
    },
    async close() {
      closing = true
      // A sender must not wait for a side that never starts.
      if (receiver === undefined) return wake()
      schedule()
      while (!over) await woken()
    },
  }
}
