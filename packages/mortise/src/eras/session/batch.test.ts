import { expect, test } from 'vitest'
import type { Call } from '../../model/call.ts'
import { createEraHost, spokenSessions } from '../../../test/era-host.ts'
import { defaultLimits } from '../../std/limits.ts'
import { readBatch, receiveBatch } from './batch.ts'
import { Session } from './server.ts'
import type { Json } from '../../../test/json.ts'

const initialize = {
  jsonrpc: '2.0',
  id: 'init',
  method: 'initialize',
  params: { protocolVersion: '2025-03-26', capabilities: {}, clientInfo: { name: 'c' } },
}

function call(id: number): object {
  return { jsonrpc: '2.0', id, method: 'tools/call', params: {} }
}

/** The parsed answer to a batch, of a session whose calls are run by `dispatch`. */
async function answersTo(
  items: readonly unknown[],
  dispatch: (call: Call) => Json = async () => ({ content: [] }),
): Promise<Json> {
  const host = createEraHost({ dispatch })
  const session = new Session(host, spokenSessions, {
    peer: 'peer',
    home: { sendIfRoom: () => true },
  })
  const origin = { outbox: { send() {}, sendIfRoom: () => false }, auth: undefined }
  void session.receive({ ...initialize, kind: 'request' }, origin)
  const batch = readBatch(items, defaultLimits)
  if (!batch.ok) throw new TypeError(batch.reason)
  const text = await receiveBatch(session, batch.messages, origin)
  expect(host.gate.size).toBe(0)
  return text === undefined ? undefined : JSON.parse(text)
}

// BASE-12 (2025-03-26, basic, "Batching")
test('a batch is answered by an array, with an answer for each request (JSON-RPC 2.0 §6)', async () => {
  const notification = { jsonrpc: '2.0', method: 'notifications/x' }
  const answers = await answersTo([call(1), notification, call(2), 7])
  expect(answers.map(({ id, error }: Json) => [id, error?.code])).toEqual([
    [1, undefined],
    [2, undefined],
    [null, -32600],
  ])
})

test('a call that fails does not keep the others from their answers', async () => {
  const answers = await answersTo([call(1), call(2)], ({ params }) => {
    if (params['name'] === undefined) throw new Error('no')
    return {}
  })
  expect(answers.map(({ error }: Json) => error.message)).toEqual([
    'Internal error (id masked)',
    'Internal error (id masked)',
  ])
})

test('notifications and answers alone have no answer', async () => {
  const items = [
    { jsonrpc: '2.0', method: 'a' },
    { jsonrpc: '2.0', id: 1, result: {} },
  ]
  expect(await answersTo(items)).toBeUndefined()
})

test('two requests of one id are not run side by side', async () => {
  const answers = await answersTo([call(1), call(1)])
  expect(answers.map(({ error }: Json) => error?.code)).toEqual([undefined, -32600])
})

test('a batch opens no session (2025-03-26, basic/lifecycle)', () => {
  expect(readBatch([initialize], defaultLimits)).toEqual({
    ok: false,
    reason: 'initialize must not be part of a batch',
  })
})
