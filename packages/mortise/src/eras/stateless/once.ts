import { RpcError, ErrorCode } from '../../jsonrpc/error.ts'
import type { KeyValueStore } from '../../state/key-value.ts'

/** Runs effects, each at most once where there is a store to remember it. */
export interface OnceLedger {
  /**
   * Runs `effect` for `key`, or gives back what it gave before.
   * @throws RpcError when another process has begun it and not finished.
   */
  run<T>(
    key: string,
    effect: (once: { readonly idempotencyKey: string }) => T | Promise<T>,
  ): Promise<T>
}

const claimed = 'claimed'

/** A ledger over `store`; without one an effect runs whenever its result does not come back with the state. */
export function createOnceLedger(store: KeyValueStore | undefined, ttlMs: number): OnceLedger {
  if (store === undefined) {
    return { run: async (key, effect) => await effect({ idempotencyKey: key }) }
  }
  return {
    async run<T>(
      key: string,
      effect: (once: { readonly idempotencyKey: string }) => T | Promise<T>,
    ): Promise<T> {
      const name = `once:${key}`
      const won = await store.swap(name, { expected: undefined, value: claimed, ttlMs })
      if (!won) return readBack(await store.get(name)) as T // the value of the same effect
      let value: T
      try {
        value = await effect({ idempotencyKey: key })
      } catch (error) {
        await store.delete(name) // it failed, so the next attempt may try again
        throw error
      }
      await store.swap(name, { expected: claimed, value: JSON.stringify([value]), ttlMs })
      return value
    },
  }
}

function readBack(entry: string | undefined): unknown {
  if (entry === undefined || entry === claimed) {
    throw new RpcError(ErrorCode.internalError, 'This step is being done by another request')
  }
  const [value] = JSON.parse(entry) as readonly unknown[] // written above
  return value
}
