import type { IncomingHttpHeaders } from 'node:http'
import type { Readable } from 'node:stream'
import type { HttpAnswer } from '../http/client-seam.ts'
import { answerBroke, answerTooLong } from '../http/unreachable.ts'
import { joinBytes } from '../http/web-body.ts'
import { LimitError } from '../std/error.ts'

/** An answer of at most this size is read and thrown away to keep its connection. */
export const maxDumpBytes: number = 64 * 1024

/** What an answer is made of. */
export interface StreamAnswerParts {
  readonly status: number
  /** Names are lower case. */
  readonly headers: Readonly<IncomingHttpHeaders>
  readonly stream: Readable
  readonly url: URL
  readonly signal: AbortSignal | undefined
}

/** An answer whose body is a Node stream, as `node:http` and undici give it. */
export function createStreamAnswer(parts: StreamAnswerParts): HttpAnswer {
  return new StreamAnswer(parts)
}

class StreamAnswer implements HttpAnswer {
  readonly status: number
  readonly #parts: StreamAnswerParts

  constructor(parts: StreamAnswerParts) {
    this.status = parts.status
    this.#parts = parts
    // Between its head and its reader an answer may break; the reader finds the stream destroyed.
    parts.stream.on('error', ignore)
  }

  header(name: string): string | undefined {
    const value = this.#parts.headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#read()
  }

  async *#read(): AsyncGenerator<Uint8Array, void, void> {
    const { stream } = this.#parts
    if (stream.readableDidRead) throw readTwice()
    try {
      // Chunks of a stream without encoding are buffers. Leaving the iteration destroys the stream.
      for await (const chunk of stream) yield chunk as Uint8Array
    } catch (cause) {
      throw this.#broken(cause)
    }
  }

  bytes(maxBytes: number): Promise<Uint8Array> {
    const { stream, url } = this.#parts
    if (this.#declared > maxBytes) {
      this.discard()
      return Promise.reject(answerTooLong(url, maxBytes))
    }
    if (stream.readableDidRead) return Promise.reject(readTwice())
    if (stream.destroyed) return Promise.reject(this.#broken(stream.errored))
    // By events, since most answers are one chunk and an iteration costs more than the rest of the call.
    return new Promise((resolve, reject) => {
      const chunks: Uint8Array[] = []
      let length = 0
      stream.on('data', (chunk: Uint8Array) => {
        length += chunk.byteLength
        chunks.push(chunk)
        if (length > maxBytes) stream.destroy(answerTooLong(url, maxBytes))
      })
      stream.on('end', () => resolve(joinBytes(chunks, length)))
      stream.on('error', (cause) => reject(this.#broken(cause)))
      stream.on('close', () => {
        // Also comes after the end, where an error made in vain would cost more than all the rest.
        if (!stream.readableEnded) reject(this.#broken())
      })
    })
  }

  discard(): void {
    const { stream } = this.#parts
    if (this.#declared <= maxDumpBytes) stream.resume()
    else stream.destroy()
  }

  /** NaN when the answer does not say. */
  get #declared(): number {
    return Number(this.header('content-length') ?? NaN)
  }

  /** What a reader is told: the reason of the abort, the limit that was passed, or that the connection broke. */
  #broken(cause?: unknown): unknown {
    const { signal, url } = this.#parts
    if (signal?.aborted) return signal.reason
    return cause instanceof LimitError ? cause : answerBroke(url, cause)
  }
}

/** Wrong use: what came is gone. */
export function readTwice(): TypeError {
  return new TypeError('the body of an answer is read once')
}

function ignore(): void {}
