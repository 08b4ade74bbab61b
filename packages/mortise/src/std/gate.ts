/**
 * Counts what runs, in total and for each peer, and lets nothing in past its limits. Peers that cannot be told apart (the
 * empty string) share the total alone: a limit for one of them would be a limit for all.
 */
export interface Gate {
  /** Takes a place for `peer`; false when there is none, in total or for this peer. */
  enter(peer: string): boolean
  /** Gives the place back. Called once for every `enter` that was true. */
  leave(peer: string): void
  /** Places taken. */
  readonly size: number
  /** Resolves when nothing runs, or nothing of `peer`. */
  empty(peer?: string): Promise<void>
}

/** Peers whose count is kept though it is zero: one that comes and goes with every call costs more than one that stays. */
const maxIdlePeers = 256

/** A gate with `max` places, of which one peer gets at most `maxPerPeer`. */
export function createGate({ max, maxPerPeer }: { max: number; maxPerPeer: number }): Gate {
  const peers = new Map<string, number>()
  /** Who waits for a peer to have nothing, or (undefined) for all of them. */
  const waiting = new Map<string | undefined, (() => void)[]>()
  let size = 0

  function wake(whom: string | undefined): void {
    const woken = waiting.get(whom)
    waiting.delete(whom)
    for (const resolve of woken ?? []) resolve()
  }

  return {
    enter(peer) {
      const own = peers.get(peer) ?? 0
      if (size >= max || (own >= maxPerPeer && peer !== '')) return false
      size += 1
      peers.set(peer, own + 1)
      return true
    },
    leave(peer) {
      size -= 1
      const own = (peers.get(peer) ?? 0) - 1
      if (own > 0 || peers.size <= maxIdlePeers) peers.set(peer, own)
      else peers.delete(peer)
      if (own > 0 || waiting.size === 0) return
      wake(peer)
      if (size === 0) wake(undefined)
    },
    get size() {
      return size
    },
    empty(peer) {
      const idle = (peer === undefined ? size : (peers.get(peer) ?? 0)) === 0
      if (idle) return Promise.resolve()
      return new Promise((resolve) => {
        waiting.set(peer, [...(waiting.get(peer) ?? []), resolve])
      })
    },
  }
}
