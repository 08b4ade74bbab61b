import type { McpError } from '../std/error.ts'
import { LimitError } from '../std/error.ts'
import { PeerError } from './error.ts'
import type { ErrorMessage, Id, ResultMessage } from './message.ts'

/** Requests that were sent and wait for their answers. Every one settles exactly once. */
export interface Pending {
  /**
   * Registers a request under a fresh id. `forget` gives the wait up: a late answer is then ignored.
   * @throws LimitError when too many wait already.
   */
  open(): PendingRequest
  /** Settles the request that `message` answers; false when there is none, or no longer. */
  settle(message: ResultMessage | ErrorMessage): boolean
  /** Fails the request of this id; false when there is none, or no longer. */
  refuse(id: Id, error: McpError): boolean
  /** Fails every request, and every later one. */
  fail(error: McpError): void
  readonly size: number
}

/** One request that waits. */
export interface PendingRequest {
  readonly id: Id
  /** The result as it came. Rejects with PeerError when the peer answered with an error. */
  readonly answer: Promise<unknown>
  /** Rejects the answer with `error`, if it has not come. */
  fail(error: Error): void
}

interface Waiting {
  resolve(result: unknown): void
  reject(error: Error): void
}

/** An empty table for at most `max` requests; `limit` is the name of that limit, for the error. */
export function createPending({ max, limit }: { max: number; limit: string }): Pending {
  const waiting = new Map<Id, Waiting>()
  let lastId = 0
  let dead: McpError | undefined

  return {
    open() {
      if (dead !== undefined) throw dead
      if (waiting.size >= max)
        throw new LimitError(limit, `${max} requests wait for an answer already`)
      const id = (lastId += 1)
      const answer = new Promise<unknown>((resolve, reject) => {
        waiting.set(id, { resolve, reject })
      })
      return {
        id,
        answer,
        fail(error) {
          const own = waiting.get(id)
          if (own === undefined) return
          waiting.delete(id)
          own.reject(error)
        },
      }
    },
    settle(message) {
      if (message.id === undefined) return false
      const own = waiting.get(message.id)
      if (own === undefined) return false
      waiting.delete(message.id)
      if (message.kind === 'result') own.resolve(message.result)
      else own.reject(new PeerError(message.error.code, message.error.message, message.error.data))
      return true
    },
    refuse(id, error) {
      const own = waiting.get(id)
      waiting.delete(id)
      own?.reject(error)
      return own !== undefined
    },
    fail(error) {
      dead ??= error
      const all = [...waiting.values()]
      waiting.clear()
      for (const own of all) own.reject(error)
    },
    get size() {
      return waiting.size
    },
  }
}
