import { describe, expect, test } from 'vitest'
import { tasks } from '../../src/extensions/tasks/index.ts'
import { createServer } from '../../src/server/index.ts'
import type { Server, ServerOptions } from '../../src/server/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { asCaller } from '../as-caller.ts'
import { badgeProtection } from '../badge-protection.ts'
import { readEvents } from '../event-reading.ts'
import type { Json } from '../json.ts'
import { statelessMeta, statelessPost } from '../post.ts'
import { sessionPeer } from '../session-peer.ts'
import type { SessionPeer } from '../session-peer.ts'
import { settle, until } from '../settle.ts'
import { ssePeer } from '../sse-peer.ts'

const yes = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
const tasksId = 'io.modelcontextprotocol/tasks'
const capabilities = { elicitation: { form: {} }, extensions: { [tasksId]: {} } }
const meta = { ...statelessMeta, 'io.modelcontextprotocol/clientCapabilities': capabilities }

/** A protected server, and what its handlers were told. */
function createBank(options: Partial<ServerOptions> = {}) {
  const done: string[] = []
  const server = createServer({
    name: 'bank',
    version: '1.0.0',
    auth: badgeProtection(),
    http: { sse: true },
    ...options,
  })
    .tool('pay', {}, async (_args, ctx) => {
      const { action } = await ctx.elicit('sure', 'Sure?', yes)
      done.push(`${ctx.auth?.subject} ${action}`)
      return `${ctx.auth?.subject} ${action}`
    })
    .tool('build', {}, async (_args, ctx) => {
      const { action } = await ctx.elicit('sure', 'Sure?', yes)
      done.push(action)
      return action
    })
    .extend(tasks({ tools: { build: 'required' } })) as Server
  return { server, done }
}

interface Asked {
  readonly method: string
  readonly params: Record<string, unknown>
}

/** Sends a stateless request of `who`. */
function send(server: Server, who: string, { method, params }: Asked): Promise<Response> {
  const { name, taskId } = params
  return server.fetch(
    statelessPost(
      { method, params: { _meta: meta, ...params } },
      { authorization: `Bearer ${who}`, 'mcp-name': String(name ?? taskId) },
    ),
  )
}

async function ask(server: Server, who: string, request: Asked): Promise<Json> {
  return await (await send(server, who, request)).json()
}

/** A session of `who`, or of `headers` that name another one. */
function sessionOf(
  server: Server,
  who: () => string,
  headers: () => Record<string, string> = () => ({}),
): SessionPeer {
  const handle = asCaller(server.handle, who, headers)
  return sessionPeer(handle, { capabilities: { elicitation: {} } })
}

describe('what somebody has stolen is of no use to somebody else:', () => {
  // SEC-02, SEC-04 (security best practices, "Session Hijacking")
  test('the id of a session', async () => {
    const { server } = createBank()
    const ada = sessionOf(server, () => 'ada')
    await ada.open()
    const stolen = { 'mcp-session-id': ada.id ?? '' }
    const eve = sessionOf(
      server,
      () => 'eve',
      () => stolen,
    )
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' }
    const answers = [await eve.post(ping), await eve.get(), await eve.delete()]
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404])
    expect((await ada.post(ping)).status).toBe(200)
  })

  // SEC-08 (security best practices, "Session Hijacking")
  test('the id of an event, in a session of her own', async () => {
    const { server } = createBank()
    const ada = sessionOf(server, () => 'ada')
    await ada.open()
    const paying = readEvents(await ada.call('pay'))
    await until(() => paying.messages.length === 1)
    const ids = paying.events.map(({ id }) => id ?? '').filter((id) => id !== '')
    expect(ids.length).toBeGreaterThan(0)
    const eve = sessionOf(server, () => 'eve')
    await eve.open()
    for (const id of ids) {
      const response = await eve.get(id)
      expect(response.status).toBe(400)
      expect(await response.text()).not.toContain('Sure?')
    }
    await paying.leave()
    await server.close({ drainMs: 0 })
  })

  // SEC-08 (security best practices, "Session Hijacking")
  test('the id of a question, in a session of her own', async () => {
    const { server, done } = createBank()
    const ada = sessionOf(server, () => 'ada')
    const eve = sessionOf(server, () => 'eve')
    await ada.open()
    await eve.open()
    const paying = readEvents(await ada.call('pay'))
    await until(() => paying.messages.length === 1)
    const { id } = paying.messages[0]
    const answer = (action: string): object => ({ jsonrpc: '2.0', id, result: { action } })
    await eve.post(answer('accept'))
    await eve.post({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId: 1 },
    })
    await settle()
    expect(done).toEqual([])
    await ada.post(answer('decline'))
    await until(() => done.length === 1)
    expect(done).toEqual(['ada decline'])
    await paying.leave()
  })

  // SEC-02, SEC-08 (security best practices, "Session Hijacking")
  test('the endpoint of a stream of HTTP+SSE', async () => {
    const { server, done } = createBank()
    let who = 'ada'
    const ada = ssePeer(asCaller(server.handle, () => who))
    const stream = await ada.open()
    who = 'eve'
    const call = { jsonrpc: '2.0', id: 7, method: 'tools/call', params: { name: 'pay' } }
    expect((await ada.post(call)).status).toBe(404)
    await settle()
    expect([done, stream.messages.filter(({ id }) => id === 7)]).toEqual([[], []])
    await stream.leave()
  })

  // SEC-05, SEC-07 (security best practices, "State Handle Hijacking")
  test('the state of a call', async () => {
    const { server, done } = createBank()
    const request = { method: 'tools/call', params: { name: 'pay', arguments: {} } }
    const { result } = await ask(server, 'ada', request)
    const { requestState } = result
    const inputResponses = { sure: { action: 'accept', content: {} } }
    const next = { ...request, params: { ...request.params, requestState, inputResponses } }
    expect(await ask(server, 'eve', next)).toMatchObject({ error: { code: -32_602 } })
    expect(done).toEqual([])
    expect(await ask(server, 'ada', next)).toMatchObject({ result: { resultType: 'complete' } })
    expect(done).toEqual(['ada accept'])
  })

  // SEC-05, SEC-06, SEC-07 (security best practices, "State Handle Hijacking")
  test('the id of a task', async () => {
    const { server, done } = createBank()
    const begun = await ask(server, 'ada', {
      method: 'tools/call',
      params: { name: 'build', arguments: {} },
    })
    const { taskId } = begun.result
    expect(taskId).toMatch(/^[A-Za-z0-9_-]{22,}$/)
    const inputResponses = { sure: { action: 'accept', content: {} } }
    for (const method of ['tasks/get', 'tasks/update', 'tasks/cancel']) {
      const params = { taskId, inputResponses }
      expect(await ask(server, 'eve', { method, params })).toMatchObject({
        error: { code: -32_602 },
      })
    }
    const listening = await send(server, 'eve', {
      method: 'subscriptions/listen',
      params: { notifications: { taskIds: [taskId] } },
    })
    const heard = readEvents(listening)
    await until(() => heard.messages.length === 1)
    expect(done).toEqual([])
    const params = { taskId }
    expect(await ask(server, 'ada', { method: 'tasks/get', params })).toMatchObject({
      result: { status: 'input_required' },
    })
    await ask(server, 'ada', { method: 'tasks/cancel', params })
    await settle()
    expect(JSON.stringify(heard.messages)).not.toContain(taskId)
    await heard.leave()
    await server.close({ drainMs: 0 })
  })
})

// SEC-01 (security best practices, "Session Hijacking")
describe('whoever was let in before is let in no more once the token is over:', () => {
  function createTimed() {
    const runtime = createTestRuntime()
    const expiresAtSec = Math.ceil(runtime.now() / 1_000) + 10
    const auth = badgeProtection({ expiresAtSec })
    return { ...createBank({ auth, runtime, limits: { keepAliveMs: 1_000 } }), runtime }
  }

  test('the stream of a session ends, and is not opened again', async () => {
    const { server, runtime } = createTimed()
    const ada = sessionOf(server, () => 'ada')
    await ada.open()
    const stream = readEvents(await ada.get())
    await settle()
    server.tool('early', {}, () => '')
    await until(() => stream.messages.length === 1)
    runtime.advance(11_000)
    await until(() => stream.end === 'done')
    server.tool('late', {}, () => '')
    await settle()
    expect(stream.messages).toHaveLength(1)
    const refused = [await ada.get(), await ada.call('pay'), await ada.delete()]
    expect(refused.map(({ status }) => status)).toEqual([401, 401, 401])
  })

  test('the answer of a call ends, and is given to whoever comes with a newer token', async () => {
    const runtime = createTestRuntime()
    let expiresAtSec = Math.ceil(runtime.now() / 1_000) + 10
    const badges = badgeProtection()
    const auth = {
      ...badges,
      authorize: (request: Parameters<typeof badges.authorize>[0]) => ({
        ...(badges.authorize(request) as { subject: string; scopes: string[] }),
        expiresAtSec,
      }),
    }
    const { server, done } = createBank({ auth, runtime, limits: { keepAliveMs: 1_000 } })
    const ada = sessionOf(server, () => 'ada')
    await ada.open()
    const paying = readEvents(await ada.call('pay'))
    await until(() => paying.messages.length === 1)
    runtime.advance(11_000)
    await until(() => paying.end === 'done')
    const lastId = paying.events.at(-1)?.id
    expect((await ada.get(lastId)).status).toBe(401)
    expiresAtSec += 100
    const again = readEvents(await ada.get(lastId))
    const { id } = paying.messages[0]
    await ada.post({ jsonrpc: '2.0', id, result: { action: 'decline' } })
    await until(() => again.messages.length === 1)
    expect(again.messages[0]).toMatchObject({ result: { content: [{ text: 'ada decline' }] } })
    expect(done).toEqual(['ada decline'])
  })

  test('the stream of HTTP+SSE ends', async () => {
    const { server, runtime } = createTimed()
    const ada = ssePeer(asCaller(server.handle, () => 'ada'))
    const stream = await ada.open()
    runtime.advance(11_000)
    await until(() => stream.end === 'done')
    expect((await ada.post({ jsonrpc: '2.0', id: 9, method: 'ping' })).status).toBe(401)
  })
})
