import { McpError } from '../std/error.ts'

/** An HTTP answer that is no answer of MCP: its status says why. */
export class HttpError extends McpError {
  readonly status: number

  constructor(status: number, message: string, options?: ErrorOptions) {
    super('ERR_HTTP', message, options)
    this.status = status
  }
}
