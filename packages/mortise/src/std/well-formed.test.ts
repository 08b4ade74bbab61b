import { expect, test } from 'vitest'
import { wellFormedJson } from './well-formed.ts'

const half = '\u{1f600}'.slice(0, 1)

test.each([
  ['half of a pair becomes U+FFFD', { a: `${half}x` }, { a: '\ufffdx' }],
  ['a second half too', ['\u{1f600}'.slice(1)], ['\ufffd']],
  ['a whole pair stays', '\u{1f600}', '\u{1f600}'],
  ['text that only looks like an escape stays', '\\ud83d', '\\ud83d'],
  ['a backslash before half of a pair stays', `\\${half}`, '\\\ufffd'],
  ['other escapes stay', '\u0001\n"', '\u0001\n"'],
])('%s', (_name, value, expected) => {
  expect(JSON.parse(wellFormedJson(JSON.stringify(value)))).toEqual(expected)
})
