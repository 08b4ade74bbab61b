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
export function createPending(bound: PendingBound): Pending {
  return new Table(bound)
}

/** How many requests may wait, and the name of that limit. */
interface PendingBound {
  readonly max: number
  readonly limit: string
}

class Table implements Pending {
  readonly #bound: PendingBound
  readonly #waiting = new Map<Id, Waiting>()
  #lastId = 0
  #dead: McpError | undefined

  constructor(bound: PendingBound) {
    this.#bound = bound
  }

  open(): PendingRequest {
    const { max, limit } = this.#bound
    if (this.#dead !== undefined) throw this.#dead
    if (this.#waiting.size >= max)
      throw new LimitError(limit, `${max} requests wait for an answer already`)
    const id = (this.#lastId += 1)
    const answer = new Promise<unknown>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
    })
    return { id, answer, fail: (error) => this.#take(id)?.reject(error) }
  }

  settle(message: ResultMessage | ErrorMessage): boolean {
    const own = message.id === undefined ? undefined : this.#take(message.id)
    if (own === undefined) return false
    if (message.kind === 'result') own.resolve(message.result)
    else own.reject(new PeerError(message.error.code, message.error.message, message.error.data))
    return true
  }

  refuse(id: Id, error: McpError): boolean {
    const own = this.#take(id)
    own?.reject(error)
    return own !== undefined
  }

  fail(error: McpError): void {
    this.#dead ??= error
    const all = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const own of all) own.reject(error)
  }

  get size(): number {
    return this.#waiting.size
  }

  /** The request of this id, which waits no longer. */
  #take(id: Id): Waiting | undefined {
    const own = this.#waiting.get(id)
    this.#waiting.delete(id)
    return own
  }
}
