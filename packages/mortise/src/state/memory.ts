import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import type { KeyValueStore } from './key-value.ts'

/** Options of the store in memory. */
export interface MemoryStoreOptions {
  /** Entries at most; past that the oldest goes. Default 100,000. */
  readonly maxEntries?: number
  readonly runtime?: Runtime
}

/** A store in this process's memory: right for one process, forgotten when it ends. */
export function createMemoryStore(options: MemoryStoreOptions = {}): KeyValueStore {
  const { maxEntries = 100_000, runtime = systemRuntime } = options
  const entries = new Map<string, { readonly value: string; readonly expiresAt: number }>()

  function read(key: string): string | undefined {
    const entry = entries.get(key)
    if (entry === undefined) return undefined
    if (entry.expiresAt > runtime.now()) return entry.value
    entries.delete(key)
    return undefined
  }

  return {
    get: (key) => Promise.resolve(read(key)),
    swap(key, { expected, value, ttlMs }) {
      if (read(key) !== expected) return Promise.resolve(false)
      entries.delete(key)
      if (entries.size >= maxEntries) evict(entries)
      entries.set(key, { value, expiresAt: runtime.now() + ttlMs })
      return Promise.resolve(true)
    },
    delete(key) {
      entries.delete(key)
      return Promise.resolve()
    },
  }
}

/** Takes out the entry that was written first: a Map keeps that order. */
function evict(entries: Map<string, unknown>): void {
  const oldest = entries.keys().next()
  if (oldest.done !== true) entries.delete(oldest.value)
}
