import { ErrorCode, RpcError, errorObject } from '../../jsonrpc/error.ts'
import { readMessage } from '../../jsonrpc/message.ts'
import type { Id, JsonObject, RequestMessage } from '../../jsonrpc/message.ts'
import { createPending } from '../../jsonrpc/pending.ts'
import type { Params, Result } from '../../model/types.ts'
import { McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { readPlain } from './plain.ts'
import type { PlainLimits } from './plain.ts'
import { refusedCode } from './types.ts'

/**
 * What messages go through: a `MessagePort`, or a frame's window behind three lines. `onmessage` is set once; it is called with
 * events whose `data` is the message. Whoever makes it sees to it that only the other side's messages come in.
 */
export interface AppPort {
  postMessage(message: unknown): void
  /** `unknown`, since platforms type their events differently. */
  onmessage: unknown
  close?(): void
}

/** One end of what host and view say to each other: requests and notices, both ways. */
export interface Peer {
  request(method: string, params: Params, options?: PeerRequestOptions): Promise<Result>
  notify(method: string, params: Params): void
  /** Fails what waits; nothing is sent or heard any more. */
  close(): void
  readonly closed: boolean
}

/** Options of one request. */
export interface PeerRequestOptions {
  readonly signal?: AbortSignal
  /** Milliseconds. Default: the limit `requestTimeoutMs`. */
  readonly timeoutMs?: number
}

/** What an end is made of. */
export interface PeerParts {
  readonly port: AppPort
  readonly limits: Limits
  /** How large a message of the other side may be. */
  readonly bounds: Omit<PlainLimits, 'maxDepth'>
  readonly runtime: Runtime
  /** @throws RpcError for what the other side may know; anything else is masked. */
  answer(method: string, params: Params, signal: AbortSignal): Result | Promise<Result>
  hear(method: string, params: Params): void
  /** Hears of what was left out: it quotes nothing of it. */
  warn(warning: string): void
  /** Hears what was masked. */
  report(error: unknown): void
}

/** Begins to listen on a port. Every message is copied, bounded and looked at before anything is done with it. */
export function createPeer(parts: PeerParts): Peer {
  const { port, limits, runtime, warn, report } = parts
  const pending = createPending({ max: limits.maxCallsPerPeer, limit: 'maxCallsPerPeer' })
  const running = new Map<Id, AbortController>()
  const bounds = { ...parts.bounds, maxDepth: limits.maxJsonDepth }
  let closed = false

  function post(message: JsonObject): void {
    if (!closed) port.postMessage({ jsonrpc: '2.0', ...message })
  }

  function receive(data: unknown): void {
    if (closed) return
    const plain = readPlain(data, bounds)
    if (!plain.ok) return warn(`a message was left out: ${plain.reason}`)
    const message = readMessage(plain.value)
    switch (message.kind) {
      case 'request':
        return void run(message)
      case 'notification':
        if (message.method === 'notifications/cancelled') {
          return running.get(message.params?.['requestId'] as Id)?.abort()
        }
        return guard(() => parts.hear(message.method, message.params ?? {}))
      case 'result':
      case 'error':
        if (!pending.settle(message)) warn('an answer to no request was left out')
        return undefined
      case 'batch':
        return warn('a batch was left out')
      case 'invalid':
        if (message.id !== undefined && !message.isAnswer) {
          fail(message.id, new RpcError(ErrorCode.invalidRequest, message.reason))
        }
        return warn(`a message was left out: ${message.reason}`)
    }
  }

  function guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      report(error)
    }
  }

  async function run({ id, method, params = {} }: RequestMessage): Promise<void> {
    if (running.has(id)) {
      return fail(id, new RpcError(ErrorCode.invalidRequest, 'A request with this id is running'))
    }
    if (running.size >= limits.maxCallsPerPeer) {
      return fail(id, new RpcError(refusedCode, 'Too many requests are running'))
    }
    const controller = new AbortController()
    running.set(id, controller)
    try {
      const result = await parts.answer(method, params, controller.signal)
      // A result that cannot be cloned is an error of ours.
      if (!controller.signal.aborted) post({ id, result })
    } catch (error) {
      if (!controller.signal.aborted) fail(id, publicError(error))
    } finally {
      running.delete(id)
    }
  }

  function publicError(error: unknown): RpcError {
    if (error instanceof RpcError) return error
    report(error)
    return new RpcError(ErrorCode.internalError, 'Internal error')
  }

  function fail(id: Id, error: RpcError): void {
    post({ id, error: errorObject(error) })
  }

  async function request(
    method: string,
    params: Params,
    { signal, timeoutMs = limits.requestTimeoutMs }: PeerRequestOptions = {},
  ): Promise<Result> {
    signal?.throwIfAborted()
    const { id, answer, fail: give } = pending.open()
    const giveUp = (error: Error): void => {
      give(error)
      post({ method: 'notifications/cancelled', params: { requestId: id } })
    }
    const cancel = runtime.after(
      timeoutMs,
      () => giveUp(new McpError('ERR_TIMEOUT', `${method} had no answer within ${timeoutMs} ms`)),
      { holds: true },
    )
    const aborted = (): void => giveUp(signal?.reason as Error)
    signal?.addEventListener('abort', aborted, { once: true })
    try {
      post({ id, method, params })
      return readResult(method, await answer)
    } finally {
      cancel()
      signal?.removeEventListener('abort', aborted)
      give(new McpError('ERR_DISCONNECTED', 'the request was not sent'))
      answer.catch(() => {}) // told to the caller already
    }
  }

  port.onmessage = (event: { readonly data: unknown }): void => receive(event.data)

  return {
    request,
    notify: (method, params) => post({ method, params }),
    close() {
      if (closed) return
      closed = true
      port.onmessage = null
      pending.fail(new McpError('ERR_DISCONNECTED', 'the view or its host has gone'))
      for (const controller of running.values()) controller.abort()
      port.close?.()
    },
    get closed() {
      return closed
    },
  }
}

function readResult(method: string, result: unknown): Result {
  if (typeof result === 'object' && result !== null && !Array.isArray(result))
    return result as Result
  throw new McpError('ERR_INVALID_RESULT', `${method} was answered with no object`)
}
