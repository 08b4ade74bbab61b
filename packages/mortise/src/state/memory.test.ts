import { describe, expect, test } from 'vitest'
import { createTestRuntime } from '../testing/index.ts'
import { createMemoryStore } from './memory.ts'

const absent = { expected: undefined, value: 'one', ttlMs: 1_000 }

describe('a swap', () => {
  test('writes where nothing was expected and nothing is', async () => {
    const store = createMemoryStore()
    expect(await store.swap('key', absent)).toBe(true)
    expect(await store.get('key')).toBe('one')
  })

  test('changes nothing where something else is than was expected', async () => {
    const store = createMemoryStore()
    await store.swap('key', absent)
    expect(await store.swap('key', { ...absent, value: 'two' })).toBe(false)
    expect(await store.swap('key', { expected: 'zero', value: 'two', ttlMs: 1 })).toBe(false)
    expect(await store.get('key')).toBe('one')
  })

  test('of many at once is won by one', async () => {
    const store = createMemoryStore()
    const swaps = Array.from({ length: 20 }, (_, n) =>
      store.swap('key', { ...absent, value: String(n) }),
    )
    expect((await Promise.all(swaps)).filter(Boolean)).toHaveLength(1)
  })

  test('that replaces begins a new time to live', async () => {
    const runtime = createTestRuntime()
    const store = createMemoryStore({ runtime })
    await store.swap('key', absent)
    runtime.advance(900)
    await store.swap('key', { expected: 'one', value: 'two', ttlMs: 1_000 })
    runtime.advance(900)
    expect(await store.get('key')).toBe('two')
  })
})

test('a value is there until its last millisecond, and then as if it had never been', async () => {
  const runtime = createTestRuntime()
  const store = createMemoryStore({ runtime })
  await store.swap('key', absent)
  runtime.advance(999)
  expect(await store.get('key')).toBe('one')
  runtime.advance(1)
  expect(await store.get('key')).toBeUndefined()
  expect(await store.swap('key', absent)).toBe(true)
})

test('what was deleted is absent, and deleting what is absent is fine', async () => {
  const store = createMemoryStore()
  await store.swap('key', absent)
  await store.delete('key')
  await store.delete('key')
  expect(await store.get('key')).toBeUndefined()
})

test('past its entries what is over goes first, and what is good stays', async () => {
  const runtime = createTestRuntime()
  const store = createMemoryStore({ runtime, maxEntries: 16 })
  await store.swap('kept', { ...absent, ttlMs: 1_000_000 })
  for (let round = 0; round < 10; round++) {
    for (let n = 0; n < 10; n++) await store.swap(`brief ${round} ${n}`, { ...absent, ttlMs: 1 })
    runtime.advance(1)
  }
  expect(await store.get('kept')).toBe('one')
})

test('past its entries the one that was written first goes', async () => {
  const store = createMemoryStore({ maxEntries: 2 })
  await store.swap('a', absent)
  await store.swap('b', absent)
  await store.swap('a', { expected: 'one', value: 'two', ttlMs: 1_000 })
  await store.swap('c', absent)
  expect([await store.get('a'), await store.get('b'), await store.get('c')]).toEqual([
    'two',
    undefined,
    'one',
  ])
})
