import { LimitError, McpError } from '../std/error.ts'
import type { Runtime } from '../std/runtime.ts'

/** What bounds the reading of one request body. */
export interface WebBodyBounds {
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly runtime: Runtime
  /** Takes more bytes of the budget; false when there are none left. */
  readonly take: (bytes: number) => boolean
  /** Gives back what was taken. */
  readonly give: (bytes: number) => void
}

/**
 * Reads a request's body to its end, and lets go of the stream if that fails.
 * @throws LimitError, McpError as `Exchange.body` says.
 */
export async function readWebBody(
  stream: ReadableStream<Uint8Array>,
  { maxBytes, timeoutMs, runtime, take, give }: WebBodyBounds,
): Promise<Uint8Array> {
  const reader = stream.getReader()
  const chunks: Uint8Array[] = []
  let length = 0
  let taken = 0
  let late = false
  const cancelTimer = runtime.after(timeoutMs, () => {
    late = true
    // Ends the pending read as if the body were over; `late` tells the two apart.
    cancelReader(reader)
  })
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (late) throw tooSlow(timeoutMs)
      if (done) return joinBytes(chunks, length)
      length += value.byteLength
      if (length > maxBytes) throw bodyTooLong(maxBytes)
      if (!take(value.byteLength)) throw tooManyBodies()
      taken = length
      chunks.push(value)
    }
  } catch (cause) {
    cancelReader(reader)
    throw cause instanceof McpError ? cause : peerLeft(cause)
  } finally {
    cancelTimer()
    give(taken)
  }
}

/** Gives a stream up; a failure to do so is of no interest to anyone. */
export function cancelReader(reader: ReadableStreamDefaultReader<Uint8Array>): void {
  void reader.cancel().catch(() => {
    // The stream is broken already, which is all that cancelling was to achieve.
  })
}

/** `chunks`, of `length` bytes in all, as one. A single chunk is not copied. */
export function joinBytes(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const [first] = chunks
  if (chunks.length === 1 && first !== undefined) return first
  const joined = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.byteLength
  }
  return joined
}

/** A request body for which there is no room beside the others. */
export function tooManyBodies(): LimitError {
  return new LimitError('maxBodyBytes', 'too much is being received at once: try again later')
}

/** A request body over `maxMessageBytes`. */
export function bodyTooLong(maxBytes: number): LimitError {
  return new LimitError('maxMessageBytes', `the request body is longer than ${maxBytes} bytes`)
}

/** A request body that trickles in. */
export function tooSlow(timeoutMs: number): LimitError {
  const message = `the request body took longer than ${timeoutMs} ms to arrive`
  return new LimitError('bodyTimeoutMs', message)
}

/** A request body that breaks off. */
export function peerLeft(cause?: unknown): McpError {
  const message = 'the peer left before the whole request body had arrived'
  return new McpError('ERR_DISCONNECTED', message, { cause })
}
