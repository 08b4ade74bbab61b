import { existsSync, readFileSync } from 'node:fs'

/** No test yet. */
export const none = Object.freeze({ passed: 0, failed: 0, skipped: 0 })

export function add(left, right) {
  return {
    passed: left.passed + right.passed,
    failed: left.failed + right.failed,
    skipped: left.skipped + right.skipped,
  }
}

/** The last line of a run: `12 passed, 0 failed`, with the skipped when there are any. */
export function summary({ passed, failed, skipped }) {
  const line = `${passed} passed, ${failed} failed`
  return skipped > 0 ? `${line}, ${skipped} skipped` : line
}

/** 0 when something passed and nothing failed. */
export function exitCode({ passed, failed }) {
  return failed === 0 && passed > 0 ? 0 : 1
}

/** Reads a `summary` line back; undefined when it is none. */
export function parseSummary(line) {
  const match = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/.exec(line.trim())
  if (match === null) return undefined
  return { passed: Number(match[1]), failed: Number(match[2]), skipped: Number(match[3] ?? 0) }
}

/** What vitest's JSON reporter wrote; undefined when it did not get so far. */
export function readReport(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined
}

/**
 * Counts a vitest report. A file that cannot be loaded has no tests in the report and counts as one failure; so does a
 * run that ends badly with no failed test (an unhandled rejection, a crash). A file that left out all it has (a table that is
 * absent) has no tests in the report either and counts as one skipped.
 */
export function countVitest(report, code) {
  if (report === undefined) return { ...none, failed: 1 }
  const broken = report.testResults.filter(
    (file) => file.status === 'failed' && !file.assertionResults.some(isFailed),
  )
  const empty = report.testResults.filter(
    (file) => file.status !== 'failed' && file.assertionResults.length === 0,
  )
  const failed = report.numFailedTests + broken.length
  return {
    passed: report.numPassedTests,
    failed: code !== 0 && failed === 0 ? 1 : failed,
    skipped: report.numPendingTests + report.numTodoTests + empty.length,
  }
}

function isFailed(result) {
  return result.status === 'failed'
}
