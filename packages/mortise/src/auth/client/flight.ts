import { McpError } from '../../std/error.ts'
import { unlessAborted } from '../../std/unless-aborted.ts'
import type { StopSignal } from '../../std/stop.ts'

/** Work that several wait for, and that is done one at a time. */
export interface Flights<T> {
  /**
   * Does `work`, or waits for the same `kind` of work that is under way; other work is waited for first, whatever comes of it.
   * Its signal aborts when nobody waits for it any more.
   * @throws what the work throws; the reason of `own`, which ends the wait.
   */
  join(kind: string, work: (signal: AbortSignal) => Promise<T>, own?: StopSignal): Promise<T>
}

interface Flight<T> {
  readonly kind: string
  readonly result: Promise<T>
  readonly controller: AbortController
  waiting: number
}

/** Nothing under way. */
export function createFlights<T>(): Flights<T> {
  let current: Flight<T> | undefined
  /** Settles when all is over that was begun, given up or not. */
  let over: Promise<unknown> = Promise.resolve()

  function begin(kind: string, work: (signal: AbortSignal) => Promise<T>): Flight<T> {
    const controller = new AbortController()
    const result = over.then(() => {
      controller.signal.throwIfAborted()
      return work(controller.signal)
    })
    const flight: Flight<T> = { kind, result, controller, waiting: 0 }
    const end = (): void => {
      if (current === flight) current = undefined
    }
    over = result.then(end, end)
    return flight
  }

  /** Nobody hears of it any more, so that whoever comes next begins anew. */
  function leave(flight: Flight<T>): void {
    flight.waiting -= 1
    if (flight.waiting > 0 || current !== flight) return
    current = undefined
    flight.controller.abort(new McpError('ERR_CANCELLED', 'nobody waits for the sign-in any more'))
  }

  return {
    async join(kind, work, own) {
      while (current !== undefined && current.kind !== kind) {
        await unlessAborted(over, own)
      }
      own?.throwIfAborted()
      const flight = (current ??= begin(kind, work))
      flight.waiting += 1
      try {
        return await unlessAborted(flight.result, own)
      } finally {
        leave(flight)
      }
    },
  }
}
