import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { readPlain } from './plain.ts'

const limits = { maxDepth: 8, maxValues: 100, maxLength: 1_000 }

test('JSON values are copied, also from another realm', () => {
  const value = { a: [1, 'x', null, true], b: { c: undefined }, __proto__: null }
  expect(readPlain(value, limits)).toEqual({ ok: true, value: { a: [1, 'x', null, true], b: {} } })
  const foreign: unknown = runInNewContext('({ a: [{ b: 1 }] })')
  expect(readPlain(foreign, limits)).toEqual({ ok: true, value: { a: [{ b: 1 }] } })
})

function bomb(): unknown {
  let value: unknown = 'x'
  for (let depth = 0; depth < 7; depth++) value = Array.from({ length: 10 }, () => value)
  return value
}

const cycle: Record<string, unknown> = {}
cycle['self'] = cycle

test.each([
  { name: 'a cycle', value: cycle },
  { name: 'one object in a million places', value: bomb() },
  {
    name: 'many values in many places',
    value: [1, 2].map(() => Array.from({ length: 60 }, () => 1)),
  },
  {
    name: 'many members',
    value: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [n, 1])),
  },
  { name: 'a list of nothing without end', value: Array.from({ length: 101 }) },
  { name: 'a sparse list', value: Object.assign([], { length: 4e9 }) },
  { name: 'a long text', value: 'x'.repeat(1_001) },
  { name: 'long keys', value: { ['x'.repeat(1_001)]: 1 } },
  { name: 'a map', value: new Map([['a', 1]]) },
  { name: 'a date', value: new Date(0) },
  { name: 'bytes', value: new Uint8Array(4) },
  { name: 'an error', value: new Error('x') },
  { name: 'an endless number', value: { a: Infinity } },
  { name: 'a large number', value: 1n },
  { name: 'a function', value: () => 1 },
  { name: 'nothing in a list', value: [undefined] },
])('$name is refused', ({ value }) => {
  expect(readPlain(value, limits)).toMatchObject({ ok: false })
})

test('a key of every object stays a key', () => {
  const value: unknown = JSON.parse('{"__proto__":{"a":1}}')
  const read = readPlain(value, limits)
  expect(read.ok && Object.hasOwn(read.value as object, '__proto__')).toBe(true)
  expect((read as { value: { a?: unknown } }).value.a).toBeUndefined()
})
