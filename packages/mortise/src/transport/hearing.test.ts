import { expect, test } from 'vitest'
import { createHearing } from './hearing.ts'

const listener = (): void => {}

function answered(max = 2) {
  const hearing = createHearing({ max })
  const until = new AbortController()
  hearing.begin(1, listener)
  hearing.answered(1, until.signal)
  return { hearing, until }
}

// PROG-04 (basic/utilities/progress, "Behavior Requirements")
test('a token is good until its request is answered, or comes to nothing', () => {
  const hearing = createHearing({ max: 2 })
  hearing.begin(1, listener)
  hearing.begin('2', listener)
  expect([hearing.of(1), hearing.of('1'), hearing.of(undefined)]).toEqual([
    listener,
    undefined,
    undefined,
  ])
  hearing.answered(1, undefined)
  hearing.end('2')
  expect([hearing.of(1), hearing.of('2'), hearing.lasting]).toEqual([undefined, undefined, 0])
})

// PROG-07 (2025-11-25, basic/utilities/tasks, "Task Progress Notifications")
test.each([
  ['whoever heard of it wants no more', ({ until }: ReturnType<typeof answered>) => until.abort()],
  ['the session is over', ({ hearing }: ReturnType<typeof answered>) => hearing.forget()],
  ['nothing more comes', ({ hearing }: ReturnType<typeof answered>) => hearing.close()],
])('one that lasts is good until %s, and nothing is left of it', (_when, end) => {
  const made = answered()
  expect([made.hearing.of(1), made.hearing.lasting]).toEqual([listener, 1])
  end(made)
  expect([made.hearing.of(1), made.hearing.lasting]).toEqual([undefined, 0])
})

test('requests without an answer are heard of past the end of a session', () => {
  const { hearing } = answered()
  hearing.begin(2, listener)
  hearing.forget()
  expect(hearing.of(2)).toBe(listener)
})

test('none lasts that was given up before the answer, comes after the end, or is one too many', () => {
  const { hearing } = answered(1)
  hearing.begin(2, listener)
  hearing.answered(2, new AbortController().signal)
  expect([hearing.of(2), hearing.lasting]).toEqual([undefined, 1])
  hearing.close()
  hearing.begin(3, listener)
  hearing.answered(3, new AbortController().signal)
  expect([hearing.of(3), hearing.lasting]).toEqual([undefined, 0])
  const other = createHearing({ max: 2 })
  other.begin(4, listener)
  other.answered(4, AbortSignal.abort())
  expect([other.of(4), other.lasting]).toEqual([undefined, 0])
})
