import { McpError } from '../std/error.ts'
import { Stop } from '../std/stop.ts'
import type { StopSignal } from '../std/stop.ts'

/** The end of what waits beside a connection, or without one, as over HTTP: nothing else would end it. */
export interface Ending {
  /**
   * Does `work` under a signal that aborts when `signal` does, or at the end. Settles at the end even if `work` does not.
   * @throws what it ended with, at the end and after it.
   */
  under<T>(signal: StopSignal, work: (signal: StopSignal) => Promise<T>): Promise<T>
  /** Ends everything, once, with `reason`. Default: `ERR_DISCONNECTED`, since the client was closed. */
  end(reason?: Error): Error
}

/** Nothing is over yet. */
export function createEnding(): Ending {
  const open = new Set<Work>()
  let over: Error | undefined

  return {
    // Async, as `then` with functions of our own would be the end of the stack that an error shows.
    async under(signal, run) {
      if (over !== undefined) throw over
      signal.throwIfAborted()
      let work: Work | undefined
      try {
        return await new Promise((resolve, reject) => {
          work = new Work(signal, open, reject)
          run(work.stop).then(resolve, reject)
        })
      } finally {
        work?.leave()
      }
    },
    end(reason = new McpError('ERR_DISCONNECTED', 'the client was closed')) {
      over ??= reason
      for (const work of open) {
        work.reject(over)
        work.stop.abort(over)
      }
      return over
    },
  }
}

/** One piece of work that is under way. */
class Work {
  readonly stop = new Stop()
  readonly reject: (reason: unknown) => void
  readonly #signal: StopSignal
  readonly #open: Set<Work>

  constructor(signal: StopSignal, open: Set<Work>, reject: (reason: unknown) => void) {
    this.#signal = signal
    this.#open = open
    this.reject = reject
    open.add(this)
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** Frees what it holds. */
  leave(): void {
    this.#open.delete(this)
    this.#signal.removeEventListener('abort', this.#onAbort)
  }

  readonly #onAbort = (): void => this.stop.abort(this.#signal.reason)
}
