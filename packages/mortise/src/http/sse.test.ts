import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodeUtf8 } from '../std/encoding.ts'
import type { StreamEvent } from './sse.ts'
import { createEventReader } from './sse.ts'
import { commentText, eventText } from './sse-write.ts'

type Seen = Partial<StreamEvent> | 'oversize'

function read(chunks: Iterable<Uint8Array>, maxEventBytes = 1000): Seen[] {
  const seen: Seen[] = []
  const reader = createEventReader({
    maxEventBytes,
    onEvent: (event) => seen.push(event),
    onOversize: () => seen.push('oversize'),
  })
  for (const chunk of chunks) reader.push(chunk)
  return seen
}

const readText = (text: string, maxEventBytes?: number) => read([encodeUtf8(text)], maxEventBytes)

const plain = { id: undefined, event: 'message', hasData: true, retryMs: undefined }
const silent = { ...plain, data: '', hasData: false }

// HTTP26-13 (HTML, 9.2.6 "Interpreting an event stream")
test.each<[string, string, Seen[]]>([
  [
    'LF',
    'data: a\n\ndata: b\n\n',
    [
      { ...plain, data: 'a' },
      { ...plain, data: 'b' },
    ],
  ],
  [
    'CRLF',
    'data: a\r\n\r\ndata: b\r\n\r\n',
    [
      { ...plain, data: 'a' },
      { ...plain, data: 'b' },
    ],
  ],
  [
    'CR',
    'data: a\r\rdata: b\r\r',
    [
      { ...plain, data: 'a' },
      { ...plain, data: 'b' },
    ],
  ],
  ['mixed line ends', 'data: a\rdata: b\ndata: c\r\n\r', [{ ...plain, data: 'a\nb\nc' }]],
  [
    'LF before CR',
    'data: a\n\rdata: b\n\n',
    [
      { ...plain, data: 'a' },
      { ...plain, data: 'b' },
    ],
  ],
  ['several data lines', 'data: a\ndata:\ndata: b\n\n', [{ ...plain, data: 'a\n\nb' }]],
  ['one space after the colon is dropped', 'data:  a \n\n', [{ ...plain, data: ' a ' }]],
  ['no space after the colon', 'data:a:b\n\n', [{ ...plain, data: 'a:b' }]],
  ['a field without a colon', 'data\ndata\n\n', [{ ...plain, data: '\n' }]],
  ['an event type', 'event: x\ndata: a\n\n', [{ ...plain, event: 'x', data: 'a' }]],
  ['the last event type counts', 'event: x\nevent\ndata: a\n\n', [{ ...plain, data: 'a' }]],
  ['an event type alone', 'event: x\n\ndata: a\n\n', [{ ...plain, data: 'a' }]],
  ['comments', ': hi\n\n:\ndata: a\n: in between\ndata: b\n\n', [{ ...plain, data: 'a\nb' }]],
  ['unknown fields', 'foo: 1\nDATA: x\n data: y\ndata: a\n\n', [{ ...plain, data: 'a' }]],
  ['an unfinished event', 'data: a\n\ndata: b\n', [{ ...plain, data: 'a' }]],
  ['a byte order mark at the start', '\uFEFFdata: a\n\n', [{ ...plain, data: 'a' }]],
  ['two byte order marks', '\uFEFF\uFEFFdata: a\n\n', []],
  [
    'a byte order mark later',
    'data: \uFEFFa\n\n\uFEFFdata: b\n\n',
    [{ ...plain, data: '\uFEFFa' }],
  ],
  ['an id', 'id: 7\ndata: a\n\n', [{ ...plain, id: '7', data: 'a' }]],
  [
    'an id is not carried on',
    'id: 7\ndata: a\n\ndata: b\n\n',
    [
      { ...plain, id: '7', data: 'a' },
      { ...plain, data: 'b' },
    ],
  ],
  ['an empty id', 'id\ndata: a\n\n', [{ ...plain, id: '', data: 'a' }]],
  ['an id with NUL is ignored', 'id: 7\nid: a\0b\ndata: a\n\n', [{ ...plain, id: '7', data: 'a' }]],
  ['a priming event (T-17)', 'id: s5-0\ndata:\n\n', [{ ...silent, id: 's5-0' }]],
  ['an id alone', 'id: 1\n\n', [{ ...silent, id: '1' }]],
  ['empty data alone', 'data:\n\n', [silent]],
  ['a retry time alone', 'retry: 2000\n\n', [{ ...silent, retryMs: 2000 }]],
  ['retry that is not digits', 'retry: 2e3\nretry: -1\nretry: 1.5\nretry:\nretry: ١\n\n', []],
  ['retry beyond safe integers', `retry: ${'9'.repeat(30)}\n\n`, []],
  [
    'the example of §3.8',
    'id: s5-1\nretry: 2000\ndata: {"x":1}\n\n',
    [{ ...plain, id: 's5-1', retryMs: 2000, data: '{"x":1}' }],
  ],
])('%s', (_name, text, events) => {
  expect(readText(text)).toEqual(events)
})

test('data that is not UTF-8 is not made up', () => {
  const bytes = Uint8Array.of(...encodeUtf8('data: a'), 0xff, 0x0a, 0x0a)
  expect(read([bytes])).toEqual([{ ...plain, data: undefined }])
})

test('chunks may be cut anywhere', () => {
  const parts = fc.constantFrom(
    '\n',
    '\r',
    '\r\n',
    '\n\n',
    ':',
    'data: é😀',
    'data',
    'id: 1',
    '\uFEFF',
  )
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 30 }), fc.array(fc.nat()), (texts, cuts) => {
      const bytes = encodeUtf8(texts.join(''))
      const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)
      const chunks = [0, ...places].map((from, index) => bytes.slice(from, places[index]))
      const single = Array.from(bytes, (byte) => Uint8Array.of(byte))
      for (const maxBytes of [1000, 12]) {
        const whole = read([bytes], maxBytes)
        expect(read(chunks, maxBytes)).toEqual(whole)
        expect(read(single, maxBytes)).toEqual(whole)
      }
    }),
    { numRuns: 500 },
  )
})

test('what is written is read as it was', () => {
  const word = fc.stringMatching(/^[^\r\n\0\uD800-\uDFFF]{1,20}$/)
  const event = fc.record({
    id: fc.option(word, { nil: undefined }),
    event: word,
    data: fc.jsonValue().map((value) => JSON.stringify(value)),
    retryMs: fc.option(fc.nat(), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(event), (events) => {
      const text = events.map((parts) => commentText('x\n\rdata: y') + eventText(parts)).join('')
      expect(readText(text, 100_000)).toEqual(events.map((parts) => ({ ...parts, hasData: true })))
    }),
  )
})

describe('the limit', () => {
  const ten = 'data: 6789'

  test('an event of maxEventBytes is read, one byte more is skipped', () => {
    expect(readText(`${ten}\n\n${ten}x\n\n${ten}\n\n`, 10)).toEqual([
      { ...plain, data: '6789' },
      'oversize',
      { ...plain, data: '6789' },
    ])
  })

  test('the lines of an event add up, and the whole event is skipped', () => {
    expect(readText(`id: 1\ndata: 6\nid: 2\nid: 3\n\n${ten}\n\n`, 10)).toEqual([
      'oversize',
      { ...plain, data: '6789' },
    ])
  })

  test('comments do not add up', () => {
    expect(readText(`${': 3456789\n'.repeat(50)}${ten}\n\n`, 10)).toEqual([
      { ...plain, data: '6789' },
    ])
  })

  test('an event without end is reported once and costs no memory', () => {
    const chunk = new Uint8Array(1024 * 1024).fill(0x78)
    const before = process.memoryUsage().arrayBuffers
    const seen = read(Array.from<Uint8Array>({ length: 200 }).fill(chunk), 4 * 1024 * 1024)
    expect(seen).toEqual(['oversize'])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 * 1024)
  })
})

test.each([
  ['lines that end in LF', 'data: x\n\n'],
  ['lines that end in CR', 'data: x\r\r'],
  ['one line', 'x'],
])('a megabyte of %s takes no time to speak of', (_name, piece) => {
  const bytes = encodeUtf8(piece.repeat((1024 * 1024) / piece.length))
  const started = performance.now()
  read([bytes], 2 * 1024 * 1024)
  expect(performance.now() - started).toBeLessThan(2_000)
})
