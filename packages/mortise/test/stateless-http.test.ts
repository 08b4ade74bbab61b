import { expect, test } from 'vitest'
import { z } from 'zod'
import { createServer } from '../src/server/index.ts'
import { statelessPost } from './post.ts'

function weather() {
  return createServer({ name: 'weather', version: '1.0.0' })
    .tool(
      'forecast',
      {
        description: 'Forecast for a city',
        input: z.object({ city: z.string(), days: z.number().int().max(7).default(1) }),
        output: z.object({ celsius: z.number() }),
      },
      async ({ days }, ctx) => {
        ctx.progress(1, 2, 'asking')
        return { celsius: 20 + days }
      },
    )
    .tool(
      'echo',
      { input: { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } },
      ({ text }) => text,
    )
}

interface Answer {
  readonly result: Readonly<Record<string, unknown>>
}

async function json(response: Response): Promise<Answer> {
  return JSON.parse(await response.text()) as Answer
}

// HTTP26-01, HTTP26-07 (basic/transports, "Sending Messages to the Server")
test('a stateless call is answered by one JSON object that names the server', async () => {
  const response = await weather().fetch(
    statelessPost({
      method: 'tools/call',
      params: { name: 'forecast', arguments: { city: 'Oslo' } },
    }),
  )
  expect(response.status).toBe(200)
  expect(await json(response)).toEqual({
    jsonrpc: '2.0',
    id: 1,
    result: {
      resultType: 'complete',
      _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'weather', version: '1.0.0' } },
      content: [{ type: 'text', text: '{"celsius":21}' }],
      structuredContent: { celsius: 21 },
    },
  })
})

test('arguments that do not fit are told to the model', async () => {
  const response = await weather().fetch(
    statelessPost({ method: 'tools/call', params: { name: 'echo', arguments: { text: 1 } } }),
  )
  const { result } = await json(response)
  expect(result).toMatchObject({
    isError: true,
    content: [{ text: expect.stringContaining('/text') as unknown }],
  })
})

// VER-04, DISC-01, LOG-02 (server/discover)
test('discovery names every version and what is offered', async () => {
  const response = await weather().fetch(statelessPost({ method: 'server/discover' }))
  const { result } = await json(response)
  expect(result.supportedVersions).toEqual([
    '2026-07-28',
    '2025-11-25',
    '2025-06-18',
    '2025-03-26',
    '2024-11-05',
  ])
  expect(result.capabilities).toEqual({ logging: {}, tools: { listChanged: true } })
})
