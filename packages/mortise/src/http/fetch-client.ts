import type { HttpAnswer, HttpClient, HttpRequest } from './client-seam.ts'
import { noteRefused } from './echo.ts'
import { answerBroke, answerTooLong, parseServerUrl, unreachable } from './unreachable.ts'
import { cancelReader, joinBytes } from './web-body.ts'
import { abortSignalOf } from '../std/stop.ts'

/** An answer of at most this size is read and thrown away to keep its connection. */
const maxDumpBytes = 64 * 1024

/** What the client is made of. */
export interface FetchClientOptions {
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch
}

/** An HTTP client over `fetch`, for browsers, Workers, Deno and Bun. Pools belong to the platform: `close` does nothing. */
export function createFetchClient({
  fetch = globalThis.fetch,
}: FetchClientOptions = {}): HttpClient {
  return {
    send: (request) => send(fetch, request),
    close: async () => {},
  }
}

async function send(fetch: typeof globalThis.fetch, request: HttpRequest): Promise<HttpAnswer> {
  const { method, headers, body } = request
  const signal = request.signal && abortSignalOf(request.signal)
  const url = parseServerUrl(request.url)
  signal?.throwIfAborted()
  try {
    const init: RequestInit = { method, headers, redirect: 'manual' }
    if (body !== undefined) init.body = body
    if (signal !== undefined) init.signal = signal
    const answer = createFetchAnswer(await fetch(url, init), url, signal)
    noteRefused(answer, request)
    return answer
  } catch (cause) {
    throw signal?.aborted ? signal.reason : unreachable(url, cause)
  }
}

/** An answer as `fetch` gives it; `url` is named in errors, and `signal` is what ends it early. */
export function createFetchAnswer(
  response: Response,
  url: URL,
  signal: AbortSignal | undefined,
): HttpAnswer {
  return new FetchAnswer(response, url, signal)
}

class FetchAnswer implements HttpAnswer {
  readonly status: number
  readonly #response: Response
  readonly #url: URL
  readonly #signal: AbortSignal | undefined

  constructor(response: Response, url: URL, signal: AbortSignal | undefined) {
    // Browsers hide a redirect that is not followed behind status 0: some 3xx, whichever.
    this.status = response.type === 'opaqueredirect' ? 302 : response.status
    this.#response = response
    this.#url = url
    this.#signal = signal
  }

  header(name: string): string | undefined {
    return this.#response.headers.get(name) ?? undefined
  }

  get body(): AsyncIterable<Uint8Array> {
    return this.#read()
  }

  async *#read(): AsyncGenerator<Uint8Array, void, void> {
    if (this.#response.bodyUsed) throw new TypeError('the body of an answer is read once')
    if (this.#response.body === null) return
    const reader = this.#response.body.getReader()
    try {
      for (;;) {
        const { done, value } = await reader.read()
        if (done) return
        yield value
      }
    } catch (cause) {
      throw this.#signal?.aborted ? this.#signal.reason : answerBroke(this.#url, cause)
    } finally {
      cancelReader(reader)
    }
  }

  async bytes(maxBytes: number): Promise<Uint8Array> {
    if (this.#declared > maxBytes) {
      this.discard()
      throw answerTooLong(this.#url, maxBytes)
    }
    const chunks: Uint8Array[] = []
    let length = 0
    for await (const chunk of this.body) {
      length += chunk.byteLength
      if (length > maxBytes) throw answerTooLong(this.#url, maxBytes)
      chunks.push(chunk)
    }
    return joinBytes(chunks, length)
  }

  discard(): void {
    const { body, bodyUsed } = this.#response
    if (body === null || bodyUsed) return
    const done = this.#declared <= maxDumpBytes ? this.#response.arrayBuffer() : body.cancel()
    void done.catch(() => {
      // The connection broke, and with it what was to be thrown away.
    })
  }

  /** NaN when the answer does not say. */
  get #declared(): number {
    return Number(this.header('content-length') ?? NaN)
  }
}
