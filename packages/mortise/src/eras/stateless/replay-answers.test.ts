import { expect, test } from 'vitest'
import { createServer } from '../../server/index.ts'
import { statelessPost } from '../../../test/post.ts'

const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
}

const form = (property: string) => ({
  type: 'object',
  properties: { [property]: { type: 'string' } },
  required: [property],
})

/** A server whose tool asks under `name` and then under `color`; gives a call of it with what a round adds. */
function createAsking(): (round?: object) => Promise<unknown> {
  const server = createServer({ name: 'asking', version: '1.0.0' }).tool(
    'asks',
    { description: 'Asks twice' },
    async (_, ctx) => {
      const name = await ctx.elicit('name', 'Who?', form('name'))
      const color = await ctx.elicit('color', 'Which?', form('color'))
      return JSON.stringify([name, color])
    },
  )
  return async (round) => {
    const params = { name: 'asks', ...round, _meta }
    const response = await server.fetch(statelessPost({ method: 'tools/call', params }))
    return ((await response.json()) as { result: unknown }).result
  }
}

const accepted = (content: Record<string, string>) => ({ action: 'accept', content })

// RFC 7493 §2.1: half of a surrogate pair is no text that every peer can read
test('a question is sent as text that every peer can read', async () => {
  const server = createServer({ name: 'asking', version: '1.0.0' }).tool(
    'asks',
    { description: 'Asks once' },
    async (_, ctx) => JSON.stringify(await ctx.elicit('name', 'Who is \ud83d?', form('name'))),
  )
  const params = { name: 'asks', _meta }
  const response = await server.fetch(statelessPost({ method: 'tools/call', params }))
  expect(await response.json()).toMatchObject({
    result: { inputRequests: { name: { params: { message: 'Who is \ufffd?' } } } },
  })
})

test('a client that knows the questions may answer them before it is asked', async () => {
  const call = createAsking()
  const name = accepted({ name: 'Ada' })
  const color = accepted({ color: 'red' })
  expect(await call({ inputResponses: { color, name } })).toMatchObject({
    resultType: 'complete',
    content: [{ text: JSON.stringify([name, color]) }],
  })
})

// MRTR-22
test('answers that nothing asks for are ignored (basic/patterns, "Multi Round-Trip Requests")', async () => {
  const call = createAsking()
  const inputResponses = { name: accepted({ name: 'Ada' }), other: accepted({ other: 'x' }) }
  expect(await call({ inputResponses })).toMatchObject({
    resultType: 'input_required',
    inputRequests: { color: { method: 'elicitation/create' } },
  })
})

test('after a round only what was asked in it can be answered', async () => {
  const call = createAsking()
  const state = (result: unknown) => (result as { requestState: string }).requestState
  const first = await call()
  const color = accepted({ color: 'red' })
  const second = await call({ requestState: state(first), inputResponses: { color } })
  expect(second).toMatchObject({ inputRequests: { name: {} } })
  const name = accepted({ name: 'Ada' })
  const third = await call({ requestState: state(second), inputResponses: { name, color } })
  expect(third).toMatchObject({ inputRequests: { color: {} } })
})
