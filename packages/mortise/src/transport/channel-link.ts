import { isId, readMessage } from '../jsonrpc/message.ts'
import type { Id, NotificationMessage } from '../jsonrpc/message.ts'
import { createPending } from '../jsonrpc/pending.ts'
import { notificationText, requestText } from '../jsonrpc/write.ts'
import { metaKeys } from '../model/meta.ts'
import { methodRecord } from '../model/methods.ts'
import type { Params } from '../model/types.ts'
import { McpError } from '../std/error.ts'
import { parseJson } from '../std/json.ts'
import type { Limits } from '../std/limits.ts'
import { createAnswering } from './answering.ts'
import type { Channel } from './channel.ts'
import type { Link, LinkEvents, SendOptions } from './link.ts'
import { answeredId, idOfAnswer, unreadableAnswer } from './unreadable.ts'
import { unlessAborted } from './waiting.ts'

/** A link over a channel: answers find their requests by id, progress by its token, which is the id. */
export function createChannelLink(
  channel: Channel,
  { events, limits }: { events: LinkEvents; limits: Limits },
): Link {
  const pending = createPending({ max: limits.maxCallsPerPeer, limit: 'maxCallsPerPeer' })
  const listeners = new Map<Id, SendOptions['onNotification']>()
  const subscriptions = new Set<Id>()
  const answering = createAnswering({
    max: limits.maxAsksPerPeer,
    request: events.request,
    tell: (text) => channel.send(text),
  })
  let closing = false

  channel.start({
    message: receive,
    fault: ({ message, head }) =>
      refuse(head === undefined ? undefined : answeredId(head), message),
    closed(error) {
      const reason = error ?? new McpError('ERR_DISCONNECTED', 'the server closed the connection')
      end(reason)
      events.closed(closing ? undefined : reason)
    },
  })

  function end(reason: McpError): void {
    pending.fail(reason)
    answering.end(reason)
  }

  function receive(text: string): void {
    const parsed = parseJson(text, { maxDepth: limits.maxJsonDepth, allowHalfPairs: true })
    if (parsed.ok) take(parsed.value)
    else refuse(answeredId(text), parsed.reason)
  }

  /** What cannot be read fails the request that it was to answer; what answers none is told of. */
  function refuse(id: Id | undefined, reason: string): void {
    if (id !== undefined && pending.refuse(id, unreadableAnswer(reason))) return
    events.warning(`a message of the server was left out: ${reason}`)
  }

  function take(value: unknown): void {
    const message = readMessage(value)
    switch (message.kind) {
      case 'result':
      case 'error':
        pending.settle(message)
        return
      case 'request':
        answering.take(message)
        return
      case 'notification':
        hear(message)
        return
      case 'invalid':
        refuse(idOfAnswer(value), message.reason)
        return
      case 'batch':
        for (const item of message.items) take(item)
    }
  }

  function hear(notification: NotificationMessage): void {
    if (answering.takeBack(notification)) return
    const { method, params = {} } = notification
    const id = method === 'notifications/progress' ? params['progressToken'] : subscriptionOf(params)
    const own = isId(id) ? listeners.get(id) : undefined
    if (method === 'notifications/cancelled' && endSubscription(params['requestId'])) return
    if (own !== undefined) own(method, params)
    else events.notification(method, params)
  }

  /** A server takes back one of our requests only to end a subscription (basic/patterns, "Cancellation"). */
  function endSubscription(id: unknown): boolean {
    const reason = new McpError('ERR_SUBSCRIPTION_ENDED', 'the server has ended the subscription')
    return isId(id) && subscriptions.has(id) && pending.refuse(id, reason)
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
      if (methodRecord(method).staysOpen === true) subscriptions.add(id)
      signal.addEventListener('abort', cancel, { once: true })
      try {
        void channel.send(requestText({ id, method, params: withToken(params, id) }))
        return await request.answer
      } finally {
        listeners.delete(id)
        subscriptions.delete(id)
        signal.removeEventListener('abort', cancel)
      }
    },
    async notify(method, params, signal) {
      signal.throwIfAborted()
      await unlessAborted(Promise.resolve(channel.send(notificationText(method, params))), signal)
    },
    async close() {
      closing = true
      end(new McpError('ERR_DISCONNECTED', 'the client was closed'))
      await channel.close()
    },
  }
}

/** The id of the subscription on which a notice came (basic/patterns, "Subscriptions"). */
function subscriptionOf({ _meta: meta }: Params): unknown {
  return typeof meta === 'object' && meta !== null
    ? (meta as Params)[metaKeys.subscriptionId]
    : undefined
}

/** The parameters with the id as progress token, which makes the server tell how far it is. */
export function withToken(params: Params, progressToken: Id): Params {
  return { ...params, _meta: { ...(params['_meta'] as Params | undefined), progressToken } }
}
