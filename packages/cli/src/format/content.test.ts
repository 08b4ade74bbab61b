import type { ContentBlock } from 'mortise/client'
import { expect, test } from 'vitest'
import { createPaint } from '../paint.ts'
import { contentText } from './content.ts'
import { promptText } from './prompt.ts'

const paint = createPaint({ enabled: false })
const terminal = { isTTY: true, paint }
const pipe = { isTTY: false, paint }

test.each<[string, ContentBlock, string]>([
  ['text', { type: 'text', text: 'a\x1bb' }, 'a\\x1bb'],
  [
    'a picture',
    { type: 'image', mimeType: 'image/png', data: 'AAAA' },
    '[image image/png, 3 bytes]',
  ],
  [
    'a text resource',
    { type: 'resource', resource: { uri: 'x://a', text: 'hello' } },
    '── x://a\nhello',
  ],
  [
    'a binary resource',
    { type: 'resource', resource: { uri: 'x://a', blob: 'AA==' } },
    '[x://a application/octet-stream, 1 byte]',
  ],
  [
    'a link',
    { type: 'resource_link', uri: 'x://a', name: 'A', description: 'first' },
    '[A] x://a  first',
  ],
])('%s is shown on a terminal', (_name, block, expected) => {
  expect(contentText([block], terminal)).toBe(expected)
})

test('into a pipe text goes as it is', () => {
  expect(contentText([{ type: 'text', text: 'a\x1b\r\n' }], pipe)).toBe('a\x1b\r\n')
})

test('the messages of a prompt stand under their roles', () => {
  const message = { role: 'assistant', content: { type: 'text', text: 'hi' } } as const
  expect(promptText({ messages: [message] }, terminal)).toBe('assistant:\nhi\n')
})
