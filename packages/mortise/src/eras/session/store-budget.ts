/** Bytes that may be kept for resumption: by one peer, within what the whole server may keep. */
export interface StoreBudget {
  /** Takes `bytes`; false when they are too many, here or above. */
  take(bytes: number): boolean
  /** Gives back what was taken. */
  give(bytes: number): void
  /** Bytes taken. */
  readonly used: number
}

/** A budget of `max` bytes, which are taken from `whole` too. */
export function createStoreBudget(max: number, whole?: StoreBudget): StoreBudget {
  let used = 0
  return {
    take(bytes) {
      if (used + bytes > max || whole?.take(bytes) === false) return false
      used += bytes
      return true
    },
    give(bytes) {
      used -= bytes
      whole?.give(bytes)
    },
    get used() {
      return used
    },
  }
}
