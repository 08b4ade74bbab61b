import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { BodyBudget } from '../http/body-budget.ts'
import type { Exchange, HeaderRecord, Sink } from '../http/exchange.ts'
import { bodyTooLong } from '../http/web-body.ts'
import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import { bodyIsPending, bodyReadBefore, endAndLinger, readBody } from './http-body.ts'

/** How a Node request is turned into an exchange. */
export interface NodeExchangeOptions {
  /** The body, where a framework has already read it and keeps it elsewhere than in `req.body`. */
  readonly body?: unknown
  /** The address of the peer, where another process passes its request on. Default: that of the connection. */
  readonly peer?: string
  /** Timers. Default: the real ones. */
  readonly runtime?: Runtime
}

/**
 * An exchange over Node's own request and response, without a web `Request` between: works in any `node:http` or
 * `node:https` server, and mounted in Express or Fastify. Make it before anything else reads from `req`.
 */
export function createNodeExchange(
  req: IncomingMessage,
  res: ServerResponse,
  options?: NodeExchangeOptions,
): Exchange {
  return new NodeExchange(req, res, options)
}

/**
 * Headers that a server goes by and of which Node keeps the first and drops the rest (`IncomingMessage.headers`); it joins
 * others, `origin` and `mcp-*` among them. A guard must see that there were two.
 */
const keptOnce = new Set(['authorization', 'content-type', 'host'])

/** An answer of at most this size goes out in one piece with its head. */
const maxJoinedBytes = 512 * 1024

class NodeExchange implements Exchange {
  readonly method: string
  readonly path: string
  readonly #req: IncomingMessage
  readonly #res: ServerResponse
  readonly #options: NodeExchangeOptions | undefined
  #replied = false

  constructor(req: IncomingMessage, res: ServerResponse, options?: NodeExchangeOptions) {
    this.#req = req
    this.#res = res
    this.#options = options
    this.method = req.method ?? ''
    this.path = pathOf(req)
  }

  get query(): string {
    const target = targetOf(this.#req)
    const query = target.indexOf('?')
    return query === -1 ? '' : target.slice(query + 1)
  }

  /** Read when asked for, since Node fetches it from the system. */
  get peer(): string {
    return this.#options?.peer ?? this.#req.socket.remoteAddress ?? ''
  }

  header(name: string): string | undefined {
    const value = this.#req.headers[name]
    if (typeof value !== 'string') return value?.join(', ')
    return keptOnce.has(name) ? withRepeats(this.#req.rawHeaders, name, value) : value
  }

  body(maxBytes: number, timeoutMs: number, budget?: BodyBudget): Promise<Uint8Array> {
    const passedOn = this.#options?.body
    if (passedOn !== undefined || this.#req.readableDidRead) return this.#bodyReadBefore(maxBytes)
    const runtime = this.#options?.runtime ?? systemRuntime
    const { peer } = this
    return readBody(this.#req, { maxBytes, timeoutMs, runtime, budget, peer })
  }

  // Asynchronous, so that what it throws is a rejection.
  async #bodyReadBefore(maxBytes: number): Promise<Uint8Array> {
    const before = bodyReadBefore(this.#req, this.#options?.body)
    if (before.length > maxBytes) throw bodyTooLong(maxBytes)
    return before
  }

  reply(status: number, headers: HeaderRecord, body = ''): void {
    if (this.gone) return
    this.#replied = true
    const res = this.#res
    if (bodyIsPending(this.#req)) return this.#replyAndClose(status, headers, body)
    const bytes = Buffer.byteLength(body)
    // ASCII is Latin-1 too, which Node copies without looking at it.
    const encoding = bytes === body.length ? 'latin1' : 'utf8'
    // Node joins a text to the head, which copies it once more than its bytes are.
    const sent = bytes > maxJoinedBytes ? Buffer.from(body, encoding) : body
    res.writeHead(status, withLength(status, headers, bytes)).end(sent, encoding)
  }

  #replyAndClose(status: number, headers: HeaderRecord, body: string): void {
    const res = this.#res
    const told = withLength(status, headers, Buffer.byteLength(body))
    res.writeHead(status, { ...told, connection: 'close' })
    if (body === '') res.flushHeaders()
    else res.write(body)
    endAndLinger(this.#req, res, this.#options?.runtime ?? systemRuntime)
  }

  open(status: number, headers: HeaderRecord): Sink {
    const res = this.#res
    if (!this.gone) {
      res.writeHead(status, headers)
      // Node's own servers do this by default, others may not; an event must not wait for the next one.
      // A connection that was handed to the server by hand (`server.emit('connection', duplex)`) may be no socket.
      const socket: Partial<Socket> | null = res.socket
      socket?.setNoDelay?.(true)
      res.flushHeaders()
    }
    return new NodeSink(res)
  }

  get gone(): boolean {
    if (this.#replied || this.#res.writableEnded) return false
    return this.#res.destroyed || this.#req.socket.destroyed
  }

  onGone(listener: () => void): () => void {
    if (this.gone) {
      listener()
      return () => {}
    }
    const res = this.#res
    const onClose = (): void => {
      if (!this.#replied && !res.writableEnded) listener()
    }
    if (res.socket === null) {
      return onSocketClose(this.#req.socket, { until: res, listener: onClose })
    }
    res.once('close', onClose)
    return () => res.off('close', onClose)
  }
}

/** What waits for the end of a socket, behind one listener: there may be hundreds of pipelined requests. */
const closeListeners = new WeakMap<Socket, Set<() => void>>()

/**
 * Waits for the end of `socket` on behalf of a pipelined request, which has no claim on it yet, and whose response would not
 * be told. It is forgotten when the response `until` is over, since the socket lives on.
 */
function onSocketClose(
  socket: Socket,
  { until, listener }: { until: ServerResponse; listener: () => void },
): () => void {
  let listeners = closeListeners.get(socket)
  if (listeners === undefined) {
    const all = (listeners = new Set())
    closeListeners.set(socket, all)
    socket.once('close', () => {
      for (const told of all) told()
    })
  }
  const own = listeners
  const forget = (): void => {
    own.delete(listener)
    until.off('close', forget)
  }
  own.add(listener)
  until.once('close', forget)
  return forget
}

/** Gathers what is written in one turn of the event loop: Node frames each write by itself, for more than a short event costs. */
class NodeSink implements Sink {
  readonly #res: ServerResponse
  #gathered = ''

  constructor(res: ServerResponse) {
    this.#res = res
  }

  write(text: string): void {
    if (this.#res.destroyed || this.#res.writableEnded) return
    if (this.#gathered === '') process.nextTick(() => this.#handOver())
    this.#gathered += text
    if (this.#gathered.length >= this.#res.writableHighWaterMark) this.#handOver()
  }

  /** Node counts queued text in UTF-16 units: up to a third of the bytes for text that is not ASCII. */
  get queuedBytes(): number {
    return this.#gathered.length + this.#res.writableLength
  }

  end(): void {
    this.#handOver()
    if (!this.#res.destroyed && !this.#res.writableEnded) this.#res.end()
  }

  #handOver(): void {
    const text = this.#gathered
    this.#gathered = ''
    if (text !== '' && !this.#res.destroyed && !this.#res.writableEnded) this.#res.write(text)
  }

  /** Without the reason, which nobody could be told: a socket that is destroyed with one reports it as its own error. */
  cut(): void {
    this.#res.destroy()
  }
}

/** `originalUrl` is what Express keeps of the target when it mounts a handler under a path. */
function targetOf(req: IncomingMessage): string {
  const { originalUrl } = req as { originalUrl?: unknown }
  return typeof originalUrl === 'string' ? originalUrl : (req.url ?? '')
}

function pathOf(req: IncomingMessage): string {
  const target = targetOf(req)
  const query = target.indexOf('?')
  const path = query === -1 ? target : target.slice(0, query)
  // A server must accept the absolute form as well (RFC 9112 §3.2.2).
  return path.startsWith('/') ? path : path.replace(/^https?:\/\/[^/]*/i, '')
}

function withRepeats(rawHeaders: readonly string[], name: string, kept: string): string {
  let joined: string | undefined
  let count = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const field = rawHeaders[i]
    if (field?.length !== name.length || field.toLowerCase() !== name) continue
    joined = count++ === 0 ? rawHeaders[i + 1] : `${joined}, ${rawHeaders[i + 1]}`
  }
  // Middleware may have changed the header on purpose: only a repetition outweighs it.
  return count > 1 && joined !== undefined ? joined : kept
}

function withLength(status: number, headers: HeaderRecord, bytes: number): HeaderRecord {
  // RFC 9110 §8.6: no content-length with 204; 304 would have to tell that of the 200.
  if (status === 204 || status === 304) return headers
  // Member by member: Node takes ten times as long to walk through what a spread made.
  const told: Record<string, string> = {}
  for (const name in headers) told[name] = headers[name] ?? ''
  told['content-length'] = String(bytes)
  return told
}
