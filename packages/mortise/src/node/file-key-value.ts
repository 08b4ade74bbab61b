import { createHash, randomUUID } from 'node:crypto'
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
  const pathOf = (key: string): string =>
    join(folder, createHash('sha256').update(key).digest('base64url'))

  async function prepare(): Promise<void> {
    await (ready ??= mkdir(folder, { recursive: true, mode: 0o700 }))
    if (Date.now() - sweptAt < sweepMs) return
    sweptAt = Date.now()
    await sweep(folder)
  }

  return {
    get: (key) => read(pathOf(key), key),
    async swap(key, { expected, value, ttlMs }) {
      await prepare()
      const path = pathOf(key)
      return await locked(path, async () => {
        if ((await read(path, key)) !== expected) return false
        await write(path, { key, value, expiresAt: Date.now() + ttlMs })
        return true
      })
    },
    async delete(key) {
      await prepare()
      const path = pathOf(key)
      await locked(path, () => rm(path, { force: true }))
    },
  }
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

async function write(path: string, entry: Entry): Promise<void> {
  const draft = `${path}.${randomUUID()}.tmp`
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
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}

/** Does `work` while no other process changes the same key. @throws McpError when the lock is not to be had. */
async function locked<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`
  const until = Date.now() + 2 * staleMs
  while (!(await take(lock))) {
    if (Date.now() > until) throw new McpError('ERR_TIMEOUT', `the lock ${lock} is not given back`)
    await sleep(1 + Math.random() * 10)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { force: true })
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await writeFile(lock, String(process.pid), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const held = await unlessMissing(stat(lock))
  if (held !== undefined && Date.now() - held.mtimeMs > staleMs) await breakLock(lock, held.ino)
  return false
}

/** Takes a lock away whose holder is gone, and no other that may have come in its place. */
async function breakLock(lock: string, ino: number): Promise<void> {
  const aside = `${lock}.${randomUUID()}.tmp`
  await unlessMissing(rename(lock, aside))
  const taken = await unlessMissing(stat(aside))
  if (taken !== undefined && taken.ino !== ino) await unlessMissing(rename(aside, lock))
  await rm(aside, { force: true })
}

/** Removes what has expired, and drafts that a crash left. */
async function sweep(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith('.lock')) continue
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
