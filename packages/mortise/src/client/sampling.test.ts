import { describe, expect, test } from 'vitest'
import { createAnswers } from './answers.ts'
import type { ConnectOptions, SampleAnswer, SampleQuestion } from './index.ts'

const { signal } = new AbortController()
const message = { role: 'user', content: { type: 'text', text: 'hi' } }
const params = { messages: [message], maxTokens: 5 }
const written: SampleAnswer = { model: 'm', content: 'fine' }
const tools = [{ name: 'a', inputSchema: { type: 'object' } }]

/** What a client with `options` answers to one question. */
function answer(options: ConnectOptions, method: string, asked: object): Promise<unknown> {
  return createAnswers(options).answer(method, asked as Readonly<Record<string, unknown>>, signal)
}

test.for<[options: ConnectOptions, declared: object]>([
  [{}, {}],
  [{ sample: () => written }, { sampling: {} }],
  [{ sample: { handler: () => written, tools: true } }, { sampling: { tools: {} } }],
  [{ sample: { handler: () => written, context: true } }, { sampling: { context: {} } }],
  [{ roots: [] }, { roots: { listChanged: true } }],
])('%j declares %j', ([options, declared]) => {
  expect(createAnswers(options).capabilities).toEqual(declared)
})

describe('a server that asks for a completion as it should not', () => {
  // SAMP-05, SAMP-15: client/sampling, "Error Handling"
  test.for<[name: string, asked: object]>([
    ['with tools that were not declared', { ...params, tools }],
    ['with a choice of tools that were not declared', { ...params, tools, toolChoice: {} }],
    [
      'with uses of tools that were not declared',
      {
        ...params,
        messages: [
          { role: 'assistant', content: { type: 'tool_use', id: 'u', name: 'a', input: {} } },
          { role: 'user', content: { type: 'tool_result', toolUseId: 'u', content: [] } },
        ],
      },
    ],
    [
      'with a use of a tool without a result',
      {
        ...params,
        messages: [
          { role: 'assistant', content: { type: 'tool_use', id: 'u', name: 'a', input: {} } },
        ],
      },
    ],
    ['without messages', { maxTokens: 5 }],
    ['without a bound', { messages: [message] }],
  ])('%s is refused, and nobody is asked', async ([, asked]) => {
    let heard = 0
    const sample = (): SampleAnswer => {
      heard += 1
      return written
    }
    const refused = answer({ sample }, 'sampling/createMessage', asked)
    await expect(refused).rejects.toMatchObject({ rpcCode: -32602 })
    expect(heard).toBe(0)
  })

  // ROOT-05: client/roots, "Error Handling"
  test.for(['sampling/createMessage', 'roots/list', 'elicitation/create', 'toString'])(
    'and of one that declared nothing: %s',
    async (method) => {
      await expect(answer({}, method, params)).rejects.toMatchObject({ rpcCode: -32601 })
    },
  )
})

test('a handler is given what the specification knows, and no context that it did not declare', async () => {
  const heard: SampleQuestion[] = []
  const sample = (question: SampleQuestion): SampleAnswer => {
    heard.push(question)
    return written
  }
  const asked = { ...params, includeContext: 'allServers', task: { ttl: 1 }, _meta: { a: 1 } }
  expect(await answer({ sample }, 'sampling/createMessage', asked)).toEqual({
    role: 'assistant',
    model: 'm',
    content: { type: 'text', text: 'fine' },
  })
  expect(heard).toEqual([
    { messages: [{ role: 'user', content: [message.content] }], maxTokens: 5 },
  ])
})

describe('what a handler answers is checked before it is sent', () => {
  const use = { type: 'tool_use', id: 'u', name: 'a', input: {} } as const
  const using = (): SampleAnswer => ({ model: 'm', content: [use] })

  test('a use of tools goes out where some were offered', async () => {
    const sample = { handler: using, tools: true }
    const sent = answer({ sample }, 'sampling/createMessage', { ...params, tools })
    expect(await sent).toMatchObject({ content: use })
  })

  // SAMP-10: client/sampling, "Tool Choice Modes"
  test.for<[name: string, asked: object]>([
    ['where none were offered', params],
    ['where they must not be used', { ...params, tools, toolChoice: { mode: 'none' } }],
  ])('a use of tools does not go out %s', async ([, asked]) => {
    const sample = { handler: using, tools: true }
    await expect(answer({ sample }, 'sampling/createMessage', asked)).rejects.toThrow(TypeError)
  })

  test('an answer without a model does not go out', async () => {
    const sample = (): SampleAnswer => ({ content: 'fine' }) as never
    await expect(answer({ sample }, 'sampling/createMessage', params)).rejects.toThrow(/model/)
  })
})
