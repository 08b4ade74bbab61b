import { expect, test } from 'vitest'
import { compare } from './compare.mjs'

const expected = [
  { name: 'adds', outcome: { sum: 3 } },
  { name: 'waits', outcome: null },
]

test('the same names with the same outcomes pass, in any order', () => {
  expect(compare(expected.toReversed(), expected)).toEqual({ passed: 2, faults: [] })
})

test('another outcome, an error and a scenario that is missing are faults', () => {
  const { passed, faults } = compare([{ name: 'adds', outcome: { sum: 4 } }], expected)
  expect(passed).toBe(0)
  expect(faults).toEqual([
    'adds: gives {"sum":4} instead of {"sum":3}',
    'waits: was not run to its end',
  ])
  expect(compare([{ name: 'waits', error: 'too late' }], expected.slice(1)).faults).toEqual([
    'waits: too late',
  ])
})

test('a failure of the runtime that the others are held against is a failure too', () => {
  const broken = [{ name: 'adds', error: 'no' }]
  expect(compare(broken, broken)).toEqual({ passed: 0, faults: ['adds: no'] })
})

test('a scenario that only this runtime has is a fault, and so is a run of nothing', () => {
  expect(compare([{ name: 'more', outcome: 1 }, ...expected], expected).faults).toEqual([
    'more: was run here alone',
  ])
  expect(compare([], []).faults).toEqual(['nothing was run'])
})
