// Every revision that both sides know, and servers that speak one era alone.
import { McpError, connect } from 'mortise/client'
import { afterEach, describe, expect, test } from 'vitest'
import { describeRows, testRows } from './fixtures/describe-rows.mjs'
import { foreignClients, foreignClientsIn, pinnedPython } from './fixtures/foreign-clients.mjs'
import { foreignJsonServers, foreignSessionServers } from './fixtures/foreign-servers.mjs'
import { createHeard } from './fixtures/heard.mjs'
import { connectIn, officialClients, sessions, stateless } from './fixtures/official-clients.mjs'
import {
  sessionServers,
  shapedServers,
  statelessOnlyServers,
} from './fixtures/official-servers.mjs'
import { patient } from './fixtures/patience.mjs'
import { ownTransports } from './fixtures/own-targets.mjs'
import { everyBlock } from './fixtures/workshop.mjs'

const versions = ['2024-11-05', '2025-03-26', '2025-06-18', sessions]
/** The first revisions in which a server may ask, a result may be structured, and a block may be sound or a link. */
const since = {
  audio: '2025-03-26',
  asking: '2025-06-18',
  structure: '2025-06-18',
  link: '2025-06-18',
}
const oldClients = versions.flatMap((version) =>
  [{ client: 'SDK 2.4.0', connect: connectIn(version) }, ...foreignClientsIn(version)].map(
    (row) => ({ version, ...row }),
  ),
)
const clients = [...officialClients, ...foreignClients]
const negotiating = clients.filter(({ client }) =>
  /negotiating|(Python|Go).*as it comes/.test(client),
)
const pinned = [...officialClients.filter(({ client }) => client.endsWith('pinned')), pinnedPython]
const old = clients.filter(({ client }) => /1\.32|in a session/.test(client))
const ending = []

afterEach(async () => {
  for (const end of ending.splice(0).toReversed()) await end()
})

async function opened(open, ...args) {
  const server = await open(...args)
  ending.push(() => server.close())
  return server
}

describeRows([...sessionServers, ...foreignSessionServers])(
  'our client and $server',
  ({ open, options }) => {
    // LIFE-06 (basic/lifecycle, "Version Negotiation")
    test.each(versions)('settle on %s when we know no other', async (version) => {
      const server = await opened(open)
      const client = await connect(server.target, {
        ...patient,
        ...options,
        versions: [version],
        elicit: () => ({ action: 'accept', content: { city: 'Oslo' } }),
      })
      ending.push(() => client.close())
      expect(client.server.version).toBe(version)
      expect((await client.callTool('add', { a: 1, b: 2 })).content[0].text).toBe('{"sum":3}')
      expect(await client.request('ping')).toEqual({})
    })
  },
)

describe.each(Object.entries(ownTransports))('our server over %s', (_transport, open) => {
  // LIFE-08 (basic/lifecycle, "Version Negotiation")
  testRows(oldClients)('settles on $version with a $client that knows no other', async (row) => {
    const { version } = row
    const { target } = await opened(open)
    const heard = createHeard()
    const peer = await row.connect(target, heard)
    ending.push(() => peer.client.close())
    expect(peer.version).toBe(version)
    const sum = await peer.call({ name: 'add', arguments: { a: 1, b: 2 } })
    expect(sum.content[0].text).toBe('{"sum":3}')
    expect(sum.structuredContent).toEqual(version < since.structure ? undefined : { sum: 3 })
    const { content } = await peer.call({ name: 'show', arguments: {} })
    const kinds = everyBlock.map(({ type }) => type)
    expect(content.map(({ type }) => type)).toEqual(
      kinds.map((kind) =>
        (kind === 'audio' && version < since.audio) ||
        (kind === 'resource_link' && version < since.link)
          ? 'text'
          : kind,
      ),
    )
    expect(await peer.client.ping()).toEqual({})
    heard.answers.push({ action: 'accept', content: { city: 'Oslo' } }, { action: 'decline' })
    const booking = await peer.call({ name: 'book', arguments: {} }).catch((error) => error)
    // Before that no client could declare that it may be asked.
    if (version < since.asking) expect(booking).toBeInstanceOf(Error)
    else expect(booking.content[0].text).toBe('Oslo, no nights: decline')
  })

  testRows(negotiating)('that has sessions alone is spoken to in one by $client', async (row) => {
    const { target } = await opened(open, 'session')
    const peer = await connectAs(row, target)
    expect(peer.version).toBe(sessions)
    const sum = await peer.call({ name: 'add', arguments: { a: 1, b: 2 } })
    expect(sum.structuredContent).toEqual({ sum: 3 })
  })

  testRows(pinned)('that has sessions alone lets $client down which wants none', async (row) => {
    const { target } = await opened(open, 'session')
    // The Python SDK asks nothing when it connects.
    const calling = connectAs(row, target).then((peer) =>
      peer.call({ name: 'add', arguments: { a: 1, b: 2 } }),
    )
    await expect(calling).rejects.toThrow()
  })

  testRows(negotiating)('that has no sessions is spoken to without by $client', async (row) => {
    const { target } = await opened(open, 'stateless')
    const peer = await connectAs(row, target)
    expect(peer.version).toBe(stateless)
  })

  // VER-09 (basic/versioning, "Backward Compatibility")
  testRows(old)('that has no sessions says so to $client', async (row) => {
    const { target } = await opened(open, 'stateless')
    await expect(connectAs(row, target)).rejects.toThrow(stateless)
  })
})

describe.each(statelessOnlyServers)('our client and $server without sessions', ({ open }) => {
  test('speak the newest revision', async () => {
    const server = await opened(open)
    const client = await connect(server.target, patient)
    ending.push(() => client.close())
    expect(client.server.version).toBe(stateless)
    expect(await client.call('add', { a: 1, b: 2 })).toEqual({ sum: 3 })
  })

  // VER-03 (basic/versioning, "Version Negotiation")
  test('part with a clear error when we want a session', async () => {
    const server = await opened(open)
    const connecting = connect(server.target, { era: 'session' })
    await expect(connecting).rejects.toThrow(McpError)
    await expect(connecting).rejects.toThrow(stateless)
  })
})

testRows([...shapedServers, ...foreignJsonServers])(
  'our client reads the answers of $server',
  async ({ open }) => {
    const server = await opened(open)
    const client = await connect(server.target, patient)
    ending.push(() => client.close())
    expect(await client.call('add', { a: 1, b: 2 })).toEqual({ sum: 3 })
    await expect(client.call('fail')).rejects.toThrow('the hinge is stuck')
  },
)

async function connectAs(row, target) {
  const peer = await row.connect(target, createHeard())
  ending.push(() => peer.client.close())
  return peer
}
