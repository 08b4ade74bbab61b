import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'
import type { Confinement, Located } from './confine.ts'
import type { Directory } from './directory.ts'
import { withFolder } from './handles.ts'
import { type IgnoreScope, enterScope, isIgnored, scopeOf } from './ignore-rules.ts'
import type { FilesLimits } from './limits.ts'
import { isHidden } from './protect.ts'

/** What an entry is. Links are shown as links, and walks do not go through them. */
export type EntryKind = 'file' | 'directory' | 'symlink' | 'other'

/** One entry met on a walk. */
export interface Entry {
  readonly name: string
  readonly kind: EntryKind
  /** Names below the folder where the walk began. */
  readonly relative: readonly string[]
  /** Names below the root. */
  readonly names: readonly string[]
  /** The folder that holds it; open until the walk goes on. */
  readonly directory: Directory
}

/** What a walk leaves out, and how far it goes. */
export interface WalkOptions {
  /** Entries whose name begins with a dot. `.git` is left out in any case. Default: false. */
  readonly includeHidden?: boolean | undefined
  /** Entries that `.gitignore` files name. Default: false. */
  readonly includeIgnored?: boolean | undefined
  /** Levels below the folder; 1 is its own entries. Default: as deep as paths may be. */
  readonly maxDepth?: number | undefined
  /** Leaves an entry, and what is in it, out. */
  readonly exclude?: ((relative: readonly string[]) => boolean) | undefined
  /** Begins after this entry, given by its names below the folder; it need not exist any more. */
  readonly after?: readonly string[] | undefined
  readonly signal?: AbortSignal | undefined
  /** Called when a bound ended the walk, or of a folder, early. */
  readonly onCut?: (() => void) | undefined
}

interface Walk extends WalkOptions {
  readonly limits: FilesLimits
  /** Entries that may still be looked at. */
  left: number
}

/**
 * Walks the folder that was located, in the order of names, a folder before its entries. A folder that is itself hidden or
 * ignored was asked for by name: then ignore rules do not apply inside.
 */
export async function* walk(
  confinement: Confinement,
  located: Located,
  options: WalkOptions = {},
): AsyncGenerator<Entry, void, undefined> {
  const { limits } = confinement
  const { scope, ignored } = await scopeOf(confinement, located)
  const includeIgnored = options.includeIgnored === true || ignored
  const state: Walk = { ...options, includeIgnored, limits, left: limits.maxWalkEntries }
  const start = located.name === '.' ? located.directory : undefined
  const folder = start ?? (await openFolder(located))
  try {
    const { names } = located
    yield* walkFolder(state, { folder, relative: [], names, scope, after: options.after })
  } finally {
    if (start === undefined) await folder.close()
  }
}

/** A folder of its own to hold over the generator's pauses. */
async function openFolder(located: Located): Promise<Directory> {
  return withFolder(located, async () => located.directory.child(located.name))
}

interface Level {
  readonly folder: Directory
  readonly relative: readonly string[]
  readonly names: readonly string[]
  readonly scope: IgnoreScope | undefined
  /** Names below this folder that the walk begins after. */
  readonly after: readonly string[] | undefined
}

async function* walkFolder(
  walk: Walk,
  { folder, relative, names, scope, after = [] }: Level,
): AsyncGenerator<Entry, void, undefined> {
  const { limits, includeHidden, includeIgnored, exclude, signal, onCut } = walk
  const maxDepth = walk.maxDepth ?? limits.maxPathDepth
  const inner = includeIgnored
    ? undefined
    : await enterScope(scope, { folder, depth: names.length, limits })
  for (const found of await readFolder(folder, walk)) {
    signal?.throwIfAborted()
    const { name } = found
    const [resumed, ...afterBelow] = after
    if (resumed !== undefined && name < resumed) continue
    if (walk.left-- <= 0) return onCut?.()
    const kind = kindOf(found)
    const entry: Entry = {
      name,
      kind,
      relative: [...relative, name],
      names: [...names, name],
      directory: folder,
    }
    const isFolder = kind === 'directory'
    if (name.toLowerCase() === '.git' || (isHidden(name) && !includeHidden)) continue
    if (inner !== undefined && isIgnored(inner, { names: entry.names, isFolder })) continue
    if (exclude?.(entry.relative)) continue
    if (name !== resumed) yield entry
    if (!isFolder) continue
    if (entry.relative.length >= maxDepth || entry.names.length >= limits.maxPathDepth) continue
    const child = await openQuietly(folder, name)
    if (child === undefined) continue
    try {
      yield* walkFolder(walk, {
        folder: child,
        relative: entry.relative,
        names: entry.names,
        scope: inner,
        after: name === resumed ? afterBelow : undefined,
      })
    } finally {
      await child.close()
    }
  }
}

/** Undefined when the folder went away, was replaced or may not be entered: the walk goes on beside it. */
async function openQuietly(folder: Directory, name: string): Promise<Directory | undefined> {
  try {
    return await folder.child(name)
  } catch {
    /* see above */
    return undefined
  }
}

/** Entries in the order of their names; none when the folder may not be read, unless it is the first. */
async function readFolder(folder: Directory, walk: Walk): Promise<readonly Dirent[]> {
  const entries: Dirent[] = []
  try {
    await folder.recheck()
    for await (const entry of await opendir(folder.at('.'))) {
      if (entries.length >= walk.limits.maxFolderEntries) {
        walk.onCut?.()
        break
      }
      entries.push(entry)
    }
    await folder.recheck()
  } catch (error) {
    if (walk.left === walk.limits.maxWalkEntries) throw error
    return []
  }
  return entries.sort((a, b) => (a.name < b.name ? -1 : 1))
}

function kindOf(entry: Dirent): EntryKind {
  if (entry.isFile()) return 'file'
  if (entry.isDirectory()) return 'directory'
  return entry.isSymbolicLink() ? 'symlink' : 'other'
}
