import { isId, readMessage } from '../jsonrpc/message.ts'
import type { Id, NotificationMessage } from '../jsonrpc/message.ts'
import { createPending } from '../jsonrpc/pending.ts'
import type { PendingRequest } from '../jsonrpc/pending.ts'
import { notificationText } from '../jsonrpc/write.ts'
import { metaKeys } from '../model/meta.ts'
import { methodRecord } from '../model/methods.ts'
import type { Params } from '../model/types.ts'
import { McpError } from '../std/error.ts'
import { parseJson } from '../std/json.ts'
import type { Limits } from '../std/limits.ts'
import type { StopSignal } from '../std/stop.ts'
import { createAnswering } from './answering.ts'
import { createHearing } from './hearing.ts'
import type { LinkEvents, LinkRequest, SendOptions } from './link.ts'
import { trackedRequestText } from './request-text.ts'
import { answeredId, idOfAnswer, unreadableAnswer } from './unreadable.ts'

/** What a correlator is made over. */
export interface CorrelatorOptions {
  readonly events: LinkEvents
  readonly limits: Limits
  /** Sends a request, which is given up when `signal` aborts. A rejection means that the server does not have it. */
  readonly write: (text: string, signal: StopSignal) => void | Promise<void>
  /** Sends what nobody waits for. Never throws. */
  readonly tell: (text: string) => void | Promise<void>
}

/** Puts requests and answers together where all that a server says comes one way: answers by id, progress by its token. */
export interface Correlator {
  /** Sends a request; as `Link.send`. */
  ask(request: LinkRequest, options: SendOptions): Promise<unknown>
  /** Takes one message as it came. */
  receive(text: string): void
  /** What cannot be read fails the request that it was to answer; what answers none is told of. */
  refuse(id: Id | undefined, reason: string): void
  /** Nothing more comes: what waits fails, and whatever is asked later. */
  end(reason: McpError): void
}

/** Nothing was asked yet. */
export function createCorrelator({ events, limits, write, tell }: CorrelatorOptions): Correlator {
  const pending = createPending({ max: limits.maxCallsPerPeer, limit: 'maxCallsPerPeer' })
  const hearing = createHearing({ max: limits.maxCallsPerPeer })
  const subscriptions = new Set<Id>()
  const answering = createAnswering({ max: limits.maxAsksPerPeer, request: events.request, tell })

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
    const id =
      method === 'notifications/progress' ? params['progressToken'] : subscriptionOf(params)
    const own = hearing.of(id)
    if (method === 'notifications/cancelled' && endSubscription(params['requestId'])) return
    if (own !== undefined) own(method, params)
    else events.notification(method, params)
  }

  /** A server takes back one of our requests only to end a subscription (basic/patterns, "Cancellation"). */
  function endSubscription(id: unknown): boolean {
    const reason = new McpError('ERR_SUBSCRIPTION_ENDED', 'the server has ended the subscription')
    return isId(id) && subscriptions.has(id) && pending.refuse(id, reason)
  }

  /** What cannot be sent fails as what is not answered does, or it would wait until the end, where nobody hears of it. */
  function post(request: LinkRequest, waiting: PendingRequest, signal: StopSignal): void {
    const fail = (error: unknown): void => waiting.fail(error as Error)
    try {
      const written = write(trackedRequestText(request, waiting.id), signal)
      if (written instanceof Promise) written.catch(fail)
    } catch (error) {
      fail(error)
    }
  }

  return {
    async ask(request, { signal, onNotification, lasting }) {
      signal.throwIfAborted()
      const { method } = request
      const waiting = pending.open()
      const { id } = waiting
      const cancel = (): void => {
        waiting.fail(signal.reason as Error)
        const reason = signal.reason instanceof Error ? signal.reason.message : 'cancelled'
        // A handshake is never cancelled (basic/lifecycle).
        if (method !== 'initialize') {
          void tell(notificationText('notifications/cancelled', { requestId: id, reason }))
        }
      }
      hearing.begin(id, onNotification)
      if (methodRecord(method).staysOpen === true) subscriptions.add(id)
      signal.addEventListener('abort', cancel, { once: true })
      try {
        post(request, waiting, signal)
        const answer = await waiting.answer
        hearing.answered(id, lasting)
        return answer
      } catch (error) {
        hearing.end(id)
        throw error
      } finally {
        subscriptions.delete(id)
        signal.removeEventListener('abort', cancel)
      }
    },
    receive(text) {
      const parsed = parseJson(text, { maxDepth: limits.maxJsonDepth, allowHalfPairs: true })
      if (parsed.ok) take(parsed.value)
      else refuse(answeredId(text), parsed.reason)
    },
    refuse,
    end(reason) {
      pending.fail(reason)
      hearing.close()
      answering.end(reason)
    },
  }
}

/** The id of the subscription on which a notice came (basic/patterns, "Subscriptions"). */
function subscriptionOf({ _meta: meta }: Params): unknown {
  return typeof meta === 'object' && meta !== null
    ? (meta as Params)[metaKeys.subscriptionId]
    : undefined
}
