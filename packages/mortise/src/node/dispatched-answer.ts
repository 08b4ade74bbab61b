import type { IncomingHttpHeaders } from 'node:http'
import type { Dispatcher } from 'undici'
import type { HttpAnswer, HttpRequest } from '../http/client-seam.ts'
import { noteRefused } from '../http/echo.ts'
import { answerBroke, answerTooLong, unreachable } from '../http/unreachable.ts'
import { joinBytes } from '../http/web-body.ts'
import { maxDumpBytes, readTwice } from './stream-answer.ts'

/** What one request is sent with, and who waits for its answer. */
export interface DispatchedRequest {
  readonly request: HttpRequest
  readonly url: URL
  /** Called once, with the head of the answer. */
  readonly resolve: (answer: HttpAnswer) => void
  /** Called in the place of `resolve` when no answer came, with what `HttpClient.send` throws. */
  readonly reject: (error: unknown) => void
  /** Called when the answer has come to its end, and its connection is good for another one. */
  readonly onEnd?: () => void
}

/**
 * One request over undici's `dispatch`, which hands over the answer piece by piece: both what undici calls and what the
 * reader holds, without a stream between them, which would cost more than all the rest.
 */
export class DispatchedAnswer implements HttpAnswer, Dispatcher.DispatchHandler {
  status = 0
  readonly #sent: DispatchedRequest
  #headers: IncomingHttpHeaders = {}
  #controller: Dispatcher.DispatchController | undefined
  /** What came and was not read yet. */
  #chunks: Uint8Array[] = []
  #unreadBytes = 0
  /** More than that makes the server wait for the reader. */
  #maxUnreadBytes = maxDumpBytes
  #state: 'open' | 'ended' | 'failed' = 'open'
  /** Why it failed. */
  #failure: unknown
  #isTaken = false
  #wake: (() => void) | undefined

  constructor(sent: DispatchedRequest) {
    this.#sent = sent
    sent.request.signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // It was given up while it waited for a connection.
    if (this.#state === 'failed') controller.abort(givenUp())
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return // it goes on (RFC 9110 §15.2)
    this.status = status
    this.#headers = headers
    noteRefused(this, this.#sent.request)
    this.#sent.resolve(this)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    this.#chunks.push(chunk)
    this.#unreadBytes += chunk.byteLength
    if (this.#unreadBytes > this.#maxUnreadBytes) controller.pause()
    this.#wake?.()
  }

  onResponseEnd(): void {
    this.#over('ended')
    this.#sent.onEnd?.()
  }

  onResponseError(_controller: unknown, cause: Error): void {
    const { url } = this.#sent
    if (this.#state === 'open') {
      this.#fail(this.status === 0 ? unreachable(url, cause) : answerBroke(url, cause))
    }
  }

  /** Nothing more comes of it. */
  get isOver(): boolean {
    return this.#state !== 'open'
  }

  header(name: string): string | undefined {
    const value = this.#headers[name]
    return typeof value === 'string' ? value : value?.join(', ')
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#read()
  }

  async *#read(): AsyncGenerator<Uint8Array, void, void> {
    this.#take()
    try {
      for (;;) {
        const chunk = this.#chunks.shift()
        if (chunk !== undefined) {
          this.#unreadBytes -= chunk.byteLength
          yield chunk
        } else if (this.#state === 'ended') return
        else await this.#more()
      }
    } finally {
      this.#drop()
    }
  }

  async bytes(maxBytes: number): Promise<Uint8Array> {
    const { url } = this.#sent
    if (this.#declared > maxBytes) {
      this.discard()
      throw answerTooLong(url, maxBytes)
    }
    this.#take()
    this.#maxUnreadBytes = maxBytes
    while (this.#state !== 'ended' && this.#unreadBytes <= maxBytes) await this.#more()
    if (this.#unreadBytes <= maxBytes) return joinBytes(this.#chunks, this.#unreadBytes)
    this.#drop()
    throw answerTooLong(url, maxBytes)
  }

  discard(): void {
    // One that is short comes to its end by itself.
    if (!(this.#declared <= maxDumpBytes)) this.#drop()
  }

  #take(): void {
    if (this.#isTaken) throw readTwice()
    this.#isTaken = true
  }

  /** Waits for what comes next: a chunk or the end. @throws what the reader is told when nothing comes any more. */
  async #more(): Promise<void> {
    if (this.#state === 'failed') throw this.#failure
    await new Promise<void>((resolve) => {
      this.#wake = resolve
      this.#controller?.resume()
    })
  }

  /** Nobody reads on. */
  #drop(): void {
    if (this.#state === 'open') this.#giveUp(givenUp())
  }

  readonly #onAbort = (): void => {
    this.#chunks = []
    this.#unreadBytes = 0
    this.#giveUp(this.#sent.request.signal?.reason)
  }

  #giveUp(reason: unknown): void {
    this.#fail(reason)
    this.#controller?.abort(givenUp())
  }

  #fail(reason: unknown): void {
    this.#failure = reason
    this.#over('failed')
    this.#sent.reject(reason)
  }

  #over(state: 'ended' | 'failed'): void {
    this.#state = state
    this.#sent.request.signal?.removeEventListener('abort', this.#onAbort)
    this.#wake?.()
  }

  /** NaN when the answer does not say. */
  get #declared(): number {
    return Number(this.header('content-length') ?? NaN)
  }
}

/** What undici is told; its own word for it. */
function givenUp(): Error {
  return new Error('the request was given up')
}
