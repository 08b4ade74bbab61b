import type { AuthConnection } from '../../http/client-auth.ts'

/** The connections of one server that are kept waiting while its user is being asked. */
export interface Askers {
  /** Does what waits for the user, with the patience of every connection. */
  asking<T>(ask: () => Promise<T>): Promise<T>
  readonly isAsking: () => boolean
  /** How often the user was asked so far. */
  readonly visits: () => number
  /** Takes a connection in; the answer lets it go. */
  join(connection: AuthConnection): () => void
}

/** Nobody yet. */
export function createAskers(): Askers {
  const members = new Set<{ readonly connection: AuthConnection }>()
  let visit: Promise<unknown> | undefined
  let visits = 0

  const wait = (connection: AuthConnection, until: Promise<unknown>): void => {
    connection.asking(() => until).catch(() => {}) // whoever asked hears of it
  }

  return {
    isAsking: () => visit !== undefined,
    visits: () => visits,
    async asking(ask) {
      visits += 1
      const own = ask()
      visit = own
      for (const { connection } of members) wait(connection, own)
      try {
        return await own
      } finally {
        visit = undefined
      }
    },
    join(connection) {
      const member = { connection }
      members.add(member)
      if (visit !== undefined) wait(connection, visit)
      return () => void members.delete(member)
    },
  }
}
