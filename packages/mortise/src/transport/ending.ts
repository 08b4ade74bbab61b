import { McpError } from '../std/error.ts'

/** The end of what waits beside a connection, or without one, as over HTTP: nothing else would end it. */
export interface Ending {
  /**
   * Does `work` under a signal that aborts when `signal` does, or at the end. Settles at the end even if `work` does not.
   * @throws what it ended with, at the end and after it.
   */
  under<T>(signal: AbortSignal, work: (signal: AbortSignal) => Promise<T>): Promise<T>
  /** Ends everything, once, with `reason`. Default: `ERR_DISCONNECTED`, since the client was closed. */
  end(reason?: Error): Error
}

interface Open {
  readonly controller: AbortController
  readonly reject: (reason: Error) => void
}

/** Nothing is over yet. */
export function createEnding(): Ending {
  const open = new Set<Open>()
  let over: Error | undefined

  return {
    async under(signal, work) {
      if (over !== undefined) throw over
      signal.throwIfAborted()
      const controller = new AbortController()
      const onAbort = (): void => controller.abort(signal.reason)
      signal.addEventListener('abort', onAbort, { once: true })
      let own: Open | undefined
      try {
        return await new Promise((resolve, reject) => {
          own = { controller, reject }
          open.add(own)
          work(controller.signal).then(resolve, reject)
        })
      } finally {
        if (own !== undefined) open.delete(own)
        signal.removeEventListener('abort', onAbort)
      }
    },
    end(reason = new McpError('ERR_DISCONNECTED', 'the client was closed')) {
      over ??= reason
      for (const { controller, reject } of open) {
        reject(over)
        controller.abort(over)
      }
      return over
    },
  }
}
