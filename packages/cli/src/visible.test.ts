import { expect, test } from 'vitest'
import { jsonDocument } from './json.ts'
import { visibleLine, visibleText } from './visible.ts'

test.each([
  ['an escape sequence', '\x1b[31mred', '\\x1b[31mred'],
  ['a C1 control', '\x9b31m', '\\x9b31m'],
  ['a turn of the direction', 'a\u202eb', 'a\\u{202e}b'],
  ['a character of no width', 'a\u200bb', 'a\\u{200b}b'],
  ['tags', '\u{e0041}', '\\u{e0041}'],
  ['half a pair', '\ud800', '\\u{d800}'],
  ['a carriage return', 'secret\rpublic', 'secret\\x0dpublic'],
  ['line breaks and tabs', 'a\r\nb\n\tc', 'a\nb\n  c'],
  ['letters and pictures', 'Blåbær 🫐', 'Blåbær 🫐'],
])('%s is shown, not obeyed', (_name, text, shown) => {
  expect(visibleText(text)).toBe(shown)
})

test('what must stay on one line does', () => {
  expect(visibleLine('a\n  b')).toBe('a b')
})

test('a JSON document has the same value, and nothing that a terminal obeys', () => {
  const value = { text: 'a\x1b\x9b\u202e\u{e0041}é' }
  const document = jsonDocument(value)
  expect(JSON.parse(document)).toEqual(value)
  for (const character of ['\x1b', '\x9b', '\u202e', '\u{e0041}']) {
    expect(document).not.toContain(character)
  }
})
