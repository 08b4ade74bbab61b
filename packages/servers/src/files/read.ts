import type { FileHandle } from 'node:fs/promises'
import type { Located } from './confine.ts'
import { FilesError } from './errors.ts'
import { readAt, readWhole, withFile } from './handles.ts'
import type { FilesLimits } from './limits.ts'
import { decodeText, trimToCharacter } from './text.ts'

/** Which lines are wanted; without any field the whole file. Lines count from 1. */
export interface LineRange {
  readonly head?: number | undefined
  readonly tail?: number | undefined
  /** The first line. */
  readonly offset?: number | undefined
  /** How many lines, from `offset` or from the first. */
  readonly limit?: number | undefined
}

/** Text of a file, as it stands there: line endings are kept. */
export interface TextPart {
  readonly text: string
  /** Number of the first line; undefined for the last lines of a file, which are not counted. */
  readonly firstLine?: number
  /** Lines in `text`. */
  readonly lines: number
  /** Whether `text` ends with the file. */
  readonly toEnd: boolean
  /** Whether the bound on one answer, and not the range, ended the text. */
  readonly cut: boolean
}

/** Settings of reading text. */
export interface ReadOptions {
  readonly range?: LineRange
  readonly limits: FilesLimits
  readonly signal?: AbortSignal | undefined
}

const blockBytes = 64 * 1024
const newline = 0x0a

/**
 * Reads text, or some lines of it without loading the rest.
 * @throws FilesError `not_text`; `too_large` for a whole file over `maxTextBytes`, or a range further in than
 *   `maxScanBytes`; `invalid` for a range that contradicts itself.
 */
export async function readText(
  located: Located,
  { range = {}, limits, signal }: ReadOptions,
): Promise<TextPart> {
  const { head, tail, offset, limit } = range
  checkRange(range)
  return withFile(located, async (handle) => {
    const source: Source = { handle, shown: located.path, limits, signal }
    if (tail !== undefined) return readLast(source, tail)
    if (head !== undefined) return readLines(source, { first: 1, count: head })
    if (offset !== undefined || limit !== undefined) {
      return readLines(source, { first: offset ?? 1, count: limit ?? Infinity })
    }
    const maxBytes = limits.maxTextBytes
    const advice = '; ask for lines with head, tail, or offset and limit'
    const bytes = await readWhole(handle, { maxBytes, shown: located.path, advice })
    const text = decodeText(bytes, located.path)
    return { text, firstLine: 1, lines: countLines(bytes), toEnd: true, cut: false }
  })
}

function checkRange({ head, tail, offset, limit }: LineRange): void {
  const ways = [head, tail, offset ?? limit].filter((value) => value !== undefined)
  if (ways.length > 1) {
    throw new FilesError('invalid', 'give head, or tail, or offset and limit, not several of them')
  }
  for (const [name, value] of Object.entries({ head, tail, offset, limit })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 1)) {
      throw new FilesError('invalid', `${name} must be a whole number, at least 1`)
    }
  }
}

interface Source {
  readonly handle: FileHandle
  readonly shown: string
  readonly limits: FilesLimits
  readonly signal: AbortSignal | undefined
}

async function readLines(
  { handle, shown, limits, signal }: Source,
  { first, count }: { first: number; count: number },
): Promise<TextPart> {
  const { size } = await handle.stat()
  const kept: Buffer[] = []
  let keptBytes = 0
  let line = 1
  let position = 0
  let atEnd = false
  let toEnd = false
  const pastLast = first + count
  while (line < pastLast && keptBytes <= limits.maxTextBytes && !atEnd) {
    signal?.throwIfAborted()
    if (position >= limits.maxScanBytes) {
      const reason = `line ${first} lies beyond the first ${limits.maxScanBytes} bytes`
      throw new FilesError('too_large', `${shown}: ${reason}; use tail to read the end`)
    }
    const block = await readAt(handle, { position, length: blockBytes })
    const wanted = linesOf(block, { line, first, pastLast })
    atEnd = block.length < blockBytes
    toEnd = position + wanted.end >= size
    position += block.length
    line = wanted.line
    kept.push(wanted.bytes)
    keptBytes += wanted.bytes.length
  }
  return finish({ bytes: Buffer.concat(kept, keptBytes), first, toEnd, shown, limits })
}

/** The part of a block in lines `first` to before `pastLast`, where it ends, and the line that the next block begins in. */
function linesOf(
  block: Buffer,
  { line, first, pastLast }: { line: number; first: number; pastLast: number },
): { bytes: Buffer; line: number; end: number } {
  let current = line
  let at = 0
  let start = line >= first ? 0 : block.length
  while (current < pastLast) {
    const next = block.indexOf(newline, at)
    if (next === -1) return { bytes: block.subarray(start), line: current, end: block.length }
    at = next + 1
    current++
    if (current === first) start = at
  }
  return { bytes: block.subarray(start, at), line: current, end: at }
}

async function readLast(
  { handle, shown, limits, signal }: Source,
  count: number,
): Promise<TextPart> {
  let position = (await handle.stat()).size
  let bytes: Buffer = Buffer.alloc(0)
  while (position > 0 && bytes.length <= limits.maxTextBytes) {
    signal?.throwIfAborted()
    const length = Math.min(blockBytes, position)
    position -= length
    bytes = Buffer.concat([await readAt(handle, { position, length }), bytes])
    const start = startOfLast(bytes, count)
    if (start !== undefined) {
      bytes = bytes.subarray(start)
      break
    }
  }
  const cut = bytes.length > limits.maxTextBytes
  if (cut) bytes = dropFirstPart(bytes.subarray(bytes.length - limits.maxTextBytes))
  return { text: decodeText(bytes, shown), lines: countLines(bytes), toEnd: true, cut }
}

/** Where the last `count` lines begin; undefined when the bytes hold fewer. */
function startOfLast(bytes: Buffer, count: number): number | undefined {
  let at = bytes.length
  if (bytes[at - 1] === newline) at--
  for (let seen = 0; seen < count; seen++) {
    if (at === 0) return undefined
    at = bytes.lastIndexOf(newline, at - 1)
    if (at === -1) return undefined
  }
  return at + 1
}

/** Bytes without the line, or at least the character, that their start cuts in two. */
function dropFirstPart(bytes: Buffer): Buffer {
  const next = bytes.indexOf(newline)
  if (next !== -1 && next < bytes.length - 1) return bytes.subarray(next + 1)
  let start = 0
  while (start < 4 && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++
  return bytes.subarray(start)
}

function finish({
  bytes,
  first,
  toEnd,
  shown,
  limits,
}: {
  bytes: Buffer
  first: number
  toEnd: boolean
  shown: string
  limits: FilesLimits
}): TextPart {
  const cut = bytes.length > limits.maxTextBytes
  const part = cut ? dropLastPart(bytes.subarray(0, limits.maxTextBytes)) : bytes
  const text = decodeText(part, shown)
  return { text, firstLine: first, lines: countLines(part), toEnd: toEnd && !cut, cut }
}

/** Bytes without the line that their end cuts in two; of a single long line, without the cut character. */
function dropLastPart(bytes: Buffer): Buffer {
  const end = bytes.lastIndexOf(newline)
  return end === -1 ? trimToCharacter(bytes) : bytes.subarray(0, end + 1)
}

function countLines(bytes: Buffer): number {
  if (bytes.length === 0) return 0
  let lines = bytes[bytes.length - 1] === newline ? 0 : 1
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) lines++
  return lines
}
