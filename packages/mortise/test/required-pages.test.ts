import { describe, expect, test } from 'vitest'
import { connect, UrlElicitationRequiredError } from '../src/client/index.ts'
import type { Client, ConnectOptions, UrlQuestion } from '../src/client/index.ts'
import { createServer, UrlElicitationRequiredError as Required } from '../src/server/index.ts'
import type { Server } from '../src/server/index.ts'
import { channelPeer } from './channel-peer.ts'
import type { ChannelPeer } from './channel-peer.ts'
import { settle } from './settle.ts'

const page = { elicitationId: 'visit-1', message: 'Sign in', url: 'https://example.com/in' }

interface Shop {
  readonly server: Server
  /** What errors were masked. */
  readonly masked: unknown[]
  /** The user is signed in from now on. */
  signIn(): void
}

/** A server whose tool needs a visit to a page. */
function shop(): Shop {
  let signedIn = false
  const masked: unknown[] = []
  const server = createServer({ name: 'shop', version: '1.0.0', onError: (e) => masked.push(e) })
    .tool('buy', {}, () => {
      if (!signedIn) throw new Required([page])
      return 'bought'
    })
    .tool('visit', {}, async (_args, { elicit }) => {
      const { action } = await elicit('in', page.message, page)
      return action
    })
  return { server, masked, signIn: () => void (signedIn = true) }
}

function user(server: Server, options: ConnectOptions): Promise<Client> {
  return connect(server, { reconnect: false, ...options })
}

/** A client of 2025-11-25 that has shaken hands, and can be sent to pages. */
function ready(server: Server): ChannelPeer {
  const peer = channelPeer()
  void server.attach(peer.channel)
  const params = {
    protocolVersion: '2025-11-25',
    capabilities: { elicitation: { url: {} } },
    clientInfo: { name: 'c', version: '1' },
  }
  peer.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
  peer.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
  return peer
}

describe.for([
  ['in a session, by -32042', { versions: ['2025-11-25'] }],
  ['without a session, by a question', {}],
] as const)('a page that must be visited first, %s', ([, how]) => {
  // ELIC-31 (2025-11-25, client/elicitation, "URL Elicitation Required Error")
  test('is visited, and the call is made again', async () => {
    const { server, signIn, masked } = shop()
    const asked: UrlQuestion[] = []
    const url = (question: UrlQuestion): { action: 'accept' } => {
      asked.push(question)
      signIn()
      return { action: 'accept' }
    }
    await using client = await user(server, { ...how, elicit: { url } })
    expect(await client.call('buy')).toBe('bought')
    expect(asked).toMatchObject([{ message: page.message, url: page.url }])
    expect(masked).toEqual([])
  })

  test('that the user does not visit fails the call, and nobody is asked again', async () => {
    const { server } = shop()
    let asked = 0
    const url = (): { action: 'decline' } => {
      asked += 1
      return { action: 'decline' }
    }
    await using client = await user(server, { ...how, elicit: { url } })
    await expect(client.call('buy')).rejects.toThrow(/visit/)
    expect(asked).toBe(1)
  })

  // ELIC-03 (client/elicitation, "Capabilities")
  test('is not named to a client that can be sent to none', async () => {
    const { server } = shop()
    await using client = await user(server, { ...how })
    await expect(client.call('buy')).rejects.toMatchObject({
      code: 'ERR_RPC',
      data: { requiredCapabilities: { elicitation: { url: {} } } },
    })
  })

  test('and that stays required is given up after maxRounds', async () => {
    const { server } = shop()
    let asked = 0
    const url = (): { action: 'accept' } => {
      asked += 1
      return { action: 'accept' }
    }
    const limits = { maxRounds: 3 }
    await using client = await user(server, { ...how, elicit: { url }, limits })
    await expect(client.call('buy')).rejects.toThrow()
    expect(asked).toBe(3)
  })
})

test('a client hears which page it was when the user did not go', async () => {
  const { server } = shop()
  const elicit = { url: () => ({ action: 'cancel' }) as const }
  await using client = await user(server, { versions: ['2025-11-25'], elicit })
  const error = await client.call('buy').catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(UrlElicitationRequiredError)
  expect(error).toMatchObject({
    code: 'ERR_PAGE_REQUIRED',
    elicitations: [page],
    cause: { rpcCode: -32042 },
  })
})

test('a page without an id, a message or a URL is wrong use', () => {
  expect(() => new Required([])).toThrow(TypeError)
  expect(() => new Required([{ ...page, url: 'in' }])).toThrow(TypeError)
  expect(() => new Required([{ ...page, elicitationId: '' }])).toThrow(TypeError)
})

// ELIC-32, ELIC-33 (2025-11-25, client/elicitation, "Completion Notifications")
describe('that a page is done with', () => {
  test('is told to the client that was sent there, once, and to nobody else', async () => {
    const { server } = shop()
    const heard: string[] = []
    await using client = await user(server, {
      versions: ['2025-11-25'],
      elicit: { url: () => ({ action: 'accept' }) },
      onElicitationComplete: (id) => heard.push(id),
    })
    const stranger = ready(server)
    expect(await client.call('visit')).toBe('accept')
    server.elicitationComplete('visit-2')
    server.elicitationComplete(page.elicitationId)
    server.elicitationComplete(page.elicitationId)
    await settle()
    expect(heard).toEqual([page.elicitationId])
    expect(stranger.told).toHaveLength(1) // the handshake
  })

  test('is told of pages that an error named, and of no other', async () => {
    const { server } = shop()
    const peer = ready(server)
    server.elicitationComplete(page.elicitationId)
    peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'buy' } })
    await settle()
    expect(peer.told.at(-1).error).toMatchObject({
      code: -32042,
      data: { elicitations: [{ mode: 'url', ...page }] },
    })
    server.elicitationComplete(page.elicitationId)
    await settle()
    expect(peer.told.slice(2)).toEqual([
      {
        jsonrpc: '2.0',
        method: 'notifications/elicitation/complete',
        params: { elicitationId: page.elicitationId },
      },
    ])
  })

  test('of a page that no question named is not told on by a client', async () => {
    const heard: string[] = []
    const { server } = shop()
    await using client = await user(server, {
      versions: ['2025-11-25'],
      elicit: { url: () => ({ action: 'accept' }) as const },
      onElicitationComplete: (id) => heard.push(id),
    })
    server.elicitationComplete(page.elicitationId)
    await client.call('visit')
    await settle()
    expect(heard).toEqual([])
  })
})
