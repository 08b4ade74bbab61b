/** The bytes of bodies that are being read at once, in total and for each peer. */
export interface BodyBudget {
  /** Takes `bytes` more for `peer`; false when they are not to be had. */
  take(peer: string, bytes: number): boolean
  /** Gives back what was taken, when the body was read or refused. */
  give(peer: string, bytes: number): void
}

/** A budget of `max` bytes, of which one peer gets at most `maxPerPeer`; peers without a name share the total alone. */
export function createBodyBudget({
  max,
  maxPerPeer,
}: {
  max: number
  maxPerPeer: number
}): BodyBudget {
  const peers = new Map<string, number>()
  let taken = 0
  return {
    take(peer, bytes) {
      const own = (peers.get(peer) ?? 0) + bytes
      if (taken + bytes > max || (own > maxPerPeer && peer !== '')) return false
      taken += bytes
      peers.set(peer, own)
      return true
    },
    give(peer, bytes) {
      if (bytes === 0) return
      taken -= bytes
      const own = (peers.get(peer) ?? 0) - bytes
      if (own > 0) peers.set(peer, own)
      else peers.delete(peer)
    },
  }
}
