import { expect, test } from 'vitest'
import { connect, createEraMemory } from '../../client/index.ts'
import type { Client } from '../../client/index.ts'
import { createTestRuntime } from '../../testing/index.ts'
import type { TestRuntime } from '../../testing/index.ts'
import type { Json } from '../../../test/json.ts'
import { discovery, resultFor, scriptedFetch } from '../../../test/scripted-fetch.ts'
import { settle } from '../../../test/settle.ts'

const done = { resultType: 'complete', content: [] }
const form = {
  method: 'elicitation/create',
  params: { mode: 'form', message: 'Sure?', requestedSchema: { type: 'object', properties: {} } },
}

/** A client of a server whose calls of a tool are answered by `results`, in their order; `sent` are those calls. */
async function calling(
  ...results: unknown[]
): Promise<{ client: Client; sent: Json[]; runtime: TestRuntime }> {
  const sent: Json[] = []
  const { fetch } = scriptedFetch((request) => {
    if (request.body.method === 'server/discover') return resultFor(request, discovery)
    sent.push(request.body)
    return resultFor(request, results[sent.length - 1] ?? done)
  })
  const runtime = createTestRuntime()
  const client = await connect('http://localhost/mcp', {
    fetch,
    runtime,
    memory: createEraMemory(),
    elicit: () => ({ action: 'accept', content: { yes: true } }),
  })
  return { client, sent, runtime }
}

// BASE-20 (basic, "Result Responses")
test('a result that does not say its type is complete', async () => {
  const content = [{ type: 'text', text: 'old' }]
  const { client, sent } = await calling({ content })
  expect((await client.callTool('any')).content).toEqual(content)
  expect(sent).toHaveLength(1)
})

// MRTR-14, MRTR-16, MRTR-18, MRTR-20 (basic/patterns/mrtr, "Client Requirements")
test('a retry is the same request under a new id, with all the answers and the state as it was', async () => {
  const requestState = ' state\u{1f600}"'
  const asked = { resultType: 'input_required', inputRequests: { a: form, b: form }, requestState }
  const { client, sent } = await calling(asked)
  await client.callTool('pay', { euros: 5 })
  const [first, retry] = sent
  expect(retry.id).not.toBe(first.id)
  const answer = { action: 'accept', content: { yes: true } }
  const { _meta, ...params } = retry.params
  expect(params).toEqual({
    name: 'pay',
    arguments: { euros: 5 },
    inputResponses: { a: answer, b: answer },
    requestState,
  })
})

// MRTR-17 (basic/patterns/mrtr, "Client Requirements")
test('a retry has no state where there was none, also after a round that had one', async () => {
  const inputRequests = { a: form }
  const { client, sent } = await calling(
    { resultType: 'input_required', inputRequests, requestState: 'one' },
    { resultType: 'input_required', inputRequests },
  )
  await client.callTool('any')
  expect(sent.map(({ params }) => params.requestState)).toEqual([undefined, 'one', undefined])
})

// MRTR-15 (basic/patterns/mrtr, "Client Requirements")
test('a result that asks nothing is followed by a retry with its state alone', async () => {
  const { client, sent, runtime } = await calling({
    resultType: 'input_required',
    requestState: 'later',
  })
  const call = client.callTool('any')
  while (sent.length < 2) {
    await settle()
    runtime.advance(100)
  }
  await call
  expect(sent[1].params).toMatchObject({ name: 'any', requestState: 'later' })
  expect(sent[1].params).not.toHaveProperty('inputResponses')
})

// MRTR-19 (basic/patterns/mrtr, "Client Requirements")
test('state and answers go into no other request, beside it or later', async () => {
  const { client, sent } = await calling({
    resultType: 'input_required',
    inputRequests: { a: form },
    requestState: 'of pay',
  })
  await Promise.all([client.callTool('pay'), client.callTool('beside')])
  await client.callTool('pay')
  const used = sent.filter(({ params }) => 'requestState' in params || 'inputResponses' in params)
  expect(sent).toHaveLength(4)
  expect(used.map(({ params }) => params.name)).toEqual(['pay'])
})

// MRTR-14 (basic/patterns/mrtr, "Client Requirements")
test.each([
  ['has no answer', form],
  ['is none', { method: 'tools/list' }],
])(
  'when one question of a round %s, nobody thinks about the others any longer',
  async (_, wrong) => {
    const other = { ...form, params: { ...form.params, message: 'Really?' } }
    const inputRequests = { a: other, b: wrong }
    const { fetch } = scriptedFetch((request) =>
      resultFor(
        request,
        request.body.method === 'server/discover'
          ? discovery
          : { resultType: 'input_required', inputRequests },
      ),
    )
    const thinking: AbortSignal[] = []
    await using client = await connect('http://localhost/mcp', {
      fetch,
      memory: createEraMemory(),
      elicit({ message }, { signal }) {
        if (message === 'Sure?') throw new Error('nobody is there')
        thinking.push(signal)
        return new Promise(() => {})
      },
    })
    await expect(client.callTool('pay')).rejects.toThrow()
    expect(thinking.every(({ aborted }) => aborted)).toBe(true)
  },
)
