import { RpcError, ErrorCode } from '../../jsonrpc/error.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'

/** What `ctx.once` runs. */
export type Effect<T> = (once: { readonly idempotencyKey: string }) => T | Promise<T>

/** Runs effects, each at most once where there is a store to remember it. */
export interface OnceLedger {
  /**
   * Runs `effect` for `key`, or gives back what it gave before; waits for one that another request has begun.
   * @throws RpcError when that one does not end within `onceTimeoutMs`.
   */
  run<T>(key: string, effect: Effect<T>): Promise<T>
}

/** What a ledger is made of. */
export interface OnceLedgerOptions {
  /** Asked anew each time. Without one an effect runs whenever its result does not come back with the state. */
  readonly store: () => KeyValueStore | undefined
  readonly limits: Pick<Limits, 'stateTtlMs' | 'onceTimeoutMs'>
  readonly runtime: Runtime
}

const claimed = 'claimed'
/** Between two looks at an effect that another request runs. */
const pollMs = 100

/** A ledger over a store, by compare-and-swap: the first to claim a key runs its effect. */
export function createOnceLedger({ store, limits, runtime }: OnceLedgerOptions): OnceLedger {
  const { stateTtlMs: ttlMs, onceTimeoutMs } = limits

  async function run<T>(key: string, effect: Effect<T>): Promise<T> {
    const kept = store()
    if (kept === undefined) return await effect({ idempotencyKey: key })
    const name = `once:${key}`
    for (let waitedMs = 0; waitedMs <= onceTimeoutMs; waitedMs += pollMs) {
      if (await kept.swap(name, { expected: undefined, value: claimed, ttlMs })) {
        return await claim(kept, { name, key, effect })
      }
      const entry = await kept.get(name)
      if (entry !== undefined && entry !== claimed) return readBack(entry) as T // of the same effect
      await new Promise<void>((resolve) => runtime.after(pollMs, resolve))
    }
    throw new RpcError(
      ErrorCode.internalError,
      'This step was begun by another request and has not ended: whether it was done is unknown',
    )
  }

  async function claim<T>(
    kept: KeyValueStore,
    { name, key, effect }: { name: string; key: string; effect: Effect<T> },
  ): Promise<T> {
    let value: T
    try {
      value = await effect({ idempotencyKey: key })
    } catch (error) {
      await kept.delete(name) // it failed, so the next attempt may try again
      throw error
    }
    const text = value === undefined ? '[]' : JSON.stringify([value])
    await kept.swap(name, { expected: claimed, value: text, ttlMs })
    return value
  }

  return { run }
}

function readBack(entry: string): unknown {
  const [value] = JSON.parse(entry) as readonly unknown[] // written above
  return value
}
