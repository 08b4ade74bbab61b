import type { Runtime } from '../std/runtime.ts'

/** A runtime whose time stands still until it is told to go on, and whose chance is the same in every run. */
export interface TestRuntime extends Runtime {
  /** Lets `ms` milliseconds pass: timers that are due run in order, each at its own time. */
  advance(ms: number): void
  /** Timers that wait. */
  readonly timers: number
}

/** A runtime for tests. `seed` decides what `randomBytes` gives; `startMs` is the wall clock at the beginning. */
export function createTestRuntime({
  seed = 1,
  startMs = 1_750_000_000_000,
}: { seed?: number; startMs?: number } = {}): TestRuntime {
  const waiting = new Map<number, { readonly at: number; readonly run: () => void }>()
  let elapsed = 0
  let lastTimer = 0
  let state = seed >>> 0

  function nextDue(until: number): number | undefined {
    let due: number | undefined
    for (const [id, { at }] of waiting) {
      if (at <= until && (due === undefined || at < (waiting.get(due)?.at ?? Infinity))) due = id
    }
    return due
  }

  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    after(delayMs, run) {
      const id = (lastTimer += 1)
      waiting.set(id, { at: elapsed + delayMs, run })
      return () => void waiting.delete(id)
    },
    randomBytes(length) {
      const bytes = new Uint8Array(length)
      for (let index = 0; index < length; index++) {
        // xorshift32: enough to be different every time, and the same in every run.
        state ^= state << 13
        state ^= state >>> 17
        state ^= state << 5
        bytes[index] = state & 0xff
      }
      return bytes
    },
    advance(ms) {
      const until = elapsed + ms
      for (let id = nextDue(until); id !== undefined; id = nextDue(until)) {
        const timer = waiting.get(id)
        waiting.delete(id)
        elapsed = Math.max(elapsed, timer?.at ?? elapsed)
        timer?.run()
      }
      elapsed = until
    },
    get timers() {
      return waiting.size
    },
  }
}
