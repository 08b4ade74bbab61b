import { expect, test } from 'vitest'
import { createTestRuntime } from '../testing/index.ts'
import { createBeat } from './beat.ts'
import type { Beating } from './beat.ts'

/** A member that counts its beats. */
function counter(): Beating & { beats: number } {
  return {
    beats: 0,
    beat() {
      this.beats += 1
    },
  }
}

test('any number of members share one timer', () => {
  const runtime = createTestRuntime()
  const beat = createBeat(runtime, 100)
  const members = Array.from({ length: 50 }, counter)
  for (const member of members) beat.add(member)
  expect([beat.size, runtime.timers]).toEqual([50, 1])
  runtime.advance(300)
  expect(members.every(({ beats }) => beats === 3)).toBe(true)
})

test('a member that was added late hears its first beat within an interval', () => {
  const runtime = createTestRuntime()
  const beat = createBeat(runtime, 100)
  const [early, late] = [counter(), counter()]
  beat.add(early)
  runtime.advance(99)
  beat.add(late)
  runtime.advance(1)
  expect([early.beats, late.beats]).toEqual([1, 1])
})

test('without members the timer stops, and begins again with the next', () => {
  const runtime = createTestRuntime()
  const beat = createBeat(runtime, 100)
  const member = counter()
  beat.add(member)
  beat.remove(member)
  runtime.advance(100)
  expect(runtime.timers).toBe(0)
  beat.add(member)
  runtime.advance(100)
  expect([member.beats, runtime.timers]).toEqual([1, 1])
})

test('a member that leaves at its beat keeps nobody else from theirs', () => {
  const runtime = createTestRuntime()
  const beat = createBeat(runtime, 100)
  const leaving: Beating = { beat: () => beat.remove(leaving) }
  const staying = counter()
  beat.add(leaving)
  beat.add(staying)
  runtime.advance(200)
  expect([staying.beats, beat.size]).toEqual([2, 1])
})

test('one that is added twice is in once, and removing a stranger is fine', () => {
  const runtime = createTestRuntime()
  const beat = createBeat(runtime, 100)
  const member = counter()
  beat.add(member)
  beat.add(member)
  beat.remove(counter())
  runtime.advance(100)
  expect([member.beats, beat.size]).toEqual([1, 1])
})

test('a beat that does not linger leaves no timer behind', () => {
  const runtime = createTestRuntime()
  const beat = createBeat(runtime, 100, { lingers: false })
  const [one, other] = [counter(), counter()]
  beat.add(one)
  beat.add(other)
  beat.remove(one)
  runtime.advance(100)
  expect([one.beats, other.beats, runtime.timers]).toEqual([0, 1, 1])
  beat.remove(other)
  expect(runtime.timers).toBe(0)
  beat.add(one)
  runtime.advance(100)
  expect(one.beats).toBe(1)
})
