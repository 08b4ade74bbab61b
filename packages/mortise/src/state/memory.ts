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
  const entries: Entries = new Map()
  /** Entries that were written since those that are over were looked for. */
  let written = 0

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
      written++
      if (entries.size >= maxEntries && written >= maxEntries / 8) {
        written = 0
        sweep(entries, runtime.now())
      }
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

type Entries = Map<string, { readonly value: string; readonly expiresAt: number }>

/** Takes out what is over: else what strangers begin, and nobody asks for again, pushes out what users have. */
function sweep(entries: Entries, now: number): void {
  for (const [key, { expiresAt }] of entries) if (expiresAt <= now) entries.delete(key)
}

/** Takes out the entry that was written first: a Map keeps that order. */
function evict(entries: Map<string, unknown>): void {
  const oldest = entries.keys().next()
  if (oldest.done !== true) entries.delete(oldest.value)
}
