import { inspect } from 'node:util'
import { expect, test } from 'vitest'
import { eventText } from '../http/sse-write.ts'
import { memoryChannelPair } from '../transport/memory.ts'
import { discovery, initialized, jsonAnswer, scriptedFetch } from '../../test/scripted-fetch.ts'
import type { SeenRequest } from '../../test/scripted-fetch.ts'
import { settle, until } from '../../test/settle.ts'
import { connect, createEraMemory } from './index.ts'
import type { Client, ConnectOptions } from './index.ts'

type Script = (request: SeenRequest) => Response | Promise<Response> | undefined

/** A server of both eras with a session called `s-e-c-r-e-t`, but for what `script` answers otherwise. */
function server(script: Script = () => undefined): {
  seen: SeenRequest[]
  open: (options?: ConnectOptions) => Promise<Client>
} {
  const { fetch, seen } = scriptedFetch((request) => {
    const own = script(request)
    if (own !== undefined) return own
    const { method, body } = request
    if (method === 'GET') return new Response(new ReadableStream(), { headers: streaming })
    if (method === 'DELETE') return new Response(null, { status: 204 })
    if (body.id === undefined) return new Response(null, { status: 202 })
    const protocolVersion = body.params.protocolVersion
    const results: Record<string, object> = {
      initialize: { ...initialized, protocolVersion },
      'server/discover': discovery,
      'resources/read': { resultType: 'complete', contents: [] },
      'prompts/get': { resultType: 'complete', messages: [] },
    }
    const result = results[body.method] ?? { resultType: 'complete', content: [] }
    const headers = { 'mcp-session-id': 's-e-c-r-e-t' }
    return jsonAnswer({ jsonrpc: '2.0', id: body.id, result }, { headers })
  })
  const memory = createEraMemory()
  return { seen, open: (options) => connect('http://localhost/mcp', { fetch, memory, ...options }) }
}
const streaming = { 'content-type': 'text/event-stream' }
const never = (): Promise<Response> => new Promise(() => {})

/** Calls, reads, gets, and closes. */
async function use(client: Client): Promise<void> {
  await client.callTool('züge')
  await client.readResource('memo:one')
  await client.getPrompt('greet')
  await client.close()
}

// HTTP26-04, HTTP26-05, HTTP26-15, HTTP26-21, HTTP26-22, VER-01
// (basic/transports/streamable-http, "Request Metadata Headers")
test('without a session every request is a POST of its own, whose headers say what its body says', async () => {
  const { seen, open } = server()
  await use(await open({ era: 'stateless' }))
  expect(seen.map(({ method, body }) => [method, body.method])).toEqual([
    ['POST', 'server/discover'],
    ['POST', 'tools/call'],
    ['POST', 'resources/read'],
    ['POST', 'prompts/get'],
  ])
  for (const { headers, body } of seen) {
    expect(Array.isArray(body)).toBe(false)
    expect(headers.get('accept')).toBe('application/json, text/event-stream')
    expect(headers.get('content-type')).toBe('application/json')
    expect(headers.get('mcp-method')).toBe(body.method)
    const version = body.params._meta['io.modelcontextprotocol/protocolVersion']
    expect([headers.get('mcp-protocol-version'), version]).toEqual(['2026-07-28', '2026-07-28'])
    expect(headers.has('mcp-session-id')).toBe(false)
  }
  expect(seen.map(({ headers }) => headers.get('mcp-name'))).toEqual([
    null,
    '=?base64?esO8Z2U=?=',
    'memo:one',
    'greet',
  ])
})

// HTTP25-05, HTTP25-06, HTTP25-07, HTTP25-22, HTTP25-35 (basic/transports, "Session Management")
// HTTP25-41, LIFE-11 (basic/transports, "Protocol Version Header")
test.each([
  ['2025-11-25', '2025-11-25'],
  ['2025-06-18', '2025-06-18'],
  ['2025-03-26', null],
])(
  'in a session of %s every request after initialize has its id and the version %s',
  async (version, header) => {
    const { seen, open } = server()
    const client = await open({ versions: [version] })
    await until(() => seen.some(({ method }) => method === 'GET'))
    await use(client)
    const [first, ...later] = seen
    expect(first?.body.method).toBe('initialize')
    expect([
      first?.headers.get('mcp-session-id'),
      first?.headers.get('mcp-protocol-version'),
    ]).toEqual([null, null])
    expect(later.map(({ method }) => method).toSorted()).toEqual([
      'DELETE',
      'GET',
      ...Array.from({ length: 4 }, () => 'POST'),
    ])
    for (const { method, headers, body } of later) {
      expect(headers.get('mcp-session-id')).toBe('s-e-c-r-e-t')
      expect(headers.get('mcp-protocol-version')).toBe(header)
      if (method === 'GET') expect(headers.get('accept')).toBe('text/event-stream')
      if (method !== 'POST') continue
      expect(headers.get('accept')).toBe('application/json, text/event-stream')
      expect([Array.isArray(body), body.jsonrpc]).toEqual([false, '2.0'])
    }
  },
)

// HTTP25-34 (basic/transports, "Session Management")
test('no error tells the id of the session', async () => {
  const statuses = [400, 404, 500]
  for (const status of statuses) {
    const { open } = server(({ body }) =>
      body?.method === 'tools/call' ? new Response(null, { status }) : undefined,
    )
    await using client = await open({ era: 'session' })
    const error: unknown = await client.callTool('any').catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(Error)
    expect(inspect(error, { depth: 10 })).not.toContain('s-e-c-r-e-t')
  }
})

// LIFE-04 (basic/lifecycle, "Initialization")
test('nothing is sent while initialize waits for its answer', async () => {
  let answer = (_response: Response): void => {}
  const { seen, open } = server(({ body }) => {
    if (body?.method !== 'initialize') return undefined
    return new Promise((resolve) => (answer = resolve))
  })
  const opening = open({ era: 'session' })
  await until(() => seen.length === 1)
  await settle(50)
  expect(seen).toHaveLength(1)
  answer(jsonAnswer({ jsonrpc: '2.0', id: seen[0]?.body.id, result: initialized }))
  await (await opening).close()
  expect(seen[1]?.body.method).toBe('notifications/initialized')
})

// LIFE-13 (basic/utilities/cancellation)
test('a handshake that is given up is not cancelled, over HTTP or a channel', async () => {
  const controller = new AbortController()
  const { seen, open } = server(({ body }) => (body?.method === 'initialize' ? never() : undefined))
  const [ours, theirs] = memoryChannelPair()
  const heard: string[] = []
  theirs.start({ message: (text) => heard.push(text), fault() {}, closed() {} })
  const options = { era: 'session', signal: controller.signal } as const
  const openings = [open(options), connect({ key: '', open: () => ours }, options)]
  const over = Promise.allSettled(openings)
  await until(() => seen.length === 1 && heard.length === 1)
  controller.abort(new Error('enough'))
  expect(await over).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }])
  await settle(50)
  expect(seen.flatMap(({ body }) => body?.method ?? [])).toEqual(['initialize'])
  expect(heard.map((text) => (JSON.parse(text) as { method: string }).method)).toEqual([
    'initialize',
  ])
})

// HTTP26-47 (changelog)
test('without a session an answer that broke off is not taken up again, and a new call has a new id', async () => {
  let calls = 0
  const { seen, open } = server(({ body }) => {
    if (body?.method !== 'tools/call' || (calls += 1) > 1) return undefined
    const event = eventText({ id: 'e1', data: '{"jsonrpc":"2.0","method":"notifications/x"}' })
    return new Response(event, { headers: streaming })
  })
  await using client = await open({ era: 'stateless' })
  await expect(client.callTool('any')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  await client.callTool('any')
  const [, first, second] = seen
  expect(seen.map(({ method }) => method)).toEqual(['POST', 'POST', 'POST'])
  expect(second?.headers.has('last-event-id')).toBe(false)
  expect(second?.body.id).not.toBe(first?.body.id)
})

// BASE-47, DISC-04 (basic, "Response Metadata")
test('what a server calls itself changes nothing', async () => {
  const said: unknown[] = []
  for (const serverInfo of [undefined, { name: 'trusted', version: '9' }, 7]) {
    const _meta = { 'io.modelcontextprotocol/serverInfo': serverInfo }
    const { seen, open } = server(({ body }) =>
      body?.method === 'server/discover'
        ? jsonAnswer({ jsonrpc: '2.0', id: body.id, result: { ...discovery, _meta } })
        : undefined,
    )
    await use(await open())
    said.push(seen.map(({ method, headers, body }) => [method, [...headers], body]))
  }
  expect(said[1]).toEqual(said[0])
  expect(said[2]).toEqual(said[0])
})

// ELIC-33 (client/elicitation, "Completion Notifications")
test('the end of an elicitation that nobody knows is ignored', async () => {
  const params = { elicitationId: 'unknown' }
  const ended = { jsonrpc: '2.0', method: 'notifications/elicitation/complete', params }
  const heard: unknown[] = []
  const note = (what: unknown): void => void heard.push(what)
  const { seen, open } = server(({ method }) => {
    if (method !== 'GET') return undefined
    const body = new ReadableStream<Uint8Array>({
      start: (controller) =>
        controller.enqueue(new TextEncoder().encode(eventText({ data: JSON.stringify(ended) }))),
    })
    return new Response(body, { headers: streaming })
  })
  const listeners = {
    onError: note,
    onWarning: note,
    onClose: note,
    onListChanged: note,
    onLog: note,
  }
  await using client = await open({ era: 'session', ...listeners })
  await until(() => seen.some(({ method }) => method === 'GET'))
  await settle(50)
  expect(heard).toEqual([])
  expect((await client.callTool('any')).content).toEqual([])
})

// ELIC-22 (client/elicitation, "Safe URL Handling")
test('a page that a server sends somebody to is handed to the application, and not fetched', async () => {
  const fetched: string[] = []
  const pages: string[] = []
  const url = 'https://example.com/pay?order=5'
  const params = { mode: 'url', message: 'Pay', url }
  const inputRequests = { pay: { method: 'elicitation/create', params } }
  const { fetch } = scriptedFetch(({ body }) => {
    const isRetry = body.params.inputResponses !== undefined
    const asking = { resultType: 'input_required', inputRequests }
    const called = isRetry ? { resultType: 'complete', content: [] } : asking
    const result = body.method === 'server/discover' ? discovery : called
    return jsonAnswer({ jsonrpc: '2.0', id: body.id, result })
  })
  const spying: typeof fetch = (input, init) => {
    fetched.push(new Request(input, init).url)
    return fetch(input, init)
  }
  const visit = (page: { url: string }): { action: 'accept' } => {
    pages.push(page.url)
    return { action: 'accept' }
  }
  await using client = await connect('http://localhost/mcp', {
    fetch: spying,
    memory: createEraMemory(),
    elicit: { url: visit },
  })
  await client.callTool('pay')
  expect(pages).toEqual([url])
  expect(new Set(fetched)).toEqual(new Set(['http://localhost/mcp']))
})
