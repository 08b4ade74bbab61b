import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'

/** A runtime whose time stands still until it is told to pass. */
export interface ManualRuntime extends Runtime {
  /** Lets `byMs` pass and runs the timers that fall due, in their order. */
  advance(byMs: number): void
  /** Timers that are neither run nor cancelled. */
  readonly pending: number
}

interface Timer {
  readonly at: number
  readonly run: () => void
}

/** Makes a runtime for tests of whatever waits. Random bytes are the real ones. */
export function createManualRuntime(): ManualRuntime {
  const timers = new Set<Timer>()
  let time = 0
  const next = (until: number): Timer | undefined => {
    let first: Timer | undefined
    for (const timer of timers) {
      if (timer.at <= until && (first === undefined || timer.at < first.at)) first = timer
    }
    return first
  }
  return {
    now: () => time,
    monotonic: () => time,
    after(delayMs, run) {
      const timer = { at: time + delayMs, run }
      timers.add(timer)
      return () => void timers.delete(timer)
    },
    randomBytes: (length) => systemRuntime.randomBytes(length),
    advance(byMs) {
      const until = time + byMs
      for (let timer = next(until); timer !== undefined; timer = next(until)) {
        timers.delete(timer)
        time = timer.at
        timer.run()
      }
      time = until
    },
    get pending() {
      return timers.size
    },
  }
}
