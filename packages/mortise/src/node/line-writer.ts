import type { Writable } from 'node:stream'
import type { Runtime } from '../std/runtime.ts'

/** What a line writer needs besides its stream. */
export interface LineWriterOptions {
  /** Writes to `output` where its own `write` was replaced. Default: `output.write`. */
  readonly write?: (text: string, done?: () => void) => boolean
  /** The stream is full: called before the promise that says so is handed out. */
  readonly onFull?: () => void
  /** The stream has room again. Not called when it broke. */
  readonly onRoom?: () => void
}

/** Writes lines to a stream, and says when it is full. It does not listen to the stream's errors. */
export interface LineWriter {
  /** Writes a line. The promise, if there is one, resolves when there is room again or the stream is over. */
  send(text: string): void | Promise<void>
  /** Hands to the stream what was gathered, now and not once the code that runs has ended. */
  handOver(): void
  /** Resolves when all was handed to the system, the stream is over, or `timeoutMs` have passed. */
  flush(timeoutMs: number, runtime: Runtime): Promise<void>
}

/**
 * A line writer over any Node stream: stdout, the stdin of a child, a socket. Lines that are sent in one go are gathered into
 * one write, up to what the stream takes before it is full: a write of a pipe is a call of the system, which costs more than
 * all else that a short line does.
 */
export function createLineWriter(output: Writable, options: LineWriterOptions = {}): LineWriter {
  const { onFull, onRoom, write = (text, done) => output.write(text, done) } = options
  let room: Promise<void> | undefined
  let gathered = ''

  const waitForRoom = (): Promise<void> =>
    new Promise((resolve) => {
      const settle = (): void => {
        output.off('drain', onDrain).off('close', settle).off('error', settle)
        room = undefined
        resolve()
      }
      const onDrain = (): void => {
        settle()
        onRoom?.()
      }
      output.on('drain', onDrain).on('close', settle).on('error', settle)
      onFull?.()
    })

  const handOver = (): void => {
    if (gathered === '') return
    const text = gathered
    gathered = ''
    if (output.writable && !write(text)) room ??= waitForRoom()
  }

  return {
    send(text) {
      if (!output.writable) return undefined
      // Not later: on Deno an error that nobody catches ends the process without an `exit` to hand over at.
      if (gathered === '') queueMicrotask(handOver)
      gathered += `${text}\n`
      if (gathered.length + output.writableLength >= output.writableHighWaterMark) handOver()
      return room
    },
    handOver,
    flush: (timeoutMs, runtime) =>
      new Promise((resolve) => {
        handOver()
        if (!output.writable) return resolve()
        const settle = (): void => {
          cancelTimer()
          output.off('close', settle)
          resolve()
        }
        const cancelTimer = runtime.after(timeoutMs, settle)
        output.on('close', settle)
        // Writes end in their order, so the end of an empty one is the end of all before it.
        write('', settle)
      }),
  }
}
