import { createFetchExchange } from '../src/http/fetch-exchange.ts'
import type { Exchange } from '../src/http/exchange.ts'

/** How a client of the session era reaches a server over HTTP, without a socket. */
export interface SessionPeerOptions {
  /** The address that the server sees. */
  readonly peer?: string
  readonly version?: string
  readonly capabilities?: Readonly<Record<string, unknown>>
}

/** A client of the session era that sends what the test says, when it says it. */
export interface SessionPeer {
  /** Sends `initialize`, and says that it is `ready` unless told not to; later requests carry the session's id. */
  open(options?: { readonly ready?: boolean }): Promise<Response>
  readonly id: string | undefined
  post(message: unknown, options?: { signal?: AbortSignal }): Promise<Response>
  /** Calls a tool by POST, under the next id. */
  call(name: string, args?: unknown): Promise<Response>
  get(lastEventId?: string): Promise<Response>
  delete(): Promise<Response>
}

/** A peer of whatever answers exchanges by `handle`. */
export function sessionPeer(
  handle: (exchange: Exchange) => void,
  { peer = '192.0.2.1', version = '2025-11-25', capabilities = {} }: SessionPeerOptions = {},
): SessionPeer {
  let id: string | undefined
  let lastId = 0

  function send(init: RequestInit, more: Record<string, string> = {}): Promise<Response> {
    const headers = {
      host: 'localhost',
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(id === undefined ? {} : { 'mcp-session-id': id, 'mcp-protocol-version': version }),
      ...more,
    }
    const request = new Request('http://localhost/mcp', { ...init, headers })
    const { exchange, response } = createFetchExchange(request, { peer })
    handle(exchange)
    return response
  }

  const post: SessionPeer['post'] = (message, { signal } = {}) =>
    send({ method: 'POST', body: JSON.stringify(message), ...(signal && { signal }) })

  return {
    get id() {
      return id
    },
    post,
    async open({ ready = true } = {}) {
      const params = {
        protocolVersion: version,
        capabilities,
        clientInfo: { name: 'peer', version: '1.0.0' },
      }
      const opened = await post({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
      id = opened.headers.get('mcp-session-id') ?? undefined
      if (id !== undefined && ready)
        await post({ jsonrpc: '2.0', method: 'notifications/initialized' })
      return opened
    },
    call(name, args = {}) {
      lastId += 1
      const params = { name, arguments: args, _meta: { progressToken: lastId } }
      return post({ jsonrpc: '2.0', id: lastId, method: 'tools/call', params })
    },
    get: (lastEventId) =>
      send({ method: 'GET' }, lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
    delete: () => send({ method: 'DELETE' }),
  }
}
