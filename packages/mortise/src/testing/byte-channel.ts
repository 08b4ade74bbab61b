import { encodeUtf8 } from '../std/encoding.ts'
import { defaultLimits } from '../std/limits.ts'
import { createLineReader } from '../std/lines.ts'
import type { Channel } from '../transport/channel.ts'
import type { Slice } from './chance.ts'

/** How bytes travel between two ends. */
export interface ByteChannelOptions {
  /** Cuts what is written into the pieces that arrive. Default: it arrives as it was written. */
  readonly slice?: Slice
  /** The longest line that is taken. Default: the limit of that name. */
  readonly maxMessageBytes?: number
}

/** The bare end of a pair, for what no channel would write. */
export interface ByteEnd {
  /** Begins delivery; what came before waits for it. Called once. */
  start(receiver: { bytes(piece: Uint8Array): void; closed(): void }): void
  /**
   * Writes bytes, or text as UTF-8, with whatever newlines are in it. The promise, if there is one, resolves when the other
   * end has taken enough.
   */
  write(bytes: Uint8Array | string): void | Promise<void>
  /** Ends both directions; resolves when what was written has arrived. */
  close(): Promise<void>
}

/** Pieces that wait for one end before the other is asked to wait as well. */
const maxWaiting = 64

/**
 * Two channels joined by bytes, which go through the line framing of stdio (basic/transports, "stdio") in any pieces. Closing
 * one closes both, after what was sent has arrived.
 */
export function byteChannelPair(options: ByteChannelOptions = {}): [Channel, Channel] {
  const [left, right] = byteEnds(options)
  return [lineChannel(left, options), lineChannel(right, options)]
}

/** A channel, and the other end of it as bare bytes. */
export function byteChannelEnds(options: ByteChannelOptions = {}): [Channel, ByteEnd] {
  const [left, right] = byteEnds(options)
  return [lineChannel(left, options), right]
}

function lineChannel(
  end: ByteEnd,
  { maxMessageBytes = defaultLimits.maxMessageBytes }: ByteChannelOptions,
): Channel {
  return {
    start(receiver) {
      const lines = createLineReader({
        maxBytes: maxMessageBytes,
        onLine: (line) => receiver.message(line),
        onOversize: (head) =>
          receiver.fault({
            kind: 'oversize',
            message: `a line is longer than ${maxMessageBytes} bytes`,
            head,
          }),
        onInvalid: (head) =>
          receiver.fault({ kind: 'encoding', message: 'a line is not UTF-8', head }),
      })
      end.start({
        bytes: (piece) => lines.push(piece),
        closed() {
          lines.end()
          receiver.closed()
        },
      })
    },
    send: (text) => end.write(`${text}\n`),
    close: () => end.close(),
  }
}

function byteEnds({ slice = (bytes) => [bytes] }: ByteChannelOptions): [ByteEnd, ByteEnd] {
  const left = createPipe(slice)
  const right = createPipe(slice)
  const close = async (): Promise<void> => {
    await Promise.all([left.close(), right.close()])
  }
  return [
    { start: left.open, write: right.put, close },
    { start: right.open, write: left.put, close },
  ]
}

/** What is on its way to one of the two ends. */
interface Pipe {
  readonly put: ByteEnd['write']
  readonly open: ByteEnd['start']
  /** Takes no more; resolves when everything has arrived, or at once if nobody listens. */
  readonly close: () => Promise<void>
}

function createPipe(slice: Slice): Pipe {
  const waiting: Uint8Array[] = []
  let receiver: Parameters<ByteEnd['start']>[0] | undefined
  let wakers: (() => void)[] = []
  let scheduled = false
  let closing = false
  let over = false

  const wake = (): void => {
    const woken = wakers
    wakers = []
    for (const waker of woken) waker()
  }
  // One piece a turn, so that others come between the pieces of one message.
  const deliver = (): void => {
    scheduled = false
    const piece = waiting.shift()
    if (piece !== undefined) receiver?.bytes(piece)
    if (waiting.length > 0) return schedule()
    if (closing && !over) {
      over = true
      receiver?.closed()
    }
    wake()
  }
  const schedule = (): void => {
    if (receiver === undefined || scheduled || over) return
    scheduled = true
    queueMicrotask(deliver)
  }
  const woken = (): Promise<void> => new Promise((resolve) => wakers.push(resolve))

  return {
    put(bytes) {
      if (closing) return undefined
      // Copied, since whoever writes may use its bytes again.
      const own = typeof bytes === 'string' ? encodeUtf8(bytes) : bytes.slice()
      for (const piece of slice(own)) waiting.push(piece)
      schedule()
      return waiting.length > maxWaiting ? woken() : undefined
    },
    open(to) {
      receiver = to
      schedule()
    },
    async close() {
      closing = true
      // A sender must not wait for an end that never starts.
      if (receiver === undefined) return wake()
      schedule()
      while (!over) await woken()
    },
  }
}
