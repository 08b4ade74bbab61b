import { expect, test } from 'vitest'
import { pad, widthOf } from './width.ts'
import { wrap } from './wrap.ts'

test('lines are broken between words, with their indentation', () => {
  const text = 'one two three four five six\n  - a point that is longer than a line'
  expect(wrap(text, { columns: 24, indent: 2 })).toBe(
    ['  one two three four', '  five six', '    - a point that is', '    longer than a line'].join(
      '\n',
    ),
  )
})

test('a word that is wider than the terminal stays whole', () => {
  expect(wrap('see https://example.com/a-long-path', { columns: 20, indent: 0 })).toBe(
    'see\nhttps://example.com/a-long-path',
  )
})

test.each([
  ['abc', 3],
  ['日本', 4],
  ['e\u0301', 1],
  ['🫐', 2],
])('%s takes %i columns', (text, columns) => {
  expect(widthOf(text)).toBe(columns)
  expect(widthOf(pad(text, 6))).toBe(6)
})
