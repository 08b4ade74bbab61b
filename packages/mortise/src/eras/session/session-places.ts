import type { Limits } from '../../std/limits.ts'

/** The places for sessions over HTTP, whichever transport carries them: those of all peers, and of each. */
export interface SessionPlaces {
  /** Whether `peer` has as many as one may have. */
  isFullFor(peer: string): boolean
  /** Whether all are taken. */
  readonly isFull: boolean
  take(peer: string): void
  give(peer: string): void
}

/** Nothing is taken. Peers that cannot be told apart, whose name is empty, have all places together. */
export function createSessionPlaces({
  maxSessions,
  maxSessionsPerPeer,
}: Pick<Limits, 'maxSessions' | 'maxSessionsPerPeer'>): SessionPlaces {
  const taken = new Map<string, number>()
  let all = 0
  return {
    isFullFor: (peer) => (taken.get(peer) ?? 0) >= (peer === '' ? maxSessions : maxSessionsPerPeer),
    get isFull() {
      return all >= maxSessions
    },
    take(peer) {
      all += 1
      taken.set(peer, (taken.get(peer) ?? 0) + 1)
    },
    give(peer) {
      all -= 1
      const left = (taken.get(peer) ?? 0) - 1
      if (left > 0) taken.set(peer, left)
      else taken.delete(peer)
    },
  }
}
