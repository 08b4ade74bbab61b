import { encodeUtf8 } from '../std/encoding.ts'
import { McpError } from '../std/error.ts'
import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { BodyBudget } from './body-budget.ts'
import type { Exchange, HeaderRecord, Sink } from './exchange.ts'
import { bodyTooLong, readWebBody } from './web-body.ts'

/** What the surroundings of a `fetch` handler know and its `Request` does not say. */
export interface FetchExchangeOptions {
  /** The address of the peer, see `Exchange.peer`. Default: the empty string. */
  readonly peer?: string
  /** Timers. Default: the real ones. */
  readonly runtime?: Runtime
}

/**
 * An exchange over a web `Request`, and the `Response` that its `reply` or `open` makes. The promise never rejects, and is
 * kept even when the peer has left, since some platforms complain about a handler that never answers.
 */
export function createFetchExchange(
  request: Request,
  options: FetchExchangeOptions = {},
): { exchange: Exchange; response: Promise<Response> } {
  let answer: (response: Response) => void = () => {}
  const response = new Promise<Response>((resolve) => {
    answer = resolve
  })
  return { exchange: new FetchExchange(request, options, answer), response }
}

class FetchExchange implements Exchange {
  readonly method: string
  readonly path: string
  readonly query: string
  readonly peer: string
  readonly isolated = true
  readonly #request: Request
  readonly #runtime: Runtime
  readonly #answer: (response: Response) => void
  readonly #host: string
  #state: 'open' | 'complete' | 'gone' = 'open'
  #listeners: Set<() => void> | undefined

  constructor(
    request: Request,
    { peer = '', runtime = systemRuntime }: FetchExchangeOptions,
    answer: (response: Response) => void,
  ) {
    const { pathname, search, host } = new URL(request.url)
    this.method = request.method
    this.path = pathname
    this.query = search.slice(1)
    this.peer = peer
    this.#request = request
    this.#runtime = runtime
    this.#answer = answer
    this.#host = host
  }

  header(name: string): string | undefined {
    const value = this.#request.headers.get(name)
    if (value !== null) return value
    // A request made in this process carries its host in the URL alone.
    return name === 'host' ? this.#host : undefined
  }

  async body(maxBytes: number, timeoutMs: number, budget?: BodyBudget): Promise<Uint8Array> {
    const request = this.#request
    if (request.bodyUsed) {
      const message =
        'the request body was read before it reached Mortise; pass on an unread Request'
      throw new McpError('ERR_BODY_READ', message)
    }
    if (Number(request.headers.get('content-length')) > maxBytes) {
      void request.body?.cancel().catch(() => {
        // Nobody waits for the body any more; why it could not be cancelled changes nothing.
      })
      throw bodyTooLong(maxBytes)
    }
    if (request.body === null) return new Uint8Array(0)
    return readWebBody(request.body, {
      maxBytes,
      timeoutMs,
      runtime: this.#runtime,
      take: (bytes) => budget?.take(this.peer, bytes) !== false,
      give: (bytes) => budget?.give(this.peer, bytes),
    })
  }

  reply(status: number, headers: HeaderRecord, body?: string): void {
    if (!this.gone) this.#complete()
    // As bytes, since a string would bring a content-type of its own. 204 and 304 allow no body, not even an empty one.
    const bytes = status === 204 || status === 304 ? null : encodeUtf8(body ?? '')
    this.#answer(new Response(bytes, { status, headers }))
  }

  open(status: number, headers: HeaderRecord): Sink {
    const sink = new StreamSink({
      onEnd: () => this.#complete(),
      onCancel: () => this.#leave(),
    })
    this.#answer(new Response(sink.stream, { status, headers }))
    this.onGone(() => sink.end())
    return sink
  }

  get gone(): boolean {
    return this.#state === 'gone' || (this.#state === 'open' && this.#request.signal.aborted)
  }

  onGone(listener: () => void): () => void {
    if (this.gone) listener()
    if (this.gone || this.#state === 'complete') return () => {}
    if (this.#listeners === undefined) {
      this.#listeners = new Set()
      this.#request.signal.addEventListener('abort', this.#leave, { once: true })
    }
    // Wrapped, so that one function given twice is two listeners, each with its own way out.
    const entry = (): void => listener()
    this.#listeners.add(entry)
    return () => this.#listeners?.delete(entry)
  }

  readonly #leave = (): void => {
    if (this.#state !== 'open') return
    this.#state = 'gone'
    const listeners = this.#listeners ?? []
    this.#forget()
    // Without effect where an answer was begun. The status is the field's custom; nobody is left to see it.
    this.#answer(new Response(null, { status: 499 }))
    for (const listener of listeners) listener()
  }

  #complete(): void {
    if (this.#state === 'open') this.#state = 'complete'
    this.#forget()
  }

  #forget(): void {
    if (this.#listeners === undefined) return
    this.#listeners = undefined
    this.#request.signal.removeEventListener('abort', this.#leave)
  }
}

interface StreamSinkEvents {
  readonly onEnd: () => void
  readonly onCancel: () => void
}

class StreamSink implements Sink {
  readonly stream: ReadableStream<Uint8Array>
  readonly #onEnd: () => void
  readonly #onCancel: () => void
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined
  #ended = false

  constructor({ onEnd, onCancel }: StreamSinkEvents) {
    this.#onEnd = onEnd
    this.#onCancel = onCancel
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        cancel: () => {
          this.#ended = true
          onCancel()
        },
      },
      // With nothing wanted ahead, the stream's own book-keeping is the count of bytes nobody has taken.
      { highWaterMark: 0, size: (chunk) => chunk.byteLength },
    )
  }

  write(text: string): void {
    if (!this.#ended && text !== '') this.#controller?.enqueue(encodeUtf8(text))
  }

  get queuedBytes(): number {
    return Math.max(0, -(this.#controller?.desiredSize ?? 0))
  }

  end(): void {
    if (this.#ended) return
    this.#ended = true
    this.#controller?.close()
    this.#onEnd()
  }

  cut(reason: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#controller?.error(reason)
    this.#onCancel()
  }
}
