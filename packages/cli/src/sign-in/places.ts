import type { createFileStore } from 'mortise/node'

/** Where it is kept. */
export type Store = ReturnType<typeof createFileStore>

/** A server that a user has signed in to, and as whom. */
export interface Place {
  readonly url: string
  /** Empty: the one without a name. */
  readonly account: string
}

/** The servers that users have signed in to, kept beside the tokens. */
export interface Places {
  all(): Promise<readonly Place[]>
  add(place: Place): Promise<void>
  remove(place: Place): Promise<void>
}

const key = 'cli:places'
const keepMs = 400 * 24 * 60 * 60_000

/** What `store` knows of them. */
export function createPlaces(store: Store): Places {
  const read = (text: string | undefined): readonly Place[] =>
    text === undefined ? [] : (JSON.parse(text) as Place[]) // only `change` writes there

  async function change(edit: (places: readonly Place[]) => readonly Place[]): Promise<void> {
    for (;;) {
      const expected = await store.get(key)
      const value = JSON.stringify(edit(read(expected)))
      if (await store.swap(key, { expected, value, ttlMs: keepMs })) return
    }
  }

  const others = (places: readonly Place[], { url, account }: Place): readonly Place[] =>
    places.filter((place) => place.url !== url || place.account !== account)

  return {
    all: async () => read(await store.get(key)),
    add: (place) => change((places) => [...others(places, place), place]),
    remove: (place) => change((places) => others(places, place)),
  }
}
