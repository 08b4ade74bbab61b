import { createChannelOutbox } from '../eras/outbox.ts'
import { ErrorCode } from '../jsonrpc/error.ts'
import { readMessage } from '../jsonrpc/message.ts'
import type { Message } from '../jsonrpc/message.ts'
import { errorText } from '../jsonrpc/write.ts'
import type { McpError } from '../std/error.ts'
import type { Gate } from '../std/gate.ts'
import { inTime } from '../std/in-time.ts'
import { parseJson } from '../std/json.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { Channel } from '../transport/channel.ts'
import type { Receiver } from './receive.ts'

/** What serving a channel needs of its server. */
export interface ServeChannelParts {
  readonly receiver: Receiver
  readonly limits: Limits
  readonly runtime: Runtime
  readonly gate: Gate
  /** Names the channel for the limits. */
  readonly peer: string
  readonly report: (error: unknown) => void
  /** Whether the server has begun to shut down: new calls are refused, those that run go on. */
  readonly closing: () => boolean
}

/**
 * Serves one peer over a channel; resolves when the channel is over. Calls that run at the end of its input get `drainMs` to
 * answer; those of a channel that broke are cancelled.
 */
export function serveChannel(
  channel: Channel,
  { receiver, limits, runtime, gate, peer, report, closing }: ServeChannelParts,
): Promise<void> {
  const outbox = createChannelOutbox(channel, { limits, report })
  const receiving = receiver.channel(outbox, peer)
  return new Promise((resolve) => {
    channel.start({
      message(text) {
        const parsed = parseJson(text, {
          maxDepth: limits.maxJsonDepth,
          maxMembers: limits.maxJsonMembers,
        })
        if (parsed.ok) take(readMessage(parsed.value))
        else refuse(ErrorCode.parseError, parsed.reason)
      },
      fault({ kind, message }) {
        refuse(kind === 'encoding' ? ErrorCode.parseError : ErrorCode.invalidRequest, message)
      },
      closed(error) {
        void end(error).then(resolve)
      },
    })
  })

  function take(message: Message): void {
    // Answers and notifications belong to calls that run, and these may finish.
    const isNew = message.kind === 'request' || message.kind === 'batch'
    if (!isNew || !closing()) {
      receiving.message(message)
      return
    }
    const id = message.kind === 'request' ? message.id : null
    const text = 'The server is shutting down and takes no more calls'
    outbox.send(errorText(id, { code: ErrorCode.internalError, message: text }))
  }

  async function end(error: McpError | undefined): Promise<void> {
    if (error === undefined) await inTime(gate.empty(peer), { ms: limits.drainMs, runtime })
    receiving.close()
  }

  function refuse(code: number, message: string): void {
    outbox.send(errorText(undefined, { code, message }))
  }
}
