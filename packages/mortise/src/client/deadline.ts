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
  parts: DeadlineParts,
): Deadline {
  return new RequestDeadline(method, options, parts)
}

class RequestDeadline implements Deadline {
  readonly signal: StopSignal
  readonly #stop = new Stop()
  readonly #method: string
  readonly #own: AbortSignal | undefined
  readonly #parts: DeadlineParts
  readonly #timeoutMs: number
  /** How long it may take whatever the server shows, and when that is over by the monotonic clock. */
  readonly #hardMs: number
  readonly #hardEndMs: number
  #onAbort: (() => void) | undefined
  #stopTimer: () => void
  #isOver = false

  constructor(method: string, options: RequestOptions, parts: DeadlineParts) {
    const { limits, runtime } = parts
    const { signal: own, timeoutMs = limits.requestTimeoutMs } = options
    this.signal = this.#stop
    this.#method = method
    this.#own = own
    this.#parts = parts
    this.#timeoutMs = timeoutMs
    this.#hardMs = Math.max(limits.maxRequestMs, timeoutMs)
    this.#hardEndMs = runtime.monotonic() + this.#hardMs
    if (own !== undefined) this.#follow(own)
    this.#stopTimer = runtime.after(timeoutMs, this.#lapse, holding)
  }

  extend(): void {
    if (this.#isOver) return
    this.#stopTimer()
    this.#wait(this.#timeoutMs)
  }

  end(): void {
    this.#isOver = true
    this.#stopTimer()
    if (this.#onAbort !== undefined) this.#own?.removeEventListener('abort', this.#onAbort)
  }

  #follow(own: AbortSignal): void {
    const onAbort = (): void => this.#stop.abort(own.reason)
    this.#onAbort = onAbort
    if (own.aborted) onAbort()
    own.addEventListener('abort', onAbort, { once: true })
  }

  readonly #lapse = (): void => {
    const { sinceQuestion = () => Infinity } = this.#parts
    const left = this.#timeoutMs - sinceQuestion()
    if (left > 0) this.#wait(left)
    else this.#expire(this.#timeoutMs)
  }

  /** One timer for both ends: the hard one is the next only after much progress. */
  #wait(delayMs: number): void {
    const { runtime } = this.#parts
    const left = Math.max(this.#hardEndMs - runtime.monotonic(), 0)
    this.#stopTimer =
      delayMs < left
        ? runtime.after(delayMs, this.#lapse, holding)
        : runtime.after(left, () => this.#expire(this.#hardMs), holding)
  }

  #expire(afterMs: number): void {
    const text = `${this.#method} got no answer within ${afterMs} ms`
    this.#stop.abort(new McpError('ERR_TIMEOUT', text))
  }
}

/** Somebody awaits the answer, in a process that may have nothing else to do. */
const holding = { holds: true }
