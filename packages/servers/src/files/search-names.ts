import path from 'node:path'
import type { Confinement, Located } from './confine.ts'
import { compileGlob, isGlob } from './glob.ts'
import type { FilesLimits } from './limits.ts'
import { type EntryKind, type WalkOptions, walk } from './walk.ts'

/** Entries whose path matches. */
export interface NameMatches {
  readonly matches: readonly { readonly path: string; readonly kind: EntryKind }[]
  /** Whether there may be more. */
  readonly truncated: boolean
}

/** What is searched, and how many results there may be. */
export type NameSearchOptions = Omit<WalkOptions, 'onCut'> & {
  /** A glob for the path below the searched folder; without glob characters, a part of the name in any case. */
  readonly pattern: string
  /** Default and most: `maxResults`. */
  readonly maxResults?: number | undefined
  /** Called now and then with the number of entries looked at. */
  readonly onProgress?: ((entries: number) => void) | undefined
}

const progressEvery = 500

/**
 * Finds files and folders by name.
 * @throws FilesError `invalid` for a pattern that is too long.
 */
export async function searchNames(
  confinement: Confinement,
  located: Located,
  { pattern, maxResults, onProgress, ...options }: NameSearchOptions,
): Promise<NameMatches> {
  const { limits } = confinement
  const isMatch = compilePattern(pattern, limits)
  const most = Math.min(maxResults ?? limits.maxResults, limits.maxResults)
  let truncated = false
  const onCut = (): void => {
    truncated = true
  }
  const matches: { path: string; kind: EntryKind }[] = []
  let entries = 0
  for await (const { relative, kind, directory, name } of walk(confinement, located, {
    ...options,
    onCut,
  })) {
    if (++entries % progressEvery === 0) onProgress?.(entries)
    if (!isMatch(relative)) continue
    if (matches.length === most) {
      truncated = true
      break
    }
    matches.push({ path: path.join(directory.path, name), kind })
  }
  return { matches, truncated }
}

function compilePattern(
  pattern: string,
  limits: FilesLimits,
): (relative: readonly string[]) => boolean {
  const matches = compileGlob(pattern, limits)
  if (isGlob(pattern) || pattern.includes('/')) return (relative) => matches(relative.join('/'))
  const part = pattern.toLowerCase()
  return (relative) => relative.at(-1)?.toLowerCase().includes(part) ?? false
}
