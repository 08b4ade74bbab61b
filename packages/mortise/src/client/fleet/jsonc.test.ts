import { expect, test } from 'vitest'
import { parseJsonc } from './jsonc.ts'

test.each([
  ['comments to the end of a line', '{ // one\n"a": 1 }', { a: 1 }],
  ['comments in between, also with stars', '{ /* ** one\n */ "a": /**/ 1 }', { a: 1 }],
  ['a comma after the last item', '{ "a": [1, 2, ], }', { a: [1, 2] }],
  ['a comma before a comment and an end', '[1, // last\n /* really */ ]', [1]],
  ['what looks like it in strings', '{ "a": "http://b/*,]*/\\"//" }', { a: 'http://b/*,]*/"//' }],
  ['a byte order mark', '\u{feff}{}', {}],
])('reads JSON with %s', (_name, text, value) => {
  expect(parseJsonc(text)).toEqual(value)
})

test('says that something is no JSON, and nothing of what it holds', () => {
  const parse = (): unknown => parseJsonc('{ "key": "secret" "a" }')
  expect(parse).toThrow(expect.objectContaining({ code: 'ERR_CONFIG' }) as Error)
  expect(parse).toThrow(/^(?!.*secret)/)
})
