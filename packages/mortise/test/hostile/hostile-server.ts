import { expect } from 'vitest'
import { connect } from '../../src/client/index.ts'
import type { Client, ConnectOptions } from '../../src/client/index.ts'
import { memoryChannelPair } from '../../src/testing/index.ts'

export type Json = Record<string, unknown>
/** How a hostile server answers one request: with any response, or with the members of an answer. */
export type Answer = (
  message: { id: unknown; method: string; params: any },
  signal?: AbortSignal,
) => Response | string

export const complete = { resultType: 'complete', ttlMs: 0, cacheScope: 'private' }
export const discovery = {
  ...complete,
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: {} },
}
export const good = { ...complete, content: [{ type: 'text', text: 'good' }] }
export const limits = { maxAnswerBytes: 2000, maxMessageBytes: 2000 }

export const reply = (id: unknown, members: Json): string =>
  JSON.stringify({ jsonrpc: '2.0', id, ...members })
export const result =
  (value: unknown): Answer =>
  ({ id }) =>
    reply(id, { result: value })
export const members =
  (value: Json): Answer =>
  ({ id }) =>
    reply(id, value)
export const json = (text: string | Uint8Array, init: ResponseInit = {}): Response =>
  new Response(text as string, { headers: { 'content-type': 'application/json' }, ...init })
export const events = (text: string | ReadableStream): Response =>
  new Response(text, { headers: { 'content-type': 'text/event-stream' } })
export const event = (data: string): string => `event: message\ndata: ${data}\n\n`

/** A stream of `text` for ever, and whether its reader has let go of it. */
export function endless(text: string): { stream: ReadableStream; cancelled: () => boolean } {
  let cancelled = false
  const bytes = new TextEncoder().encode(text)
  const stream = new ReadableStream({
    pull: (controller) => controller.enqueue(bytes),
    cancel: () => void (cancelled = true),
  })
  return { stream, cancelled: () => cancelled }
}

/** A client of a server that answers `server/discover` well, `tools/call` of `good` well, and the rest by `answer`. */
export async function overHttp(answer: Answer, options: ConnectOptions = {}): Promise<Client> {
  const fetch = async (_url: unknown, init: { body: string; signal?: AbortSignal }) => {
    const made = choose(answer)(JSON.parse(init.body), init.signal)
    return typeof made === 'string' ? json(made) : made
  }
  const own = { fetch: fetch as typeof globalThis.fetch, era: 'stateless' as const, limits }
  return await connect('http://127.0.0.1/mcp', { ...own, ...options })
}

export async function overMemory(answer: Answer, options: ConnectOptions = {}): Promise<Client> {
  const target = {
    key: '',
    open() {
      const [ours, theirs] = memoryChannelPair()
      theirs.start({
        message(text) {
          const message = JSON.parse(text)
          if (message.id !== undefined) void theirs.send(choose(answer)(message) as string)
        },
        fault: () => {},
        closed: () => {},
      })
      return ours
    },
  }
  return await connect(target, { era: 'stateless', limits, ...options })
}

export function choose(answer: Answer): Answer {
  return (message, signal) => {
    if (message.method === 'server/discover') return result(discovery)(message)
    if (message.params.name === 'good') return result(good)(message)
    return answer(message, signal)
  }
}

export async function expectAlive(client: Client): Promise<void> {
  expect(await client.callTool('good' as never)).toMatchObject({ content: good.content })
  await client.close()
}
