import { lstat } from 'node:fs/promises'
import path from 'node:path'
import type { Confinement, Located } from './confine.ts'
import { FilesError } from './errors.ts'
import { compileGlob } from './glob.ts'
import { readWhole, withFile } from './handles.ts'
import { createLineFinder } from './line-finder.ts'
import { looksLikeText } from './text.ts'
import { type Entry, type WalkOptions, walk } from './walk.ts'

/** A line that holds the query. */
export interface ContentMatch {
  readonly path: string
  /** Counts from 1. */
  readonly line: number
  /** The line, cut around the query when it is long. */
  readonly text: string
  readonly before?: readonly string[]
  readonly after?: readonly string[]
}

/** What a content search found, and what it did not look at. */
export interface ContentMatches {
  readonly matches: readonly ContentMatch[]
  readonly filesSearched: number
  /** Files that were too large, not text, kept back or not readable. */
  readonly filesSkipped: number
  /** Whether there may be more. */
  readonly truncated: boolean
}

/** What is searched, for what, and how much is told. */
export type ContentSearchOptions = Omit<WalkOptions, 'onCut'> & {
  /** Searched for as it is: no pattern. */
  readonly query: string
  /** Default: false. */
  readonly caseSensitive?: boolean | undefined
  /** Whether no letter, digit or `_` may stand beside the query. Default: false. */
  readonly wholeWord?: boolean | undefined
  /** A glob that files must match; without a `/`, by their name. */
  readonly filePattern?: string | undefined
  /** Lines told before and after each match. Default: 0. */
  readonly contextLines?: number | undefined
  /** Default and most: `maxResults`. */
  readonly maxResults?: number | undefined
  /** Called before each file. */
  readonly onProgress?: ((files: number) => void) | undefined
}

/**
 * Finds lines of text files. Files are read one after another, so that a search holds one file at most.
 * @throws FilesError `invalid` for an empty or too long query, or one with a line break.
 */
export async function searchContent(
  confinement: Confinement,
  located: Located,
  options: ContentSearchOptions,
): Promise<ContentMatches> {
  const search = prepare(confinement, options)
  const onCut = (): void => {
    search.truncated = true
  }
  const isWanted = fileFilter(confinement, options.filePattern)
  for await (const entry of filesIn(confinement, located, { ...options, onCut })) {
    if (!isWanted(entry.relative)) continue
    options.onProgress?.(search.filesSearched + search.filesSkipped)
    if (!(await searchFile(confinement, { entry, search, signal: options.signal }))) break
  }
  const { matches, filesSearched, filesSkipped, truncated } = search
  return { matches, filesSearched, filesSkipped, truncated }
}

interface Search {
  readonly find: (text: string, most: number) => readonly Omit<ContentMatch, 'path'>[]
  readonly most: number
  readonly matches: ContentMatch[]
  filesSearched: number
  filesSkipped: number
  bytesLeft: number
  /** UTF-16 units that may still be told. */
  textLeft: number
  truncated: boolean
}

function prepare({ limits }: Confinement, options: ContentSearchOptions): Search {
  const { query, contextLines = 0 } = options
  if (query === '' || query.length > limits.maxQueryLength || /[\r\n]/.test(query)) {
    const reason = `a query has 1 to ${limits.maxQueryLength} characters and no line break`
    throw new FilesError('invalid', reason)
  }
  return {
    find: createLineFinder({
      query,
      caseSensitive: options.caseSensitive ?? false,
      wholeWord: options.wholeWord ?? false,
      contextLines: Math.min(contextLines, limits.maxContextLines),
      maxShownLine: limits.maxShownLine,
    }),
    most: Math.min(options.maxResults ?? limits.maxResults, limits.maxResults),
    matches: [],
    filesSearched: 0,
    filesSkipped: 0,
    bytesLeft: limits.maxSearchBytes,
    textLeft: limits.maxTextBytes,
    truncated: false,
  }
}

function fileFilter(
  { limits }: Confinement,
  pattern: string | undefined,
): (relative: readonly string[]) => boolean {
  if (pattern === undefined) return () => true
  const matches = compileGlob(pattern.includes('/') ? pattern : `**/${pattern}`, limits)
  return (relative) => matches(relative.join('/'))
}

/** The files below a folder, or the one file that was named. */
async function* filesIn(
  confinement: Confinement,
  located: Located,
  options: WalkOptions,
): AsyncGenerator<Entry, void, undefined> {
  const { name, names, directory, stat } = located
  if (stat?.isFile()) {
    yield { name, kind: 'file', relative: [name], names, directory }
    return
  }
  for await (const entry of walk(confinement, located, options)) {
    if (entry.kind === 'file') yield entry
  }
}

/** Says whether the search goes on. */
async function searchFile(
  confinement: Confinement,
  { entry, search, signal }: { entry: Entry; search: Search; signal: AbortSignal | undefined },
): Promise<boolean> {
  signal?.throwIfAborted()
  const bytes = confinement.isProtected(entry.names)
    ? undefined
    : await readCandidate(entry, confinement.limits.maxSearchFileBytes)
  if (bytes === undefined) {
    search.filesSkipped++
    return true
  }
  search.bytesLeft -= bytes.length
  if (search.bytesLeft < 0) {
    search.truncated = true
    return false
  }
  search.filesSearched++
  const room = search.most - search.matches.length
  const file = path.join(entry.directory.path, entry.name)
  for (const match of search.find(bytes.toString('utf8'), room + 1)) {
    search.textLeft -= file.length + lengthOf(match)
    if (search.matches.length === search.most || search.textLeft < 0) {
      search.truncated = true
      return false
    }
    search.matches.push({ path: file, ...match })
  }
  return true
}

function lengthOf({ text, before = [], after = [] }: Omit<ContentMatch, 'path'>): number {
  return [text, ...before, ...after].reduce((sum, line) => sum + line.length, 0)
}

/** Undefined for a file that is no text, too large, not readable, or gone. */
async function readCandidate(
  { directory, name }: Entry,
  maxBytes: number,
): Promise<Buffer | undefined> {
  try {
    const stat = await lstat(directory.at(name), { bigint: true })
    const file = { directory, name, path: directory.path, stat }
    const bytes = await withFile(file, (handle) =>
      readWhole(handle, { maxBytes, shown: directory.path }),
    )
    return looksLikeText(bytes) ? bytes : undefined
  } catch {
    /* counted as skipped; the search goes on with the next file */
    return undefined
  }
}
