import { PassThrough } from 'node:stream'
import { expect, test } from 'vitest'
import { createPaint } from './paint.ts'
import { createReport, progressText } from './report.ts'
import type { Report } from './report.ts'

function reportOn(isTTY: boolean, verbose: boolean): { report: Report; written: () => string } {
  const stream = new PassThrough()
  const paint = createPaint({ enabled: false })
  const report = createReport({ stream, isTTY, columns: 30, paint }, { verbose })
  return { report, written: () => String(stream.read() ?? '') }
}

test.each([
  [{ progress: 1, total: 4, message: 'one' }, '████░░░░░░░░░░░░  25 % one'],
  [{ progress: 9, total: 4 }, '████████████████ 100 %'],
  [{ progress: 7 }, '… 7'],
  [{ progress: 7, message: 'se\x1bven' }, '… se\\x1bven'],
])('%j', (progress, expected) => {
  expect(progressText(progress)).toBe(expected)
})

test('on a terminal progress is one line that changes, and lets other lines pass', () => {
  const { report, written } = reportOn(true, false)
  report.progress({ progress: 1 })
  report.line('a line')
  report.progress({ progress: 2 })
  report.clear()
  expect(written()).toBe('… 1\r\x1b[Ka line\n… 1\r\x1b[K… 2\r\x1b[K')
})

test('it never takes a second line', () => {
  const { report, written } = reportOn(true, false)
  report.progress({ progress: 1, message: 'x'.repeat(100) })
  expect(written()).toHaveLength(29)
})

test('elsewhere progress is told only when everything is', () => {
  const quiet = reportOn(false, false)
  quiet.report.progress({ progress: 1 })
  expect(quiet.written()).toBe('')
  const verbose = reportOn(false, true)
  verbose.report.progress({ progress: 1 })
  expect(verbose.written()).toBe('… 1\n')
})
