import { expect, test } from 'vitest'
import { suggest } from './suggest.ts'

test('a suggestion is near, and none is better than a far one', () => {
  expect(suggest('citty', ['country', 'city'])).toBe('city')
  expect(suggest('City', ['city'])).toBe('city')
  expect(suggest('zip', ['city', 'id'])).toBeUndefined()
  expect(suggest('x'.repeat(50), ['x'.repeat(49)])).toBeUndefined()
})

test('only so many candidates are looked at', () => {
  const many = Array.from({ length: 200 }, (_, index) => `candidate number ${index}`)
  expect(suggest('zebr', ['zebra', ...many])).toBe('zebra')
  expect(suggest('zebr', [...many, 'zebra'])).toBeUndefined()
})
