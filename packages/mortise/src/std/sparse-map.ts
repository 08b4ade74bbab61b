/** A map that holds nothing while it is empty, for what there are many of that mostly are: an empty `Map` takes 180 bytes. */
export class SparseMap<K, V> {
  #entries: Map<K, V> | undefined

  get size(): number {
    return this.#entries?.size ?? 0
  }

  has(key: K): boolean {
    return this.#entries?.has(key) ?? false
  }

  get(key: K): V | undefined {
    return this.#entries?.get(key)
  }

  set(key: K, value: V): void {
    this.#entries ??= new Map()
    this.#entries.set(key, value)
  }

  /** Takes `key` out; whether it was in. */
  delete(key: K): boolean {
    const wasIn = this.#entries?.delete(key) ?? false
    if (this.#entries?.size === 0) this.#entries = undefined
    return wasIn
  }

  clear(): void {
    this.#entries = undefined
  }

  /** In the order in which they came. */
  keys(): Iterable<K> {
    return this.#entries?.keys() ?? []
  }

  /** In the order in which their keys came. */
  values(): Iterable<V> {
    return this.#entries?.values() ?? []
  }
}
