import { describe, expect, test } from 'vitest'
import { RpcError, createServer, prefix, upstream } from '../src/server/index.ts'
import type { Client } from '../src/client/index.ts'
import type { Server, UpstreamOptions } from '../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../src/testing/index.ts'
import type { TestConnectOptions } from '../src/testing/index.ts'
import { statelessPost } from './post.ts'
import { callStateless } from './stateless-peer.ts'
import { settle, until } from './settle.ts'

const eras = ['2026-07-28', '2025-11-25', '2024-11-05'] as const
/** What a server that passes others on lets them ask: whatever its own callers can be asked. */
const capabilities = {
  elicitation: { form: {}, url: {} },
  sampling: { tools: {}, context: {} },
  roots: {},
}

const yes = {
  type: 'object',
  properties: { yes: { type: 'boolean' } },
  required: ['yes'],
} as const
const region = {
  type: 'object',
  properties: { region: { type: 'string', 'x-mcp-header': 'Region' } },
} as const

interface Workshop {
  readonly server: Server
  /** What was done, in order. */
  readonly done: string[]
}

/** The server far away: one of everything that can be passed on. */
function createWorkshop(): Workshop {
  const done: string[] = []
  const server = createServer({ name: 'workshop', version: '1.0.0', limits: { pageSize: 2 } })
    .tool('echo', { input: region }, (args) => ({ echoed: args }))
    .tool('walk', {}, (_args, { progress, log }) => {
      progress(1, 2, 'half')
      log('warning', 'careful')
      progress(2, 2)
      return 'there'
    })
    .tool('fail', {}, () => {
      throw new RpcError(-32050, 'out of stock', { left: 0 })
    })
    .tool('broken', {}, () => ({
      content: [{ type: 'text', text: 'it broke' }],
      isError: true,
      _meta: { 'example.com/why': 'rust' },
    }))
    .tool('ask', {}, async (_args, { elicit, once }) => {
      done.push('began')
      const order = await once('order', () => done.push('ordered'))
      const first = await elicit('sure', 'Sure?', yes)
      const second = await elicit('really', 'Really?', yes)
      done.push('ended')
      return `${order} ${first.action} ${second.action}`
    })
    .tool('sample', {}, async (_args, { sample, listRoots }) => {
      const { text } = await sample('poem', { messages: 'A poem', maxTokens: 10 })
      const [root] = await listRoots()
      return `${text} in ${root?.uri}`
    })
    .tool('wait', {}, async (_args, { signal }) => {
      done.push('waits')
      await new Promise<void>((resolve) =>
        signal.addEventListener('abort', () => resolve(), { once: true }),
      )
      done.push('stopped')
      return 'late'
    })
    .resource('note:///a', { name: 'a', cache: { ttlMs: 60_000, scope: 'public' } }, () => 'a')
    .resourceTemplate(
      'city:///{city}',
      { name: 'city', complete: { city: () => ['oslo', 'rome'] } },
      ({ city }) => `in ${city}`,
    )
    .prompt('greet', { arguments: { who: { complete: () => ['ada'] } } }, ({ who }) => `Hi ${who}`)
  return { server: server, done }
}

interface Passing extends AsyncDisposable {
  readonly client: Client
  readonly far: Client
  readonly gateway: Server
}

/** A caller, a gateway, and the server behind it. */
async function passOn(
  workshop: Server,
  {
    caller,
    behind,
    options = {},
    gatewayOptions = {},
  }: {
    caller: TestConnectOptions
    behind: TestConnectOptions
    options?: UpstreamOptions
    gatewayOptions?: { readonly onError?: (error: unknown) => void }
  },
): Promise<Passing> {
  const far = await connectInProcess(workshop, { capabilities, ...behind })
  const gateway = createServer({ name: 'gateway', version: '1.0.0', ...gatewayOptions })
    .tool('own', {}, () => 'own')
    .mount(upstream(far, options), prefix('far')) as Server
  const client = await connectInProcess(gateway, caller)
  return {
    client,
    far,
    gateway,
    async [Symbol.asyncDispose]() {
      await client.close()
      await far.close()
    },
  }
}

async function collect<T>(list: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of list) found.push(item)
  return found
}

const cells = eras.flatMap((near) =>
  eras.flatMap((far) =>
    (['memory', 'fetch'] as const).map((transport) => ({ near, far, transport })),
  ),
)

describe.for(cells)('a caller in $near, an upstream in $far over $transport', (cell) => {
  const ways = {
    caller: { version: cell.near, transport: 'fetch' as const },
    behind: { version: cell.far, transport: cell.transport },
  }
  const canAsk = !cell.near.startsWith('2024') && !cell.far.startsWith('2024')

  test('lists, calls, reads, gets and completes through', async () => {
    await using passing = await passOn(createWorkshop().server, ways)
    const { client } = passing
    const tools = await collect(client.tools())
    expect(tools.map(({ name }) => name)).toEqual([
      'own',
      'far_echo',
      'far_walk',
      'far_fail',
      'far_broken',
      'far_ask',
      'far_sample',
      'far_wait',
    ])
    const said = await client.callTool('far_echo', { region: 'north' })
    expect(said.content).toMatchObject([{ text: '{"echoed":{"region":"north"}}' }])
    expect(await client.callTool('far_broken')).toMatchObject({
      isError: true,
      content: [{ text: 'it broke' }],
    })
    expect((await collect(client.resources())).map(({ uri }) => uri)).toEqual(['note:///a'])
    expect((await client.readResource('city:///rome')).contents).toMatchObject([
      { text: 'in rome' },
    ])
    const { messages } = await client.getPrompt('far_greet', { who: 'Ada' })
    expect(messages).toMatchObject([{ content: { text: 'Hi Ada' } }])
    const argument = { name: 'city', value: '' }
    const template = { resourceTemplate: 'city:///{city}' }
    if (cell.far.startsWith('2024')) return // its servers do not declare that they complete
    expect((await client.complete(template, argument)).values).toEqual(['oslo', 'rome'])
  })

  test('hears progress and log lines, and stops by its signal', async () => {
    const workshop = createWorkshop()
    const logs: unknown[] = []
    const caller = { ...ways.caller, onLog: (entry: unknown) => void logs.push(entry) }
    await using passing = await passOn(workshop.server, { ...ways, caller })
    const { client } = passing
    await client.setLogLevel('warning')
    const steps: unknown[] = []
    const onProgress = (step: unknown): void => void steps.push(step)
    expect(await client.call('far_walk', {}, { onProgress })).toBe('there')
    expect(steps).toMatchObject([{ progress: 1, total: 2 }, { progress: 2 }])
    expect(logs).toMatchObject([{ level: 'warning', data: 'careful' }])

    const giveUp = new AbortController()
    const waiting = client.call('far_wait', {}, { signal: giveUp.signal })
    await until(() => workshop.done.includes('waits'))
    giveUp.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await until(() => workshop.done.includes('stopped'))
  })

  test('is told errors as they are, and hears changes', async () => {
    const workshop = createWorkshop()
    let told: (uri: string) => void = () => {}
    const heard = new Promise<string>((resolve) => (told = resolve))
    await using passing = await passOn(workshop.server, ways)
    const { client } = passing
    await expect(client.call('far_fail')).rejects.toMatchObject({
      rpcCode: -32050,
      message: 'out of stock',
      data: { left: 0 },
    })
    await expect(client.call('far_none')).rejects.toMatchObject({ rpcCode: -32602 })
    await client.subscribe('note:///a', told)
    await settle(50)
    workshop.server.updated('note:///a')
    expect(await heard).toBe('note:///a')
    workshop.server.tool('late', {}, () => 'late')
    await settle(50)
    expect(await client.call('far_late')).toBe('late')
  })

  if (canAsk) {
    test('is asked itself what the upstream asks, once', async () => {
      const workshop = createWorkshop()
      const questions: string[] = []
      const elicit = ({ message }: { readonly message: string }) => {
        questions.push(message)
        return { action: 'accept' as const, content: { yes: true } }
      }
      await using passing = await passOn(workshop.server, {
        ...ways,
        caller: { ...ways.caller, elicit },
      })
      expect(await passing.client.call('far_ask')).toMatch(/ accept accept$/)
      expect(questions).toEqual(['Sure?', 'Really?'])
      // What the upstream had done before it asked is not done again.
      expect(workshop.done.filter((step) => step === 'ordered')).toHaveLength(1)
      expect(workshop.done.filter((step) => step === 'ended')).toHaveLength(1)
    })
  }

  test('samples with its own model, and tells its own roots', async () => {
    await using passing = await passOn(createWorkshop().server, {
      ...ways,
      caller: {
        ...ways.caller,
        sample: () => ({ content: 'roses', model: 'm' }),
        roots: [{ uri: 'file:///home' }],
      },
    })
    expect(await passing.client.call('far_sample')).toBe('roses in file:///home')
  })

  test('that cannot be asked is not asked, and neither is the gateway', async () => {
    const asked: unknown[] = []
    const elicit = (question: unknown) => {
      asked.push(question)
      return { action: 'accept' as const, content: { yes: true } }
    }
    await using passing = await passOn(createWorkshop().server, {
      ...ways,
      behind: { ...ways.behind, elicit },
      gatewayOptions: { onError() {} },
    })
    const end = await passing.client.callTool('far_ask').catch((error: unknown) => error)
    expect(end).toSatisfy(
      (value: { isError?: boolean }) => value instanceof RpcError || value.isError === true,
    )
    expect(asked).toEqual([])
  })
})

/** A caller of the newest version that accepts everything, and a workshop behind it over `transport`. */
function askingWays(far: string, transport: 'memory' | 'fetch') {
  const elicit = () => ({ action: 'accept' as const, content: { yes: true } })
  return {
    caller: { version: '2026-07-28', transport: 'fetch' as const, elicit },
    behind: { version: far, transport },
  }
}

describe('a question of an upstream', () => {
  test('over a channel is refused while several calls are under way, and goes to nobody else', async () => {
    const workshop = createWorkshop()
    const ways = askingWays('2025-11-25', 'memory')
    await using passing = await passOn(workshop.server, {
      ...ways,
      gatewayOptions: { onError() {} },
    })
    const stop = new AbortController()
    const waiting = passing.client.call('far_wait', {}, { signal: stop.signal }).catch(() => {})
    await until(() => workshop.done.includes('waits'))
    const asked = await passing.client.callTool('far_ask')
    expect(asked).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/Several calls are under way/) }],
    })
    stop.abort()
    await waiting
    await until(() => workshop.done.includes('stopped'))
    expect(await passing.client.call('far_ask')).toMatch(/accept accept$/)
  })

  test('over HTTP goes to the caller for whom it is, however many there are', async () => {
    const workshop = createWorkshop()
    const far = await connectInProcess(workshop.server, {
      version: '2025-11-25',
      transport: 'fetch',
      capabilities,
    })
    const gateway = createServer({ name: 'gateway', version: '1.0.0' }).mount(upstream(far))
    const heard: string[] = []
    const callers = await Promise.all(
      ['ada', 'bob', 'eve'].map((name, index) =>
        connectInProcess<Server>(gateway, {
          version: index === 0 ? '2025-11-25' : '2026-07-28',
          sample: () => {
            heard.push(name)
            return { content: name, model: 'm' }
          },
          roots: [{ uri: `file:///${name}` }],
        }),
      ),
    )
    const said = await Promise.all(callers.map((caller) => caller.call('sample')))
    expect(said).toEqual(['ada in file:///ada', 'bob in file:///bob', 'eve in file:///eve'])
    expect(heard.toSorted()).toEqual(['ada', 'bob', 'eve'])
    await Promise.all([far, ...callers].map((client) => client.close()))
  })

  test('that nobody comes back to answer ends the call far away', async () => {
    const workshop = createWorkshop()
    const runtime = createTestRuntime()
    await using far = await connectInProcess(workshop.server, {
      version: '2025-11-25',
      transport: 'fetch',
      capabilities,
    })
    const gateway = createServer({ name: 'gateway', version: '1.0.0' })
    gateway.mount(upstream(far, { runtime, limits: { askTimeoutMs: 1_000 } }))
    const declared = { elicitation: { form: {} } }
    const first = await callStateless(gateway.handle, 'ask', { capabilities: declared })
    const { result } = await first.json()
    expect(result).toMatchObject({ resultType: 'input_required' })
    await runtime.advance(1_001)
    await settle(50)
    const [key = ''] = Object.keys(result.inputRequests)
    const answered = await callStateless(gateway.handle, 'ask', {
      capabilities: declared,
      params: {
        requestState: result.requestState,
        inputResponses: { [key]: { action: 'accept', content: { yes: true } } },
      },
    })
    // It is not done a second time either.
    expect((await answered.json()).error.message).toMatch(/no longer waiting/)
    expect(workshop.done).toEqual(['began', 'ordered'])
  })

  test("that is refused by its user reaches the upstream with the user's own error", async () => {
    const workshop = createWorkshop()
    const sample = () => {
      throw new RpcError(-1, 'User rejected sampling request')
    }
    await using passing = await passOn(workshop.server, {
      caller: { version: '2025-11-25', sample },
      behind: { version: '2025-11-25', transport: 'fetch' },
    })
    expect(await passing.client.callTool('far_sample')).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/User rejected sampling request/) }],
    })
  })
})

describe('an upstream', () => {
  test('that is gone fails for its own names, and hides nobody', async () => {
    const reported: unknown[] = []
    const onError = (error: unknown): void => void reported.push(error)
    await using passing = await passOn(createWorkshop().server, {
      caller: {},
      behind: {},
      gatewayOptions: { onError },
    })
    const { client, far, gateway } = passing
    gateway.mount(createServer({ name: 'last', version: '1.0.0' }).tool('last', {}, () => 'last'))
    expect(await client.call('far_walk')).toBe('there')
    await far.close()
    expect(await client.call('own')).toBe('own')
    expect(await client.call('last')).toBe('last')
    await expect(client.call('far_walk')).rejects.toMatchObject({ rpcCode: -32603 })
    await expect(client.call('nobody')).rejects.toMatchObject({ rpcCode: -32602 })
    expect((await collect(client.tools())).map(({ name }) => name)).toEqual(['own', 'last'])
    expect(reported.length).toBeGreaterThan(0)
  })

  test('that comes back later is taken for what it was, and keeps nobody waiting', async () => {
    const listeners: ((list: string) => void)[] = []
    const status = { state: 'connected' }
    const tool = { name: 'far', inputSchema: { type: 'object' } }
    const part = upstream({
      server: { capabilities: { tools: { listChanged: true } } },
      status,
      request(method) {
        if (status.state !== 'connected') return new Promise(() => {})
        return Promise.resolve(method === 'tools/list' ? { tools: [tool] } : { content: [] })
      },
      subscribe: () => Promise.reject(new Error('no')),
      onListChanged(listener) {
        listeners.push(listener)
        return () => {}
      },
    })
    const last = createServer({ name: 'last', version: '1.0.0' }).tool('last', {}, () => 'last')
    const gateway = createServer({ name: 'gateway', version: '1.0.0', onError() {} })
    gateway.mount(part).mount(last)
    await using client = await connectInProcess<Server>(gateway)
    await client.callTool('far')
    status.state = 'reconnecting'
    for (const tell of listeners) tell('tools')
    expect(await client.call('last')).toBe('last')
    expect((await collect(client.tools())).map(({ name }) => name)).toEqual(['last'])
  })

  // CACHE-01 (basic/utilities, "Caching")
  test('says itself how long its results are good', async () => {
    await using passing = await passOn(createWorkshop().server, { caller: {}, behind: {} })
    expect(await passing.client.readResource('note:///a')).toMatchObject({
      ttlMs: 60_000,
      cacheScope: 'public',
    })
  })

  test('has what it links to and does not list, where that is said', async () => {
    const hidden = createServer({ name: 'far', version: '1.0.0' })
      .resource('note:///listed', { name: 'listed' }, () => 'listed')
      .resource('note:///linked', { name: 'linked' }, () => 'linked')
      .use('resources/list', async (_call, next) => {
        const { resources, ...rest } = await next()
        return { ...rest, resources: resources.slice(0, 1) }
      }) as Server
    const read = async (options: UpstreamOptions): Promise<unknown> => {
      await using passing = await passOn(hidden, { caller: {}, behind: {}, options })
      return await passing.client.readResource('note:///linked')
    }
    await expect(read({})).rejects.toThrow('note:///linked')
    expect(await read({ uris: (uri) => uri.startsWith('note:') })).toMatchObject({
      contents: [{ text: 'linked' }],
    })
  })

  // HTTP26-27, HTTP26-40 (basic/transports, "Custom Headers from Tool Parameters")
  test('gets its arguments mirrored in headers, and so does the gateway', async () => {
    const workshop = createWorkshop()
    const mirrored: (string | null)[] = []
    const far = {
      ...workshop.server,
      fetch(request: Request) {
        if (request.headers.get('mcp-method') === 'tools/call') {
          mirrored.push(request.headers.get('mcp-param-region'))
        }
        return workshop.server.fetch(request)
      },
    } as Server
    const ways = { caller: { transport: 'fetch' }, behind: { transport: 'fetch' } } as const
    await using passing = await passOn(far, ways)
    await collect(passing.client.tools())
    await passing.client.call('far_echo', { region: 'north' })
    expect(mirrored).toEqual(['north'])
    const params = { name: 'far_echo', arguments: { region: 'north' } }
    const bare = await passing.gateway.fetch(statelessPost({ method: 'tools/call', params }))
    expect(bare.status).toBe(400)
  })

  test('that lists rubbish has that left out, and its own conversation stays its own', async () => {
    const seen: unknown[] = []
    const gateway = createServer({ name: 'gateway', version: '1.0.0' }).mount(
      upstream({
        server: { capabilities: { tools: {}, logging: {}, experimental: { a: {} } } },
        status: { state: 'connected' },
        request(method, params) {
          seen.push(params)
          if (method === 'tools/call')
            return Promise.resolve({ content: [], resultType: 'complete' })
          const good = { name: 'good', inputSchema: { type: 'object' } }
          return Promise.resolve({ tools: [null, 7, { name: 1 }, { name: 'no schema' }, good] })
        },
        subscribe: () => Promise.reject(new Error('no')),
        onListChanged: () => () => {},
      }),
    ) as Server
    await using client = await connectInProcess<Server>(gateway)
    expect(client.server.capabilities).not.toHaveProperty('experimental')
    expect((await collect(client.tools())).map(({ name }) => name)).toEqual(['good'])
    seen.length = 0
    const _meta = { 'example.com/kept': 1 }
    await client.request('tools/call', { name: 'good', arguments: {}, inputResponses: {}, _meta })
    expect(seen.at(-1)).toEqual({ name: 'good', arguments: {}, _meta })
  })
})
