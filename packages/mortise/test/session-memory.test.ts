import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import type { Exchange } from '../src/http/exchange.ts'
import { createServer } from '../src/server/index.ts'
import type { Call, Context } from '../src/server/index.ts'
import { readEvents } from './event-reading.ts'
import { sessionPeer } from './session-peer.ts'
import type { SessionPeer } from './session-peer.ts'
import { settle, until } from './settle.ts'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

interface Kind {
  readonly name: string
  readonly run: (context: Context) => string | Promise<string>
  /** What its client does before the answer, which is `response`'s. */
  readonly meanwhile?: (peer: SessionPeer, call: Called) => Promise<unknown>
}

interface Called {
  readonly id: number
  readonly response: Promise<Response>
}

const yes = { type: 'object', properties: { yes: { type: 'boolean' } } } as const

const kinds: readonly Kind[] = [
  { name: 'is answered at once', run: () => 'done' },
  { name: 'is answered later', run: () => settle(1).then(() => 'done') },
  { name: 'fails', run: () => settle(1).then(() => expect.fail('on purpose')) },
  {
    name: 'says something first',
    run({ progress }) {
      progress(1)
      return settle(1).then(() => 'done')
    },
  },
  {
    name: 'asks first',
    run: async ({ elicit }) => (await elicit('sure', 'Sure?', yes)).action,
    async meanwhile(peer, { response }) {
      const { messages } = readEvents((await response).clone())
      await until(() => messages.length > 0)
      await peer.post({ jsonrpc: '2.0', id: messages[0].id, result: { action: 'decline' } })
    },
  },
  {
    name: 'is cancelled',
    run: ({ signal }) =>
      new Promise((resolve) => signal.addEventListener('abort', () => resolve('stopped'))),
    meanwhile: (peer, { id: requestId }) =>
      peer.post({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId } }),
  },
]

test.for(kinds)('a session holds nothing of a call that $name', async ({ run, meanwhile }) => {
  const calls: WeakRef<Call>[] = []
  const exchanges: WeakRef<Exchange>[] = []
  const server = createServer({ name: 'forgetful', version: '1.0.0', onError: () => {} })
  server.use((call, next) => {
    if (call.method === 'tools/call') calls.push(new WeakRef(call))
    return next()
  })
  server.tool('work', {}, (_args, context) => run(context))
  const handle = (exchange: Exchange): void => {
    exchanges.push(new WeakRef(exchange))
    server.handle(exchange)
  }
  const peer = sessionPeer(handle, { capabilities: { elicitation: {} } })
  await peer.open()
  for (let id = 1; id <= 50; id++) {
    const response = peer.call('work')
    await until(() => calls.length === id)
    await meanwhile?.(peer, { id, response })
    await (await response).text()
  }
  await settle()
  collect()
  const left = [calls, exchanges].map((all) => all.filter((ref) => ref.deref() !== undefined))
  // The engine may still have the last ones at hand.
  expect(Math.max(...left.map(({ length }) => length))).toBeLessThan(3)
  const { status } = await peer.post({ jsonrpc: '2.0', id: 'still open', method: 'ping' })
  expect(status).toBe(200)
})
