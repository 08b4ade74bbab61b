import { RpcError } from '../jsonrpc/error.ts'
import { McpError } from '../std/error.ts'
import type { Runtime } from '../std/runtime.ts'
import { within } from '../transport/waiting.ts'
import type { Reconnecting } from './reconnecting.ts'

/** How often a server is asked whether it is there, and how long it has to say so, both in milliseconds. */
export interface KeepAliveOptions {
  readonly pingMs: number
  readonly timeoutMs: number
  readonly runtime: Runtime
}

/**
 * Pings the server every `pingMs`, where it answers pings. One that is not answered in time is a connection that failed
 * (basic/utilities/ping, "Behavior Requirements"). The answer ends it.
 */
export function startKeepAlive(
  conversation: Reconnecting,
  { pingMs, timeoutMs, runtime }: KeepAliveOptions,
): () => void {
  let stopped = false
  let cancel = schedule()

  function schedule(): () => void {
    return runtime.after(pingMs, () => void ping())
  }

  async function ping(): Promise<void> {
    const { pings, status, server } = conversation
    if (pings && status.state === 'connected') {
      try {
        const clock = { what: 'ping', timeoutMs, runtime }
        const sending = { onNotification: () => {} }
        await within(clock, (signal) =>
          conversation.request({ method: 'ping', params: {} }, { ...sending, signal }),
        )
      } catch (error) {
        // Another server may have taken over meanwhile; whoever answers with an error is there.
        const isSame = server === conversation.server && !(error instanceof RpcError)
        if (isSame && !stopped) conversation.giveUp(unanswered(timeoutMs, error))
      }
    }
    if (!stopped) cancel = schedule()
  }

  return () => {
    stopped = true
    cancel()
  }
}

function unanswered(timeoutMs: number, cause: unknown): McpError {
  const text = `the server did not answer a ping within ${timeoutMs} ms`
  return new McpError('ERR_DISCONNECTED', text, { cause })
}
