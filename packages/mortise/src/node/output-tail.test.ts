import { expect, test } from 'vitest'
import { createOutputTail } from './output-tail.ts'

const tailOf = (...chunks: string[]): string => {
  const tail = createOutputTail()
  for (const chunk of chunks) tail.push(Buffer.from(chunk))
  return tail.read()
}

test('the tail is what was said, put together', () => {
  expect(tailOf('one\ntw', 'o\r\n', 'three\n')).toBe('one\ntwo\nthree')
})

test('the tail of nothing is nothing', () => {
  expect(tailOf()).toBe('')
})

test('the tail has the last ten lines', () => {
  const lines = Array.from({ length: 100 }, (_, i) => `line ${i}`)
  expect(tailOf(lines.join('\n'))).toBe(lines.slice(-10).join('\n'))
})

test('the tail has whole lines, of 8 KiB at most', () => {
  const tail = tailOf(`first${'x'.repeat(5_000)}\n`, `second${'x'.repeat(5_000)}\n`)
  expect(tail).toBe(`second${'x'.repeat(5_000)}`)
})

test('the tail of one endless line is its end', () => {
  expect(tailOf('x'.repeat(100_000), 'end')).toHaveLength(8 * 1024)
})

test('control and formatting characters are shown and not obeyed', () => {
  expect(tailOf('\x1b[31mred\x07 \u202eoved')).toBe('\\x1b[31mred\\x07 \\u{202e}oved')
})
