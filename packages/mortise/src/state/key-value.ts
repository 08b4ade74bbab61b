/**
 * A small store shared by everything that outlives a call: values under keys, each with a time to live, changed by
 * compare-and-swap so that two processes never both win.
 */
export interface KeyValueStore {
  /** The value, or undefined when there is none or it has expired. */
  get(key: string): Promise<string | undefined>
  /** Writes `value` for `ttlMs` if the present value is `expected` (undefined: absent); whether it did. */
  swap(key: string, change: KeyValueChange): Promise<boolean>
  /** Removes the value; an absent one is fine. */
  delete(key: string): Promise<void>
}

/** One compare-and-swap. */
export interface KeyValueChange {
  readonly expected: string | undefined
  readonly value: string
  readonly ttlMs: number
}
