import { describe, expect, test } from 'vitest'
import { createGate } from './gate.ts'

/** Whether `promise` was kept by now. */
async function kept(promise: Promise<void>): Promise<boolean> {
  let done = false
  void promise.then(() => (done = true))
  await Promise.resolve()
  await Promise.resolve()
  return done
}

test('a peer gets its places and no more, whatever is free', () => {
  const gate = createGate({ max: 10, maxPerPeer: 2 })
  expect([gate.enter('a'), gate.enter('a'), gate.enter('a'), gate.enter('b')]).toEqual([
    true,
    true,
    false,
    true,
  ])
  expect(gate.size).toBe(3)
})

test('when all places are taken nobody gets in, and a place that is given back serves anyone', () => {
  const gate = createGate({ max: 2, maxPerPeer: 2 })
  gate.enter('a')
  gate.enter('b')
  expect(gate.enter('c')).toBe(false)
  gate.leave('a')
  expect(gate.enter('c')).toBe(true)
})

test('a refusal takes no place', () => {
  const gate = createGate({ max: 10, maxPerPeer: 1 })
  gate.enter('a')
  for (let time = 0; time < 5; time++) gate.enter('a')
  gate.leave('a')
  expect([gate.size, gate.enter('a')]).toEqual([0, true])
})

test('peers that cannot be told apart share the total alone', () => {
  const gate = createGate({ max: 3, maxPerPeer: 1 })
  expect([gate.enter(''), gate.enter(''), gate.enter(''), gate.enter('')]).toEqual([
    true,
    true,
    true,
    false,
  ])
})

describe('waiting until it is empty', () => {
  test('is over at once when it is', async () => {
    const gate = createGate({ max: 2, maxPerPeer: 2 })
    expect([await kept(gate.empty()), await kept(gate.empty('a'))]).toEqual([true, true])
  })

  test('of one peer does not wait for others', async () => {
    const gate = createGate({ max: 5, maxPerPeer: 5 })
    gate.enter('a')
    gate.enter('a')
    gate.enter('b')
    const [own, all] = [gate.empty('a'), gate.empty()]
    gate.leave('a')
    expect(await kept(own)).toBe(false)
    gate.leave('a')
    expect([await kept(own), await kept(all)]).toEqual([true, false])
    gate.leave('b')
    expect(await kept(all)).toBe(true)
  })

  test('wakes everybody who waits', async () => {
    const gate = createGate({ max: 5, maxPerPeer: 5 })
    gate.enter('a')
    const waiting = [gate.empty(), gate.empty(), gate.empty('a')]
    gate.leave('a')
    expect(await Promise.all(waiting.map(kept))).toEqual([true, true, true])
  })
})
