import { McpError } from '../std/error.ts'
import type { ErrorObject } from './message.ts'

/** The codes that JSON-RPC 2.0 §5.1 reserves. */
export const ErrorCode = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
} as const

/**
 * Trouble that crosses the wire: thrown to answer a request with an error, and what a request fails with when the peer
 * answers so. `message` and `data` are seen by the peer.
 */
export class RpcError extends McpError {
  /** The number on the wire; `code` is always `ERR_RPC`. */
  readonly rpcCode: number
  /** What further the peer is told, a JSON value; undefined where there is nothing. */
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown, options?: ErrorOptions) {
    super('ERR_RPC', message, options)
    this.rpcCode = code
    this.data = data
  }
}

/**
 * What a peer answered a request of ours with. Its words are the peer's, and meant for us: a handler that lets one pass does
 * not hand it on to its own caller, whose conversation it is not about.
 */
export class PeerError extends RpcError {}

/** Whether an error was made for the peer of this call; one that another peer gave us was not. */
export function isOurs(error: unknown): error is RpcError {
  return error instanceof RpcError && !(error instanceof PeerError)
}

/** What of an error goes on the wire. */
export function errorObject({ rpcCode, message, data }: RpcError): ErrorObject {
  return data === undefined ? { code: rpcCode, message } : { code: rpcCode, message, data }
}
