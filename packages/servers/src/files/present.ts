import type { CallToolResult, ContentBlock } from 'mortise/server'
import type { EntryInfo, ListedEntry, Listing } from './list.ts'
import type { TextPart } from './read.ts'
import type { ContentMatch, ContentMatches } from './search-content.ts'
import type { NameMatches } from './search-names.ts'
import { visible } from 'mortise'
import type { EntryKind } from './walk.ts'

const labels: Readonly<Record<EntryKind, string>> = {
  file: '[FILE]',
  directory: '[DIR]',
  symlink: '[LINK]',
  other: '[OTHER]',
}

/** A result that says the same twice: as text for models, as data for programs. */
export function bothWays(text: string, structuredContent: unknown): CallToolResult {
  return { content: [{ type: 'text', text }], structuredContent }
}

/** A part of a file, exactly; what is to be known about it stands in a block of its own. */
export function showText(part: TextPart): readonly ContentBlock[] {
  const note = noteOn(part)
  return [
    { type: 'text', text: part.text },
    ...(note === undefined ? [] : [{ type: 'text', text: note } as const]),
  ]
}

function noteOn({ firstLine, lines, toEnd, cut }: TextPart): string | undefined {
  if (firstLine === undefined) {
    return cut
      ? `[Only the last ${counted(lines, 'line')}: this is as much as one answer holds]`
      : undefined
  }
  const next = firstLine + lines
  if (cut) {
    const why = 'this is as much as one answer holds'
    return `[Cut after line ${next - 1}: ${why}; go on with offset ${next}]`
  }
  if (lines === 0 && firstLine > 1) return `[The file has fewer than ${firstLine} lines]`
  return toEnd ? undefined : `[More lines follow; go on with offset ${next}]`
}

/** A folder's entries, a line each. */
export function showListing({ entries, cut }: Listing): string {
  const lines = entries.map(({ kind, name }) => `${labels[kind]} ${visible(name)}`)
  if (cut) lines.push('[There are more entries than are listed]')
  return lines.length === 0 ? 'The folder has no visible entries' : lines.join('\n')
}

/** A folder's entries with their sizes, a line each, and their sum. */
export function showSizes(listing: Listing): string {
  const { entries } = listing
  const lines = entries.map(
    ({ kind, name, size }) =>
      `${labels[kind]} ${visible(name).padEnd(32)} ${size === undefined ? '' : bytes(size)}`,
  )
  const files = entries.filter(({ kind }) => kind === 'file')
  const folders = entries.filter(({ kind }) => kind === 'directory')
  const sum = files.reduce((total, { size = 0 }) => total + size, 0)
  return [
    ...lines.map((line) => line.trimEnd()),
    ...(listing.cut ? ['[There are more entries than are listed]'] : []),
    '',
    `${counted(files.length, 'file')}, ${counted(folders.length, 'folder')}, ${bytes(sum)} in all`,
  ].join('\n')
}

/** The largest file first; what has no size comes last. */
export function bySize(a: ListedEntry, b: ListedEntry): number {
  return (b.size ?? -1) - (a.size ?? -1)
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A size for people: three digits at most, or plain bytes. */
export function bytes(count: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const
  let value = count
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`
}

/** An entry's description, a line for each field. */
export function showInfo(info: EntryInfo): string {
  return Object.entries(infoData(info))
    .map(([name, value]) => `${name}: ${visible(String(value))}`)
    .join('\n')
}

/** An entry's description as data. */
export function infoData({ kind, created, modified, accessed, ...rest }: EntryInfo): object {
  const times = {
    created: created.toISOString(),
    modified: modified.toISOString(),
    accessed: accessed.toISOString(),
  }
  return { ...rest, type: kind, ...times }
}

/** Paths that were found, a line each. */
export function showNames({ matches, truncated }: NameMatches): string {
  if (matches.length === 0) return 'Nothing matches'
  const lines = matches.map(({ path }) => visible(path))
  if (truncated) lines.push('[There may be more; narrow the search]')
  return lines.join('\n')
}

/** Lines that were found, as `path:line: text`, with the lines around them. */
export function showMatches(found: ContentMatches): string {
  const { matches, filesSkipped, truncated } = found
  const files = new Set(matches.map(({ path }) => path)).size
  const isSpaced = matches.some(({ before, after }) => (before ?? after) !== undefined)
  const shown = matches.map(showMatch).join(isSpaced ? '\n--\n' : '\n')
  const skipped = filesSkipped === 0 ? '' : `, ${filesSkipped} skipped`
  const more = truncated ? '; there may be more, narrow the search' : ''
  const sum = `[${counted(matches.length, 'line')} in ${counted(files, 'file')}${skipped}${more}]`
  return shown === '' ? sum : `${shown}\n${sum}`
}

function showMatch({ path, line, text, before = [], after = [] }: ContentMatch): string {
  const shown = visible(path)
  const beside = (text: string, offset: number): string => `${shown}-${line + offset}- ${text}`
  return [
    ...before.map((text, index) => beside(text, index - before.length)),
    `${shown}:${line}: ${text}`,
    ...after.map((text, index) => beside(text, index + 1)),
  ].join('\n')
}

/** A diff in a fence that is longer than any in it. */
export function fenced(diff: string): string {
  const longest = Math.max(2, ...[...diff.matchAll(/`+/g)].map(([run]) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}diff\n${diff.trimEnd()}\n${fence}`
}
