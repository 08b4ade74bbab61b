import type { KeyValueStore } from '../../state/key-value.ts'
import { LimitError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'

/** Proofs that were used and are not yet too old to be used again. */
export interface UsedProofs {
  /** Remembers one for `ttlMs`; false: it was used before. @throws LimitError `maxDpopProofs` when there is no room. */
  add(name: string, ttlMs: number): Promise<boolean>
}

/** What they are kept in: `store`, or else the memory of this process. */
export interface UsedProofsParts {
  readonly store: KeyValueStore | undefined
  readonly limits: Pick<Limits, 'maxDpopProofs'>
  readonly runtime: Pick<Runtime, 'monotonic'>
}

/** Remembers proofs. In memory none is let go before its time, as a store's oldest entries are: it could be used again. */
export function createUsedProofs({ store, limits, runtime }: UsedProofsParts): UsedProofs {
  if (store !== undefined) {
    return {
      add: (name, ttlMs) =>
        store.swap(`auth:proof:${name}`, {
          expected: undefined,
          value: 'used',
          ttlMs: Math.max(1, Math.ceil(ttlMs)),
        }),
    }
  }
  const untilMs = new Map<string, number>()

  /** Proofs live about as long as each other, so that the first ones are over first. */
  function sweep(nowMs: number): void {
    for (const [name, endMs] of untilMs) {
      if (endMs > nowMs) return
      untilMs.delete(name)
    }
  }

  return {
    add(name, ttlMs) {
      const nowMs = runtime.monotonic()
      sweep(nowMs)
      if (untilMs.has(name)) return Promise.resolve(false)
      if (untilMs.size >= limits.maxDpopProofs) {
        const message = `${limits.maxDpopProofs} proofs were used in the last minute: maxDpopProofs`
        return Promise.reject(new LimitError('maxDpopProofs', message))
      }
      untilMs.set(name, nowMs + ttlMs)
      return Promise.resolve(true)
    },
  }
}
