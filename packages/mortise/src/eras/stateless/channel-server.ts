import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Id, RequestMessage } from '../../jsonrpc/message.ts'
import { busy } from '../fault.ts'
import type { EraHost } from '../host.ts'
import type { Outbox } from '../outbox.ts'
import { notificationText } from '../../jsonrpc/write.ts'
import type { Carrier, StatelessCall } from './call.ts'
import type { Answer, StatelessServer } from './server.ts'

/** The stateless era on one channel, whose only memory is which calls run. */
export interface StatelessPeer {
  request(request: RequestMessage): void
  /** Cancels a call that runs here; whether there was one. */
  cancel(id: Id): boolean
  /** The channel is gone: every call is cancelled. */
  close(): void
}

/** The end of the era for the channel behind `outbox`; `peer` names it for the limits. */
export function createStatelessPeer(
  host: EraHost,
  server: StatelessServer,
  { outbox, peer }: { outbox: Outbox; peer: string },
): StatelessPeer {
  const running = new Map<Id, ChannelCall>()

  function request(message: RequestMessage): void {
    if (running.has(message.id)) {
      const error = new RpcError(
        ErrorCode.invalidRequest,
        'A request with this id is still running',
      )
      outbox.send(server.fail(message.id, error).text)
      return
    }
    const carrier = new ChannelCall(outbox)
    let call: StatelessCall
    try {
      call = server.admit(message, carrier, undefined)
    } catch (error) {
      if (!(error instanceof RpcError)) throw error
      outbox.send(server.fail(message.id, error).text)
      return
    }
    const { staysOpen = false } = host.record(message.method)
    const gate = staysOpen ? host.subscriptions : host.gate
    if (!gate.enter(peer)) {
      outbox.send(server.fail(message.id, busy()).text)
      return
    }
    running.set(message.id, carrier)
    const answer = server.run(call)
    const finish = ({ text, errorCode }: Answer): void => {
      gate.leave(peer)
      running.delete(message.id)
      if (carrier.cancelled) return
      outbox.send(text)
      // The pages disagree on how a server ends a subscription here; both ways together satisfy both (T-06).
      if (staysOpen && errorCode === undefined) {
        const params = { requestId: message.id, reason: 'The server ends this subscription' }
        outbox.send(notificationText('notifications/cancelled', params))
      }
    }
    if (answer instanceof Promise) void answer.then(finish)
    else finish(answer)
  }

  return {
    request,
    cancel(id) {
      const carrier = running.get(id)
      carrier?.cancel()
      return carrier !== undefined
    },
    close() {
      for (const carrier of running.values()) carrier.cancel()
    },
  }
}

class ChannelCall implements Carrier {
  cancelled = false
  readonly #outbox: Outbox
  readonly #listeners: (() => void)[] = []

  constructor(outbox: Outbox) {
    this.#outbox = outbox
  }

  say(text: string): boolean {
    return !this.cancelled && this.#outbox.sendIfRoom(text)
  }

  onGone(listener: () => void): void {
    if (this.cancelled) listener()
    else this.#listeners.push(listener)
  }

  cancel(): void {
    if (this.cancelled) return
    this.cancelled = true
    for (const listener of this.#listeners) listener()
  }
}
