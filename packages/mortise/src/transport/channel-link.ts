import { ErrorCode, RpcError, errorObject } from '../jsonrpc/error.ts'
import { isId, readMessage } from '../jsonrpc/message.ts'
import type { Id, RequestMessage } from '../jsonrpc/message.ts'
import { createPending } from '../jsonrpc/pending.ts'
import { errorText, notificationText, requestText, resultText } from '../jsonrpc/write.ts'
import type { Params } from '../model/types.ts'
import { McpError } from '../std/error.ts'
import { parseJson } from '../std/json.ts'
import type { Limits } from '../std/limits.ts'
import type { Channel } from './channel.ts'
import type { Link, LinkEvents, SendOptions } from './link.ts'

/** A link over a channel: answers find their requests by id, progress by its token, which is the id. */
export function createChannelLink(
  channel: Channel,
  { events, limits }: { events: LinkEvents; limits: Limits },
): Link {
  const pending = createPending({ max: limits.maxCallsPerPeer, limit: 'maxCallsPerPeer' })
  const listeners = new Map<Id, SendOptions['onNotification']>()
  const asked = new Map<Id, AbortController>()
  let closing = false

  channel.start({
    message: receive,
    fault: () => {
      /* what is no message answers nothing: whoever waits for it runs into its timeout */
    },
    closed(error) {
      const reason =
        error ??
        new McpError(
          'ERR_DISCONNECTED',
          closing ? 'the client was closed' : 'the server closed the connection',
        )
      pending.fail(reason)
      for (const controller of asked.values()) controller.abort(reason)
      events.closed(closing ? undefined : reason)
    },
  })

  function receive(text: string): void {
    const parsed = parseJson(text, { maxDepth: limits.maxJsonDepth })
    if (!parsed.ok) return
    const message = readMessage(parsed.value)
    switch (message.kind) {
      case 'result':
      case 'error':
        pending.settle(message)
        return
      case 'request':
        void answer(message)
        return
      case 'notification':
        hear(message.method, message.params ?? {})
        return
      case 'invalid':
        if (message.isAnswer && message.id !== undefined) failMalformed(message.id, message.reason)
        return
      case 'batch':
        for (const item of message.items) receive(JSON.stringify(item))
    }
  }

  function failMalformed(id: Id, reason: string): void {
    const error = {
      code: ErrorCode.internalError,
      message: `the server's answer is malformed: ${reason}`,
    }
    pending.settle({ kind: 'error', id, error })
  }

  function hear(method: string, params: Params): void {
    const { requestId, progressToken } = params
    if (method === 'notifications/cancelled' && isId(requestId) && asked.has(requestId)) {
      asked
        .get(requestId)
        ?.abort(new McpError('ERR_CANCELLED', 'the server took its question back'))
      return
    }
    const own =
      method === 'notifications/progress' && isId(progressToken)
        ? listeners.get(progressToken)
        : undefined
    if (own !== undefined) own(method, params)
    else events.notification(method, params)
  }

  async function answer({ id, method, params }: RequestMessage): Promise<void> {
    if (asked.size >= limits.maxAsksPerPeer) {
      const error = { code: ErrorCode.internalError, message: 'Too many questions at once' }
      void channel.send(errorText(id, error))
      return
    }
    const controller = new AbortController()
    asked.set(id, controller)
    let text: string
    try {
      text = resultText(id, await events.request(method, params ?? {}, controller.signal))
    } catch (error) {
      const known = error instanceof RpcError
      text = errorText(
        id,
        known ? errorObject(error) : { code: ErrorCode.internalError, message: 'Internal error' },
      )
    }
    asked.delete(id)
    if (!controller.signal.aborted) void channel.send(text)
  }

  return {
    async send({ method, params }, { signal, onNotification }) {
      signal.throwIfAborted()
      const request = pending.open()
      const { id } = request
      const cancel = (): void => {
        request.fail(signal.reason as Error)
        const reason = signal.reason instanceof Error ? signal.reason.message : 'cancelled'
        // A handshake is never cancelled (basic/lifecycle).
        if (method !== 'initialize') {
          void channel.send(notificationText('notifications/cancelled', { requestId: id, reason }))
        }
      }
      listeners.set(id, onNotification)
      signal.addEventListener('abort', cancel, { once: true })
      try {
        void channel.send(requestText({ id, method, params: withToken(params, id) }))
        return await request.answer
      } finally {
        listeners.delete(id)
        signal.removeEventListener('abort', cancel)
      }
    },
    async notify(method, params) {
      await channel.send(notificationText(method, params))
    },
    async close() {
      closing = true
      await channel.close()
    },
  }
}

/** The parameters with the id as progress token, which makes the server tell how far it is. */
export function withToken(params: Params, progressToken: Id): Params {
  return { ...params, _meta: { ...(params['_meta'] as Params | undefined), progressToken } }
}
