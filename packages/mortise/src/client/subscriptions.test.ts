import { expect, test } from 'vitest'
import { settle, until } from '../../test/settle.ts'
import { discovery, jsonAnswer, resultFor, scriptedFetch } from '../../test/scripted-fetch.ts'
import type { SeenRequest } from '../../test/scripted-fetch.ts'
import { ofSessions, talkingTarget } from '../../test/talking-target.ts'
import { createServer } from '../server/index.ts'
import type { Server } from '../server/index.ts'
import { connectInProcess, createTestRuntime, fetchInto } from '../testing/index.ts'
import { connect } from './index.ts'

function createNotes(options: Partial<Parameters<typeof createServer>[0]> = {}): Server {
  return createServer({ name: 'notes', version: '1.0.0', ...options }).resourceTemplate(
    'note:///{name}',
    { name: 'note' },
    () => 'text',
  )
}

const url = 'http://localhost/mcp'
const listen = 'subscriptions/listen'

// SUBS-10 (basic/patterns, "Subscriptions")
test('whoever listens to nothing any more holds nothing open', async () => {
  const server = createNotes()
  let open = 0
  const asked: unknown[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const { method, params } = await request.clone().json()
    if (method === listen) {
      asked.push(params.notifications)
      open += 1
      request.signal.addEventListener('abort', () => (open -= 1))
    }
    return await server.fetch(request)
  }
  await using client = await connect(url, { fetch })
  const first = await client.subscribe('note:///a', () => {})
  await first.close()
  expect(open).toBe(0)
  const again = await client.subscribe('note:///b', () => {})
  expect(open).toBe(1)
  await again.close()
  const filters = ['note:///a', 'note:///b'].map((uri) => ({ resourceSubscriptions: [uri] }))
  expect(asked).toEqual(filters)
})

// SUBS-13 (basic/patterns, "Subscriptions"): it ends with the token that it was opened with.
test('a subscription that ended with its token is opened again with the next one', async () => {
  const runtime = createTestRuntime()
  const startSec = runtime.now() / 1_000
  const server = createNotes({
    runtime,
    http: {
      authorize: (request) => {
        const expiresAtSec = startSec + Number(request.header('authorization')?.slice(7))
        return { subject: 'me', scopes: [], expiresAtSec }
      },
    },
  })
  let token = 60
  const warnings: string[] = []
  await using client = await connect(url, {
    fetch: fetchInto(server),
    runtime,
    headers: () => ({ authorization: `Bearer ${token}` }),
    onWarning: (warning) => warnings.push(warning),
  })
  const heard: string[] = []
  await client.subscribe('note:///a', (uri) => heard.push(uri))
  token = 6_000
  for (let second = 0; second < 90; second++) {
    runtime.advance(1_000)
    await settle(2)
  }
  heard.length = 0
  server.updated('note:///a')
  await until(() => heard.length > 0)
  expect([heard, warnings]).toEqual([['note:///a'], []])
})

/** A stream that acknowledges the subscription and goes on, and what breaks it. */
function acknowledged(request: SeenRequest): { answer: Response; cut: () => void } {
  const { id, params } = request.body
  const said = {
    jsonrpc: '2.0',
    method: 'notifications/subscriptions/acknowledged',
    params: {
      _meta: { 'io.modelcontextprotocol/subscriptionId': id },
      notifications: params.notifications,
    },
  }
  let cut = (): void => {}
  const body = new ReadableStream<Uint8Array>({
    start(stream) {
      stream.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(said)}\n\n`))
      cut = () => stream.error(new Error('broke'))
    },
  })
  const answer = new Response(body, { headers: { 'content-type': 'text/event-stream' } })
  return { answer, cut: () => cut() }
}

// SUBS-13 (basic/patterns, "Subscriptions")
test('a server that is busy when a subscription broke off is asked again, and at the next change too', async () => {
  const runtime = createTestRuntime()
  let isBusy = false
  let asked = 0
  let cut = (): void => {}
  const { fetch } = scriptedFetch((request) => {
    if (request.body.method !== listen) return resultFor(request, discovery)
    asked += 1
    if (isBusy) {
      const error = { code: -32_603, message: 'Too many calls at once' }
      return jsonAnswer({ jsonrpc: '2.0', id: request.body.id, error })
    }
    const opened = acknowledged(request)
    ;({ cut } = opened)
    return opened.answer
  })
  const warnings: string[] = []
  const limits = { maxResumes: 2 }
  const onWarning = (warning: string): void => void warnings.push(warning)
  await using client = await connect(url, { fetch, runtime, limits, onWarning })
  await client.subscribe('note:///a', () => {})
  isBusy = true
  cut()
  for (let turn = 0; turn < 10; turn++) {
    await settle(2)
    runtime.advance(10_000)
  }
  expect([asked, warnings]).toEqual([3, ['changes are not heard of: Too many calls at once']])
  isBusy = false
  await client.subscribe('note:///a', () => {})
  expect(asked).toBe(4)
})

// RES-05 (server/resources, "Subscriptions")
test('a resource that the next server does not know takes no other subscription with it', async () => {
  const runtime = createTestRuntime()
  const subscribed: string[] = []
  let isGone = false
  const capabilities = { resources: { subscribe: true } }
  const target = talkingTarget(
    ofSessions(
      ({ id, method, params }, { tell }) => {
        if (isGone && params?.uri === 'note:///a') {
          tell({ error: { code: -32_002, message: 'Resource not found' } })
          return
        }
        if (method === 'resources/subscribe') subscribed.push(params.uri)
        if (id !== undefined) tell({ result: {} })
      },
      { capabilities },
    ),
  )
  const warnings: string[] = []
  const onWarning = (warning: string): void => void warnings.push(warning)
  await using client = await connect(target, { reconnect: true, runtime, onWarning })
  await client.subscribe('note:///a', () => {})
  await client.subscribe('note:///b', () => {})
  isGone = true
  target.last?.die()
  runtime.advance(500)
  await settle()
  await client.subscribe('note:///c', () => {})
  expect(subscribed).toEqual(['note:///a', 'note:///b', 'note:///b', 'note:///c'])
  expect(warnings[0]).toBe(
    'changes are not heard of: resources/subscribe of note:///a: Resource not found',
  )
  await expect(client.subscribe('note:///a', () => {})).rejects.toMatchObject({
    code: 'ERR_NOT_OFFERED',
  })
})

// RES-05 (server/resources, "Subscriptions"), HTTP25-38 (basic/transports, "Session Management")
test('a session that is found lost by one subscription has the others too', async () => {
  const servers = [createNotes(), createNotes()] as const
  let [server] = servers
  const fetch: typeof globalThis.fetch = async (input, init) =>
    await server.fetch(new Request(input, init))
  await using client = await connect(url, { fetch, versions: ['2025-11-25'] })
  const heard: string[] = []
  await client.subscribe('note:///a', (uri) => heard.push(uri))
  server = servers[1]
  await client.subscribe('note:///b', () => {})
  await settle()
  heard.length = 0
  server.updated('note:///a')
  await settle()
  expect(heard).toEqual(['note:///a'])
})

test.each(['2026-07-28', '2025-11-25'])(
  'a subscription may be closed after its client (%s)',
  async (version) => {
    const client = await connectInProcess(createNotes(), { version })
    const [one, other] = [
      await client.subscribe('note:///a', () => {}),
      await client.subscribe('note:///b', () => {}),
    ]
    await client.close()
    await one.close()
    await other.close()
    expect(client.status.state).toBe('closed')
  },
)
