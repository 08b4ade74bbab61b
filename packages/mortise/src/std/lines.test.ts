import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from './encoding.ts'
import { createLineReader } from './lines.ts'

function read(chunks: Iterable<Uint8Array>, maxBytes = 100): string[] {
  const seen: string[] = []
  const reader = createLineReader({
    maxBytes,
    onLine: (line) => seen.push(line),
    onOversize: () => seen.push('<oversize>'),
    onInvalid: () => seen.push('<invalid>'),
  })
  for (const chunk of chunks) reader.push(chunk)
  reader.end()
  return seen
}

const readText = (text: string, maxBytes?: number) => read([encodeUtf8(text)], maxBytes)

test.each([
  ['two lines', 'a\nb\n', ['a', 'b']],
  ['CRLF', 'a\r\nb\r\n', ['a', 'b']],
  ['a carriage return inside', 'a\rb\n', ['a\rb']],
  ['only one carriage return is the line end', 'a\r\r\n', ['a\r']],
  ['empty and blank lines', '\n\r\n \t\n\n', []],
  ['spaces around', ' a \n', [' a ']],
  ['no last line end', 'a\nb', ['a', 'b']],
  ['nothing', '', []],
  ['a byte order mark', '\uFEFFa\n', ['\uFEFFa']],
])('%s', (_name, text, lines) => {
  expect(readText(text)).toEqual(lines)
})

describe('the limit', () => {
  const line = 'é'.repeat(5)

  test('a line of maxBytes is read, with either line end or none', () => {
    expect(readText(`${line}\n${line}\r\n${line}`, 10)).toEqual([line, line, line])
  })

  test('one byte more is refused once, and the next line is read', () => {
    expect(readText(`${line}x\nok\n`, 10)).toEqual(['<oversize>', 'ok'])
    expect(readText(`${line}x\r\nok\n`, 10)).toEqual(['<oversize>', 'ok'])
    expect(readText(`ok\n${line}x`, 10)).toEqual(['ok', '<oversize>'])
  })

  test('a long line is refused before it ends, and not again', () => {
    const seen: string[] = []
    const reader = createLineReader({
      maxBytes: 10,
      onLine: (text) => seen.push(text),
      onOversize: () => seen.push('<oversize>'),
      onInvalid: () => seen.push('<invalid>'),
    })
    for (let index = 0; index < 100; index++) reader.push(encodeUtf8('xxxx'))
    expect(seen).toEqual(['<oversize>'])
    reader.push(encodeUtf8('xx\nok\n'))
    expect(seen).toEqual(['<oversize>', 'ok'])
  })

  test('a skipped line costs no memory', () => {
    const chunk = new Uint8Array(1024 * 1024).fill(0x78)
    const before = process.memoryUsage().arrayBuffers
    const seen = read(Array.from<Uint8Array>({ length: 200 }).fill(chunk), 4 * 1024 * 1024)
    expect(seen).toEqual(['<oversize>'])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
  })
})

// BASE-02 (basic/transports/stdio)
test('a line that is not UTF-8 is reported, and the next line is read', () => {
  expect(read([Uint8Array.of(0x61, 0xff, 0x0a, 0x62, 0x0a)])).toEqual(['<invalid>', 'b'])
})

test('a line that is refused takes none of its neighbours in the chunk with it', () => {
  const chunk = (middle: Uint8Array) =>
    Uint8Array.from([...encodeUtf8('a\r\né\n'), ...middle, ...encodeUtf8('\n \r\n😀\nb')])
  expect(read([chunk(Uint8Array.of(0x61, 0xff))])).toEqual(['a', 'é', '<invalid>', '😀', 'b'])
  expect(read([chunk(encodeUtf8('x'.repeat(11)))], 10)).toEqual(['a', 'é', '<oversize>', '😀', 'b'])
  const whole = 'x'.repeat(10)
  expect(read([chunk(encodeUtf8(whole))], 10)).toEqual(['a', 'é', whole, '😀', 'b'])
})

test('chunks may be cut anywhere', () => {
  const stream = fc.array(fc.constantFrom('\n', '\r', 'a', 'é', '😀', ' ', 'long enough'))
  fc.assert(
    fc.property(stream, fc.array(fc.nat()), (parts, cuts) => {
      const bytes = encodeUtf8(parts.join(''))
      const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)
      const chunks = [0, ...places].map((from, index) => bytes.slice(from, places[index]))
      expect(read(chunks, 10)).toEqual(read([bytes], 10))
    }),
  )
})

test('memory of a pushed chunk may be used again', () => {
  const chunk = encodeUtf8('ab')
  const seen: string[] = []
  const ignore = () => {}
  const reader = createLineReader({
    maxBytes: 10,
    onLine: (text) => seen.push(text),
    onOversize: ignore,
    onInvalid: ignore,
  })
  reader.push(chunk)
  chunk.fill(0x7a)
  reader.push(encodeUtf8('\n'))
  expect(seen).toEqual(['ab'])
})

test('a megabyte in single bytes takes no time to speak of', () => {
  const byte = Uint8Array.of(0x78)
  const size = 1024 * 1024
  const started = performance.now()
  expect(read(Array.from<Uint8Array>({ length: size }).fill(byte), size)[0]).toHaveLength(size)
  expect(performance.now() - started).toBeLessThan(2_000)
})

describe('of a line that is refused', () => {
  function told(line: Uint8Array, maxBytes: number): string[] {
    const seen: string[] = []
    const reader = createLineReader({
      maxBytes,
      onLine: (text) => seen.push(text),
      onOversize: (head) => seen.push(head),
      onInvalid: (repaired) => seen.push(repaired),
    })
    for (const byte of line) reader.push(Uint8Array.of(byte))
    reader.end()
    return seen
  }

  test('the beginning is told when it is too long', () => {
    expect(told(encodeUtf8('{"id":1,"result":2}'), 10)).toEqual(['{"id":1,"re'])
    expect(told(encodeUtf8('x'.repeat(5_000)), 4_000)).toEqual(['x'.repeat(1_024)])
  })

  test('what can be read is told when it is not UTF-8', () => {
    expect(told(Uint8Array.of(0x61, 0xff, 0x62), 10)).toEqual(['a\ufffdb'])
  })
})
