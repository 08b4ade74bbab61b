/** The pages that the user was sent to, by the ids of the visits. */
export interface Visits {
  /** The user is about to be sent to a page; an id that is none is not kept. */
  begin(elicitationId: unknown): void
  /** Whether this visit was begun and had not ended (client/elicitation, "Completion Notifications"). */
  end(elicitationId: unknown): boolean
}

/** No visits; past `max` the oldest is forgotten. */
export function createVisits(max: number): Visits {
  const begun = new Set<unknown>()
  return {
    begin(elicitationId) {
      if (typeof elicitationId !== 'string') return
      begun.add(elicitationId)
      const [oldest] = begun
      if (begun.size > max) begun.delete(oldest)
    },
    end: (elicitationId) => begun.delete(elicitationId),
  }
}
