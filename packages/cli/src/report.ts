import type { Progress } from 'mortise/client'
import type { Screen } from './terminal.ts'
import { visibleLine } from './visible.ts'
import { widthOf } from './width.ts'

/** Tells on stderr what happens meanwhile. */
export interface Report {
  /** A line of its own. */
  line(text: string): void
  /** How far the server is: in one line that changes on a terminal, elsewhere in lines if all is to be told. */
  progress(progress: Progress): void
  /** Takes the changing line away: something else will be written. */
  clear(): void
}

/** A report on `screen`. */
export function createReport(screen: Screen, { verbose }: { readonly verbose: boolean }): Report {
  const { stream, isTTY, columns, paint } = screen
  let shown = ''

  function clear(): void {
    if (shown !== '') stream.write('\r\x1b[K')
    shown = ''
  }

  return {
    line(text) {
      const again = shown
      clear()
      stream.write(`${text}\n`)
      if (again !== '') stream.write((shown = again))
    },
    progress(progress) {
      const text = progressText(progress)
      if (isTTY) {
        clear()
        stream.write((shown = paint.dim(cut(text, columns - 1))))
      } else if (verbose) stream.write(`${text}\n`)
    },
    clear,
  }
}

const barColumns = 16

/** `████░░░░ 25 % 10 of 40 files`; without a total the count alone. */
export function progressText({ progress, total, message }: Progress): string {
  const said = message === undefined ? '' : ` ${visibleLine(message)}`
  if (total === undefined || !(total > 0)) return `… ${said === '' ? progress : said.trimStart()}`
  const share = Math.min(1, Math.max(0, progress / total))
  const full = Math.round(share * barColumns)
  const bar = '█'.repeat(full) + '░'.repeat(barColumns - full)
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %${said}`
}

function cut(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text
  let kept = ''
  for (const character of text) {
    if (widthOf(kept + character) >= columns) break
    kept += character
  }
  return `${kept}…`
}
