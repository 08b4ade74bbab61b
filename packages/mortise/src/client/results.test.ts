import { expect, test } from 'vitest'
import { discovery, resultFor, scriptedFetch } from '../../test/scripted-fetch.ts'
import { connect, createEraMemory } from './index.ts'
import type { Client } from './index.ts'

const good = { type: 'text', text: 'good' }
const page = { uri: 'a:b', text: 'x' }
const said = { role: 'user', content: good }

const rows: readonly [string, (client: Client) => Promise<unknown>, unknown, unknown][] = [
  ['content', (client) => client.callTool('a'), [null, 7, { type: 'text' }, good], [good]],
  ['content', (client) => client.callTool('a'), [{ type: 'newer' }], [{ type: 'newer' }]],
  ['content', (client) => client.callTool('a'), [{ type: 'image', data: null }, good], [good]],
  ['content', (client) => client.callTool('a'), [{ type: 'resource_link', uri: 1 }, good], [good]],
  ['content', (client) => client.callTool('a'), [{ type: 'resource', resource: {} }, good], [good]],
  ['contents', (client) => client.readResource('a:b'), [null, { uri: 1 }, page], [page]],
  ['messages', (client) => client.getPrompt('a'), ['x', { role: 'user' }, said], [said]],
  ['messages', (client) => client.getPrompt('a'), [{ ...said, role: 'system' }, said], [said]],
]

test.for(rows)(
  'of the %s of a result, what is malformed is left out and reported',
  async ([member, ask, given, kept]) => {
    const warnings: string[] = []
    const result = { resultType: 'complete', [member]: given }
    const { fetch } = scriptedFetch((request) =>
      resultFor(request, request.body.method === 'server/discover' ? discovery : result),
    )
    const onWarning = (warning: string): void => void warnings.push(warning)
    await using client = await connect('http://localhost/mcp', {
      fetch,
      memory: createEraMemory(),
      onWarning,
    })
    expect(await ask(client)).toMatchObject({ [member]: kept })
    expect(warnings).toHaveLength((given as unknown[]).length === 1 ? 0 : 1)
  },
)

test('what is null is left out of a result, its blocks and its messages', async () => {
  const block = { ...good, annotations: null, _meta: null }
  const results: Record<string, unknown> = {
    'server/discover': discovery,
    'tools/call': {
      resultType: 'complete',
      isError: null,
      structuredContent: null,
      content: [block],
    },
    'prompts/get': {
      resultType: 'complete',
      description: null,
      messages: [{ ...said, content: block }],
    },
  }
  const { fetch } = scriptedFetch((request) =>
    resultFor(request, results[String(request.body.method)]),
  )
  await using client = await connect('http://localhost/mcp', { fetch, memory: createEraMemory() })
  // Without a session null is structured content like any other value.
  expect(await client.callTool('a')).toEqual({
    resultType: 'complete',
    structuredContent: null,
    content: [good],
  })
  expect((await client.getPrompt('a')).messages).toEqual([said])
})
