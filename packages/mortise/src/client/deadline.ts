import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { RequestOptions } from './types.ts'

/** The time that one request has: extended by progress, up to a hard end (basic/lifecycle, "Timeouts"). */
export interface Deadline {
  /** Aborts at the deadline, or with the caller's own signal. */
  readonly signal: AbortSignal
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
  const controller = new AbortController()
  let over = false
  const expire = (afterMs: number): void => {
    const text = `${method} got no answer within ${afterMs} ms`
    controller.abort(new McpError('ERR_TIMEOUT', text))
  }
  const onAbort = (): void => controller.abort(own?.reason)
  if (own?.aborted === true) onAbort()
  own?.addEventListener('abort', onAbort, { once: true })
  const lapse = (): void => {
    const left = timeoutMs - sinceQuestion()
    if (left > 0) stopSoft = runtime.after(left, lapse, { holds: true })
    else expire(timeoutMs)
  }
  // Somebody awaits the answer, in a process that may have nothing else to do.
  let stopSoft = runtime.after(timeoutMs, lapse, { holds: true })
  const stopHard = runtime.after(Math.max(limits.maxRequestMs, timeoutMs), () =>
    expire(Math.max(limits.maxRequestMs, timeoutMs)),
  )
  return {
    signal: controller.signal,
    extend() {
      if (over) return
      stopSoft()
      stopSoft = runtime.after(timeoutMs, lapse, { holds: true })
    },
    end() {
      over = true
      stopSoft()
      stopHard()
      own?.removeEventListener('abort', onAbort)
    },
  }
}
