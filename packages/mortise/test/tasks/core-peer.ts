import { connect, createEraMemory } from '../../src/client/index.ts'
import type { ConnectOptions } from '../../src/client/index.ts'
import type { ChannelReceiver } from '../../src/transport/channel.ts'
import type { Json } from '../json.ts'

const stamp = '2026-01-01T00:00:00Z'

/** A server of 2025-11-25 by hand, whose tool `works` is a task, and which says what a test wants when it wants it. */
export interface CorePeer {
  /** Everything that it was sent. */
  readonly heard: Json[]
  /** How the task stands. */
  status: string
  /** Says it on the stream of no request, or on the channel. */
  say(message: object): void
  /** Says it on the stream of the request for the result, which waits for `end`. */
  sayWithResult(message: object): void
  /** Answers whoever waits for the result. */
  end(): void
  /** The token of the call. */
  readonly token: unknown
  connect(options: ConnectOptions): ReturnType<typeof connect>
}

/** Such a server over a channel, or over HTTP. */
export function createCorePeer(transport: 'channel' | 'HTTP'): CorePeer {
  const heard: Json[] = []
  const waiting: ((text: string, last: boolean) => void)[] = []
  let results: unknown[] = []
  let receiver: ChannelReceiver | undefined
  let home: ReadableStreamDefaultController<Uint8Array> | undefined
  let token: unknown

  function answer({ method, params }: Json): object | undefined {
    const task = {
      taskId: 't',
      createdAt: stamp,
      lastUpdatedAt: stamp,
      ttl: null,
      pollInterval: 50,
    }
    switch (method) {
      case 'initialize':
        return {
          protocolVersion: '2025-11-25',
          capabilities: { tools: {}, tasks: { requests: { tools: { call: {} } }, cancel: {} } },
          serverInfo: { name: 'core', version: '1.0.0' },
        }
      case 'tools/list': {
        const execution = { taskSupport: 'required' }
        return { tools: [{ name: 'works', inputSchema: { type: 'object' }, execution }] }
      }
      case 'tools/call':
        token = params._meta.progressToken
        return { task: { ...task, status: 'working' } }
      case 'tasks/get':
        return { ...task, status: peer.status }
      case 'tasks/result':
        return undefined
      case 'tasks/cancel':
        peer.status = 'cancelled'
        return { ...task, status: 'cancelled' }
      default:
        return {}
    }
  }

  const event = (message: object): Uint8Array =>
    new TextEncoder().encode(`data: ${JSON.stringify(message)}\n\n`)

  function received(text: string): void {
    const message: Json = JSON.parse(text)
    heard.push(message)
    if (message.id === undefined) return
    const result = answer(message)
    const reply = (said: string): void => receiver?.message(said)
    if (result === undefined) {
      results.push(message.id)
      waiting.push(reply)
    } else reply(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }))
  }

  const headers = { 'content-type': 'application/json', 'mcp-session-id': 's' }
  const streams = { ...headers, 'content-type': 'text/event-stream' }

  async function fetch(input: unknown, init: RequestInit = {}): Promise<Response> {
    const request = new Request(input as string, init)
    if (request.method === 'DELETE') return new Response(null, { status: 200 })
    if (request.method === 'GET') {
      const body = new ReadableStream<Uint8Array>({ start: (own) => void (home = own) })
      return new Response(body, { headers: streams })
    }
    const message: Json = await request.json()
    heard.push(message)
    if (message.id === undefined) return new Response(null, { status: 202 })
    const result = answer(message)
    if (result !== undefined) {
      return new Response(JSON.stringify({ jsonrpc: '2.0', id: message.id, result }), { headers })
    }
    results.push(message.id)
    const body = new ReadableStream<Uint8Array>({
      start(own) {
        waiting.push((text, last) => {
          own.enqueue(event(JSON.parse(text)))
          if (last) own.close()
        })
      },
    })
    return new Response(body, { headers: streams })
  }

  const peer: CorePeer = {
    heard,
    status: 'working',
    get token() {
      return token
    },
    say(message) {
      if (transport === 'HTTP') home?.enqueue(event(message))
      else receiver?.message(JSON.stringify(message))
    },
    sayWithResult(message) {
      for (const tell of waiting) tell(JSON.stringify(message), false)
    },
    end() {
      const result = { content: [{ type: 'text', text: 'done' }] }
      for (const [index, tell] of waiting.splice(0).entries()) {
        tell(JSON.stringify({ jsonrpc: '2.0', id: results[index], result }), true)
      }
      results = []
    },
    connect(options) {
      const pinned = { ...options, versions: ['2025-11-25'] }
      if (transport === 'HTTP') {
        return connect('http://localhost/mcp', { fetch, memory: createEraMemory(), ...pinned })
      }
      const open = () => ({
        start: (to: ChannelReceiver) => void (receiver = to),
        send: (text: string) => queueMicrotask(() => received(text)),
        close: () => Promise.resolve(receiver?.closed()),
      })
      return connect({ key: '', open }, pinned)
    },
  }
  return peer
}
