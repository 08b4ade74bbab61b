import { expect, test } from 'vitest'
import { add, countVitest, exitCode, none, parseSummary, summary } from './totals.mjs'

const report = {
  numPassedTests: 2,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [],
}

test('the last line names passed and failed, and skipped only when there are some', () => {
  expect(summary({ passed: 3, failed: 0, skipped: 0 })).toBe('3 passed, 0 failed')
  expect(summary({ passed: 3, failed: 1, skipped: 2 })).toBe('3 passed, 1 failed, 2 skipped')
})

test('a summary line reads back as its counts', () => {
  expect(parseSummary('3 passed, 1 failed, 2 skipped')).toEqual({
    passed: 3,
    failed: 1,
    skipped: 2,
  })
  expect(parseSummary('all good')).toBeUndefined()
})

test('a run without a single test fails', () => {
  expect(exitCode(none)).toBe(1)
  expect(exitCode({ ...none, skipped: 4 })).toBe(1)
  expect(exitCode({ ...none, passed: 1 })).toBe(0)
})

test('a file that cannot be loaded is a failure, although no test in it failed', () => {
  const testResults = [{ status: 'failed', assertionResults: [] }]
  expect(countVitest({ ...report, testResults }, 1)).toEqual({ passed: 2, failed: 1, skipped: 0 })
})

test('a file that left out all it has counts as skipped, not as nothing', () => {
  const testResults = [{ status: 'passed', assertionResults: [] }]
  expect(countVitest({ ...report, testResults }, 0)).toEqual({ passed: 2, failed: 0, skipped: 1 })
})

test('a run that ends badly is a failure, although every test passed', () => {
  expect(countVitest(report, 1).failed).toBe(1)
  expect(countVitest(undefined, 0).failed).toBe(1)
})

test('counts add up', () => {
  expect(add({ passed: 1, failed: 0, skipped: 1 }, { passed: 2, failed: 1, skipped: 0 })).toEqual({
    passed: 3,
    failed: 1,
    skipped: 1,
  })
})
