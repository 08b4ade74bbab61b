import type { Json } from './json.ts'
/** What a scripted server sees of a request. */
export interface SeenRequest {
  readonly method: string
  readonly headers: Headers
  /** The parsed body, or undefined. */
  readonly body: Json
}

/** A `fetch` whose answers the test writes; `seen` holds every request. */
export function scriptedFetch(answer: (request: SeenRequest) => Response | Promise<Response>): {
  fetch: typeof globalThis.fetch
  seen: SeenRequest[]
} {
  const seen: SeenRequest[] = []
  return {
    seen,
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const text = await request.text()
      const body = text === '' ? undefined : JSON.parse(text)
      const own = { method: request.method, headers: request.headers, body }
      seen.push(own)
      const gone = new Promise<never>((_resolve, reject) => {
        request.signal.addEventListener('abort', () => reject(request.signal.reason as Error))
      })
      return await Promise.race([answer(own), gone])
    },
  }
}

/** An answer of JSON. */
export function jsonAnswer(
  value: unknown,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { 'content-type': 'application/json', ...headers },
  })
}

/** An answer that is a stream of events, of which this is all. */
export function streamAnswer(...events: readonly string[]): Response {
  return new Response(events.join(''), { headers: { 'content-type': 'text/event-stream' } })
}

/** The result of a request. */
export function resultFor(request: SeenRequest, result: unknown): Response {
  return jsonAnswer({ jsonrpc: '2.0', id: request.body.id, result })
}

/** What a stateless server says about itself. */
export const discovery = {
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: {} },
}

/** What a server of the session era says to `initialize`. */
export const initialized = {
  protocolVersion: '2025-11-25',
  capabilities: { tools: {} },
  serverInfo: { name: 'scripted', version: '1.0.0' },
}
