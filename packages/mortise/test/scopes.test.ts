import { describe, expect, test } from 'vitest'
import { connect } from '../src/client/index.ts'
import { tasks } from '../src/extensions/tasks/index.ts'
import {
  InsufficientScopeError,
  RpcError,
  createServer,
  only,
  prefix,
  rename,
  upstream,
} from '../src/server/index.ts'
import type { Server, ServerOptions } from '../src/server/index.ts'
import { connectInProcess, fetchInto } from '../src/testing/index.ts'
import { asCaller } from './as-caller.ts'
import { badgeProtection } from './badge-protection.ts'
import { readEvents } from './event-reading.ts'
import { listenStateless } from './listening-peer.ts'
import { statelessMeta, statelessPost } from './post.ts'
import { sessionPeer } from './session-peer.ts'
import { settle, until } from './settle.ts'
import { ssePeer } from './sse-peer.ts'

type Target = Pick<Server, 'fetch' | 'handle'>
type Params = Record<string, unknown>

const identity = { name: 'office', version: '1.0.0' }
const scopes = ['files:read', 'admin']
const challenge =
  'Bearer error="insufficient_scope", scope="base files:read admin", resource_metadata="http://localhost/.well-known/oauth-protected-resource/mcp"'
const code = -31_403

function createOffice(options: Partial<ServerOptions> = { auth: badgeProtection() }): Server {
  return createServer({ ...identity, ...options })
    .tool('open', {}, () => 'open')
    .tool('fire', { scopes }, () => 'fired')
    .resource('doc:///plans', { name: 'plans', scopes }, () => 'plans')
    .resource('doc:///open', { name: 'open' }, () => 'open')
    .resourceTemplate(
      'pay:///{who}',
      { name: 'pay', scopes, complete: { who: () => ['ada'] } },
      ({ who }) => `what ${who} gets`,
    )
    .prompt(
      'scold',
      { scopes, arguments: { who: { complete: () => ['ada'] } } },
      () => 'Well!',
    ) as Server
}

/** Sends one request without a session. */
async function stateless(
  server: Target,
  token: string,
  { method, params = {} }: { method: string; params?: Params },
): Promise<Response> {
  return await server.fetch(statelessPost({ method, params }, { authorization: `Bearer ${token}` }))
}

/** A session of whoever has `token` by then. */
function sessionOf(server: Target, token: () => string, version = '2025-11-25') {
  return sessionPeer(asCaller(server.handle, token), { version })
}

/** Sends one request in a session of its own. */
async function inSession(
  server: Target,
  token: string,
  request: { method: string; params?: Params },
): Promise<Response> {
  const session = sessionOf(server, () => token)
  await session.open()
  return await session.post({ jsonrpc: '2.0', id: 1, ...request })
}

const eras = [
  ['without a session', stateless],
  ['in a session', inSession],
] as const

const argument = { name: 'who', value: '' }
const calls: readonly [what: string, method: string, params: Params][] = [
  ['a tool', 'tools/call', { name: 'fire' }],
  ['a resource', 'resources/read', { uri: 'doc:///plans' }],
  ['a member of a family', 'resources/read', { uri: 'pay:///ada' }],
  ['a prompt', 'prompts/get', { name: 'scold' }],
  [
    'a completion for a prompt',
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'scold' }, argument },
  ],
  [
    'a completion for a family',
    'completion/complete',
    { ref: { type: 'ref/resource', uri: 'pay:///{who}' }, argument },
  ],
]

async function expectForbidden(response: Response, header: string = challenge): Promise<void> {
  expect(response.headers.get('www-authenticate')).toBe(header)
  expect(response.status).toBe(403)
  expect(await response.json()).toMatchObject({ id: 1, error: { code, data: { scopes } } })
}

// AUTHR-05, AUTHR-09, AUTHR-10, SEC-42 (basic/authorization, "Scope Challenge Handling")
describe.each(eras)('%s', (_era, send) => {
  test.each(calls)('%s wants every scope, and names them all', async (_what, method, params) => {
    const server = createOffice()
    const request = { method, params }
    await expectForbidden(await send(server, 'ada', request))
    await expectForbidden(await send(server, 'ada+admin', request))
    const served = await send(server, 'ada+admin+files:read', request)
    expect(served.status).toBe(200)
    expect(await served.json()).toHaveProperty('result')
  })

  test('what asks for nothing is for everybody who is let in', async () => {
    const request = { method: 'tools/call', params: { name: 'open' } }
    expect((await send(createOffice(), 'ada', request)).status).toBe(200)
  })

  test.each(['tools/list', 'resources/list', 'resources/templates/list', 'prompts/list'])(
    '%s shows what is there, and not what it needs',
    async (method) => {
      const text = await (await send(createOffice(), 'ada', { method })).text()
      expect(text).toMatch(/fire|plans|pay|scold/)
      expect(text).not.toContain('scopes')
    },
  )

  test('the members of a family are listed for those who may read them', async () => {
    const cache = { 'resources/list': { ttlMs: 1_000, scope: 'public' } } as const
    const server = createOffice({ auth: badgeProtection(), cache }).resourceTemplate(
      'raise:///{who}',
      { name: 'raise', scopes, list: () => ({ resources: [{ uri: 'raise:///ada', name: 'a' }] }) },
      () => '',
    )
    const listed = async (token: string): Promise<string> => {
      let text = ''
      let cursor: string | undefined
      do {
        const params: Params = cursor === undefined ? {} : { cursor }
        const answer = await send(server, token, { method: 'resources/list', params })
        const { result } = (await answer.json()) as { result: { nextCursor?: string } }
        text += JSON.stringify(result)
        cursor = result.nextCursor
      } while (cursor !== undefined)
      return text
    }
    expect(await listed('ada')).not.toContain('raise:///ada')
    const whole = await listed('ada+admin+files:read')
    expect(whole).toContain('raise:///ada')
    expect(whole).not.toContain('public')
  })

  test.each([
    ['doc:///%70lans', 'doc:///{name}'],
    ['doc:///%70lans', 'doc:///{+name}'],
    ['doc:///pl%61ns', 'doc://{/name}'],
  ])('%s is what its usual spelling is, whatever %s takes', async (uri, template) => {
    const server = createOffice().resourceTemplate(
      template,
      { name: 'any' },
      ({ name }) => `the ${name}`,
    )
    const request = { method: 'resources/read', params: { uri } }
    await expectForbidden(await send(server, 'ada', request))
    expect((await send(server, 'ada+admin+files:read', request)).status).toBe(200)
    const other = { method: 'resources/read', params: { uri: 'doc:///%70lan' } }
    expect(await (await send(server, 'ada', other)).text()).toContain('the plan')
  })

  test('without a protection the challenge is a plain one', async () => {
    const server = createOffice({
      http: { authorize: () => ({ subject: 'ada', scopes: [] }) },
    })
    const refused = await send(server, 'any', { method: 'tools/call', params: { name: 'fire' } })
    const plain = 'Bearer error="insufficient_scope", scope="files:read admin"'
    await expectForbidden(refused, plain)
  })

  test('a protection that fails to make a challenge leaves a plain one', async () => {
    const heard: unknown[] = []
    const auth = { ...badgeProtection(), challenge: () => raise('no words') }
    const server = createOffice({ auth, onError: (error) => heard.push(error) })
    const refused = await send(server, 'ada', { method: 'tools/call', params: { name: 'fire' } })
    expect(refused.headers.get('www-authenticate')).toContain('scope="files:read admin"')
    expect(refused.status).toBe(403)
    expect(heard).toMatchObject([{ message: 'no words' }])
  })

  test('the call is refused as well when it waited first, and said nothing', async () => {
    const server = createOffice().use(async (_call, next) => {
      await settle()
      return await next()
    })
    const request = { method: 'tools/call', params: { name: 'fire' } }
    await expectForbidden(await send(server, 'ada', request))
  })

  test('after something was said the error comes on the stream', async () => {
    const server = createOffice().use(async (call, next) => {
      call.notify('notifications/message', { level: 'info', data: 'wait' })
      return await next()
    })
    const request = { method: 'tools/call', params: { name: 'fire' } }
    const response = await send(server, 'ada', request)
    expect(response.status).toBe(200)
    const { messages } = readEvents(response)
    await until(() => messages.some((message) => 'error' in message))
    expect(messages.at(-1)).toMatchObject({ error: { code, data: { scopes } } })
  })

  test('middleware sees the refusal as an error like any other', async () => {
    const seen: unknown[] = []
    const server = createOffice().use(async (_call, next) => {
      try {
        return await next()
      } catch (error) {
        seen.push(error)
        throw new RpcError(-32_603, 'not today')
      }
    })
    const request = { method: 'tools/call', params: { name: 'fire' } }
    expect((await send(server, 'ada', request)).status).toBe(200)
    expect(seen).toEqual([expect.any(InsufficientScopeError)])
    expect(seen).toMatchObject([{ scopes, rpcCode: code }])
  })

  test('a handler may ask for more, by what it is called with', async () => {
    const server = createOffice().tool('pay', {}, () => {
      throw new InsufficientScopeError(scopes)
    })
    await expectForbidden(
      await send(server, 'ada', { method: 'tools/call', params: { name: 'pay' } }),
    )
  })

  test('what is hidden is not there, rather than forbidden', async () => {
    const server = createOffice().tool('ghost', { scopes, visible: () => false }, () => 'boo')
    const request = { method: 'tools/call', params: { name: 'ghost' } }
    expect(await (await send(server, 'ada', request)).json()).toMatchObject({
      error: { code: -32_602 },
    })
  })

  // A mounted server's own features decide, whatever it is called outside.
  test('what is mounted keeps what it asks for, under every name', async () => {
    const auth = badgeProtection()
    const lobby = createServer({ ...identity, auth })
      .mount(createOffice(), prefix('o'))
      .mount(createOffice(), rename({ fire: 'dismiss' }), only('dismiss')) as Server
    for (const name of ['o_fire', 'dismiss']) {
      await expectForbidden(await send(lobby, 'ada', { method: 'tools/call', params: { name } }))
      const allowed = await send(lobby, 'ada+admin+files:read', {
        method: 'tools/call',
        params: { name },
      })
      expect(allowed.status).toBe(200)
    }
  })

  test.each([
    ['at once', false],
    ['after it has said something', true],
  ])('what another server refuses us %s is not shown as ours', async (_when, talks) => {
    const office = createOffice().use((call, next) => {
      if (talks) call.notify('notifications/message', { level: 'info', data: 'wait' })
      return next()
    })
    await using client = await connect('http://localhost/mcp', {
      fetch: fetchInto(office),
      headers: { authorization: 'Bearer gateway' },
    })
    const gateway = createServer({ ...identity, auth: badgeProtection(), onError: () => {} })
    gateway.mount(upstream(client))
    const answer = await send(gateway, 'ada', {
      method: 'tools/call',
      params: { name: 'fire' },
    })
    expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([200, null])
    const text = await answer.text()
    expect(text).toContain('Internal error')
    expect(text).not.toContain('files:read')
  })
})

function raise(message: string): never {
  throw new Error(message)
}

describe('who listens', () => {
  const filter = { resourceSubscriptions: ['doc:///open', 'doc:///plans'] }

  // SEC-01 (security best practices, "Session Hijacking")
  test('needs the scopes of what is listened to', async () => {
    const server = createOffice()
    const params = { notifications: filter }
    await expectForbidden(
      await stateless(server, 'ada', { method: 'subscriptions/listen', params }),
    )
    const uri = 'doc:///plans'
    const request = { method: 'resources/subscribe', params: { uri } }
    await expectForbidden(await inSession(server, 'ada', request))
    expect((await inSession(server, 'ada+admin+files:read', request)).status).toBe(200)
    const open = { method: 'resources/subscribe', params: { uri: 'doc:///open' } }
    expect((await inSession(server, 'ada', open)).status).toBe(200)
  })

  test('needs the scopes of what is mounted too', async () => {
    const lobby = createServer({ ...identity, auth: badgeProtection() }).mount(createOffice())
    const request = { method: 'resources/subscribe', params: { uri: 'pay:///ada' } }
    await expectForbidden(await inSession(lobby, 'ada', request))
    expect((await inSession(lobby, 'ada+admin+files:read', request)).status).toBe(200)
  })

  // The user of a channel is the owner of the process.
  test('on a channel needs none', async () => {
    await using client = await connectInProcess(createOffice(), { transport: 'memory' })
    await client.subscribe('doc:///plans', () => {})
    expect(await client.callTool('fire', {})).toMatchObject({ content: [{ text: 'fired' }] })
  })

  test('is told nothing more once its token lacks them', async () => {
    const server = createOffice()
    let token = 'ada+admin+files:read'
    const session = sessionOf(server, () => token)
    await session.open()
    const params = { uri: 'doc:///plans' }
    await session.post({ jsonrpc: '2.0', id: 1, method: 'resources/subscribe', params })
    const stream = readEvents(await session.get())
    await settle()
    server.updated('doc:///plans')
    await until(() => stream.messages.length === 1)
    token = 'ada'
    await session.post({ jsonrpc: '2.0', id: 2, method: 'ping' })
    server.updated('doc:///plans')
    server.tool('more', {}, () => '')
    await until(() => stream.messages.length === 2)
    expect(stream.messages[1]).toMatchObject({ method: 'notifications/tools/list_changed' })
    await stream.leave()
  })

  test('nor when its session was used by another request while it was let in', async () => {
    const inner = createOffice()
    const { provider } = inner
    let letIn = (): void => {}
    const waiting = new Promise<void>((resolve) => (letIn = resolve))
    const slow: typeof provider = {
      ...provider,
      find: async (named, caller) => {
        await waiting
        return await provider.find?.(named, caller)
      },
    }
    const server = createServer({ ...identity, auth: badgeProtection() }).mount(slow)
    let token = 'ada+admin+files:read'
    const session = sessionOf(server, () => token)
    await session.open()
    const params = { uri: 'doc:///plans' }
    const subscribed = session.post({
      jsonrpc: '2.0',
      id: 1,
      method: 'resources/subscribe',
      params,
    })
    await settle()
    await session.post({ jsonrpc: '2.0', id: 2, method: 'ping' })
    letIn()
    expect((await subscribed).status).toBe(200)
    const stream = readEvents(await session.get())
    token = 'ada'
    await session.post({ jsonrpc: '2.0', id: 3, method: 'ping' })
    inner.updated('doc:///plans')
    inner.tool('more', {}, () => '')
    await until(() => stream.messages.length > 0)
    expect(stream.messages[0]).toMatchObject({ method: 'notifications/tools/list_changed' })
    await stream.leave()
  })
})

test('a request of a batch is refused by its own answer alone', async () => {
  const session = sessionOf(createOffice(), () => 'ada', '2025-03-26')
  await session.open()
  const call = (id: number, name: string): object => ({
    jsonrpc: '2.0',
    id,
    method: 'tools/call',
    params: { name },
  })
  const response = await session.post([call(1, 'open'), call(2, 'fire')])
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject([
    { id: 1, result: {} },
    { id: 2, error: { code } },
  ])
})

test('over HTTP+SSE the answer comes on the stream', async () => {
  const server = createOffice({ auth: badgeProtection(), http: { sse: true } })
  const peer = ssePeer(server.handle, { headers: { authorization: 'Bearer ada' } })
  const stream = await peer.open()
  const id = await peer.call('fire')
  await until(() => stream.messages.some((message) => message.id === id))
  expect(stream.messages.at(-1)).toMatchObject({ id, error: { code, data: { scopes } } })
  await stream.leave()
})

// SEC-05, SEC-07 (security best practices, "State Handle Hijacking")
test('no task is made for who may not call its tool', async () => {
  let ran = 0
  const server = createOffice()
    .tool('build', { scopes }, () => String((ran += 1)))
    .extend(tasks({ tools: { build: 'required', fire: 'optional' } }))
  const id = 'io.modelcontextprotocol/tasks'
  const _meta = {
    ...statelessMeta,
    'io.modelcontextprotocol/clientCapabilities': { extensions: { [id]: {} } },
  }
  for (const name of ['build', 'fire']) {
    const request = { method: 'tools/call', params: { _meta, name, arguments: {} } }
    await expectForbidden(await stateless(server, 'ada', request))
    const begun = await stateless(server, 'ada+admin+files:read', request)
    expect(await begun.json()).toMatchObject({ result: { resultType: 'task' } })
  }
  const session = sessionOf(server, () => 'ada')
  await session.open()
  const params = { name: 'build', arguments: {}, task: {} }
  await expectForbidden(await session.post({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }))
  await server.close()
  expect(ran).toBe(1)
})

describe('a server that authorizes nobody', () => {
  const open = (): Server => createServer(identity)
  const rows: readonly [string, RegExp, () => unknown][] = [
    ['a tool', /"fire"/, () => open().tool('fire', { scopes }, () => '')],
    ['a resource', /plans/, () => open().resource('doc:///plans', { name: 'p', scopes }, () => '')],
    [
      'a template',
      /\{who\}/,
      () => open().resourceTemplate('pay:///{who}', { name: 'pay', scopes }, () => ''),
    ],
    ['a prompt', /"scold"/, () => open().prompt('scold', { scopes }, () => '')],
    [
      'a method of an extension',
      /com\.example\/x.*x\/do/,
      () =>
        open().extend({
          id: 'com.example/x',
          methods: { 'x/do': { scopes, answer: () => ({}) } },
        }),
    ],
    ['what is mounted', /mounted/, () => open().mount(createOffice())],
    ['what is mounted in part', /mounted/, () => open().mount(createOffice(), prefix('o'))],
  ]
  test.each(rows)('refuses scopes of %s', (_what, named, register) => {
    expect(register).toThrow(TypeError)
    expect(register).toThrow(named)
    expect(register).toThrow(/`auth` or `http.authorize`/)
  })

  test('lets nobody in over HTTP once something that is mounted asks for some', async () => {
    const inner = createServer({ ...identity, auth: badgeProtection() })
    const heard: unknown[] = []
    const outer = createServer({ ...identity, onError: (error) => heard.push(error) }).mount(inner)
    const discover = (): Promise<Response> => stateless(outer, '', { method: 'server/discover' })
    expect((await discover()).status).toBe(200)
    inner.tool('fire', { scopes }, () => 'fired')
    expect((await discover()).status).toBe(503)
    expect(heard).toEqual([expect.any(TypeError)])
    inner.remove('tool', 'fire')
    expect((await discover()).status).toBe(200)
  })
})

test('a method of an extension may ask for scopes', async () => {
  const server = createServer({ ...identity, auth: badgeProtection() }).extend({
    id: 'com.example/x',
    methods: { 'x/do': { scopes, answer: () => ({ done: true }) } },
  })
  const request = { method: 'x/do' }
  await expectForbidden(await stateless(server, 'ada', request))
  expect((await stateless(server, 'ada+admin+files:read', request)).status).toBe(200)
})

test.each([
  ['no array', 'admin'],
  ['a space', ['a b']],
  ['nothing', ['']],
  ['a number', [7]],
])('scopes that are none are refused: %s', (_name, wrong) => {
  const server = createServer({ ...identity, auth: badgeProtection() })
  const add = (): unknown => server.tool('fire', { scopes: wrong as unknown as string[] }, () => '')
  expect(add).toThrow(TypeError)
  expect(add).toThrow(/"fire"/)
})

test('what only some may read must not be cached as public', async () => {
  const server = createServer({ ...identity, auth: badgeProtection() })
  const cache = { ttlMs: 1_000, scope: 'public' } as const
  expect(() => server.resource('doc:///a', { name: 'a', scopes, cache }, () => '')).toThrow(
    TypeError,
  )
  server.resource('doc:///b', { name: 'b', scopes: ['admin'] }, () => ({
    contents: [],
    ttlMs: 1_000,
    cacheScope: 'public' as const,
  }))
  const request = { method: 'resources/read', params: { uri: 'doc:///b' } }
  const { result } = await (await stateless(server, 'ada+admin', request)).json()
  expect(result.cacheScope).toBe('private')
})

test('a subscription that was allowed tells of what it may', async () => {
  const server = createOffice()
  const allowed = asCaller(server.handle, () => 'ada+admin+files:read')
  const filter = { resourceSubscriptions: ['doc:///plans'] }
  const seen = readEvents(await listenStateless(allowed, filter))
  await until(() => seen.messages.length === 1)
  server.updated('doc:///plans')
  await until(() => seen.messages.length === 2)
  await seen.leave()
})

// SEC-05, SEC-07 (security best practices, "State Handle Hijacking"): another client of the same user may have a weaker token.
describe('a task of a tool that asks for scopes', () => {
  const id = 'io.modelcontextprotocol/tasks'
  const _meta = {
    ...statelessMeta,
    'io.modelcontextprotocol/clientCapabilities': { extensions: { [id]: {} } },
  }
  const strong = 'ada+admin+files:read'
  const begun = async (): Promise<{ server: Server; taskId: string }> => {
    const server = createOffice().extend(tasks({ tools: { fire: 'optional' } }))
    const params = { _meta, name: 'fire', arguments: {} }
    const answer = await stateless(server, strong, { method: 'tools/call', params })
    const { result } = (await answer.json()) as { result: { taskId: string } }
    await settle()
    return { server, taskId: result.taskId }
  }

  test.each(['tasks/get', 'tasks/update', 'tasks/cancel'])('%s wants them too', async (method) => {
    const { server, taskId } = await begun()
    const post = (token: string): Promise<Response> => {
      const params = { _meta, taskId, inputResponses: {} }
      const headers = { authorization: `Bearer ${token}`, 'mcp-name': taskId }
      return server.fetch(statelessPost({ method, params }, headers))
    }
    await expectForbidden(await post('ada'))
    expect((await post(strong)).status).toBe(200)
  })

  test('is told of to nobody who lacks them', async () => {
    const { server, taskId } = await begun()
    const params = { _meta, notifications: { taskIds: [taskId] } }
    const listen = (token: string): Promise<Response> =>
      stateless(server, token, { method: 'subscriptions/listen', params })
    await expectForbidden(await listen('ada'))
    const stream = readEvents(await listen(strong))
    await until(() => stream.messages.length > 0)
    expect(stream.messages[0]).toMatchObject({ params: { notifications: { taskIds: [taskId] } } })
    await stream.leave()
  })

  test('in a session neither its result is given without them, nor is it listed', async () => {
    const server = createOffice().extend(tasks({ tools: { fire: 'optional' } }))
    let token = strong
    const session = sessionOf(server, () => token)
    await session.open()
    let id = 0
    const ask = (method: string, params: Params): Promise<Response> =>
      session.post({ jsonrpc: '2.0', id: (id += 1), method, params })
    const created = await ask('tools/call', { name: 'fire', task: {} })
    const { result } = (await created.json()) as { result: { task: { taskId: string } } }
    const { taskId } = result.task
    expect((await ask('tasks/result', { taskId })).status).toBe(200)
    expect(await (await ask('tasks/list', {})).text()).toContain(taskId)
    token = 'ada'
    for (const method of ['tasks/get', 'tasks/result']) {
      expect((await ask(method, { taskId })).status).toBe(403)
    }
    expect(await (await ask('tasks/list', {})).json()).toMatchObject({ result: { tasks: [] } })
  })
})
