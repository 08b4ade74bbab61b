import { expect, test } from 'vitest'
import { excerpt } from './excerpt.ts'

const rows: [name: string, value: unknown, maxLength: number, cut: string][] = [
  ['a short text is whole', 'abc', 5, 'abc'],
  ['a long text is cut', 'abcdef', 5, 'abcde'],
  ['a pair at the end is whole', 'abc\u{1f600}', 5, 'abc\u{1f600}'],
  ['what is no text is JSON', { toString: 1 }, 20, '{"toString":1}'],
  ['nothing is undefined', undefined, 20, 'undefined'],
  ['a pair across the end is left out', 'abcd\u{1f600}', 5, 'abcd'],
]

test.each(rows)('%s', (_name, value, maxLength, cut) => {
  expect(excerpt(value, maxLength)).toBe(cut)
})
