import { describe, expect, test } from 'vitest'
import { defaultLimits, resolveLimits } from './limits.ts'
import type { Limits } from './limits.ts'

test('without changes the defaults are in force', () => {
  expect(resolveLimits()).toEqual(defaultLimits)
})

test('a change counts, and leaves the defaults and the other limits as they were', () => {
  const before = { ...defaultLimits }
  expect(resolveLimits({ maxCalls: 7 })).toEqual({ ...before, maxCalls: 7 })
  expect(defaultLimits).toEqual(before)
})

test('every default is itself a value that may be given', () => {
  expect(resolveLimits(defaultLimits)).toEqual(defaultLimits)
})

describe.for([
  ['zero', 0],
  ['negative', -1],
  ['not whole', 1.5],
  ['not a number', Number.NaN],
  ['endless', Infinity],
  ['a text', '10'],
  ['absent', undefined],
] as const)('a value that is %s', ([, value]) => {
  test('is refused, and the message names the limit', () => {
    const changes = { maxCalls: value } as unknown as Partial<Limits>
    expect(() => resolveLimits(changes)).toThrow(/limit maxCalls must be a positive whole number/)
  })
})

test.for(['maxCals', 'toString', '__proto__x'])('%s is no limit', (name) => {
  expect(() => resolveLimits({ [name]: 1 })).toThrow(`there is no limit called ${name}`)
})

test('a limit for one peer is never above the one for all', () => {
  const { maxCallsPerPeer, maxCalls, maxSessionsPerPeer, maxSessions } = defaultLimits
  expect(maxCallsPerPeer).toBeLessThan(maxCalls)
  expect(maxSessionsPerPeer).toBeLessThan(maxSessions)
  expect(defaultLimits.maxStoredEventBytes).toBeLessThan(defaultLimits.maxStoredBytesPerPeer)
  expect(defaultLimits.maxStoredBytesPerPeer).toBeLessThan(defaultLimits.maxStoredBytes)
})
