/**
 * What the library takes from the outside besides its transports: time and chance. Everything that reads a clock, sets a
 * timer or draws a random number is handed one of these, so that a test or a simulation decides them.
 */
export interface Runtime {
  /** Wall-clock time in milliseconds since the epoch. Used for expiry that outlives the process. */
  now(): number
  /** A clock that never goes back, in milliseconds from an arbitrary start. Used for timeouts. */
  monotonic(): number
  /**
   * Calls `run` once after `delayMs`, at most 24 days; the answer cancels it. It keeps a process alive only where it `holds`:
   * where somebody awaits what it brings about.
   */
  after(delayMs: number, run: () => void, options?: { readonly holds?: boolean }): () => void
  /** `length` bytes from a cryptographically strong source. */
  randomBytes(length: number): Uint8Array<ArrayBuffer>
}

/** The longest delay of `setTimeout`, 24.8 days: a longer one would fire at once. */
const maxDelayMs = 2 ** 31 - 1

interface Unrefable {
  unref?: () => void
}

/** The real clock, timers and random source of the platform. */
export const systemRuntime: Runtime = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, run, { holds = false } = {}) => {
    const timer: unknown = setTimeout(run, Math.min(delayMs, maxDelayMs))
    // Node's timers are objects that hold the process open; browsers' are numbers.
    if (!holds && typeof timer === 'object' && timer !== null) (timer as Unrefable).unref?.()
    return () => clearTimeout(timer as number)
  },
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
}
