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

/** What of an error goes on the wire. */
export function errorObject({ rpcCode, message, data }: RpcError): ErrorObject {
  return data === undefined ? { code: rpcCode, message } : { code: rpcCode, message, data }
}
