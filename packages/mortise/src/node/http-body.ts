import type { IncomingMessage, ServerResponse } from 'node:http'
import { bodyTooLong, peerLeft, tooManyBodies, tooSlow } from '../http/web-body.ts'
import type { BodyBudget } from '../http/body-budget.ts'
import { McpError } from '../std/error.ts'
import type { Runtime } from '../std/runtime.ts'

/** An unread body of at most this size is read and thrown away by Node, and the connection is used on. */
const maxDumpBytes = 64 * 1024
/** What is still read of a refused body, so that a peer that is busy writing gets to read its refusal. */
const maxLingerBytes = 1024 * 1024
const maxLingerMs = 1_000

/** What bounds the reading of one body. */
export interface BodyBounds {
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly runtime: Runtime
  /** What arrives piece by piece is taken from here, for `peer`. */
  readonly budget: BodyBudget | undefined
  readonly peer: string
}

/**
 * Reads the whole body of `req` from its stream. After a rejection the stream is paused, not destroyed: the peer can still
 * be answered, and `endAndLinger` then closes the connection.
 * @throws LimitError, McpError as `Exchange.body` says.
 */
export function readBody(req: IncomingMessage, bounds: BodyBounds): Promise<Uint8Array> {
  const { maxBytes } = bounds
  if (Number(req.headers['content-length']) > maxBytes) return Promise.reject(bodyTooLong(maxBytes))
  return new Promise((resolve, reject) => {
    // Node announces a request in the middle of a packet. A turn later a small body is there as a whole, and reading it
    // takes neither listeners nor a timer.
    setImmediate(() => {
      const isWhole = req.complete && req.readableFlowing === null && req.readableLength <= maxBytes
      if (isWhole) resolve((req.read() as Buffer | null) ?? noBytes)
      else if (req.destroyed && !req.readableEnded) reject(peerLeft())
      else collect(req, bounds, { resolve, reject })
    })
  })
}

const noBytes = new Uint8Array(0)

interface Settling {
  resolve(bytes: Uint8Array): void
  reject(error: McpError): void
}

function collect(
  req: IncomingMessage,
  { maxBytes, timeoutMs, runtime, budget, peer }: BodyBounds,
  { resolve, reject }: Settling,
): void {
  const chunks: Buffer[] = []
  let length = 0
  let taken = 0
  const settle = (error?: McpError): void => {
    cancelTimer()
    budget?.give(peer, taken)
    req.off('data', onData).off('end', settleWell).off('close', onLeft).off('error', onLeft)
    if (error === undefined) resolve(joined(chunks, length))
    else {
      req.pause()
      reject(error)
    }
  }
  const onData = (chunk: Buffer): void => {
    length += chunk.length
    if (length > maxBytes) settle(bodyTooLong(maxBytes))
    else if (budget?.take(peer, chunk.length) === false) settle(tooManyBodies())
    else {
      taken = length
      chunks.push(chunk)
    }
  }
  const settleWell = (): void => settle()
  const onLeft = (cause?: unknown): void => settle(peerLeft(cause))
  const cancelTimer = runtime.after(timeoutMs, () => settle(tooSlow(timeoutMs)))
  req.on('data', onData).on('end', settleWell).on('close', onLeft).on('error', onLeft)
}

/** As `joinBytes`, in memory that is not filled with zeros first. */
function joined([first = noBytes, ...others]: readonly Uint8Array[], length: number): Uint8Array {
  return others.length === 0 ? first : Buffer.concat([first, ...others], length)
}

/**
 * The body as something that ran before us left it: what the caller passed on, `rawBody` (Cloud Functions), or `body` of a
 * body parser, which is turned back into text.
 * @throws McpError `ERR_BODY_READ` when the stream was read and nothing is left of it.
 */
export function bodyReadBefore(req: IncomingMessage, passedOn: unknown): Uint8Array {
  if (passedOn !== undefined) return toBytes(passedOn)
  // Both are conventions of frameworks, unknown to Node's types.
  const { rawBody, body } = req as { rawBody?: unknown; body?: unknown }
  if (rawBody instanceof Uint8Array) return rawBody
  if (body !== undefined) return toBytes(body)
  throw new McpError(
    'ERR_BODY_READ',
    'the request body was read before it reached Mortise and is gone; ' +
      'mount Mortise before the body parser, or pass the parsed body on',
  )
}

function toBytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Whether so much of the request may still be on its way that its connection is better closed than used on. */
export function bodyIsPending(req: IncomingMessage): boolean {
  // Refused by `readBody`. Even if all of it is here by now, Node would not read the next request before the rest of this.
  if (req.isPaused()) return true
  if (req.complete) return false
  if (req.headers['transfer-encoding'] !== undefined) return true
  return Number(req.headers['content-length'] ?? 0) > maxDumpBytes
}

/**
 * Ends an answer that was written in full while the request's body is still arriving. Closing at once would reset the
 * connection, and the peer would lose the answer; so a little more is read first, bounded in bytes and time.
 */
export function endAndLinger(req: IncomingMessage, res: ServerResponse, runtime: Runtime): void {
  let left = maxLingerBytes
  const finish = (): void => {
    cancelTimer()
    req.off('data', onData).off('end', finish).off('close', finish).off('error', finish)
    // The `connection: close` of the head makes Node destroy the socket, with what is unread.
    res.end()
  }
  const onData = (chunk: Buffer): void => {
    left -= chunk.length
    if (left <= 0) finish()
  }
  const cancelTimer = runtime.after(maxLingerMs, finish)
  req.on('data', onData).on('end', finish).on('close', finish).on('error', finish)
  req.resume()
}
