import { McpError } from 'mortise'

/** The command was used in a way that cannot work; nothing was sent. */
export class UsageError extends McpError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_USAGE', message, options)
  }
}

/** The user pressed Ctrl-C, or the system asked the command to end. */
export class InterruptedError extends McpError {
  readonly exitCode: number

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super('ERR_INTERRUPTED', 'interrupted')
    this.exitCode = signal === 'SIGINT' ? 130 : 143
  }
}
