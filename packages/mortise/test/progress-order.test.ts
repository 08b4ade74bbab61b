import { expect, test } from 'vitest'
import { connect, createEraMemory } from '../src/client/index.ts'
import type { Client } from '../src/client/index.ts'
import { eventText } from '../src/http/sse-write.ts'
import { connect as connectNode } from '../src/node/client.ts'
import { createTestRuntime } from '../src/testing/index.ts'
import {
  discovery,
  initialized,
  jsonAnswer,
  scriptedFetch,
  streamAnswer,
} from './scripted-fetch.ts'
import type { SeenRequest } from './scripted-fetch.ts'
import { settle } from './settle.ts'
import { ofSessions, stateless, talkingTarget } from './talking-target.ts'
import type { Script } from './talking-target.ts'

// Progress is told in order, all of it, before the result (basic/utilities/progress, "Behavior Requirements").

const count = 300
const steps = Array.from({ length: count }, (_none, index) => index + 1)
const result = { resultType: 'complete', content: [{ type: 'text', text: 'done' }] }
const url = 'http://localhost/mcp'

/** All progress of a request, then its answer. */
function story(id: unknown): object[] {
  const told = steps.map((progress) => ({
    jsonrpc: '2.0',
    method: 'notifications/progress',
    params: { progressToken: id, progress },
  }))
  return [...told, { jsonrpc: '2.0', id, result }]
}

/** Calls a tool; what came, in its order. */
async function hear(client: Client): Promise<unknown[]> {
  const heard: unknown[] = []
  const onProgress = ({ progress }: { progress: number }): void => void heard.push(progress)
  heard.push(await client.call('any', {}, { onProgress }))
  await settle()
  await client.close()
  return heard
}

const all = [...steps, 'done']
const tells: Script = ({ id }, { say }) => story(id).forEach(say)

test.each([
  ['stateless', stateless(tells)],
  ['session', ofSessions(tells)],
] as const)('over a channel that delivers all at once (%s)', async (_era, script) => {
  expect(await hear(await connect(talkingTarget(script)))).toEqual(all)
})

test('over stdio, in one write of the server', async () => {
  const program = `
    const say = (...messages) =>
      process.stdout.write(messages.map((m) => JSON.stringify({ jsonrpc: '2.0', ...m }) + '\\n').join(''))
    require('node:readline').createInterface({ input: process.stdin }).on('line', (line) => {
      const { id, method } = JSON.parse(line)
      if (method === 'initialize') say({ id, result: ${JSON.stringify(initialized)} })
      if (method !== 'tools/call') return
      const told = Array.from({ length: ${count} }, (_, index) => ({
        method: 'notifications/progress',
        params: { progressToken: id, progress: index + 1 },
      }))
      say(...told, { id, result: ${JSON.stringify(result)} })
    })`
  const entry = { command: process.execPath, args: ['--eval', program] }
  expect(await hear(await connectNode(entry, { era: 'session' }))).toEqual(all)
})

/** A server of both eras over HTTP that answers a call by `answer`, and a GET by `get`. */
function served(
  answer: (request: SeenRequest) => Response,
  get: (request: SeenRequest) => Response = () => new Response(null, { status: 405 }),
): typeof globalThis.fetch {
  const facts: Record<string, object> = { initialize: initialized, 'server/discover': discovery }
  return scriptedFetch((request) => {
    const { method, body } = request
    if (method === 'GET') return get(request)
    if (method !== 'POST') return new Response(null, { status: 204 })
    if (body.id === undefined) return new Response(null, { status: 202 })
    const fact = facts[body.method]
    if (fact === undefined) return answer(request)
    const headers = { 'mcp-session-id': 's' }
    return jsonAnswer({ jsonrpc: '2.0', id: body.id, result: fact }, { headers })
  }).fetch
}

const events = (messages: readonly object[], from = 0): string[] =>
  messages.map((message, index) =>
    eventText({ id: String(from + index), data: JSON.stringify(message) }),
  )

test.each(['stateless', 'session'] as const)('over HTTP, in one chunk (%s)', async (era) => {
  const fetch = served(({ body }) => streamAnswer(...events(story(body.id))))
  expect(await hear(await connect(url, { fetch, era, memory: createEraMemory() }))).toEqual(all)
})

test.each(['stateless', 'session'] as const)(
  'over HTTP, in chunks of 7 bytes (%s)',
  async (era) => {
    const fetch = served(({ body }) => {
      const bytes = new TextEncoder().encode(events(story(body.id)).join(''))
      let at = 0
      const stream = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (at >= bytes.length) controller.close()
          else controller.enqueue(bytes.slice(at, (at += 7)))
        },
      })
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
    })
    expect(await hear(await connect(url, { fetch, era, memory: createEraMemory() }))).toEqual(all)
  },
)

test('over a stream of a session that breaks off and is taken up again, none twice (HTTP25-29)', async () => {
  const runtime = createTestRuntime()
  let told: object[] = []
  const fetch = served(
    ({ body }) => {
      told = story(body.id)
      return streamAnswer(...events(told.slice(0, 100)))
    },
    ({ headers }) => {
      const last = headers.get('last-event-id')
      if (last === null) return new Response(null, { status: 405 })
      return streamAnswer(...events(told.slice(Number(last) + 1), Number(last) + 1))
    },
  )
  const client = await connect(url, { fetch, era: 'session', runtime })
  const heard = hear(client)
  await settle()
  runtime.advance(1_000)
  expect(await heard).toEqual(all)
})

test('that is told on the stream of a session which belongs to no request is heard too, and extends the wait', async () => {
  const runtime = createTestRuntime()
  let push = (_message: object): void => {}
  let answer = (): void => {}
  const fetch = served(
    ({ body }) => {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          answer = () => {
            controller.enqueue(new TextEncoder().encode(events(story(body.id).slice(-1))[0]))
            controller.close()
          }
        },
      })
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
    },
    () => {
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          push = (message) => controller.enqueue(new TextEncoder().encode(events([message])[0]))
        },
      })
      return new Response(stream, { headers: { 'content-type': 'text/event-stream' } })
    },
  )
  const client = await connect(url, { fetch, era: 'session', runtime })
  await settle()
  const heard: number[] = []
  const call = client.call(
    'any',
    {},
    {
      timeoutMs: 1_000,
      onProgress: ({ progress }) => heard.push(progress),
    },
  )
  call.catch(() => {})
  await settle()
  for (const message of story(2).slice(0, 3)) {
    runtime.advance(900)
    push(message)
    await settle()
  }
  answer()
  expect(await call).toBe('done')
  expect(heard).toEqual([1, 2, 3])
  await client.close()
})
