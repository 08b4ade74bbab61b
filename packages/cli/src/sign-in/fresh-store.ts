import type { Store } from './places.ts'

/** How the library calls what it keeps tokens under. */
const tokens = 'auth:tokens:'

/**
 * A store in which nobody is signed in, until somebody has signed in anew: only then the tokens of before are replaced, so that
 * an attempt that comes to nothing changes nothing.
 */
export function createFreshStore(store: Store): Store {
  const written = new Set<string>()
  const isHidden = (key: string): boolean => key.startsWith(tokens) && !written.has(key)
  return {
    get: async (key) => (isHidden(key) ? undefined : await store.get(key)),
    async swap(key, change) {
      if (!isHidden(key)) return await store.swap(key, change)
      const isSwapped = await store.swap(key, { ...change, expected: await store.get(key) })
      if (isSwapped) written.add(key)
      return isSwapped
    },
    async delete(key) {
      if (!isHidden(key)) await store.delete(key)
    },
  }
}
