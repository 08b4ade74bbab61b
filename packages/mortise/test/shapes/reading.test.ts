import { expect, test } from 'vitest'
import { connect } from '../../src/client/index.ts'
import type { Client } from '../../src/client/index.ts'
import { shapeVersions, validateMessage } from '../../src/shapes/index.ts'
import { memoryChannelPair } from '../../src/testing/index.ts'
import type { Json } from '../json.ts'
import { mutationsOf } from './mutations.ts'

const text = { type: 'text', text: 'x', annotations: { priority: 1, audience: ['user'] } }
const content = [text, { type: 'image', data: 'AA==', mimeType: 'image/png' }]
const tool = {
  name: 'a',
  inputSchema: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
  annotations: { readOnlyHint: true, title: 't' },
}

/** A right result of each method, and how a client comes to read it. */
const readings: readonly (readonly [string, object, (client: Client) => Promise<unknown>])[] = [
  ['tools/list', { tools: [tool] }, (client) => all(client.tools())],
  ['tools/call', { content, isError: false }, (client) => client.callTool('a', { a: 'x' })],
  [
    'resources/list',
    { resources: [{ uri: 'a:b', name: 'n', size: 1 }] },
    (client) => all(client.resources()),
  ],
  [
    'resources/templates/list',
    { resourceTemplates: [{ uriTemplate: 'a:{b}', name: 'n' }] },
    (client) => all(client.resourceTemplates()),
  ],
  [
    'resources/read',
    {
      contents: [
        { uri: 'a:b', text: 'x' },
        { uri: 'a:c', blob: 'AA==' },
      ],
    },
    (client) => client.readResource('a:b'),
  ],
  [
    'prompts/list',
    { prompts: [{ name: 'p', arguments: [{ name: 'a', required: true }] }] },
    (client) => all(client.prompts()),
  ],
  [
    'prompts/get',
    { description: 'd', messages: [{ role: 'user', content: text }] },
    (client) => client.getPrompt('p', {}),
  ],
  [
    'completion/complete',
    { completion: { values: ['a'], total: 1, hasMore: false } },
    (client) => client.complete({ prompt: 'p' }, { name: 'a', value: '' }),
  ],
]

async function all(list: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = []
  for await (const item of list) items.push(item)
  return items
}

test.each(shapeVersions)(
  'whatever is wrong with a result of %s, a client gives what can be used of it or says why not',
  async (version) => {
    const isStateless = shapeVersions.indexOf(version) === 0
    const stamp = isStateless
      ? { resultType: 'complete', ttlMs: 0, cacheScope: 'private', _meta: {} }
      : {}
    const capabilities = { tools: {}, resources: {}, prompts: {}, completions: {} }
    const opening: Json = {
      initialize: {
        protocolVersion: version,
        capabilities,
        serverInfo: { name: 's', version: '1' },
      },
      'server/discover': { ...stamp, supportedVersions: [version], capabilities },
    }
    let answer: unknown
    const [ours, theirs] = memoryChannelPair()
    theirs.start({
      message(sent) {
        const { id, method }: Json = JSON.parse(sent)
        if (id === undefined || method === undefined) return
        const result: unknown = opening[method] ?? answer
        void theirs.send(JSON.stringify({ jsonrpc: '2.0', id, result }))
      },
      fault() {},
      closed() {},
    })
    await using client = await connect({ key: '', open: () => ours }, { versions: [version] })
    const failures: string[] = []
    let wrong = 0
    for (const [method, right, read] of readings) {
      for (const changed of mutationsOf({ ...right, ...stamp }, new Map())) {
        answer = changed
        const message = { jsonrpc: '2.0', id: 1, result: changed }
        const issues = validateMessage(version, 'server', message, { answers: method })
        if (issues.length > 0) wrong += 1
        const failure: Json = await read(client).then(
          () => undefined,
          (error: unknown) => error,
        )
        if (failure === undefined) continue
        if (failure.code === undefined) failures.push(`${method}: ${String(failure)}`)
        if (issues.length === 0) failures.push(`${method} refused: ${JSON.stringify(changed)}`)
      }
    }
    expect(failures).toEqual([])
    expect(wrong).toBeGreaterThan(300)
  },
)
