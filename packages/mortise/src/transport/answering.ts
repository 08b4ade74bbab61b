import { ErrorCode, RpcError, errorObject } from '../jsonrpc/error.ts'
import { isId } from '../jsonrpc/message.ts'
import type { Id, NotificationMessage, RequestMessage } from '../jsonrpc/message.ts'
import { errorText, resultText } from '../jsonrpc/write.ts'
import type { RequestAsking } from '../model/request-asking.ts'
import { McpError } from '../std/error.ts'
import type { LinkEvents } from './link.ts'

/** What answering a server's requests needs. */
export interface AnsweringOptions {
  /** Requests that are answered at once; further ones are refused. As many answers may be on their way at once. */
  readonly max: number
  readonly request: LinkEvents['request']
  /** Sends an answer; resolves when it is on its way. Never throws. */
  readonly tell: (text: string) => void | Promise<void>
}

/** Answers the requests of one server, each until it is done or taken back. */
export interface Answering {
  /** `asking` answers it, where it belongs to a request that has somebody of its own. */
  take(request: RequestMessage, asking?: RequestAsking): void
  /** Whether the notification took back a request that is being answered. */
  takeBack(notification: NotificationMessage): boolean
  /** The link or its session is over: whoever still thinks about an answer may stop. */
  end(reason: Error): void
}

/** Nothing is answered yet. */
export function createAnswering({ max, request, tell }: AnsweringOptions): Answering {
  const asked = new Map<Id, AbortController>()
  let onTheirWay = 0

  async function deliver(text: string): Promise<void> {
    onTheirWay += 1
    try {
      await tell(text)
    } finally {
      onTheirWay -= 1
    }
  }

  async function answer(
    { id, method, params }: RequestMessage,
    asking: RequestAsking | undefined,
  ): Promise<void> {
    const controller = new AbortController()
    asked.set(id, controller)
    const text = await write(id, () => request(method, params ?? {}, controller.signal, asking))
    if (asked.get(id) === controller) asked.delete(id)
    if (!controller.signal.aborted) await deliver(text)
  }

  return {
    take(message, asking) {
      // A server that asks on without taking the answers gets none.
      if (onTheirWay >= max) return
      if (asked.size >= max) void deliver(refusal(message.id, 'Too many questions at once'))
      else if (asked.has(message.id)) {
        void deliver(refusal(message.id, 'A request with this id is being answered'))
      } else void answer(message, asking)
    },
    takeBack({ method, params }) {
      if (method !== 'notifications/cancelled') return false
      const id = params?.['requestId']
      const controller = isId(id) ? asked.get(id) : undefined
      controller?.abort(new McpError('ERR_CANCELLED', 'the server took its question back'))
      return controller !== undefined
    },
    end(reason) {
      for (const controller of asked.values()) controller.abort(reason)
      // Whoever asks next may count its questions anew.
      asked.clear()
    },
  }
}

async function write(id: Id, work: () => Promise<unknown>): Promise<string> {
  try {
    return resultText(id, await work())
  } catch (error) {
    if (error instanceof RpcError) return errorText(id, errorObject(error))
    return errorText(id, { code: ErrorCode.internalError, message: 'Internal error' })
  }
}

function refusal(id: Id, message: string): string {
  return errorText(id, { code: ErrorCode.invalidRequest, message })
}
