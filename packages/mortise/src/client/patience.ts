import type { Runtime } from '../std/runtime.ts'

/**
 * Knows when the user was last being asked. The time that somebody thinks about a question is not the server's, so no
 * request of the connection runs out of time meanwhile, whichever of them the question belongs to.
 */
export interface Patience {
  /** Does what asks the user. */
  asking<T>(ask: () => Promise<T>): Promise<T>
  /** Milliseconds since a question was open: 0 while one is, infinitely many before the first. */
  sinceQuestion(): number
}

/** The patience of one connection. */
export function createPatience({ monotonic }: Pick<Runtime, 'monotonic'>): Patience {
  let open = 0
  let answeredAt = -Infinity
  return {
    async asking(ask) {
      open += 1
      try {
        return await ask()
      } finally {
        open -= 1
        answeredAt = monotonic()
      }
    },
    sinceQuestion: () => (open > 0 ? 0 : monotonic() - answeredAt),
  }
}
