import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import { Stop } from '../std/stop.ts'
import type { StopSignal } from '../std/stop.ts'
import type { RequestOptions } from './types.ts'

/** The time that one request has: extended by progress, up to a hard end (basic/lifecycle, "Timeouts"). */
export interface Deadline {
  /** Aborts at the deadline, or with the caller's own signal. */
  readonly signal: StopSignal
  /** The server shows that it is at work. Once the request is over it does nothing: a task of it may go on. */
  extend(): void
  /** Frees timers and listeners. Called once, when the request is over. */
  end(): void
}

/** What clocks go by. */
export interface DeadlineParts {
  readonly limits: Limits
  readonly runtime: Runtime
  /** Milliseconds since the user was being asked something: as long as that, the server is not waited for. */
  readonly sinceQuestion?: () => number
}

/** Starts the clock of one request. */
export function startDeadline(
  method: string,
  options: RequestOptions,
  { limits, runtime, sinceQuestion = () => Infinity }: DeadlineParts,
): Deadline {
  const { signal: own, timeoutMs = limits.requestTimeoutMs } = options
  const hardMs = Math.max(limits.maxRequestMs, timeoutMs)
  const hardEndMs = runtime.monotonic() + hardMs
  const stop = new Stop()
  let over = false
  const expire = (afterMs: number): void => {
    const text = `${method} got no answer within ${afterMs} ms`
    stop.abort(new McpError('ERR_TIMEOUT', text))
  }
  const onAbort = (): void => stop.abort(own?.reason)
  if (own?.aborted === true) onAbort()
  own?.addEventListener('abort', onAbort, { once: true })
  const lapse = (): void => {
    const left = timeoutMs - sinceQuestion()
    if (left > 0) wait(left)
    else expire(timeoutMs)
  }
  // One timer for both ends: the hard one is the next only after much progress.
  const wait = (delayMs: number): void => {
    const left = Math.max(hardEndMs - runtime.monotonic(), 0)
    stopTimer =
      delayMs < left
        ? runtime.after(delayMs, lapse, holding)
        : runtime.after(left, () => expire(hardMs), holding)
  }
  let stopTimer = runtime.after(timeoutMs, lapse, holding)
  return {
    signal: stop,
    extend() {
      if (over) return
      stopTimer()
      wait(timeoutMs)
    },
    end() {
      over = true
      stopTimer()
      own?.removeEventListener('abort', onAbort)
    },
  }
}

/** Somebody awaits the answer, in a process that may have nothing else to do. */
const holding = { holds: true }
