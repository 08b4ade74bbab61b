import { expect, test } from 'vitest'
import { createTestRuntime } from '../testing/index.ts'
import { inTime } from './in-time.ts'

test('a promise that is kept in time leaves no timer behind', async () => {
  const runtime = createTestRuntime()
  expect(await inTime(Promise.resolve(), { ms: 10, runtime })).toBe(true)
  expect(runtime.timers).toBe(0)
})

test('one that is not is waited for just so long', async () => {
  const runtime = createTestRuntime()
  let over = false
  const waiting = inTime(new Promise(() => {}), { ms: 10, runtime }).then((kept) => {
    over = true
    return kept
  })
  runtime.advance(9)
  await Promise.resolve()
  expect(over).toBe(false)
  runtime.advance(1)
  expect(await waiting).toBe(false)
})

test('a rejection in time is thrown, and leaves no timer behind', async () => {
  const runtime = createTestRuntime()
  const broken = Promise.reject(new Error('broken'))
  await expect(inTime(broken, { ms: 10, runtime })).rejects.toThrow('broken')
  expect(runtime.timers).toBe(0)
})
