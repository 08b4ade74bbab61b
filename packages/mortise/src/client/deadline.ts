import { McpError } from '../std/error.ts'
import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { RequestOptions } from './types.ts'

/** The time that one request has: extended by progress, up to a hard end (basic/lifecycle, "Timeouts"). */
export interface Deadline {
  /** Aborts at the deadline, or with the caller's own signal. */
  readonly signal: AbortSignal
  /** The server shows that it is at work. */
  extend(): void
  /** Frees timers and listeners. Called once, when the request is over. */
  end(): void
}

/** Starts the clock of one request. */
export function startDeadline(
  method: string,
  options: RequestOptions,
  { limits, runtime }: { limits: Limits; runtime: Runtime },
): Deadline {
  const { signal: own, timeoutMs = limits.requestTimeoutMs } = options
  const controller = new AbortController()
  const expire = (afterMs: number): void => {
    const text = `${method} got no answer within ${afterMs} ms`
    controller.abort(new McpError('ERR_TIMEOUT', text))
  }
  const onAbort = (): void => controller.abort(own?.reason)
  if (own?.aborted === true) onAbort()
  own?.addEventListener('abort', onAbort, { once: true })
  let stopSoft = runtime.after(timeoutMs, () => expire(timeoutMs))
  const stopHard = runtime.after(Math.max(limits.maxRequestMs, timeoutMs), () =>
    expire(Math.max(limits.maxRequestMs, timeoutMs)),
  )
  return {
    signal: controller.signal,
    extend() {
      stopSoft()
      stopSoft = runtime.after(timeoutMs, () => expire(timeoutMs))
    },
    end() {
      stopSoft()
      stopHard()
      own?.removeEventListener('abort', onAbort)
    },
  }
}
