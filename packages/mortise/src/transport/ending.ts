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

/** One piece of work. */
interface Open {
  readonly stop: Stop
  /** Frees what it holds, and settles it. */
  readonly fail: (reason: unknown) => void
}

/** Nothing is over yet. */
export function createEnding(): Ending {
  const open = new Set<Open>()
  let over: Error | undefined

  return {
    // Not async, as every request comes through here.
    under: (signal, work) =>
      new Promise((resolve, reject) => {
        if (over !== undefined) throw over
        signal.throwIfAborted()
        const stop = new Stop()
        const onAbort = (): void => stop.abort(signal.reason)
        const leave = (): void => {
          open.delete(own)
          signal.removeEventListener('abort', onAbort)
        }
        const fail = (reason: unknown): void => {
          leave()
          reject(reason)
        }
        const own = { stop, fail }
        open.add(own)
        signal.addEventListener('abort', onAbort, { once: true })
        work(stop).then((result) => {
          leave()
          resolve(result)
        }, fail)
      }),
    end(reason = new McpError('ERR_DISCONNECTED', 'the client was closed')) {
      over ??= reason
      for (const { stop, fail } of open) {
        fail(over)
        stop.abort(over)
      }
      return over
    },
  }
}
