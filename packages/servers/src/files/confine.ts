import type { BigIntStats } from 'node:fs'
import { lstat, readlink } from 'node:fs/promises'
import path from 'node:path'
import { type Directory, type OpenRoot, chooseOpenRoot } from './directory.ts'
import { FilesError, explain, systemCode } from './errors.ts'
import { type FilesLimits, defaultLimits } from './limits.ts'
import { protection } from './protect.ts'
import { type Place, type Root, findPlace, splitNames } from './roots.ts'

/** An entry, or the place where one may be made, in an open folder that lies in a root. */
export interface Located {
  readonly root: Root
  /** The folder that holds the entry; open while the callback of `use` runs. */
  readonly directory: Directory
  /** The entry's name in that folder; `.` for a root itself. */
  readonly name: string
  /** Names below the root. */
  readonly names: readonly string[]
  /** The real absolute path, to show. */
  readonly path: string
  /** What stood there when it was looked at; undefined when nothing did. */
  readonly stat: BigIntStats | undefined
}

/** Settings of one way to an entry. */
export interface LocateOptions {
  /** Whether a link in the last place is followed (default) or is itself the entry. */
  readonly follow?: boolean
  /** What the entry is wanted for. Git's own files are never written. Default: `read`. */
  readonly for?: 'read' | 'write'
}

/** Reaches entries in the roots and nothing else. */
export interface Confinement {
  readonly roots: readonly Root[]
  readonly limits: FilesLimits
  /**
   * Runs `action` on the entry that a client's path means, and closes the folder after it. Relative paths start at the
   * first root; `..` is taken by the letters of the path.
   * @throws FilesError `outside` when the path, or a link on it, leaves the roots; `missing` when a folder on the way does
   * not exist; `protected` for what `protect.ts` keeps back. System errors of `action` become FilesErrors too.
   */
  use<T>(
    clientPath: string,
    options: LocateOptions,
    action: (located: Located) => Promise<T>,
  ): Promise<T>
  /** Opens a root's folder by the root's real path; whoever calls closes it. */
  readonly openRoot: OpenRoot
  /** Whether a place below a root is kept back from reading. */
  isProtected(names: readonly string[]): boolean
}

/** Settings of `createConfinement`. */
export interface ConfinementOptions {
  readonly roots: readonly Root[]
  /** Lets clients read what `protect.ts` keeps back. Default: false. */
  readonly hidden?: boolean
  readonly limits?: FilesLimits
  /** How folders are opened. Default: the safest way of this system. */
  readonly openRoot?: OpenRoot
}

/** Confines all access to `roots`, which `resolveRoots` made. */
export function createConfinement({
  roots,
  hidden = false,
  limits = defaultLimits,
  openRoot = chooseOpenRoot(),
}: ConfinementOptions): Confinement {
  const isProtected = (names: readonly string[]): boolean =>
    !hidden && protection(names) !== undefined
  return {
    roots,
    limits,
    openRoot,
    isProtected,
    async use(clientPath, { follow = true, for: purpose = 'read' }, action) {
      const place = placeOf(roots, clientPath, limits)
      let located: Located | undefined
      try {
        const shown = clientPath
        located = await locate({ place, follow, purpose, roots, limits, openRoot, shown })
        refuseProtected(located, { hidden, purpose })
        return await action(located)
      } catch (error) {
        throw explain(error, located?.path ?? clientPath)
      } finally {
        await located?.directory.close()
      }
    },
  }
}

function placeOf(roots: readonly Root[], clientPath: string, limits: FilesLimits): Place {
  if (clientPath === '' || clientPath.includes('\0')) {
    throw new FilesError('invalid', 'a path is not empty and holds no NUL character')
  }
  if (clientPath.length > limits.maxPathLength) {
    throw new FilesError('invalid', `a path has at most ${limits.maxPathLength} characters`)
  }
  const absolute = path.resolve(roots[0]?.path ?? path.sep, clientPath)
  return findPlace(roots, absolute) ?? refuseOutside(clientPath)
}

interface Search {
  readonly place: Place
  readonly follow: boolean
  readonly purpose: 'read' | 'write'
  readonly roots: readonly Root[]
  readonly limits: FilesLimits
  readonly openRoot: OpenRoot
  /** The path as the client wrote it: messages never name where a link led. */
  readonly shown: string
}

async function locate(search: Search): Promise<Located> {
  let { place } = search
  for (let links = 0; links <= search.limits.maxLinks; links++) {
    if (place.names.length > search.limits.maxPathDepth) {
      throw new FilesError('invalid', `${search.shown} is too deep`)
    }
    const outcome = await descend(place, search)
    if ('directory' in outcome) return outcome
    place = outcome
  }
  throw new FilesError('invalid', `${search.shown} goes through too many symbolic links`)
}

/**
 * Walks from the root, a name at a time. Ends at the entry, or at the first link or `..` with the place to begin again
 * from: no link is ever followed by the system.
 */
async function descend(place: Place, search: Search): Promise<Located | Place> {
  let directory = await search.openRoot(place.root.path)
  let handedOver = false
  try {
    const last = place.names.length - 1
    for (const [index, name] of place.names.entries()) {
      const above = place.names.slice(0, index)
      const rest = place.names.slice(index + 1)
      if (name === '..') return goUp({ place, above, rest, search })
      refuseName(name)
      const stat = await lookAt(directory, name)
      if (stat?.isSymbolicLink() && (index < last || search.follow)) {
        return await followLink({ place, directory, name, above, rest, search })
      }
      if (index === last) {
        handedOver = true
        return located(place, directory, stat)
      }
      if (stat === undefined) throw missingOnTheWay(place, search)
      const child = await openChild(directory, name, stat)
      if (child === undefined) return place
      await directory.close()
      directory = child
    }
    handedOver = true
    return located(place, directory, await lookAt(directory, '.'))
  } finally {
    if (!handedOver) await directory.close()
  }
}

/** Whoever wants to make an entry must learn that it is the folder that is missing. */
function missingOnTheWay(place: Place, { place: wanted, purpose, shown }: Search): FilesError {
  const folder = place === wanted ? `the folder ${path.dirname(shown)}` : `the folder of ${shown}`
  const what = purpose === 'write' ? folder : shown
  return new FilesError('missing', `${what} does not exist`)
}

function located(place: Place, directory: Directory, stat: BigIntStats | undefined): Located {
  const name = place.names.at(-1) ?? '.'
  return {
    root: place.root,
    directory,
    name,
    names: place.names,
    path: path.join(directory.path, name),
    stat,
  }
}

async function lookAt(directory: Directory, name: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(directory.at(name), { bigint: true })
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Undefined when the entry was a folder a moment ago and is none now: the walk begins again. */
async function openChild(
  directory: Directory,
  name: string,
  stat: BigIntStats,
): Promise<Directory | undefined> {
  try {
    return await directory.child(name)
  } catch (error) {
    const code = systemCode(error)
    const swapped = code === 'ENOTDIR' || code === 'ELOOP' || code === 'ENOENT'
    if (swapped && stat.isDirectory()) return undefined
    throw error
  }
}

interface Turn {
  readonly place: Place
  readonly above: readonly string[]
  readonly rest: readonly string[]
  readonly search: Search
}

/** `..` in a link's text: the folder above the real one, as the system has it. */
function goUp({ place, above, rest, search }: Turn): Place {
  if (above.length > 0) return { root: place.root, names: [...above.slice(0, -1), ...rest] }
  const absolute = path.resolve(path.dirname(place.root.path), ...rest)
  return findPlace(search.roots, absolute) ?? refuseOutside(search.shown)
}

async function followLink({
  place,
  directory,
  name,
  above,
  rest,
  search,
}: Turn & { readonly directory: Directory; readonly name: string }): Promise<Place> {
  const text = await readLink(directory, name)
  if (text === undefined) return place
  if (path.isAbsolute(text)) {
    const absolute = path.resolve(text, ...rest)
    return findPlace(search.roots, absolute) ?? refuseOutside(search.shown)
  }
  return { root: place.root, names: [...above, ...splitNames(text), ...rest] }
}

/** Undefined when the link was there a moment ago and is no link now. */
async function readLink(directory: Directory, name: string): Promise<string | undefined> {
  try {
    return await readlink(directory.at(name))
  } catch (error) {
    const code = systemCode(error)
    if (code === 'EINVAL' || code === 'ENOENT') return undefined
    throw error
  }
}

/** Windows gives some names a meaning of their own: streams (`a:b`), devices, names that lose final dots. */
function refuseName(name: string, platform: NodeJS.Platform = process.platform): void {
  const device = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$/i
  if (platform === 'win32' && (/[:<>"|?*]|[. ]$/.test(name) || device.test(name))) {
    throw new FilesError('invalid', `${name} is not a usable name`)
  }
}

function refuseProtected(
  { names, path: shown }: Located,
  { hidden, purpose }: { hidden: boolean; purpose: 'read' | 'write' },
): void {
  const kind = protection(names)
  if (kind === undefined) return
  if (kind === 'git' && purpose === 'write') {
    throw new FilesError('protected', `${shown} belongs to git and is never changed`)
  }
  if (!hidden) {
    throw new FilesError(
      'protected',
      `${shown} is kept back (${kind === 'git' ? "git's own files" : 'it may hold secrets'}); ` +
        'only the person who starts this server can allow it, with --hidden',
    )
  }
}

function refuseOutside(shown: string): never {
  throw new FilesError('outside', `${shown} is outside the allowed folders`)
}
