import { readMessage } from '../../src/jsonrpc/message.ts'
import type { Id } from '../../src/jsonrpc/message.ts'

/** What holds on the wire of one connection, whatever is said. */
export interface WireLaws {
  /** The client sends this. */
  sent(text: string): void
  /** The server says this. */
  said(text: string): void
  /** A new session has begun: the server counts anew. */
  renewed(): void
  /** Ids of the client's requests that have no answer. */
  readonly open: readonly Id[]
  readonly broken: readonly string[]
}

/** The laws of a connection on which nothing was said yet. */
export function createWireLaws(): WireLaws {
  const open = new Set<Id>()
  const used = new Set<Id>()
  const asked = new Set<Id>()
  const progress = new Map<unknown, number>()
  const broken: string[] = []

  function request(ids: Set<Id>, id: Id, who: string): void {
    if (ids.has(id)) broken.push(`${who} used the id ${id} twice`)
    ids.add(id)
  }

  function answered(id: Id | undefined, text: string): void {
    if (id === undefined) return
    if (open.delete(id)) return
    broken.push(`${used.has(id) ? 'a second answer' : 'an answer to nothing'}: ${text}`)
  }

  function progressed(params: Readonly<Record<string, unknown>> = {}): void {
    const { progressToken: token, progress: step } = params
    if (!open.has(token as Id))
      broken.push(`progress ${String(step)} after the end of ${String(token)}`)
    if (Number(step) <= (progress.get(token) ?? -Infinity)) broken.push('progress went back')
    progress.set(token, Number(step))
  }

  return {
    broken,
    renewed: () => asked.clear(),
    get open() {
      return [...open]
    },
    sent(text) {
      const message = readMessage(JSON.parse(text))
      if (message.kind !== 'request') return
      request(used, message.id, 'the client')
      open.add(message.id)
    },
    said(text) {
      const message = readMessage(JSON.parse(text))
      if (message.kind === 'request') request(asked, message.id, 'the server')
      else if (message.kind === 'result' || message.kind === 'error') answered(message.id, text)
      else if (message.kind === 'notification') {
        if (message.method === 'notifications/progress') progressed(message.params)
      } else broken.push(`no message: ${text}`)
    },
  }
}
