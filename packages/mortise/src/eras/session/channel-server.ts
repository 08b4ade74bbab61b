import { ErrorCode } from '../../jsonrpc/error.ts'
import type { Id, Message } from '../../jsonrpc/message.ts'
import { errorText } from '../../jsonrpc/write.ts'
import type { AuthInfo } from '../../model/call.ts'
import type { Revision } from '../../model/revision.ts'
import type { EraHost } from '../host.ts'
import type { Outbox } from '../outbox.ts'
import { readBatch, receiveBatch } from './batch.ts'
import type { ReadBatch } from './batch.ts'
import { Session } from './server.ts'
import type { Origin } from './server.ts'

/** The session era on one channel: one session, begun by `initialize`. */
export interface SessionPeer {
  /** `auth` is whoever sent it, where the transport knows. */
  receive(message: Message, auth?: AuthInfo): void
  /** Cancels a call that runs here; whether there was one. */
  cancel(id: Id): boolean
  /** Whether calls run. */
  readonly busy: boolean
  /** The client is gone; calls may finish, and `onIdle` hears of the end of the last one. */
  leave(onIdle: () => void): void
  close(): void
}

/** The end of the era for the channel behind `outbox`; `peer` names it for the limits. */
export function createSessionPeer(
  host: EraHost,
  revisions: readonly [Revision, ...Revision[]],
  { outbox, peer }: { outbox: Outbox; peer: string },
): SessionPeer {
  const session = new Session(host, revisions, { peer, home: outbox })

  function answer(text: string | undefined): void {
    if (text !== undefined) outbox.send(text)
  }

  function batch(items: readonly unknown[], origin: Origin): void {
    const read: ReadBatch =
      session.initialized && session.revision.batches
        ? readBatch(items, host.limits)
        : { ok: false, reason: 'There are no batches in this revision' }
    if (read.ok) void receiveBatch(session, read.messages, origin).then(answer)
    else answer(errorText(null, { code: ErrorCode.invalidRequest, message: read.reason }))
  }

  return {
    receive(message, auth) {
      const origin = { outbox, auth }
      if (message.kind === 'batch') {
        batch(message.items, origin)
        return
      }
      const text = session.receive(message, origin)
      if (text instanceof Promise) void text.then(answer)
      else answer(text)
    },
    cancel: (id) => session.cancel(id),
    get busy() {
      return session.busy
    },
    leave(onIdle) {
      session.onIdle = onIdle
      session.leave()
    },
    close: () => session.close(),
  }
}
