import { createTwoFilesPatch } from 'diff'
import type { Located } from './confine.ts'
import { FilesError } from './errors.ts'
import { readWhole, withFile } from './handles.ts'
import type { FilesLimits } from './limits.ts'
import { occurrences } from './occurrences.ts'
import { decodeText } from './text.ts'
import { visible } from 'mortise'
import { type Fingerprint, fingerprint, writeContent } from './write.ts'

/** One replacement. */
export interface Edit {
  readonly oldText: string
  readonly newText: string
}

/**
 * Applies replacements one after another. Each `oldText` must stand in the text exactly once; where it does not, lines that
 * differ only in the space around them are taken, and the new lines are indented as the old ones were.
 * @throws FilesError `no_match` when a text is not there, or there several times.
 */
export function applyEdits(original: string, edits: readonly Edit[]): string {
  const usesCrLf = original.includes('\r\n') && !/(?<!\r)\n/.test(original)
  const toLf = (text: string): string => text.replaceAll('\r\n', '\n')
  let text = usesCrLf ? toLf(original) : original
  for (const [index, { oldText, newText }] of edits.entries()) {
    const edit = usesCrLf
      ? { oldText: toLf(oldText), newText: toLf(newText) }
      : { oldText, newText }
    text = applyEdit(text, edit, `edit ${index + 1}`)
  }
  return usesCrLf ? text.replaceAll('\n', '\r\n') : text
}

function applyEdit(text: string, { oldText, newText }: Edit, shown: string): string {
  if (oldText === '') throw new FilesError('no_match', `${shown}: oldText is empty`)
  const [at, another] = occurrences(oldText, text, 2)
  if (at === undefined) return applyByLines(text, { oldText, newText }, shown)
  if (another !== undefined) throw ambiguous(shown)
  return text.slice(0, at) + newText + text.slice(at + oldText.length)
}

function applyByLines(text: string, { oldText, newText }: Edit, shown: string): string {
  const lines = text.split('\n')
  const wanted = oldText
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => line.trim())
  if (wanted.every((line) => line === '')) throw notFound(shown)
  const trimmed = lines.map((line) => line.trim())
  const [start, another] = occurrences(wanted, trimmed, 2)
  if (start === undefined) throw notFound(shown)
  if (another !== undefined) throw ambiguous(shown)
  const replacement = reindent(newText.replace(/\n$/, '').split('\n'), {
    from: indentOf(oldText),
    to: indentOf(lines[start] ?? ''),
  })
  return lines.toSpliced(start, wanted.length, ...replacement).join('\n')
}

function indentOf(text: string): string {
  return /^[ \t]*/.exec(text)?.[0] ?? ''
}

/** Lines that begin with the indent that the model assumed get the one that the file has; others stay. */
function reindent(
  lines: readonly string[],
  { from, to }: { from: string; to: string },
): readonly string[] {
  return lines.map((line) =>
    line.startsWith(from) && line.trim() !== '' ? to + line.slice(from.length) : line,
  )
}

function notFound(shown: string): FilesError {
  return new FilesError('no_match', `${shown}: oldText is not in the file; read it again`)
}

function ambiguous(shown: string): FilesError {
  const advice = 'add lines around it until it is unique'
  return new FilesError('no_match', `${shown}: oldText is in the file several times; ${advice}`)
}

/** A change of one file, worked out and not yet made. */
export interface PlannedEdit {
  readonly content: string
  /** Unified; undefined when the texts are too different to compare within `maxDiffMs`. */
  readonly diff: string | undefined
  /** The state of the file that was read. */
  readonly replaces: Fingerprint | undefined
}

/**
 * Works out a change and its diff without writing anything.
 * @throws FilesError `too_large` over `maxWriteBytes`; `invalid` for more than `maxEdits`; `not_text`; `no_match`.
 */
export async function planEdit(
  located: Located,
  { edits, limits }: { edits: readonly Edit[]; limits: FilesLimits },
): Promise<PlannedEdit> {
  if (edits.length === 0 || edits.length > limits.maxEdits) {
    throw new FilesError('invalid', `1 to ${limits.maxEdits} edits can be given`)
  }
  const maxBytes = limits.maxWriteBytes
  const bytes = await withFile(located, (handle) =>
    readWhole(handle, { maxBytes, shown: located.path }),
  )
  const original = decodeText(bytes, located.path)
  const content = applyEdits(original, edits)
  if (Buffer.byteLength(content) > maxBytes) {
    throw new FilesError('too_large', `${located.path} would exceed ${maxBytes} bytes`)
  }
  const shown = visible(located.path)
  const diff = createTwoFilesPatch(shown, shown, original, content, '', '', {
    context: 3,
    timeout: limits.maxDiffMs,
  })
  return { content, diff, replaces: fingerprint(located.stat) }
}

/** Makes a planned change, unless the file was changed since it was read. */
export async function commitEdit(located: Located, plan: PlannedEdit): Promise<void> {
  await writeContent(located, { content: plan.content, replaces: plan.replaces })
}
