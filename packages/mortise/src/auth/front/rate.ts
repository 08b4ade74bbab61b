import type { Runtime } from '../../std/runtime.ts'

/** Counts what each peer does in a minute. */
export interface Rate {
  /** Whether `peer` may do it once more; peers that cannot be told apart share one count. */
  take(peer: string): boolean
}

const windowMs = 60_000
/** Past that all counts begin anew, rather than that memory grows. */
const maxPeers = 10_000

/** Lets every peer do something `max` times a minute. */
export function createRate(max: number, runtime: Runtime): Rate {
  const counts = new Map<string, number>()
  let begunAt = runtime.monotonic()
  return {
    take(peer) {
      const now = runtime.monotonic()
      if (now - begunAt >= windowMs || counts.size >= maxPeers) {
        counts.clear()
        begunAt = now
      }
      const count = (counts.get(peer) ?? 0) + 1
      counts.set(peer, count)
      return count <= max
    },
  }
}
