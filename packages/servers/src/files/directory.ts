import { constants, existsSync } from 'node:fs'
import { type FileHandle, lstat, open, realpath } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { FilesError } from './errors.ts'

/**
 * A folder that was reached without following a symbolic link. Whoever got it closes it. Every call on the file system
 * names an entry by `at(name)`, with a single name that holds no separator.
 */
export interface Directory {
  /** The real path, to show and to compare; never to open. */
  readonly path: string
  /** The path to hand to `node:fs` for one entry, or for the folder itself (`.`). */
  at(name: string): string
  /** Opens a folder in this one. Rejects with ENOTDIR or ELOOP when the entry is a link or no folder. */
  child(name: string): Promise<Directory>
  /** Before a change: rejects when the folder is no longer what it was. */
  recheck(): Promise<void>
  /** After opening an entry: rejects when `handle` is not that entry of this folder. */
  verify(name: string, handle: FileHandle): Promise<void>
  /** Idempotent. */
  close(): Promise<void>
}

/** Opens a root folder by its real path, again without following any link. */
export type OpenRoot = (path: string) => Promise<Directory>

/** Linux's O_PATH, which Node has no name for: a handle on a place, that needs no right to read it. */
const O_PATH = 0o10000000
const walkFlags = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW

/**
 * Opens a folder on Linux by descriptors, from `/` down, one name at a time. `/proc/self/fd/<n>/<name>` is what `openat` is
 * elsewhere: the kernel starts from the open folder and not from a path, so replacing any folder by a link, at any moment,
 * cannot lead a later step elsewhere.
 */
export const openByDescriptors: OpenRoot = async (path) => {
  let directory = descriptorDirectory(await open('/', walkFlags), '/')
  for (const name of path.split('/').filter((part) => part !== '')) {
    const parent = directory
    try {
      directory = await parent.child(name)
    } finally {
      await parent.close()
    }
  }
  return directory
}

function descriptorDirectory(handle: FileHandle, path: string): Directory {
  const base = `/proc/self/fd/${handle.fd}`
  let closed: Promise<void> | undefined
  return {
    path,
    at: (name) => `${base}/${name}`,
    child: async (name) =>
      descriptorDirectory(await open(`${base}/${name}`, walkFlags), join(path, name)),
    recheck: async () => undefined,
    verify: async () => undefined,
    close: () => (closed ??= handle.close()),
  }
}

/**
 * Opens a folder by its path, for systems without `/proc/self/fd`. Links are looked for before and after each use, so a
 * link that stands is never followed; somebody who replaces folders while a call runs can win a race, and only the
 * operating system could stop that.
 */
export const openByPath: OpenRoot = async (path) => pathDirectory(path)

function pathDirectory(path: string): Directory {
  const recheck = async (): Promise<void> => {
    if ((await realpath(path)) !== path) throw changed(path)
  }
  return {
    path,
    at: (name) => join(path, name),
    child: async (name) => {
      const real = await realpath(join(path, name))
      const stat = await lstat(real)
      if (dirname(real) !== path || !stat.isDirectory()) throw notADirectory(name)
      return pathDirectory(real)
    },
    recheck,
    verify: async (name, handle) => {
      await recheck()
      const [named, opened] = await Promise.all([
        lstat(join(path, name), { bigint: true }),
        handle.stat({ bigint: true }),
      ])
      if (named.dev !== opened.dev || named.ino !== opened.ino) throw changed(join(path, name))
    },
    close: async () => undefined,
  }
}

/** The safest way that this system has. */
export function chooseOpenRoot(platform: NodeJS.Platform = process.platform): OpenRoot {
  return platform === 'linux' && sep === '/' && existsSync('/proc/self/fd')
    ? openByDescriptors
    : openByPath
}

function changed(path: string): FilesError {
  return new FilesError('changed', `${path} was replaced while it was used`)
}

function notADirectory(name: string): Error {
  return Object.assign(new Error(`${name} is not a folder`), { code: 'ENOTDIR' })
}
