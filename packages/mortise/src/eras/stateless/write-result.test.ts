import { expect, test } from 'vitest'
import { connect } from '../../client/index.ts'
import { PeerError, createServer } from '../../server/index.ts'
import type { Result } from '../../model/types.ts'
import { methodRecord } from '../../model/methods.ts'
import { revision20260728 as revision } from '../../revisions/2026-07-28/index.ts'
import { connectInProcess } from '../../testing/index.ts'
import { createResultWriter } from './write-result.ts'

const upstream = createServer({ name: 'upstream', version: '1.0.0' })
  .tool('echo', {}, () => 'from far away')
  .tool('refuses', {}, (_args, { require }) => require({ sampling: {} }))
  .resource('far://one', { name: 'one', cache: { ttlMs: 5 } }, () => 'far')

async function passingOn() {
  const client = await connect<typeof upstream>(upstream)
  const reported: unknown[] = []
  const server = createServer({
    name: 'near',
    version: '2.0.0',
    onError: (error) => reported.push(error),
  })
    .tool('echo', {}, () => client.callTool('echo'))
    .tool('refuses', {}, () => client.callTool('refuses'))
    .resource('far://one', { name: 'one' }, (uri) => client.readResource(uri))
  return { server, reported }
}

test.each(['memory', 'fetch'] as const)(
  'the result of another server is passed on as our own over %s',
  async (transport) => {
    const { server } = await passingOn()
    await using near = await connectInProcess<typeof server>(server, { transport })
    expect((await near.callTool('echo')).content).toMatchObject([{ text: 'from far away' }])
    const raw = await near.request('tools/call', { name: 'echo', arguments: {} })
    expect(raw['_meta']).toEqual({
      'io.modelcontextprotocol/serverInfo': { name: 'near', version: '2.0.0' },
    })
    expect(await near.readResource('far://one')).toMatchObject({ ttlMs: 5, cacheScope: 'private' })
  },
)

test('the error of another server is not handed on', async () => {
  const { server, reported } = await passingOn()
  await using near = await connectInProcess<typeof server>(server)
  expect(await near.callTool('refuses')).toMatchObject({ isError: true })
  expect(reported[0]).toBeInstanceOf(PeerError)
})

test.each<[string, Result]>([
  ['nothing', {}],
  ['values that JSON knows', { content: [{ type: 'text', text: 'é' }], isError: false, n: null }],
  [
    'values that it leaves out or changes',
    { a: undefined, b: () => 1, c: new Date(0), d: [undefined] },
  ],
  ['names with quotes', { 'a"b': 1, __proto__: { inherited: true } }],
  ['an object that says itself how it is written', { secret: 1, toJSON: () => ({ content: [] }) }],
])('a result of %s has the members that JSON.stringify gives it', (_name, result) => {
  const identity = { name: 'us', version: '1.0.0' }
  const write = createResultWriter({ identity, record: methodRecord, resultTypes: new Set() })
  expect(JSON.parse(write({ method: 'tools/call', revision }, result))).toEqual({
    resultType: 'complete',
    _meta: { 'io.modelcontextprotocol/serverInfo': identity },
    ...(JSON.parse(JSON.stringify(result)) as Result),
  })
})
