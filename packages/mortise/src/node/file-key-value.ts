import {
  mkdir,
  open,
  readFile,
  readdir,
  rename,
  rm,
  stat,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyValueStore } from '../state/key-value.ts'
import { encodeBase64Url, encodeUtf8 } from '../std/encoding.ts'
import { McpError } from '../std/error.ts'

/** A lock that is this old belonged to a process that is gone: a change takes milliseconds. */
const staleMs = 10_000
/** Between two sweeps for what has expired. */
const sweepMs = 5 * 60_000

/**
 * A store in a folder, for processes of one machine and for one after the other: a file for each key, readable by its owner
 * alone. A change replaces the file as a whole under a lock, so that of two processes that swap at once one wins, and what is
 * there survives a crash. Not for a folder that several machines mount.
 */
export function createFileStore(folder: string): KeyValueStore {
  let ready: Promise<unknown> | undefined
  let sweptAt = 0
  const pathOf = async (key: string): Promise<string> => join(folder, await fileName(key))

  async function prepare(): Promise<void> {
    ready ??= mkdir(folder, { recursive: true, mode: 0o700 })
    await ready.catch((error: unknown) => {
      ready = undefined // what is in the way may be gone the next time
      throw error
    })
    if (Date.now() - sweptAt < sweepMs) return
    sweptAt = Date.now()
    await sweep(folder)
  }

  return {
    get: async (key) => await read(await pathOf(key), key),
    async swap(key, { expected, value, ttlMs }) {
      await prepare()
      const path = await pathOf(key)
      return await locked(path, async (held) => {
        if ((await read(path, key)) !== expected) return false
        await write(path, { key, value, expiresAt: Date.now() + ttlMs }, held)
        return true
      })
    },
    async delete(key) {
      await prepare()
      const path = await pathOf(key)
      await locked(path, () => rm(path, { force: true }))
    },
  }
}

/** The web's digest, since loading `node:crypto` would cost every server a millisecond of its start. */
async function fileName(key: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', encodeUtf8(key))))
}

interface Entry {
  readonly key: string
  readonly value: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

async function read(path: string, key: string): Promise<string | undefined> {
  const text = await unlessMissing(readFile(path, 'utf8'))
  if (text === undefined) return undefined
  const entry = JSON.parse(text) as Entry // only `write` writes here, and a file is whole or not there
  return entry.key === key && entry.expiresAt > Date.now() ? entry.value : undefined
}

async function write(path: string, entry: Entry, held: Held): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}.tmp`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(JSON.stringify(entry))
      await file.sync()
    } finally {
      await file.close()
    }
    // When it may go, so that a sweep need not read it.
    const expiry = new Date(entry.expiresAt)
    await utimes(draft, expiry, expiry)
    await held()
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/**
 * Does `work` while no other process changes the same key; it is handed what says whether that still holds.
 * @throws McpError when the lock is not to be had, or was taken away from one that was too slow.
 */
async function locked<T>(path: string, work: (held: Held) => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  const holder = crypto.randomUUID()
  const until = Date.now() + 2 * staleMs
  while (!(await take(lock, holder))) {
    if (Date.now() > until) throw new McpError('ERR_TIMEOUT', `the lock ${lock} is not given back`)
    await sleep(1 + Math.random() * 10)
  }
  const isHeld = async (): Promise<boolean> =>
    (await unlessMissing(readFile(lock, 'utf8'))) === holder
  try {
    return await work(async () => {
      if (await isHeld()) return
      throw new McpError('ERR_TIMEOUT', `the lock ${lock} was held for too long`)
    })
  } finally {
    if (await isHeld()) await rm(lock, { force: true })
  }
}

/** Resolves as long as the lock is ours. */
type Held = () => Promise<void>

async function take(lock: string, holder: string): Promise<boolean> {
  if (await create(lock, holder)) return true
  const found = await unlessMissing(stat(lock))
  if (found === undefined || Date.now() - found.mtimeMs <= staleMs) return false
  // Its holder is gone. One alone may take it away: whoever comes after that may have found the next one's.
  const { ino, mtimeMs } = found
  if (await create(`${lock}.${ino}-${mtimeMs}.tmp`, holder)) await rm(lock, { force: true })
  return false
}

/** Makes a file; false when it is there already. */
async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    return false
  }
}

/** What `createFileStore` calls its files: a digest, and what is beside it while it changes. */
const ownName = /^[A-Za-z0-9_-]{43}(?:\..+)?$/

/** Removes what has expired, and drafts that a crash left; what else is in the folder is not the store's. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!ownName.test(name) || name.endsWith('.lock')) continue
    const path = join(folder, name)
    const found = await unlessMissing(stat(path))
    if (found === undefined) continue
    const goneMs = name.endsWith('.tmp') ? found.mtimeMs + sweepMs : found.mtimeMs
    if (goneMs > Date.now()) continue
    if (name.endsWith('.tmp')) await rm(path, { force: true })
    else await locked(path, () => removeExpired(path))
  }
}

async function removeExpired(path: string): Promise<void> {
  const found = await unlessMissing(stat(path))
  if (found !== undefined && found.mtimeMs <= Date.now()) await rm(path, { force: true })
}

async function unlessMissing<T>(doing: Promise<T>): Promise<T | undefined> {
  try {
    return await doing
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
