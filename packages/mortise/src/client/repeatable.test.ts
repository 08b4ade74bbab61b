import { expect, test } from 'vitest'
import { createRepeatable } from './repeatable.ts'

const call = (name: string) => ({ method: 'tools/call', params: { name } })
const page = (cursor?: string) => ({ method: 'tools/list', params: cursor ? { cursor } : {} })
const tool = (name: string, readOnlyHint: boolean) => ({ name, annotations: { readOnlyHint } })

test('tools are known page by page, and forgotten when a list begins anew without them', () => {
  const repeatable = createRepeatable()
  repeatable.learn(page(), { tools: [tool('a', true)] })
  repeatable.learn(page('next'), { tools: [tool('b', true)] })
  expect([call('a'), call('b')].map(repeatable.has)).toEqual([true, true])
  repeatable.learn(page(), { tools: [tool('b', true)] })
  expect([call('a'), call('b')].map(repeatable.has)).toEqual([false, true])
})

test('a tool that is listed as another later is what it was last', () => {
  const repeatable = createRepeatable()
  repeatable.learn(page(), { tools: [tool('a', true)] })
  repeatable.learn(page('next'), { tools: [tool('a', false)] })
  expect(repeatable.has(call('a'))).toBe(false)
})

test.each([{}, { tools: 7 }, { tools: [null, 7, {}] }])('%j teaches nothing', (result) => {
  const repeatable = createRepeatable()
  repeatable.learn(page(), result)
  expect(repeatable.has(call('a'))).toBe(false)
})
