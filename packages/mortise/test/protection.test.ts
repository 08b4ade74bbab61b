import { describe, expect, test } from 'vitest'
import { createFetchExchange } from '../src/http/fetch-exchange.ts'
import { serve } from '../src/node/index.ts'
import { createServer } from '../src/server/index.ts'
import type { Caller, Protection, Server, ServerOptions } from '../src/server/index.ts'
import { createTestRuntime } from '../src/testing/index.ts'
import { badgeProtection, metadataPath } from './badge-protection.ts'
import type { BadgeProtection } from './badge-protection.ts'
import { readEvents } from './event-reading.ts'
import { statelessPost } from './post.ts'
import { until } from './settle.ts'

const identity = { name: 'guarded', version: '1.0.0' }

interface Guarded {
  readonly auth: BadgeProtection
  readonly server: Server
  /** Sends a request without a token to a server that is served at /mcp. */
  ask(path: string, init?: RequestInit): Promise<Response>
}

function createGuarded(options: Partial<ServerOptions> = {}): Guarded {
  const auth = badgeProtection()
  const server = createServer({ ...identity, auth, ...options })
    .tool('who', {}, (_args, ctx) => `${ctx.auth?.subject} ${ctx.auth?.scopes.join(' ')}`)
    .tool('file', { scopes: ['files:read'] }, () => '')
    .prompt('sum', { scopes: ['files:read', 'sums'] }, () => '') as Server
  return {
    auth,
    server,
    ask(path, init = {}) {
      const headers = { host: 'localhost', ...init.headers }
      const request = new Request(new URL(path, 'http://localhost'), { ...init, headers })
      const { exchange, response } = createFetchExchange(request)
      server.handle(exchange, '/mcp')
      return response
    },
  }
}

describe('what a server is protected by', () => {
  test('authorizes every request', async () => {
    const { server } = createGuarded()
    expect(server.authorizes).toBe(true)
    const call = statelessPost({ method: 'tools/call', params: { name: 'who' } })
    const refused = await server.fetch(call.clone())
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('resource_metadata=')
    call.headers.set('authorization', 'Bearer ada+one+two')
    expect(await (await server.fetch(call)).text()).toContain('ada one two')
  })

  test('may be an object with methods of its own', async () => {
    class Badges implements Protection {
      readonly #who: string = 'grace'
      authorize(): { subject: string; scopes: string[] } {
        return { subject: this.#who, scopes: [] }
      }
      challenge(): Record<string, string> {
        return { 'www-authenticate': `Bearer realm="${this.#who}"` }
      }
      route(): boolean {
        return this.#who === ''
      }
    }
    const { server } = createGuarded({ auth: new Badges() })
    const call = (name: string): Promise<Response> =>
      server.fetch(statelessPost({ method: 'tools/call', params: { name } }))
    expect(await (await call('who')).text()).toContain('grace')
    expect((await call('file')).headers.get('www-authenticate')).toBe('Bearer realm="grace"')
  })

  test('says to visibility who it is', async () => {
    const { server } = createGuarded()
    const isAda = ({ auth }: Caller): boolean => auth?.subject === 'ada'
    server.tool('hers', { visible: isAda }, () => '')
    const list = async (token: string): Promise<string> => {
      const authorization = `Bearer ${token}`
      return await (
        await server.fetch(statelessPost({ method: 'tools/list' }, { authorization }))
      ).text()
    }
    expect(await list('ada')).toContain('hers')
    expect(await list('bob')).not.toContain('hers')
  })

  test('lets nobody in whose time is over, whatever it says itself', async () => {
    const runtime = createTestRuntime()
    const expiresAtSec = Math.ceil(runtime.now() / 1_000) + 10
    const { server } = createGuarded({ auth: badgeProtection({ expiresAtSec }), runtime })
    const send = (): Promise<Response> =>
      server.fetch(statelessPost({ method: 'server/discover' }, { authorization: 'Bearer ada' }))
    expect((await send()).status).toBe(200)
    runtime.advance(11_000)
    expect((await send()).status).toBe(401)
  })

  const rows: readonly [string, unknown][] = [
    ['null', null],
    ['a function', () => ({})],
    ['one that has no route', { authorize: () => ({}), challenge: () => ({}) }],
  ]
  test.each(rows)('is a TypeError when it is %s', (_name, auth) => {
    expect(() => createServer({ ...identity, auth: auth as Protection })).toThrow(TypeError)
  })

  test('is the only one to decide', () => {
    const http = { authorize: () => ({ subject: 'ada', scopes: [] }) }
    const both = (): unknown => createServer({ ...identity, auth: badgeProtection(), http })
    expect(both).toThrow(/auth and http.authorize/)
  })
})

describe('what is asked about authorization itself', () => {
  // AUTHR-03 (basic/authorization, "Authorization Server Location")
  test('is answered outside of the path of the server, to nobody in particular', async () => {
    const { ask } = createGuarded()
    const response = await ask(metadataPath)
    expect(response.status).toBe(200)
    expect(await response.json()).toEqual({ scopes_supported: ['files:read', 'sums'] })
  })

  test('is answered to a page of any origin, as its answer says', async () => {
    const { ask } = createGuarded()
    const page = { headers: { origin: 'https://page.example' } }
    const response = await ask(metadataPath, page)
    expect(response.status).toBe(200)
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect((await ask('/mcp', page)).status).toBe(403)
  })

  test('is not answered under a name that is not ours', async () => {
    const { ask, auth } = createGuarded()
    expect((await ask(metadataPath, { headers: { host: 'evil.example' } })).status).toBe(403)
    expect(auth.asked).toEqual([])
  })

  test('is answered while the server closes', async () => {
    const { ask, server } = createGuarded()
    await server.close()
    expect((await ask(metadataPath)).status).toBe(200)
    const call = statelessPost({ method: 'server/discover' }, { authorization: 'Bearer ada' })
    expect((await server.fetch(call)).status).toBe(503)
  })

  test('is none of what comes to the path of the server', async () => {
    const { ask, auth } = createGuarded()
    expect((await ask('/mcp', { method: 'POST' })).status).toBe(401)
    expect(auth.asked).toEqual([])
    expect((await ask('/elsewhere')).status).toBe(404)
    expect(auth.asked).toEqual(['/elsewhere'])
  })

  test('shuts the server when it fails', async () => {
    const heard: unknown[] = []
    const auth = { ...badgeProtection(), route: () => raise('no routes') }
    const { ask } = createGuarded({ auth, onError: (error) => heard.push(error) })
    expect((await ask(metadataPath)).status).toBe(503)
    expect(heard).toMatchObject([{ message: 'no routes' }])
  })

  test('tells of scopes that were mounted, and of those that came later', async () => {
    const inner = createGuarded()
    const auth = badgeProtection()
    const outer = createServer({ ...identity, auth })
      .tool('first', { scopes: ['first', 'files:read'] }, () => '')
      .mount(inner.server)
    const told = async (): Promise<unknown> => {
      const request = new Request(`http://localhost${metadataPath}`, {
        headers: { host: 'localhost' },
      })
      return await (await outer.fetch(request)).json()
    }
    expect(await told()).toEqual({ scopes_supported: ['first', 'files:read', 'sums'] })
    inner.server.tool('late', { scopes: ['late'] }, () => '')
    expect(await told()).toEqual({ scopes_supported: ['first', 'files:read', 'late', 'sums'] })
  })
})

function raise(message: string): never {
  throw new Error(message)
}

// T-24: a page reads what tells it how to get in, and may send a proof of possession.
test('a page that may call reads its challenges, and may send its proofs', async () => {
  const { ask } = createGuarded({ http: { origins: ['https://app.example'] } })
  const headers = { origin: 'https://app.example' }
  const refused = await ask('/mcp', { method: 'POST', headers })
  const exposed = refused.headers.get('access-control-expose-headers')
  expect(exposed).toContain('WWW-Authenticate')
  expect(exposed).toContain('DPoP-Nonce')
  const preflight = await ask('/mcp', { method: 'OPTIONS', headers })
  expect(preflight.headers.get('access-control-allow-headers')).toMatch(/Authorization, DPoP/)
})

// SEC-01, SEC-33, AUTHR-05 (security best practices; basic/authorization, "Error Handling")
describe('every route of a served server', () => {
  const base = { 'content-type': 'application/json' }
  const accept = 'application/json, text/event-stream'
  const message = (method: string): string =>
    JSON.stringify({ jsonrpc: '2.0', id: 1, method, params: {} })
  const modern = {
    ...base,
    accept,
    'mcp-protocol-version': '2026-07-28',
    'mcp-method': 'server/discover',
  }
  const routes: readonly [string, string, RequestInit][] = [
    [
      'a stateless call',
      '/mcp',
      { method: 'POST', headers: modern, body: message('server/discover') },
    ],
    [
      'initialize',
      '/mcp',
      { method: 'POST', headers: { ...base, accept }, body: message('initialize') },
    ],
    [
      'a call in a session',
      '/mcp',
      {
        method: 'POST',
        headers: { ...base, accept, 'mcp-session-id': 'x' },
        body: message('ping'),
      },
    ],
    ['a body that is none', '/mcp', { method: 'POST', headers: base, body: '{' }],
    ['the stream of a session', '/mcp', { headers: { accept, 'mcp-session-id': 'x' } }],
    [
      'a stream that is taken up',
      '/mcp',
      { headers: { accept, 'mcp-session-id': 'x', 'last-event-id': '1.1' } },
    ],
    ['the end of a session', '/mcp', { method: 'DELETE', headers: { 'mcp-session-id': 'x' } }],
    ['the stream of HTTP+SSE', '/sse', { headers: { accept } }],
    ['the stream of HTTP+SSE at the path', '/mcp', { headers: { accept } }],
    [
      'a message of HTTP+SSE',
      '/mcp?sessionId=x',
      { method: 'POST', headers: base, body: message('ping') },
    ],
    ['another method', '/mcp', { method: 'PUT', headers: base, body: '{}' }],
  ]
  const tokens: readonly [string, string | undefined][] = [
    ['no token', undefined],
    ['a wrong token', 'Bearer wrong'],
    ['a token of another audience', 'Bearer elsewhere'],
    ['another scheme', 'Basic YWRhOmFkYQ=='],
  ]

  test('lets nobody in without a token that is good here', async () => {
    let ran = 0
    const server = createServer({ ...identity, auth: badgeProtection() }).use((_call, next) => {
      ran += 1
      return next()
    })
    const serving = await serve(server, {
      transport: 'http',
      port: 0,
      host: '0.0.0.0',
      sse: true,
      signals: false,
      onListening: () => {},
    })
    const { port } = new URL(serving.url ?? '')
    for (const [what, path, init] of routes) {
      for (const [which, authorization] of tokens) {
        const headers = {
          ...(init.headers as Record<string, string>),
          ...(authorization === undefined ? {} : { authorization }),
        }
        const response = await fetch(`http://127.0.0.1:${port}${path}`, { ...init, headers })
        expect([what, which, response.status]).toEqual([what, which, 401])
        expect(response.headers.get('www-authenticate')).toContain('resource_metadata=')
        await response.body?.cancel()
      }
    }
    const open = await fetch(`http://127.0.0.1:${port}${metadataPath}`)
    expect(open.status).toBe(200)
    expect(ran).toBe(0)
    await serving.close()
  })

  test('is closed to everybody by a list of nobody', async () => {
    const allowed: readonly string[] = []
    const server = createServer({
      ...identity,
      http: {
        authorize: ({ header }) => {
          const subject = header('authorization') ?? ''
          if (allowed.includes(subject)) return { subject, scopes: [] }
          return { refused: true, status: 403 }
        },
      },
    })
    expect(server.authorizes).toBe(true)
    const call = (authorization?: string): Promise<Response> =>
      server.fetch(statelessPost({ method: 'server/discover' }, { authorization }))
    expect((await call()).status).toBe(403)
    expect((await call('')).status).toBe(403)
    expect((await call('Bearer ada')).status).toBe(403)
  })
})

test('a subscription ends with the token of who listens', async () => {
  const runtime = createTestRuntime()
  const expiresAtSec = Math.ceil(runtime.now() / 1_000) + 10
  const { server } = createGuarded({
    auth: badgeProtection({ expiresAtSec }),
    runtime,
    limits: { keepAliveMs: 1_000 },
  })
  const params = { notifications: { toolsListChanged: true } }
  const request = statelessPost(
    { method: 'subscriptions/listen', params },
    { authorization: 'Bearer ada' },
  )
  const stream = readEvents(await server.fetch(request))
  await until(() => stream.messages.length === 1)
  runtime.advance(12_000)
  await until(() => stream.end === 'done')
  expect(stream.messages.at(-1)).toMatchObject({
    error: { message: 'The authorization has expired' },
  })
})
