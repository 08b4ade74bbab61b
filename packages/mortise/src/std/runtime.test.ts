import { afterEach, expect, test, vi } from 'vitest'
import { systemRuntime } from './runtime.ts'

afterEach(() => vi.useRealTimers())

test('a delay that is longer than the platform has does not end at once', () => {
  vi.useFakeTimers()
  const run = vi.fn<() => void>()
  systemRuntime.after(Number.MAX_SAFE_INTEGER, run)
  vi.advanceTimersByTime(2 ** 31 - 2)
  expect(run).not.toHaveBeenCalled()
})

test('a timer that was cancelled does not run', () => {
  vi.useFakeTimers()
  const run = vi.fn<() => void>()
  systemRuntime.after(5, run)()
  vi.advanceTimersByTime(10)
  expect(run).not.toHaveBeenCalled()
})
