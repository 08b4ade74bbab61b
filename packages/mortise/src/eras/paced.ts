import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'

/** What the pace of a call goes by. */
export interface PaceOptions {
  readonly runtime: Pick<Runtime, 'after' | 'monotonic'>
  readonly limits: Pick<Limits, 'maxProgressPerSecond'>
}

/** What is paced; all else that a call says comes as often as it is said. */
export const progressMethod = 'notifications/progress'

const secondMs = 1_000

/**
 * The progress of one call, told at most `maxProgressPerSecond` times in a second (basic/utilities/progress, "Behavior
 * Requirements"). Past that the newest note waits until the second is over: it says all that the ones before it did.
 */
export class PacedProgress {
  readonly #say: (text: string) => void
  readonly #options: PaceOptions
  #begun: number
  #told = 0
  #waiting: string | undefined
  #stopTimer: (() => void) | undefined

  constructor(say: (text: string) => void, options: PaceOptions) {
    this.#say = say
    this.#options = options
    this.#begun = options.runtime.monotonic()
  }

  /** Sends a note, as JSON-RPC text, or keeps it in place of the one that waits. */
  tell(text: string): void {
    const { runtime, limits } = this.#options
    const now = runtime.monotonic()
    if (now - this.#begun >= secondMs) this.#beginSecond(now)
    if (this.#told < limits.maxProgressPerSecond) {
      this.#told += 1
      this.#say(text)
      return
    }
    this.#waiting = text
    this.#stopTimer ??= runtime.after(this.#begun + secondMs - now, () =>
      this.#beginSecond(runtime.monotonic()),
    )
  }

  /** Sends what waits: before anything else that its call says, and before the answer. */
  flush(): void {
    const waiting = this.#waiting
    this.drop()
    if (waiting !== undefined) this.#say(waiting)
  }

  /** Forgets what waits: nobody is left to hear it. */
  drop(): void {
    this.#stopTimer?.()
    this.#stopTimer = undefined
    this.#waiting = undefined
  }

  #beginSecond(now: number): void {
    this.#begun = now
    this.#told = this.#waiting === undefined ? 0 : 1
    this.flush()
  }
}
