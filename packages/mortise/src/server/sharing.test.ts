import { expect, test, vi } from 'vitest'
import { readEvents } from '../../test/event-reading.ts'
import { listenStateless } from '../../test/listening-peer.ts'
import { accepted, round } from '../../test/rounds.ts'
import { sessionPeer } from '../../test/session-peer.ts'
import { createMemoryStore } from '../state/memory.ts'
import { createServer } from './index.ts'
import type { Server } from './definition.ts'
import type { ToldNotice } from './sharing.ts'

/** Two processes' servers of one definition, which tell each other everything. */
function two(define: (server: Server) => void = () => {}): readonly [Server, Server, ToldNotice[]] {
  const servers = [1, 2].map(() => createServer({ name: 'one of two', version: '1.0.0' }))
  const [first, second] = servers as unknown as readonly [Server, Server]
  for (const server of [first, second]) define(server)
  const told: ToldNotice[] = []
  const hear = second.share({})
  first.share({
    tell(notice) {
      told.push(notice)
      hear(notice)
    },
  })
  return [first, second, told]
}

async function heardBy(server: Server, filter: unknown, happen: () => void): Promise<string[]> {
  const stream = readEvents(await listenStateless(server.handle, filter))
  await vi.waitFor(() => expect(stream.messages).toHaveLength(1)) // it is acknowledged
  happen()
  await vi.waitFor(() => expect(stream.messages.length).toBeGreaterThan(1))
  await stream.leave()
  return stream.messages.slice(1).map(({ method }) => method)
}

const memo = 'memo://one'
const updated = 'notifications/resources/updated'

test('what one tells the other hears', async () => {
  const [first, second] = two((server) =>
    server.resource(memo, { name: 'one' }, () => '').tool('old', {}, () => ''),
  )
  const touch = (): void => first.updated(memo)
  expect(await heardBy(second, { resourceSubscriptions: [memo] }, touch)).toEqual([updated])
  const grow = (): void => void first.tool('new', {}, () => '')
  const grown = await heardBy(second, { toolsListChanged: true }, grow)
  expect(grown).toEqual(['notifications/tools/list_changed'])
})

test('who may see a resource is asked where somebody listens', async () => {
  const asked = vi.fn(() => false)
  const [first, second] = two((server) =>
    server
      .resource(memo, { name: 'one', visible: asked }, () => '')
      .resource('memo://two', { name: 'two' }, () => ''),
  )
  const both = { resourceSubscriptions: [memo, 'memo://two'] }
  const stream = readEvents(await listenStateless(second.handle, both))
  await vi.waitFor(() => expect(stream.messages).toHaveLength(1))
  first.updated(memo)
  first.updated('memo://two')
  await vi.waitFor(() => expect(stream.messages).toHaveLength(2))
  expect(stream.messages.at(-1).params.uri).toBe('memo://two')
  expect(asked).toHaveBeenCalled()
  await stream.leave()
})

test('a change that concerns only some is told to nobody else', () => {
  const [first, , told] = two()
  first.tool('hidden', { visible: () => false }, () => '')
  expect(told).toEqual([])
  first.tool('open', {}, () => '')
  expect(told).toEqual([{ method: 'notifications/tools/list_changed', params: {} }])
})

test('what each of them watches, each of them tells', async () => {
  let change = (): void => {}
  const [first, , told] = two((server) =>
    server.resource(
      memo,
      {
        name: 'one',
        watch(_uri, changed) {
          change = changed
          return () => {}
        },
      },
      () => '',
    ),
  )
  const heard = await heardBy(first, { resourceSubscriptions: [memo] }, () => change())
  expect(heard).toEqual([updated])
  expect(told).toEqual([])
})

test('what was heard is not told on', () => {
  const server = createServer({ name: 'one of two', version: '1.0.0' })
  const told: ToldNotice[] = []
  const hear = server.share({ tell: (notice) => told.push(notice) })
  hear({ method: updated, params: { uri: memo } })
  hear({ method: 'notifications/tools/list_changed', params: {} })
  expect(told).toEqual([])
})

test('a session’s id begins as was said, and has as much chance in it as ever', async () => {
  const server = createServer({ name: 'one of two', version: '1.0.0' })
  server.share({ sessionPrefix: 'a1.' })
  const peer = sessionPeer(server.handle)
  await peer.open()
  expect(peer.id).toMatch(/^a1\.[\w-]{24}$/)
  expect((await peer.call('nothing')).status).toBe(200)
})

test('secrets and a store that come late seal, and count, like those of before', async () => {
  const store = createMemoryStore()
  const secrets = ['a secret of both of them']
  const [first, second] = [1, 2].map(() => {
    const server = createServer({ name: 'one of two', version: '1.0.0' })
    expect(server.sealsAlone).toBe(true)
    server.share({ secrets, store })
    expect(server.sealsAlone).toBe(false)
    const sure = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
    return server.tool(
      'ask',
      {},
      async (_args, ctx) => (await ctx.elicit('sure', 'Sure?', sure)).action,
    )
  }) as unknown as readonly [Server, Server]
  const { state } = await round(first.handle, 'ask')
  const again = { state, answers: { sure: accepted() } }
  expect((await round(second.handle, 'ask', again)).result.content[0].text).toBe('accept')
  expect((await round(first.handle, 'ask', again)).error.message).toContain('was used before')
})

test('a secret that is too short is refused at once', () => {
  const server = createServer({ name: 'one of two', version: '1.0.0' })
  expect(() => server.share({ secrets: ['short'] })).toThrow('at least 16')
  expect(server.sealsAlone).toBe(true)
})
