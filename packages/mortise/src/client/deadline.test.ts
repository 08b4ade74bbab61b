import { expect, test } from 'vitest'
import { resolveLimits } from '../std/limits.ts'
import { createTestRuntime } from '../testing/index.ts'
import type { TestRuntime } from '../testing/index.ts'
import { startDeadline } from './deadline.ts'
import type { Deadline } from './deadline.ts'
import type { RequestOptions } from './types.ts'

function start(options: RequestOptions = {}): { runtime: TestRuntime; deadline: Deadline } {
  const runtime = createTestRuntime()
  const limits = resolveLimits({ requestTimeoutMs: 1_000, maxRequestMs: 2_500 })
  return { runtime, deadline: startDeadline('tools/call', options, { limits, runtime }) }
}

test('a request without an answer is aborted in time, with a reason that names it', () => {
  const { runtime, deadline } = start()
  runtime.advance(999)
  expect(deadline.signal.aborted).toBe(false)
  runtime.advance(1)
  expect(deadline.signal.reason).toMatchObject({
    code: 'ERR_TIMEOUT',
    message: 'tools/call got no answer within 1000 ms',
  })
})

// LIFE-15, CANC-10 (basic/patterns, "Timeouts")
test('a sign of work gives the whole time again, up to the hard end', () => {
  const { runtime, deadline } = start()
  for (let step = 0; step < 2; step++) {
    runtime.advance(900)
    deadline.extend()
  }
  runtime.advance(699)
  expect(deadline.signal.aborted).toBe(false)
  runtime.advance(1)
  expect(deadline.signal.reason).toMatchObject({ message: /within 2500 ms/ })
})

// LIFE-15, CANC-10 (basic/patterns, "Timeouts")
test('a time of its own counts, even one that is longer than the hard end', () => {
  const { runtime, deadline } = start({ timeoutMs: 9_000 })
  runtime.advance(8_999)
  expect(deadline.signal.aborted).toBe(false)
  runtime.advance(1)
  expect(deadline.signal.aborted).toBe(true)
})

test("the caller's own signal aborts with its reason", () => {
  const controller = new AbortController()
  const { deadline } = start({ signal: controller.signal })
  controller.abort('mine')
  expect(deadline.signal.reason).toBe('mine')
})

test('a signal that was aborted before aborts at once', () => {
  const { deadline } = start({ signal: AbortSignal.abort('before') })
  expect(deadline.signal.reason).toBe('before')
})

test('the end leaves no timer and no listener', () => {
  const controller = new AbortController()
  const { runtime, deadline } = start({ signal: controller.signal })
  deadline.extend()
  deadline.end()
  expect(runtime.timers).toBe(0)
  controller.abort()
  expect(deadline.signal.aborted).toBe(false)
})

test('a sign of work after the end starts no clock', () => {
  const { runtime, deadline } = start()
  deadline.end()
  deadline.extend()
  expect(runtime.timers).toBe(0)
})
