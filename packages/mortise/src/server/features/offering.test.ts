import { describe, expect, test } from 'vitest'
import { connect } from '../../client/index.ts'
import { connectInProcess } from '../../testing/index.ts'
import { json } from '../../../test/json.ts'
import type { Json } from '../../../test/json.ts'
import { statelessMeta, statelessPost } from '../../../test/post.ts'
import { until } from '../../../test/settle.ts'
import { createServer } from '../index.ts'
import type { Server } from '../index.ts'

const empty = () => createServer({ name: 'offering', version: '1.0.0' })
const ask = async (
  server: { fetch: Server['fetch'] },
  method: string,
  params: Record<string, unknown> = {},
): Promise<Json> => await json(await server.fetch(statelessPost({ method, params })))

/** A feature: its capabilities, a request of it, and how a server comes to have it. */
const features: readonly [string, string, Record<string, unknown>, (server: Server) => unknown][] =
  [
    ['tools', 'tools/list', {}, (server) => server.tool('t', {}, () => '')],
    [
      'resources',
      'resources/list',
      {},
      (server) => server.resource('a:b', { name: 'b' }, () => ''),
    ],
    ['prompts', 'prompts/list', {}, (server) => server.prompt('p', {}, () => '')],
    [
      'completions',
      'completion/complete',
      { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } },
      (server) => server.prompt('p', {}, () => ''),
    ],
  ]

describe('a feature', () => {
  // BASE-31, DISC-05, TOOL-01, RES-01, PROMPT-01, COMPL-01, COMPL-04 (basic, "Capabilities")
  test.each(features)(
    '%s is declared and answered once there is something to offer',
    async (name, method, params, offer) => {
      const server = empty() as unknown as Server
      expect((await ask(server, 'server/discover')).result.capabilities).not.toHaveProperty(name)
      expect((await ask(server, method, params)).error.code).toBe(-32601)
      offer(server)
      expect((await ask(server, 'server/discover')).result.capabilities).toHaveProperty(name)
      expect((await ask(server, method, params)).error).toBeUndefined()
    },
  )

  // DISC-05, TOOL-01, RES-01, PROMPT-01 (basic/lifecycle, "Capability Negotiation")
  test.each(['2025-11-25', '2024-11-05'])('is declared in a session of %s too', async (version) => {
    const server = empty()
      .tool('t', {}, () => '')
      .resource('a:b', { name: 'b' }, () => '')
    await using client = await connect(
      server.prompt('p', {}, () => ''),
      { versions: [version] },
    )
    expect(Object.keys(client.server.capabilities)).toEqual(
      expect.arrayContaining(['tools', 'resources', 'prompts']),
    )
  })

  // RES-04, PROMPT-04, TOOL-05 (server/resources, "List Changed Notification")
  test('that gains or loses a member tells every session', async () => {
    const server = empty()
      .tool('t', {}, () => '')
      .resource('a:b', { name: 'b' }, () => '')
      .prompt('p', {}, () => '')
    const heard: string[] = []
    const onListChanged = (list: string): void => void heard.push(list)
    await using client = await connectInProcess<typeof server>(server, {
      transport: 'memory',
      era: 'session',
      onListChanged,
    })
    server.resource('a:c', { name: 'c' }, () => '')
    server.prompt('q', {}, () => '')
    server.tool('u', {}, () => '')
    await until(() => heard.length === 3)
    expect(heard).toEqual(['resources', 'prompts', 'tools'])
    expect(client.server.capabilities).toMatchObject({
      tools: { listChanged: true },
      resources: { listChanged: true },
      prompts: { listChanged: true },
    })
  })
})

// DISC-02, DISC-03 (server/discover)
test('discovery says all that its definition wants, and who the server is beside it', async () => {
  const server = createServer({ name: 'known', version: '2.0.0', instructions: 'Ask.' })
  const { result } = await ask(server, 'server/discover')
  expect(result).toMatchObject({
    resultType: 'complete',
    supportedVersions: expect.arrayContaining(['2026-07-28']) as unknown,
    capabilities: {},
    instructions: 'Ask.',
    ttlMs: 0,
    cacheScope: 'private',
    _meta: { 'io.modelcontextprotocol/serverInfo': { name: 'known', version: '2.0.0' } },
  })
  expect(result).not.toHaveProperty('serverInfo')
})

describe('what may be kept', () => {
  const server = createServer({ name: 'kept', version: '1.0.0', limits: { pageSize: 1 } })
    .tool('t', {}, async (_args, { elicit }) => {
      const form = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
      return (await elicit('sure', 'Sure?', form)).action
    })
    .tool('u', {}, () => '')
    .resource('a:b', { name: 'b', cache: { ttlMs: 5 } }, () => 'text')
    .resourceTemplate('c:{d}', { name: 'd' }, () => 'text')
    .prompt('p', {}, () => 'text')

  // CACHE-01, CACHE-02 (server/utilities/caching)
  test.each<[string, Record<string, unknown>]>([
    ['server/discover', {}],
    ['tools/list', {}],
    ['prompts/list', {}],
    ['resources/list', {}],
    ['resources/templates/list', {}],
    ['resources/read', { uri: 'a:b' }],
  ])('%s says for how long, and by whom', async (method, params) => {
    const { result } = await ask(server, method, params)
    expect(Number.isSafeInteger(result.ttlMs) && result.ttlMs >= 0).toBe(true)
    expect(['public', 'private']).toContain(result.cacheScope)
  })

  // CACHE-03 (server/utilities/caching)
  test('is never a question, nor the result of a tool', async () => {
    const key = 'io.modelcontextprotocol/clientCapabilities'
    const _meta = { ...statelessMeta, [key]: { elicitation: {} } }
    for (const name of ['t', 'u']) {
      const { result } = await ask(server, 'tools/call', { name, _meta })
      expect(result.resultType).toBe(name === 't' ? 'input_required' : 'complete')
      expect(result).not.toHaveProperty('ttlMs')
      expect(result).not.toHaveProperty('cacheScope')
    }
  })

  // CACHE-15 (server/utilities/caching)
  test('has one scope on all pages of a list', async () => {
    const first = (await ask(server, 'tools/list')).result
    const second = (await ask(server, 'tools/list', { cursor: first.nextCursor })).result
    expect([first.tools.length, second.tools.length]).toEqual([1, 1])
    expect(second.cacheScope).toBe(first.cacheScope)
  })
})

describe('how long lists may be kept', () => {
  const form = (cache: unknown) => () =>
    createServer({ name: 'kept', version: '1.0.0', cache: cache as never })

  // CACHE-01, CACHE-02, CACHE-15 (server/utilities/caching)
  test('is said by method, the same on all pages, and by members of families too', async () => {
    const hint = { ttlMs: 60_000, scope: 'public' } as const
    const server = createServer({
      name: 'kept',
      version: '1.0.0',
      limits: { pageSize: 1 },
      cache: {
        'tools/list': hint,
        'resources/list': hint,
        'resources/templates/list': { ttlMs: 5 },
        'server/discover': hint,
      },
    })
      .tool('t', {}, () => '')
      .tool('u', {}, () => '')
      .resource('a:b', { name: 'b' }, () => '')
      .resourceTemplate(
        'c:{d}',
        { name: 'd', list: () => ({ resources: [{ uri: 'c:1', name: '1' }] }) },
        () => '',
      )
      .prompt('p', {}, () => '')
    const kept = async (method: string): Promise<unknown[]> => {
      const found: unknown[] = []
      for (let cursor: unknown; ;) {
        const params = cursor === undefined ? {} : { cursor }
        const { result } = await ask(server, method, params)
        found.push([result.ttlMs, result.cacheScope])
        if (result.nextCursor === undefined) return found
        cursor = result.nextCursor
      }
    }
    expect(await kept('tools/list')).toEqual([
      [60_000, 'public'],
      [60_000, 'public'],
    ])
    expect(await kept('resources/list')).toEqual([
      [60_000, 'public'],
      [60_000, 'public'],
    ])
    expect(await kept('resources/templates/list')).toEqual([[5, 'private']])
    expect(await kept('server/discover')).toEqual([[60_000, 'public']])
    expect(await kept('prompts/list')).toEqual([[0, 'private']])
  })

  // CACHE-15, CACHE-16 (server/utilities/caching)
  test('is for nobody else as soon as a list differs by caller', async () => {
    const hint = { ttlMs: 60_000, scope: 'public' } as const
    const cache = { 'tools/list': hint, 'resources/list': hint }
    const server = createServer({ name: 'kept', version: '1.0.0', limits: { pageSize: 1 }, cache })
      .tool('t', {}, () => '')
      .resource('a:b', { name: 'b' }, () => '')
    const scopes = async (): Promise<unknown[]> => [
      (await ask(server, 'tools/list')).result.cacheScope,
      (await ask(server, 'resources/list')).result.cacheScope,
    ]
    expect(await scopes()).toEqual(['public', 'public'])
    server.tool('u', { visible: ({ auth }) => auth !== undefined }, () => '')
    server.resourceTemplate('c:{d}', { name: 'd', visible: () => false }, () => '')
    expect(await scopes()).toEqual(['private', 'private'])
    server.remove('tool', 'u')
    expect(await scopes()).toEqual(['public', 'private'])
  })

  test.each<[string, unknown, string]>([
    ['for another method', { 'tools/lists': { ttlMs: 1 } }, 'did you mean tools/list?'],
    ['for a negative time', { 'tools/list': { ttlMs: -1 } }, 'cache.tools/list.ttlMs'],
    ['for half a millisecond', { 'tools/list': { ttlMs: 0.5 } }, 'cache.tools/list.ttlMs'],
    ['for others', { 'tools/list': { ttlMs: 1, scope: 'all' } }, 'cache.tools/list.scope'],
  ])('cannot be said %s', (_what, cache, says) => {
    expect(form(cache)).toThrow(TypeError)
    expect(form(cache)).toThrow(says)
  })
})

// CACHE-17 (server/utilities/caching, "Security Considerations")
test('what everybody may keep is given to nobody who may not have it', async () => {
  const server = createServer({
    name: 'guarded',
    version: '1.0.0',
    http: {
      authorize: ({ header }) =>
        header('authorization') === 'ada'
          ? { subject: 'ada', scopes: [] }
          : { refused: true, status: 401 },
    },
  }).resource('a:b', { name: 'b', cache: { ttlMs: 60_000, scope: 'public' } }, () => 'text')
  const read = async (authorization: string): Promise<number> => {
    const message = { method: 'resources/read', params: { uri: 'a:b' } }
    return (await server.fetch(statelessPost(message, { authorization }))).status
  }
  expect([await read('ada'), await read('eve')]).toEqual([200, 401])
})

describe('a list', () => {
  const server = createServer({ name: 'lists', version: '1.0.0' })
    .tool('t', {}, () => 'text')
    .resource('a:b', { name: 'b' }, () => 'text')
    .prompt('p', {}, () => 'text')
  const lists = async (info: unknown, capabilities: object): Promise<unknown[]> => {
    const _meta = {
      ...statelessMeta,
      'io.modelcontextprotocol/clientInfo': info,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    }
    const methods = ['tools/list', 'resources/list', 'prompts/list', 'server/discover']
    return await Promise.all(methods.map((method) => ask(server, method, { _meta })))
  }

  // TOOL-03, RES-03, PROMPT-03 (server/tools, "Listing Tools"); BASE-47 (basic, "Request Metadata")
  test('is the same for whoever asks, and after whatever was asked before', async () => {
    const before = await lists({ name: 'one', version: '1' }, {})
    await ask(server, 'tools/call', { name: 't' })
    await ask(server, 'resources/read', { uri: 'a:b' })
    await ask(server, 'prompts/get', { name: 'p' })
    expect(await lists({ name: 'admin', version: '9' }, { elicitation: {} })).toEqual(before)
    expect(await lists(undefined, {})).toEqual(before)
  })
})

describe('a tool', () => {
  // TOOL-11, TOOL-12 (server/tools, "Tool Names")
  test.each(['', 'a b', 'a,b', 'a/b', 'é', 'a\n', 'x'.repeat(129)])(
    'cannot be called %j',
    (name) => {
      expect(() => empty().tool(name, {}, () => '')).toThrow('must be 1 to 128 of A-Z a-z 0-9')
    },
  )

  // TOOL-11 (server/tools, "Tool Names")
  test('has its name for itself, whose case counts', async () => {
    const server = empty()
      .tool('A-z_0.9', {}, () => 'first')
      .tool('a-z_0.9', {}, () => 'other')
      .tool('A-z_0.9', {}, () => 'second')
      .tool('x'.repeat(128), {}, () => 'long')
    const { result } = await ask(server, 'tools/list')
    const names: string[] = result.tools.map((tool: Json) => tool.name)
    expect(names).toEqual(['A-z_0.9', 'a-z_0.9', 'x'.repeat(128)])
    const called = await ask(server, 'tools/call', { name: 'A-z_0.9' })
    expect(called.result.content[0].text).toBe('second')
  })

  // HTTP26-28, HTTP26-29, HTTP26-30, HTTP26-31 (basic/transports, "Custom Headers from Tool Parameters")
  test.each<[string, Record<string, unknown>]>([
    ['a name that is no token', { a: { type: 'string', 'x-mcp-header': 'a b' } }],
    [
      'a name that is used twice',
      {
        a: { type: 'string', 'x-mcp-header': 'Region' },
        b: { type: 'string', 'x-mcp-header': 'REGION' },
      },
    ],
    ['a number', { a: { type: 'number', 'x-mcp-header': 'A' } }],
    ['an item', { a: { type: 'array', items: { type: 'string', 'x-mcp-header': 'A' } } }],
  ])('cannot mirror %s in a header', (_what, properties) => {
    const input = { type: 'object', properties }
    expect(() => empty().tool('t', { input }, () => '')).toThrow('x-mcp-header')
  })
})

describe('a resource', () => {
  // RES-15, RES-16 (server/resources, "Custom URI Schemes"; RFC 3986)
  test.each(['', 'relative', '/a', '1a:b', 'a b:c', '//host/x'])('cannot be at %j', (uri) => {
    expect(() => empty().resource(uri, { name: 'r' }, () => '')).toThrow(TypeError)
  })

  // RES-12 (server/resources, "Reading Resources"), MRTR-02 (basic/patterns/mrtr)
  test('may have several contents, and may ask before it gives them', async () => {
    const form = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
    const server = empty().resource('a:b', { name: 'b' }, async (_uri, { elicit }) => {
      await elicit('sure', 'Sure?', form)
      return [{ text: 'one' }, { blob: 'AQ==' }, { uri: 'a:b/2', text: 'two' }]
    })
    await using client = await connect(server, {
      elicit: () => ({ action: 'accept', content: { yes: true } }),
    })
    expect((await client.readResource('a:b')).contents).toEqual([
      { uri: 'a:b', text: 'one' },
      { uri: 'a:b', blob: 'AQ==' },
      { uri: 'a:b/2', text: 'two' },
    ])
  })

  // MRTR-03 (basic/patterns/mrtr)
  test('is never asked about while it is listed', async () => {
    const form = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
    const reported: unknown[] = []
    const server = createServer({
      name: 'listing',
      version: '1.0.0',
      onError: (error) => reported.push(error),
    }).resourceTemplate(
      'a:{b}',
      {
        name: 'a',
        async list(_page, { elicit }) {
          await elicit('sure', 'Sure?', form)
          return { resources: [] }
        },
      },
      () => '',
    )
    const key = 'io.modelcontextprotocol/clientCapabilities'
    const _meta = { ...statelessMeta, [key]: { elicitation: {} } }
    const { error } = await ask(server, 'resources/list', { _meta })
    expect(error).toMatchObject({ code: -32603 })
    expect(reported).toMatchObject([
      { message: expect.stringContaining('must not ask') as unknown },
    ])
  })
})

// PROMPT-05, PROMPT-06, PROMPT-07 (server/prompts, "PromptMessage")
test('a prompt gives pictures, sound and resources as they are, in each revision that has them', async () => {
  const contents = [
    { type: 'image', data: 'AAAA', mimeType: 'image/png' },
    { type: 'audio', data: 'AAAA', mimeType: 'audio/wav' },
    { type: 'resource', resource: { uri: 'a:b', mimeType: 'text/plain', text: 'text' } },
    { type: 'resource', resource: { uri: 'a:c', mimeType: 'image/png', blob: 'AAAA' } },
  ] as const
  const messages = contents.map((content) => ({ role: 'user' as const, content }))
  const server = empty().prompt('p', {}, () => messages)
  for (const version of ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26']) {
    await using client = await connect(server, { versions: [version] })
    expect((await client.getPrompt('p')).messages).toEqual(messages)
  }
})
