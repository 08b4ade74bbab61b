import { describe, expect, test } from 'vitest'
import { isContent, isToolResult, structuredResult } from './content.ts'

const block = { type: 'text', text: 'a' }

describe('a tool that returns', () => {
  test.for([
    ['an array of blocks', [block], true, false],
    ['an empty array: structured content', [], false, false],
    ['an array with something else', [block, 7], false, false],
    ['an object with blocks: a whole result', { content: [block] }, false, true],
    ['an object without blocks: a whole result', { content: [] }, false, true],
    ['an object whose content is something else', { content: [{ type: 'chapter' }] }, false, false],
    ['an object whose content is a text', { content: 'a' }, false, false],
    ['null', null, false, false],
    ['a number', 7, false, false],
  ] as const)('%s', ([, value, content, whole]) => {
    expect([isContent(value), isToolResult(value)]).toEqual([content, whole])
  })
})

// TOOL-09 (server/tools, "Structured Content")
test('structured content has its text beside it', () => {
  expect(structuredResult({ a: [1] })).toEqual({
    content: [{ type: 'text', text: '{"a":[1]}' }],
    structuredContent: { a: [1] },
  })
})
