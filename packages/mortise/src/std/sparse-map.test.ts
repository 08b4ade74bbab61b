import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SparseMap } from './sparse-map.ts'

test('one that was emptied and filled again holds what came since', () => {
  const map = new SparseMap<string, number>()
  expect([map.size, map.has('a'), map.get('a'), map.delete('a')]).toEqual([
    0,
    false,
    undefined,
    false,
  ])
  map.set('a', 1)
  expect(map.delete('a')).toBe(true)
  map.set('b', 2)
  expect([map.has('a'), [...map.keys()], [...map.values()]]).toEqual([false, ['b'], [2]])
  map.clear()
  expect([map.size, [...map.keys()], [...map.values()]]).toEqual([0, [], []])
})

test('everything can be taken out while it is gone through', () => {
  const map = new SparseMap<number, string>()
  for (const key of [1, 2, 3]) map.set(key, String(key))
  const seen: number[] = []
  for (const key of map.keys()) {
    seen.push(key)
    map.delete(key)
  }
  expect([seen, map.size]).toEqual([[1, 2, 3], 0])
})

test('it holds what a Map holds, in the same order', () => {
  const change = fc.record({ kind: fc.constantFrom('set', 'delete', 'clear'), key: fc.nat(3) })
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const map = new SparseMap<number, number>()
      const model = new Map<number, number>()
      for (const [index, { kind, key }] of changes.entries()) {
        if (kind === 'set') {
          map.set(key, index)
          model.set(key, index)
        } else if (kind === 'delete') expect(map.delete(key)).toBe(model.delete(key))
        else {
          map.clear()
          model.clear()
        }
        expect([map.size, [...map.keys()], [...map.values()]]).toEqual([
          model.size,
          [...model.keys()],
          [...model.values()],
        ])
        expect([map.has(key), map.get(key)]).toEqual([model.has(key), model.get(key)])
      }
    }),
  )
})
