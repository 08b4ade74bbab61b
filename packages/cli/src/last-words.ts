import type { Paint } from './paint.ts'
import type { Report } from './report.ts'
import { visibleLine } from './visible.ts'

const maxLines = 10

/** What a started server said on stderr. */
export interface LastWords {
  /** Takes one line; shows it at once where everything is to be shown. */
  hear(line: string): void
  /** What was said so far belongs to the start. */
  forget(): void
  /** Shows the last lines that were not shown. */
  tell(): void
}

/** Keeps the last lines of a server's stderr, for when a call fails in it. */
export function createLastWords({
  report,
  paint,
  verbose,
}: {
  readonly report: Report
  readonly paint: Paint
  readonly verbose: boolean
}): LastWords {
  let lines: string[] = []
  let inTrace = false
  const show = (line: string): void => report.line(paint.dim(visibleLine(line)))
  return {
    hear(line) {
      if (verbose) return show(line)
      // Of a stack the first frame tells where; the rest would push out what.
      const isFrame = /^\s+at /.test(line)
      if (!isFrame || !inTrace) lines = [...lines, line].slice(-maxLines)
      inTrace = isFrame
    },
    forget() {
      lines = []
    },
    tell() {
      if (lines.length > 0) report.line('The server said on stderr (-v shows all of it):')
      lines.forEach(show)
      lines = []
    },
  }
}
