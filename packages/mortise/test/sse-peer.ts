import { createFetchExchange } from '../src/http/fetch-exchange.ts'
import type { Exchange } from '../src/http/exchange.ts'
import { readEvents } from './event-reading.ts'
import type { EventReading } from './event-reading.ts'
import { settle } from './settle.ts'

/** How a client of HTTP+SSE reaches a server, without a socket. */
export interface SsePeerOptions {
  /** The address that the server sees. */
  readonly peer?: string
  readonly version?: string
  readonly capabilities?: Readonly<Record<string, unknown>>
  readonly url?: string
  /** Replace headers, or add some. */
  readonly headers?: Readonly<Record<string, string>>
  /** Where only one path is answered. */
  readonly path?: string
}

/** A client of HTTP+SSE that sends what the test says, when it says it. */
export interface SsePeer {
  /** Opens the stream. */
  get(): Promise<Response>
  /** Opens the stream, reads it from then on, and shakes hands. */
  open(): Promise<EventReading>
  /** Opens the stream and shakes hands, and reads no more than the first event until what this gives is read. */
  openUnread(): Promise<Response>
  /** What the first event said. */
  readonly endpoint: string
  /** POSTs to the endpoint. */
  post(message: unknown, headers?: Readonly<Record<string, string>>): Promise<Response>
  /** Calls a tool, under the next id, which it gives. */
  call(name: string, args?: unknown): Promise<number>
}

/** A peer of whatever answers exchanges by `handle`. */
export function ssePeer(
  handle: (exchange: Exchange, path?: string) => void,
  {
    peer = '192.0.2.1',
    version = '2024-11-05',
    capabilities = {},
    url = 'http://localhost/mcp',
    headers = {},
    path,
  }: SsePeerOptions = {},
): SsePeer {
  let endpoint = ''
  let lastId = 0

  function send(to: string, init: RequestInit, own: Record<string, string>): Promise<Response> {
    const request = new Request(to, { ...init, headers: { host: 'localhost', ...own } })
    const { exchange, response } = createFetchExchange(request, { peer })
    handle(exchange, path)
    return response
  }

  const get: SsePeer['get'] = () =>
    send(url, { method: 'GET' }, { accept: 'text/event-stream', ...headers })

  const post: SsePeer['post'] = (message, more = {}) =>
    send(
      new URL(endpoint, url).href,
      { method: 'POST', body: typeof message === 'string' ? message : JSON.stringify(message) },
      { 'content-type': 'application/json', ...headers, ...more },
    )

  async function handshake(): Promise<void> {
    const params = {
      protocolVersion: version,
      capabilities,
      clientInfo: { name: 'peer', version: '1.0.0' },
    }
    await post({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
    await post({ jsonrpc: '2.0', method: 'notifications/initialized' })
    await settle()
  }

  return {
    get endpoint() {
      return endpoint
    },
    get,
    post,
    async open() {
      const stream = readEvents(await this.openUnread())
      await settle()
      return stream
    },
    async openUnread() {
      const response = await get()
      const body = response.body?.getReader()
      const { value } = (await body?.read()) ?? {}
      const [, data = ''] = /^event: endpoint\ndata: (.*)\n\n$/.exec(decoded(value)) ?? []
      endpoint = data
      body?.releaseLock()
      await handshake()
      return response
    },
    async call(name, args = {}) {
      lastId += 1
      const params = { name, arguments: args, _meta: { progressToken: lastId } }
      await post({ jsonrpc: '2.0', id: lastId, method: 'tools/call', params })
      await settle()
      return lastId
    },
  }
}

function decoded(chunk: Uint8Array | undefined): string {
  return new TextDecoder().decode(chunk)
}
