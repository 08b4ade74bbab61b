import { lstat, readlink } from 'node:fs/promises'
import type { Confinement, Located } from './confine.ts'
import { FilesError } from './errors.ts'
import type { FilesLimits } from './limits.ts'
import { compileGlob } from './glob.ts'
import { mimeTypeOf } from './media.ts'
import { type EntryKind, type WalkOptions, walk } from './walk.ts'

/** One entry of a folder. */
export interface ListedEntry {
  readonly name: string
  readonly kind: EntryKind
  /** Bytes of a file; undefined for anything else, and when sizes were not asked for. */
  readonly size?: number
}

/** A folder's entries in the order of their names. */
export interface Listing {
  readonly entries: readonly ListedEntry[]
  /** Whether the folder has more entries than are looked at. */
  readonly cut: boolean
}

/** What is listed, and whether with sizes. */
export type ListOptions = Pick<WalkOptions, 'includeHidden' | 'includeIgnored' | 'signal'> & {
  readonly sizes?: boolean
}

/** Lists a folder. An entry that goes away meanwhile has no size. */
export async function listFolder(
  confinement: Confinement,
  located: Located,
  { sizes = false, ...options }: ListOptions = {},
): Promise<Listing> {
  let cut = false
  const onCut = (): void => {
    cut = true
  }
  const entries: ListedEntry[] = []
  for await (const entry of walk(confinement, located, { ...options, maxDepth: 1, onCut })) {
    const { name, kind, directory } = entry
    const size = sizes && kind === 'file' ? await sizeOf(directory.at(name)) : undefined
    entries.push({ name, kind, ...(size === undefined ? {} : { size }) })
  }
  return { entries, cut }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await lstat(path)).size
  } catch {
    /* gone since it was listed */
    return undefined
  }
}

/** What is known of one entry without reading it. */
export interface EntryInfo {
  readonly path: string
  readonly kind: EntryKind
  readonly size: number
  readonly created: Date
  readonly modified: Date
  readonly accessed: Date
  /** Octal, three digits. */
  readonly permissions: string
  readonly mimeType?: string
  /** The text of a link. */
  readonly linksTo?: string
}

/**
 * Describes an entry; located without following, a link is described itself.
 * @throws FilesError `missing`
 */
export async function describeEntry(located: Located): Promise<EntryInfo> {
  const { stat, directory, name, path } = located
  if (stat === undefined) throw new FilesError('missing', `${path} does not exist`)
  const isLink = stat.isSymbolicLink()
  const kind = stat.isFile()
    ? 'file'
    : stat.isDirectory()
      ? 'directory'
      : isLink
        ? 'symlink'
        : 'other'
  const mimeType = kind === 'file' ? mimeTypeOf(name) : undefined
  return {
    path,
    kind,
    size: Number(stat.size),
    created: stat.birthtime,
    modified: stat.mtime,
    accessed: stat.atime,
    permissions: (stat.mode & 0o777n).toString(8).padStart(3, '0'),
    ...(mimeType === undefined ? {} : { mimeType }),
    ...(isLink ? { linksTo: await readlink(directory.at(name)) } : {}),
  }
}

/**
 * Whether an entry is left out by `excludePatterns`: globs for a path, or, without a `/`, for a name anywhere.
 * @throws FilesError `invalid` for too many or too long patterns.
 */
export function compileExcludes(
  patterns: readonly string[],
  limits: FilesLimits,
): (relative: readonly string[]) => boolean {
  if (patterns.length > limits.maxGlobs) {
    throw new FilesError('invalid', `at most ${limits.maxGlobs} patterns can be given`)
  }
  const tests = patterns.map((pattern) => {
    const anywhere = pattern.startsWith('**/') || pattern.startsWith('/')
    return compileGlob(anywhere ? pattern.replace(/^\//, '') : `**/${pattern}`, limits)
  })
  return (relative) => {
    const path = relative.join('/')
    return tests.some((matches) => matches(path))
  }
}
