import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

const maxEntries = 1_000

/** A small map of texts that outlives the process. */
export interface FileMap {
  get(key: string): Promise<string | undefined>
  /** Puts a value in, as the newest entry if it is another. @throws the file system's error when it cannot be written. */
  set(key: string, value: string): Promise<void>
  delete(key: string): Promise<void>
}

/**
 * A map in a JSON file, readable by its owner alone. Each change replaces the file as a whole, so that a reader never sees
 * half of one; of two processes that write at once, the later one wins. Beyond a thousand entries the oldest go. A file that
 * is missing or damaged counts as empty: keep nothing here that cannot be found out again.
 */
export function createFileMap(path: string): FileMap {
  let last: Promise<unknown> = Promise.resolve()
  /** One change after the other, each on what the file holds by then. */
  const change = (edit: (entries: Map<string, string>) => boolean): Promise<void> => {
    const done = last.then(async () => {
      const entries = await read(path)
      if (edit(entries)) await write(path, entries)
    })
    last = done.catch(() => {
      // Its caller is told; the next change is a new attempt.
    })
    return done
  }
  return {
    async get(key) {
      await last
      return (await read(path)).get(key)
    },
    set: (key, value) =>
      change((entries) => {
        const known = entries.get(key) === value
        entries.delete(key)
        entries.set(key, value)
        for (const oldest of entries.keys()) {
          if (entries.size <= maxEntries) break
          entries.delete(oldest)
        }
        return !known
      }),
    delete: (key) => change((entries) => entries.delete(key)),
  }
}

async function read(path: string): Promise<Map<string, string>> {
  let content: unknown
  try {
    content = JSON.parse(await readFile(path, 'utf8'))
  } catch {
    // Missing, unreadable or damaged: in each case there is nothing to be known from it.
    return new Map()
  }
  // Pairs in a list, since the keys of an object do not keep their order when they look like numbers.
  const pairs = Array.isArray(content) ? content.filter(isPair) : []
  return new Map(pairs.slice(-maxEntries))
}

function isPair(value: unknown): value is [string, string] {
  return Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'string'
}

async function write(path: string, entries: Map<string, string>): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${crypto.randomUUID()}.tmp`
  try {
    await writeFile(draft, `${JSON.stringify([...entries], undefined, 1)}\n`, { mode: 0o600 })
    // Whatever the umask made of the mode.
    await chmod(draft, 0o600)
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw error
  }
}
