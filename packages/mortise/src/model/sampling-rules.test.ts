import { describe, expect, test } from 'vitest'
import { isSampled, samplingFault } from './sampling-rules.ts'

const text = { type: 'text', text: 'a' }
const use = (id: string): object => ({ type: 'tool_use', id, name: 'add', input: {} })
const result = (id: string): object => ({ type: 'tool_result', toolUseId: id, content: [text] })
const user = (...content: object[]): object => ({ role: 'user', content })
const assistant = (...content: object[]): object => ({ role: 'assistant', content })

function fault(messages: unknown, more: object = {}): string | undefined {
  return samplingFault({ maxTokens: 1, messages, ...more })
}

// SAMP-08, SAMP-09: client/sampling, "Message Content Constraints"
describe('messages with tools', () => {
  test.for<[name: string, messages: object[]]>([
    ['one use and its result', [assistant(use('1')), user(result('1'))]],
    [
      'two uses, with results in another order',
      [assistant(use('1'), use('2')), user(result('2'), result('1'))],
    ],
    ['words beside a use', [assistant(text, use('1')), user(result('1')), assistant(text)]],
  ])('may be %s', ([, messages]) => expect(fault(messages)).toBeUndefined())

  test.for<[name: string, messages: object[], why: RegExp]>([
    ['a use without a result', [assistant(use('1'))], /last message uses tools/],
    [
      'a use that is passed over',
      [assistant(use('1')), user(text)],
      /message 2 must have one result/,
    ],
    [
      'a use that is answered too late',
      [assistant(use('1')), assistant(text), user(result('1'))],
      /message 2/,
    ],
    ['one of two results', [assistant(use('1'), use('2')), user(result('1'))], /message 2/],
    [
      'a result twice',
      [assistant(use('1'), use('2')), user(result('1'), result('1'))],
      /message 2/,
    ],
    [
      'two uses under one id',
      [assistant(use('1'), use('1')), user(result('1'), result('1'))],
      /message 2/,
    ],
    ['a result of nothing', [user(result('1'))], /message 1/],
    ['a result beside words', [assistant(use('1')), user(result('1'), text)], /nothing else/],
    ['a result of the assistant', [assistant(use('1')), assistant(result('1'))], /the user's/],
    ['a use of the user', [user(use('1')), user(result('1'))], /as the user/],
  ])('may not be %s', ([, messages, why]) => expect(fault(messages)).toMatch(why))
})

describe('what a model is asked', () => {
  test.for<[name: string, messages: unknown]>([
    ['nothing', undefined],
    ['no messages', []],
    ['null', [null]],
    ['another role', [{ role: 'system', content: text }]],
    ['no content', [{ role: 'user' }]],
    ['an empty list of blocks', [user()]],
    ['text without text', [user({ type: 'text' })]],
    ['a picture without its type', [user({ type: 'image', data: 'AAAA' })]],
    ['a resource', [user({ type: 'resource', resource: { uri: 'a:b', text: '' } })]],
    ['a use whose input is a list', [assistant({ ...use('1'), input: [] }), user(result('1'))]],
    [
      'a result whose content is a text',
      [assistant(use('1')), user({ ...result('1'), content: 'a' })],
    ],
  ])('has no messages that are %s', ([, messages]) => expect(fault(messages)).toMatch(/message/))

  test.for<[member: string, value: unknown]>([
    ['maxTokens', 0],
    ['maxTokens', 1.5],
    ['maxTokens', '9'],
    ['systemPrompt', 7],
    ['temperature', '0.5'],
    ['stopSequences', 'a'],
    ['stopSequences', [1]],
    ['includeContext', 'everything'],
    ['metadata', []],
    ['modelPreferences', { hints: 'big' }],
    ['modelPreferences', { hints: [{ name: 7 }] }],
    ['modelPreferences', { costPriority: 2 }],
    ['modelPreferences', { speedPriority: 'fast' }],
    ['tools', {}],
    ['tools', [{ name: 'a' }]],
    ['toolChoice', { mode: 'auto' }],
  ])('refuses %s when it is %j', ([member, value]) => {
    expect(fault([user(text)], { [member]: value })).toContain(member)
  })

  // SAMP-10: client/sampling, "Tool Choice Modes"
  test('knows three ways to choose a tool', () => {
    const tools = [{ name: 'a', inputSchema: {} }]
    const choose = (mode: unknown): unknown => fault([user(text)], { tools, toolChoice: { mode } })
    expect(['auto', 'required', 'none', undefined].map(choose)).toEqual(Array(4).fill(undefined))
    expect(choose('always')).toContain('toolChoice')
  })
})

describe('what a model wrote', () => {
  const good = { role: 'assistant', model: 'm', content: text }

  test.for<[name: string, answer: unknown]>([
    ['null', null],
    ['a text', 'a'],
    ['without a model', { ...good, model: undefined }],
    ['of another role', { ...good, role: 'system' }],
    ['without content', { ...good, content: undefined }],
    ['whose content is a text', { ...good, content: 'a' }],
    ['with a block of another kind', { ...good, content: [text, { type: 'link' }] }],
    ['with null for a block', { ...good, content: [null] }],
    ['with a result of a tool', { ...good, content: result('1') }],
    ['with a use of the user', { ...good, role: 'user', content: use('1') }],
    ['whose reason to stop is a number', { ...good, stopReason: 1 }],
    ['whose metadata is a list', { ...good, _meta: [] }],
  ])('is not an answer %s', ([, answer]) =>
    expect(isSampled(answer, { withTools: true })).toBe(false),
  )

  test('uses tools only where some were offered', () => {
    const answer = { ...good, content: [text, use('1')] }
    expect(isSampled(answer, { withTools: true })).toBe(true)
    expect(isSampled(answer, { withTools: false })).toBe(false)
    expect(isSampled(good, { withTools: false })).toBe(true)
    expect(isSampled({ ...good, content: [] }, { withTools: false })).toBe(true)
  })
})
