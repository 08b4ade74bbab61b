import { describe, expect, test } from 'vitest'
import { createServer, visible } from '../src/server/index.ts'
import type { Caller, Server } from '../src/server/index.ts'
import { connectInProcess } from '../src/testing/index.ts'
import { statelessPost } from './post.ts'
import { settle } from './settle.ts'

const versions = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const

const isAdmin = ({ auth }: Caller): boolean => auth?.scopes.includes('admin') === true
const region = {
  type: 'object',
  properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
} as const

/** Who calls is who the token says: a subject, with the scopes behind it. */
const http = {
  authorize({ header }: { readonly header: (name: string) => string | undefined }) {
    const [subject = '', ...scopes] = (header('authorization') ?? '').split(' ').slice(1)
    return { subject, scopes }
  },
}

function createOffice(): Server {
  return createServer({ name: 'office', version: '1.0.0', http, limits: { pageSize: 2 } })
    .tool('one', {}, () => 'one')
    .tool('fire', { visible: isAdmin, input: region }, () => 'fired')
    .tool('two', {}, () => 'two')
    .resource('doc:///open', { name: 'open' }, () => 'open')
    .resource('doc:///plans', { name: 'plans', visible: isAdmin }, () => ({
      contents: [{ uri: 'doc:///plans', text: 'hush' }],
      ttlMs: 60_000,
      cacheScope: 'public' as const,
    }))
    .resourceTemplate('doc:///{name}', { name: 'any' }, ({ name }) => `a copy of ${name}`)
    .resourceTemplate(
      'pay:///{who}',
      {
        name: 'pay',
        visible: isAdmin,
        list: () => ({ resources: [{ uri: 'pay:///ada', name: 'ada' }] }),
        complete: { who: () => ['ada'] },
      },
      ({ who }) => `what ${who} gets`,
    )
    .prompt('greet', {}, () => 'Hello')
    .prompt(
      'scold',
      { visible: isAdmin, arguments: { who: { complete: () => ['ada'] } } },
      () => 'Well!',
    ) as Server
}

/** The same rules, as a transform around a server that hides nothing. */
function createLobby(): Server {
  const hidden = new Set(['fire', 'plans', 'pay', 'ada', 'scold'])
  const office = createServer({ name: 'office', version: '1.0.0', limits: { pageSize: 2 } })
    .tool('one', {}, () => 'one')
    .tool('fire', { input: region }, () => 'fired')
    .tool('two', {}, () => 'two')
    .resource('doc:///open', { name: 'open' }, () => 'open')
    .resource(
      'doc:///plans',
      { name: 'plans', cache: { ttlMs: 60_000, scope: 'public' } },
      () => 'hush',
    )
    .resourceTemplate('doc:///{name}', { name: 'any' }, ({ name }) => `a copy of ${name}`)
    .resourceTemplate(
      'pay:///{who}',
      {
        name: 'pay',
        list: () => ({ resources: [{ uri: 'pay:///ada', name: 'ada' }] }),
        complete: { who: () => ['ada'] },
      },
      ({ who }) => `what ${who} gets`,
    )
    .prompt('greet', {}, () => 'Hello')
    .prompt('scold', { arguments: { who: { complete: () => ['ada'] } } }, () => 'Well!')
  const lobby = createServer({ name: 'lobby', version: '1.0.0', http })
  const rule = visible((caller, { item }) => !hidden.has(item.name) || isAdmin(caller))
  return lobby.mount(office, rule)
}

async function names(list: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const found: string[] = []
  for await (const { name } of list) found.push(name)
  return found
}

const places = [
  { place: 'by its definition', create: createOffice },
  { place: 'by a transform', create: createLobby },
]

describe.for(versions.flatMap((version) => places.map((place) => ({ version, ...place }))))(
  'what is hidden $place, in $version,',
  ({ version, create }) => {
    const as = (who: string, server = create()) =>
      connectInProcess<Server>(server, {
        version,
        transport: 'fetch',
        headers: { authorization: `Bearer ${who}` },
      })

    // TOOL-03, RES-03, PROMPT-03 (server/tools, "Listing Tools"; server/resources; server/prompts)
    test('is listed to those who may see it, and to nobody else', async () => {
      const server = create()
      await using admin = await as('ada admin', server)
      await using guest = await as('bob', server)
      expect(await names(admin.tools())).toEqual(['one', 'fire', 'two'])
      expect(await names(guest.tools())).toEqual(['one', 'two'])
      expect(await names(admin.resources())).toEqual(['open', 'plans', 'ada'])
      expect(await names(guest.resources())).toEqual(['open'])
      expect(await names(admin.resourceTemplates())).toEqual(['any', 'pay'])
      expect(await names(guest.resourceTemplates())).toEqual(['any'])
      expect(await names(admin.prompts())).toEqual(['greet', 'scold'])
      expect(await names(guest.prompts())).toEqual(['greet'])
    })

    test('answers exactly like what does not exist', async () => {
      const server = create()
      await using guest = await as('bob', server)
      const who = { name: 'who', value: '' }
      const attempts = (name: string): (() => Promise<unknown>)[] => [
        () => guest.call(name),
        () => guest.getPrompt(name),
        () => guest.complete({ prompt: name }, who),
        () => guest.complete({ resourceTemplate: `${name}:///{who}` }, who),
        () => guest.readResource(`${name}:///ada`),
        () => guest.request('tools/list', { cursor: btoa(name).replace(/=+$/, '') }),
      ]
      const errors = async (name: string): Promise<unknown[]> => {
        const ends = await Promise.allSettled(attempts(name).map((attempt) => attempt()))
        return ends.map((end) => {
          if (end.status === 'fulfilled') return end.value
          const { rpcCode, message, data } = end.reason
          return JSON.parse(JSON.stringify({ rpcCode, message, data }).replaceAll(name, '*'))
        })
      }
      const missing = await errors('zzzz')
      expect(await errors('fire')).toEqual(missing)
      expect(await errors('scold')).toEqual(missing)
      expect(await errors('pay')).toEqual(missing)
      // A template that matches the URI of something hidden does not give it away.
      await expect(guest.readResource('doc:///plans')).rejects.toThrow('doc:///plans')
      await using admin = await as('ada admin', server)
      expect(await admin.call('fire')).toBe('fired')
      expect((await admin.getPrompt('scold')).messages).toHaveLength(1)
      expect((await admin.readResource('pay:///ada')).contents).toHaveLength(1)
    })

    test('tells those alone who may see it that it has changed', async () => {
      const server = createOffice()
      const gateway = create === createOffice ? server : createLobbyOver(server)
      await using admin = await as('ada admin', gateway)
      await using guest = await as('bob', gateway)
      const heard: string[] = []
      await admin.subscribe('doc:///plans', () => heard.push('admin'))
      await guest.subscribe('doc:///plans', () => heard.push('guest'))
      await settle(50)
      server.updated('doc:///plans')
      await settle(50)
      expect(heard).toEqual(['admin'])
    })
  },
)

/** A server that passes on what `office` hides from some. */
function createLobbyOver(office: Server): Server {
  const lobby = createServer({ name: 'lobby', version: '1.0.0', http })
  return lobby.mount(
    office,
    visible((caller, { item }) => item.name !== 'nobody' || isAdmin(caller)),
  )
}

describe.for(places)('what is hidden $place', ({ create }) => {
  const call = (who: string, message: Parameters<typeof statelessPost>[0]): Promise<Response> =>
    create().fetch(statelessPost(message, { authorization: `Bearer ${who}` }))

  // HTTP26-40 (basic/transports, "Custom Headers from Tool Parameters")
  test('mirrors nothing in headers, since that would give it away', async () => {
    const message = { method: 'tools/call', params: { name: 'fire', arguments: { region: 'x' } } }
    expect((await (await call('ada admin', message)).json()).error.code).toBe(-32020)
    expect((await (await call('bob', message)).json()).error.code).toBe(-32602)
  })

  // CACHE-16 (basic/utilities, "Caching")
  test('is never marked as good for everybody', async () => {
    const message = { method: 'resources/read', params: { uri: 'doc:///plans' } }
    const { result } = await (await call('ada admin', message)).json()
    expect(result).toMatchObject({ ttlMs: 60_000, cacheScope: 'private' })
  })
})

describe('a list that differs by caller', () => {
  test('tells that it changed only those who see what came or went', async () => {
    const server = createOffice()
    const heard: string[] = []
    const connect = (who: string) =>
      connectInProcess(server, {
        transport: 'fetch',
        headers: { authorization: `Bearer ${who}` },
        onListChanged: (list) => heard.push(`${who}: ${list}`),
      })
    await using admin = await connect('ada admin')
    await using guest = await connect('bob')
    await Promise.all([names(admin.tools()), names(guest.tools())])
    await settle(50)
    server.tool('hire', { visible: isAdmin }, () => 'hired')
    server.remove('resource', 'doc:///plans')
    await settle(50)
    expect(heard.toSorted()).toEqual(['ada admin: resources', 'ada admin: tools'])
    server.tool('three', {}, () => 'three')
    await settle(50)
    expect(heard).toHaveLength(4)
  })

  test('hides what a predicate throws for, and reports it', async () => {
    const reported: unknown[] = []
    const server = createServer({
      name: 'broken',
      version: '1.0.0',
      onError: (error: unknown) => void reported.push(error),
    })
    const broken = (): boolean => {
      throw new Error('no database')
    }
    server.tool('seen', {}, () => 'seen').tool('maybe', { visible: broken }, () => 'maybe')
    await using client = await connectInProcess<Server>(server)
    expect(await names(client.tools())).toEqual(['seen'])
    await expect(client.call('maybe')).rejects.toMatchObject({ rpcCode: -32602 })
    expect(reported.length).toBeGreaterThan(0)
  })

  test('is made of predicates, and never cached for everybody', () => {
    const server = createServer({ name: 'wrong', version: '1.0.0' })
    const wrong = { visible: true as never }
    expect(() => server.tool('a', wrong, () => 'a')).toThrow(/visible must be a function/)
    expect(() => server.prompt('a', wrong, () => 'a')).toThrow(/visible must be a function/)
    const shared = { name: 'a', visible: isAdmin, cache: { ttlMs: 1, scope: 'public' as const } }
    expect(() => server.resource('a:b', shared, () => 'a')).toThrow(/cached as public/)
  })
})
