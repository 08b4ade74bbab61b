import { expect, test } from 'vitest'
import { connect, createEraMemory } from '../../client/index.ts'
import type { Client } from '../../client/index.ts'
import { initialized, jsonAnswer, scriptedFetch } from '../../../test/scripted-fetch.ts'
import type { SeenRequest } from '../../../test/scripted-fetch.ts'
import { createServer } from '../../server/index.ts'
import { fetchInto } from '../../testing/index.ts'
import { settle, until } from '../../../test/settle.ts'

/** A server that loses its sessions when it is told to, and may then refuse to open another. */
function forgetful(): {
  client: () => Promise<Client>
  lose: (options?: { opensAgain: boolean }) => void
  seen: SeenRequest[]
} {
  let session = 0
  let opens = true
  const { fetch, seen } = scriptedFetch(({ method, headers, body }) => {
    if (method === 'DELETE') return new Response(null, { status: 204 })
    if (method === 'GET') return new Response(null, { status: 405 })
    if (body.method === 'initialize') {
      if (!opens) return new Response(null, { status: 503 })
      const own = { 'mcp-session-id': `s${session}` }
      return jsonAnswer({ jsonrpc: '2.0', id: body.id, result: initialized }, { headers: own })
    }
    if (headers.get('mcp-session-id') !== `s${session}`) return new Response(null, { status: 404 })
    if (body.id === undefined) return new Response(null, { status: 202 })
    const result = { content: [{ type: 'text', text: `by s${session}` }] }
    return jsonAnswer({ jsonrpc: '2.0', id: body.id, result })
  })
  const options = { fetch, memory: createEraMemory(), era: 'session' } as const
  return {
    client: () => connect('http://localhost/mcp', options),
    lose({ opensAgain } = { opensAgain: true }) {
      session += 1
      opens = opensAgain
    },
    seen,
  }
}
const said = (seen: SeenRequest[]): string[] =>
  seen.map(({ body, method }) => body?.method ?? method)

// HTTP25-38
test('a request that finds the session lost is sent again in a new one (basic/transports, "Session Management")', async () => {
  const { client: open, lose, seen } = forgetful()
  await using client = await open()
  expect(await client.call('a')).toBe('by s0')
  lose()
  expect(await client.call('a')).toBe('by s1')
  expect(
    seen.filter(({ body }) => body?.method === 'initialize')[1]?.headers.has('mcp-session-id'),
  ).toBe(false)
})

test('one new session serves all the requests that wait for it', async () => {
  const { client: open, lose, seen } = forgetful()
  await using client = await open()
  lose()
  const texts = await Promise.all([client.call('a'), client.call('b'), client.setLogLevel('info')])
  expect(texts).toEqual(['by s1', 'by s1', undefined])
  expect(said(seen).filter((method) => method === 'initialize')).toHaveLength(2)
})

// HTTP25-38 (basic/transports, "Session Management"). Found by random conversations.
test('a request that finds the session lost while another one renews it is sent again too', async () => {
  let session = 's0'
  let answerLate = (): void => {}
  const { fetch } = scriptedFetch(async ({ method, headers, body }) => {
    if (method !== 'POST') return new Response(null, { status: 405 })
    if (body.method === 'initialize') {
      answerLate()
      await settle()
      const own = { 'mcp-session-id': session }
      return jsonAnswer({ jsonrpc: '2.0', id: body.id, result: initialized }, { headers: own })
    }
    if (body.id === undefined) return new Response(null, { status: 202 })
    if (headers.get('mcp-session-id') === session) {
      return jsonAnswer({ jsonrpc: '2.0', id: body.id, result: { content: [] } })
    }
    if (body.params.name === 'late') await new Promise<void>((resolve) => (answerLate = resolve))
    return new Response(null, { status: 404 })
  })
  await using client = await connect('http://localhost/mcp', { fetch, era: 'session' })
  session = 's1'
  await expect(Promise.all([client.call('late'), client.call('early')])).resolves.toHaveLength(2)
})

// HTTP25-39 (basic/transports, "Session Management"). Found by random conversations.
test('every session is ended that a handshake opened and did not complete', async () => {
  const opened: string[] = []
  const ended = new Set<string | null>()
  let isLost = false
  const { fetch } = scriptedFetch(({ method, headers, body }) => {
    if (method === 'GET') return new Response(null, { status: 405 })
    if (method === 'DELETE') {
      ended.add(headers.get('mcp-session-id'))
      return new Response(null, { status: 204 })
    }
    if (body.method === 'initialize') {
      opened.push(`s${opened.length}`)
      const own = { 'mcp-session-id': opened.at(-1) ?? '' }
      const error = { code: -32603, message: 'too early' }
      const answer = isLost && opened.length < 4 ? { error } : { result: initialized }
      return jsonAnswer({ jsonrpc: '2.0', id: body.id, ...answer }, { headers: own })
    }
    if (body.id === undefined) return new Response(null, { status: 202 })
    if (isLost && headers.get('mcp-session-id') === 's0') return new Response(null, { status: 404 })
    return jsonAnswer({ jsonrpc: '2.0', id: body.id, result: { content: [] } })
  })
  const client = await connect('http://localhost/mcp', { fetch, era: 'session' })
  isLost = true
  while (opened.length < 4) await client.call('a').catch(() => {})
  await client.call('a')
  await client.close()
  expect(ended).toEqual(new Set(['s1', 's2', 's3']))
})

// Found by random conversations: each session counts its questions from 1.
test('a question of a lost session ends with it, and is not taken for one of the next', async () => {
  const server = createServer({ name: 'asks', version: '1.0.0' }).tool(
    'ask',
    {},
    async (_args, { elicit }) => {
      const yes = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
      return (await elicit('sure', 'Sure?', yes)).action
    },
  )
  let session: string | null = null
  const into = fetchInto(server)
  const spying: typeof fetch = async (input, init) => {
    const answer = await into(input, init)
    session = answer.headers.get('mcp-session-id') ?? session
    return answer
  }
  const asked: AbortSignal[] = []
  const client = await connect('http://localhost/mcp', {
    fetch: spying,
    era: 'session',
    elicit(_question, { signal }) {
      asked.push(signal)
      return asked.length > 1 ? { action: 'decline' } : new Promise(() => {})
    },
  })
  const lost = client.call('ask').catch(() => 'lost')
  await until(() => asked.length === 1)
  const headers = { 'mcp-session-id': String(session) }
  await into('http://localhost/mcp', { method: 'DELETE', headers })
  await lost
  expect(await client.callTool('ask', {})).toMatchObject({ content: [{ text: 'decline' }] })
  expect(asked[0]?.aborted).toBe(true)
  await client.close()
})

test('a session that cannot be opened again is lost, and why is told', async () => {
  const { client: open, lose } = forgetful()
  await using client = await open()
  lose({ opensAgain: false })
  await expect(client.call('a')).rejects.toMatchObject({
    code: 'ERR_SESSION_LOST',
    cause: { code: 'ERR_HTTP', status: 503 },
  })
})

test('a request is sent again once', async () => {
  const { fetch, seen } = scriptedFetch(({ method, body }) => {
    if (method !== 'POST') return new Response(null, { status: 405 })
    if (body.method === 'tools/call') return new Response(null, { status: 404 })
    if (body.id === undefined) return new Response(null, { status: 202 })
    const headers = { 'mcp-session-id': 's' }
    return jsonAnswer({ jsonrpc: '2.0', id: body.id, result: initialized }, { headers })
  })
  await using client = await connect('http://localhost/mcp', { fetch, era: 'session' })
  await expect(client.call('a')).rejects.toMatchObject({ code: 'ERR_SESSION_LOST' })
  expect(said(seen).filter((method) => method === 'tools/call')).toHaveLength(2)
})

test('a new session brings the facts of its server, and is told the log level again (LIFE, "Initialization")', async () => {
  let session = 1
  const { fetch, seen } = scriptedFetch(({ method, headers, body }) => {
    if (method !== 'POST') return new Response(null, { status: 405 })
    if (body.id === undefined) return new Response(null, { status: 202 })
    const name = `s${session}`
    if (body.method === 'initialize') {
      const result = { ...initialized, serverInfo: { name, version: '1.0.0' }, instructions: name }
      const own = { 'mcp-session-id': name }
      return jsonAnswer({ jsonrpc: '2.0', id: body.id, result }, { headers: own })
    }
    if (headers.get('mcp-session-id') !== name) return new Response(null, { status: 404 })
    return jsonAnswer({ jsonrpc: '2.0', id: body.id, result: { content: [] } })
  })
  const statuses: unknown[] = []
  await using client = await connect('http://localhost/mcp', {
    fetch,
    era: 'session',
    onStatus: (status) => statuses.push(status),
  })
  await client.setLogLevel('warning')
  session = 2
  await client.call('a')
  expect(client.server).toMatchObject({ info: { name: 's2' }, instructions: 's2' })
  expect(statuses).toEqual([{ state: 'connected', how: 'renewed' }])
  expect(said(seen).slice(-6)).toEqual([
    'tools/call',
    'initialize',
    'notifications/initialized',
    'GET',
    'logging/setLevel',
    'tools/call',
  ])
  expect(seen.at(-2)?.body.params.level).toBe('warning')
})

test('a session that could not be opened again is opened by a later request (HTTP25-38)', async () => {
  const { client: open, lose, seen } = forgetful()
  await using client = await open()
  lose({ opensAgain: false })
  await expect(client.call('a')).rejects.toMatchObject({ code: 'ERR_SESSION_LOST' })
  lose()
  expect(await client.call('a')).toBe('by s2')
  expect(said(seen).filter((method) => method === 'tools/call')).toHaveLength(2)
})
