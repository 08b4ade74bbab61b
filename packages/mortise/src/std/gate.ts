/** Counts what runs, in total and for each peer, and lets nothing in past its limits. */
export interface Gate {
  /** Takes a place for `peer`; false when there is none, in total or for this peer. */
  enter(peer: string): boolean
  /** Gives the place back. Called once for every `enter` that was true. */
  leave(peer: string): void
  /** Places taken. */
  readonly size: number
  /** Resolves when nothing runs. */
  empty(): Promise<void>
}

/** A gate with `max` places, of which one peer gets at most `maxPerPeer`. */
export function createGate({ max, maxPerPeer }: { max: number; maxPerPeer: number }): Gate {
  const peers = new Map<string, number>()
  let size = 0
  let waiting: (() => void)[] = []
  return {
    enter(peer) {
      const own = peers.get(peer) ?? 0
      if (size >= max || own >= maxPerPeer) return false
      size += 1
      peers.set(peer, own + 1)
      return true
    },
    leave(peer) {
      size -= 1
      const own = (peers.get(peer) ?? 0) - 1
      if (own > 0) peers.set(peer, own)
      else peers.delete(peer)
      if (size > 0 || waiting.length === 0) return
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
    get size() {
      return size
    },
    empty: () =>
      size === 0 ? Promise.resolve() : new Promise<void>((resolve) => void waiting.push(resolve)),
  }
}
