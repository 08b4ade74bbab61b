import type { Id } from '../jsonrpc/message.ts'
import type { SendOptions } from './link.ts'

type Listener = SendOptions['onNotification']

/** Who hears what the server says of requests, by their ids, which are their progress tokens. */
export interface Hearing {
  /** The request is on its way. */
  begin(id: Id, listener: Listener): void
  /** It was answered: its token is good for nothing more, or until `lasting` aborts (2025-11-25, basic/utilities, "Tasks"). */
  answered(id: Id, lasting: AbortSignal | undefined): void
  /** It came to nothing, or nobody waits for it any more. */
  end(id: Id): void
  of(token: unknown): Listener | undefined
  /** The session is over: what was answered in it is heard of no more. */
  forget(): void
  /** Nothing more comes. */
  close(): void
  /** Tokens of requests that were answered. */
  readonly lasting: number
}

/** Nobody hears yet. Of requests that were answered at most `max` go on being heard of; another one is not. */
export function createHearing({ max }: { max: number }): Hearing {
  const listeners = new Map<unknown, Listener>()
  /** Those of requests that were answered, with what takes them out of their signals. */
  const lasting = new Map<Id, () => void>()
  let isClosed = false

  function end(id: Id): void {
    listeners.delete(id)
    if (lasting.size === 0) return
    lasting.get(id)?.()
    lasting.delete(id)
  }

  function forget(): void {
    for (const id of lasting.keys()) end(id)
  }

  return {
    begin: (id, listener) => void listeners.set(id, listener),
    answered(id, until) {
      if (until === undefined || until.aborted || isClosed || lasting.size >= max) {
        end(id)
        return
      }
      const onAbort = (): void => end(id)
      until.addEventListener('abort', onAbort, { once: true })
      lasting.set(id, () => until.removeEventListener('abort', onAbort))
    },
    end,
    of: (token) => listeners.get(token),
    forget,
    close() {
      isClosed = true
      forget()
    },
    get lasting() {
      return lasting.size
    },
  }
}
