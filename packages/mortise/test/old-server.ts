import { eventText } from '../src/http/sse-write.ts'
import type { Json } from './json.ts'

/** What a scripted server of HTTP+SSE sees of a request. */
export interface OldRequest {
  readonly method: string
  readonly url: string
  readonly headers: Headers
  readonly body: Json
}

/** How a scripted server of HTTP+SSE answers. */
export interface OldServerScript {
  /** What a POST to the URL of its stream gets. Default: 405. */
  readonly post?: (request: OldRequest) => Response
  /** What a GET gets. Default: a stream that begins with `first`. */
  readonly get?: (request: OldRequest) => Response
  /** Default: an event that names the endpoint `/messages?id=1`. */
  readonly first?: string
  /** What a POST to its endpoint gets. Default: 202, and the answer of `result` on the stream. */
  readonly message?: (request: OldRequest) => Response | undefined
  /** The result of a request. Default: that of a server with tools. */
  readonly result?: (request: OldRequest) => object | undefined
}

/** A server of HTTP+SSE whose answers the test writes. */
export interface OldServer {
  readonly fetch: typeof globalThis.fetch
  /** Every request, as `METHOD path body.method`. */
  readonly said: string[]
  readonly seen: OldRequest[]
  /** Puts anything on the stream. */
  write(text: string): void
  /** Puts one message on the stream. */
  say(message: object): void
  /** Ends the stream, or breaks it. */
  end(error?: Error): void
  /** Whether the client has let go of the last stream. */
  readonly left: boolean
}

export const oldUrl = 'http://localhost/sse'

export const endpointEvent = (data: string): string => eventText({ event: 'endpoint', data })

const initialized = {
  protocolVersion: '2024-11-05',
  capabilities: { tools: {} },
  serverInfo: { name: 'old', version: '0.9.0' },
}

/** A server that speaks HTTP+SSE at `oldUrl`. */
export function oldServer(script: OldServerScript = {}): OldServer {
  const { first = endpointEvent('/messages?id=1'), result = () => undefined } = script
  const seen: OldRequest[] = []
  const said: string[] = []
  let stream: ReadableStreamDefaultController<Uint8Array> | undefined
  let left = false
  const write = (text: string): void => {
    if (!left) stream?.enqueue(new TextEncoder().encode(text))
  }
  const say = (message: object): void =>
    write(eventText({ event: 'message', data: JSON.stringify(message) }))

  function open(): Response {
    left = false
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        stream = controller
        if (first !== '') write(first)
      },
      cancel: () => void (left = true),
    })
    return new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  }

  function take(request: OldRequest): Response {
    const own = script.message?.(request)
    if (own !== undefined) return own
    const { id, method } = request.body
    const answers: Record<string, object> = { initialize: initialized, 'tools/list': { tools: [] } }
    const answer = result(request) ?? answers[method]
    if (id !== undefined && answer !== undefined) say({ jsonrpc: '2.0', id, result: answer })
    return new Response(null, { status: 202 })
  }

  function answer(request: OldRequest): Response {
    if (request.method === 'GET') return script.get?.(request) ?? open()
    if (request.url !== oldUrl) return take(request)
    return script.post?.(request) ?? new Response('Method Not Allowed', { status: 405 })
  }

  return {
    said,
    seen,
    write,
    say,
    end(error) {
      if (error === undefined) stream?.close()
      else stream?.error(error)
    },
    get left() {
      return left
    },
    async fetch(input, init) {
      const asked = new Request(input, init)
      const text = await asked.text()
      const { method, url, headers } = asked
      const request = { method, url, headers, body: text === '' ? undefined : JSON.parse(text) }
      seen.push(request)
      const { pathname, search } = new URL(url)
      said.push([method, `${pathname}${search}`, request.body?.method].filter(Boolean).join(' '))
      asked.signal.addEventListener('abort', () => {
        if (method !== 'GET') return
        left = true
        stream?.error(asked.signal.reason)
      })
      return answer(request)
    },
  }
}
