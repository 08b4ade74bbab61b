import { lstat } from 'node:fs/promises'
import createIgnore, { type Ignore } from 'ignore'
import type { Confinement, Located } from './confine.ts'
import type { Directory } from './directory.ts'
import { readWhole, withFile } from './handles.ts'
import type { FilesLimits } from './limits.ts'

/** The `.gitignore` files in force in one folder, the nearest first. */
export interface IgnoreScope {
  /** How many names below the root the folder of these rules lies. */
  readonly depth: number
  readonly rules: Ignore
  readonly outer: IgnoreScope | undefined
}

/** Whether the rules in force leave an entry out; `names` are those below the root. */
export function isIgnored(
  scope: IgnoreScope | undefined,
  { names, isFolder }: { names: readonly string[]; isFolder: boolean },
): boolean {
  for (let current = scope; current !== undefined; current = current.outer) {
    const relative = names.slice(current.depth).join('/') + (isFolder ? '/' : '')
    const { ignored, unignored } = current.rules.test(relative)
    if (ignored || unignored) return ignored
  }
  return false
}

/** The rules in force in a folder: those of its own `.gitignore`, if it has a usable one, before the outer ones. */
export async function enterScope(
  outer: IgnoreScope | undefined,
  { folder, depth, limits }: { folder: Directory; depth: number; limits: FilesLimits },
): Promise<IgnoreScope | undefined> {
  const text = await readIgnoreFile(folder, limits)
  if (text === undefined) return outer
  const rules = createIgnore({ ignorecase: process.platform !== 'linux' })
  rules.add(usableRules(text, limits))
  return { depth, rules, outer }
}

/** The rules in force in a folder that was named, from its root down; whether they leave the folder itself out. */
export async function scopeOf(
  confinement: Confinement,
  { root, names }: Pick<Located, 'root' | 'names'>,
): Promise<{ scope: IgnoreScope | undefined; ignored: boolean }> {
  let folder = await confinement.openRoot(root.path)
  let scope: IgnoreScope | undefined
  let ignored = false
  try {
    for (const [depth, name] of names.entries()) {
      scope = await enterScope(scope, { folder, depth, limits: confinement.limits })
      ignored ||= isIgnored(scope, { names: names.slice(0, depth + 1), isFolder: true })
      const child = await folder.child(name)
      await folder.close()
      folder = child
    }
  } finally {
    await folder.close()
  }
  return { scope, ignored }
}

/** A file that cannot be read has no rules: ignoring is a convenience and must not stop a listing. */
async function readIgnoreFile(folder: Directory, limits: FilesLimits): Promise<string | undefined> {
  const name = '.gitignore'
  try {
    const stat = await lstat(folder.at(name), { bigint: true })
    if (!stat.isFile()) return undefined
    const file = { directory: folder, name, path: folder.path, stat }
    const maxBytes = limits.maxIgnoreFileBytes
    return await withFile(file, async (handle) =>
      (await readWhole(handle, { maxBytes, shown: folder.path })).toString('utf8'),
    )
  } catch {
    /* absent, unreadable or too large */
    return undefined
  }
}

/**
 * The rules that are safe to match. The library turns each into a regular expression that backtracks, and the rules come
 * with the files: one with many wildcards could hold the process up for hours.
 */
function usableRules(text: string, limits: FilesLimits): readonly string[] {
  return text
    .split(/\r?\n/, limits.maxIgnoreRules)
    .filter((rule) => rule.length <= limits.maxGlobLength)
    .filter((rule) => (rule.match(/\*+/g)?.length ?? 0) <= limits.maxIgnoreWildcards)
}
