import { lstat, realpath } from 'node:fs/promises'
import path from 'node:path'
import { FilesError, explain } from './errors.ts'

/** A folder that clients may see. */
export interface Root {
  /** The real path: absolute, without links. */
  readonly path: string
  /** The path as it was given, made absolute. Clients and links inside the root may use it too. */
  readonly given: string
}

/** An entry to be looked for: the names below a root, without `.`; a `..` may be among them when a link said so. */
export interface Place {
  readonly root: Root
  readonly names: readonly string[]
}

/**
 * Resolves the folders given at start, once.
 * @throws FilesError when one does not exist or is no folder.
 */
export async function resolveRoots(folders: readonly string[]): Promise<readonly Root[]> {
  if (folders.length === 0) throw new FilesError('invalid', 'at least one folder must be given')
  const roots = await Promise.all(folders.map(resolveRoot))
  return roots.filter(
    (root, index) => roots.findIndex((other) => other.path === root.path) === index,
  )
}

async function resolveRoot(folder: string): Promise<Root> {
  if (folder === '' || folder.includes('\0')) {
    throw new FilesError('invalid', 'a folder has a name, without NUL characters')
  }
  const given = path.resolve(folder)
  try {
    const real = await realpath(given)
    if (!(await lstat(real)).isDirectory()) {
      throw new FilesError('wrong_kind', `${given} is not a folder`)
    }
    return { path: real, given }
  } catch (error) {
    throw explain(error, given)
  }
}

/**
 * Finds the root that an absolute, normalised path lies in; of nested roots the inner one. Compares whole names, so
 * `/data2` is not in `/data`. Says nothing about links: walking does.
 */
export function findPlace(roots: readonly Root[], absolute: string): Place | undefined {
  let best: (Place & { readonly length: number }) | undefined
  for (const root of roots) {
    for (const base of new Set([root.path, root.given])) {
      const below = namesBelow(base, absolute)
      if (below === undefined || (best !== undefined && best.length >= base.length)) continue
      best = { root, names: below, length: base.length }
    }
  }
  return best && { root: best.root, names: best.names }
}

function namesBelow(base: string, absolute: string): readonly string[] | undefined {
  if (absolute === base) return []
  const prefix = base.endsWith(path.sep) ? base : base + path.sep
  return absolute.startsWith(prefix) ? splitNames(absolute.slice(prefix.length)) : undefined
}

/** The names of a relative path, without empty ones and `.`. */
export function splitNames(relative: string): readonly string[] {
  return relative
    .split(path.sep === '\\' ? /[\\/]/ : '/')
    .filter((name) => name !== '' && name !== '.')
}
