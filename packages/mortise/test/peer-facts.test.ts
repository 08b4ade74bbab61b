import { expect, test } from 'vitest'
import { connect } from '../src/client/index.ts'
import { readInfo } from '../src/eras/conversation.ts'
import { createServer } from '../src/server/index.ts'
import { ofSessions, talkingTarget } from './talking-target.ts'

// LIFE-02 (schema, "Implementation")
test.for([
  [
    { name: 'a', version: '1', title: 't' },
    { name: 'a', version: '1', title: 't' },
  ],
  [
    { name: 'a', version: 1, title: null, websiteUrl: {} },
    { name: 'a', version: '' },
  ],
  [
    { name: 'a', version: '1', icons: [7, { src: 'data:,' }, { src: 1 }] },
    { name: 'a', version: '1', icons: [{ src: 'data:,' }] },
  ],
  [
    { name: 'a', version: '1', icons: 'x' },
    { name: 'a', version: '1' },
  ],
  [{ version: '1' }, undefined],
  [null, undefined],
  ['a', undefined],
] as const)(
  'of what a peer says it is, %j, members of a wrong type are left out',
  ([given, read]) => {
    expect(readInfo(given)).toEqual(read)
  },
)

test('null is no structured content in a session: the text is what the tool said', async () => {
  const content = [{ type: 'text', text: 'said' }]
  const target = talkingTarget(
    ofSessions((_message, { tell }) => tell({ result: { content, structuredContent: null } })),
  )
  await using client = await connect(target, { era: 'session' })
  expect(await client.call('a')).toBe('said')
})

// LIFE-02 (schema, "Implementation")
test.for([
  ['2025-11-25', ['name', 'version', 'title', 'description', 'websiteUrl', 'icons']],
  ['2025-06-18', ['name', 'version', 'title']],
  ['2024-11-05', ['name', 'version']],
] as const)(
  'a client whose newest version is %s says of itself what that version knows',
  async ([version, known]) => {
    const target = talkingTarget(ofSessions(() => {}, { protocolVersion: version }))
    const icons = [{ src: 'data:image/png,' }]
    const described = { title: 'C', description: 'd', websiteUrl: 'https://example.com', icons }
    const info = { name: 'c', version: '1', ...described }
    await using client = await connect(target, { info, versions: [version] })
    const { params } = target.seen.flat().find(({ method }) => method === 'initialize')
    expect([client.server.version, Object.keys(params.clientInfo)]).toEqual([version, known])
  },
)

// LIFE-02 (basic/lifecycle and basic, "Capabilities")
test.for(['session', 'stateless'] as const)(
  'experimental capabilities of both sides are told, era: %s, and none of a mounted server',
  async (era) => {
    const inner = createServer({ name: 'i', version: '1', experimental: { theirs: {} } })
    const server = createServer({ name: 's', version: '1', experimental: { mine: { a: 1 } } })
      .mount(inner)
      .tool('seen', {}, (_args, { client }) => ({ seen: client.capabilities.experimental }))
    const experimental = { yours: { b: 2 } }
    await using client = await connect<typeof server>(server, {
      era,
      capabilities: { experimental },
    })
    expect(client.server.capabilities.experimental).toEqual({ mine: { a: 1 } })
    expect(await client.call('seen')).toEqual({ seen: experimental })
  },
)
