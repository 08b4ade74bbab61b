import { expect, test } from 'vitest'
import { commentText, eventText } from './sse-write.ts'

test.each([
  ['data alone', { data: '{"x":1}' }, 'data: {"x":1}\n\n'],
  [
    'every field',
    { id: 's-1', event: 'message', data: '{}', retryMs: 2000 },
    'event: message\nid: s-1\nretry: 2000\ndata: {}\n\n',
  ],
  ['a priming event', { id: 's-0', data: '' }, 'id: s-0\ndata: \n\n'],
  ['data with line breaks', { data: 'a\nb\r\nc\rd' }, 'data: a\ndata: b\ndata: c\ndata: d\n\n'],
  ['data that starts with a blank', { data: ' a' }, 'data:  a\n\n'],
])('%s', (_name, parts, text) => {
  expect(eventText(parts)).toBe(text)
})

test.each([
  ['a line break in the id', { id: 'a\nb', data: '' }],
  ['a carriage return in the id', { id: 'a\rb', data: '' }],
  ['NUL in the id', { id: 'a\0b', data: '' }],
  ['a line break in the event type', { event: 'a\ndata: x', data: '' }],
  ['a fraction as retry time', { data: '', retryMs: 1.5 }],
  ['a negative retry time', { data: '', retryMs: -1 }],
])('%s is refused', (_name, parts) => {
  expect(() => eventText(parts)).toThrow(TypeError)
})

test('a comment cannot break out of its lines', () => {
  expect(commentText()).toBe(': \n\n')
  expect(commentText('a\ndata: b\r\rc')).toBe(': a\n: data: b\n: \n: c\n\n')
})
