import { expect } from 'vitest'
import type { Limits, UpstreamClient } from '../../src/server/index.ts'
import { createServer, upstream } from '../../src/server/index.ts'
import { connectInProcess } from '../../src/testing/index.ts'
import { callStateless } from '../stateless-peer.ts'
import { testLimit } from './limit.ts'

/** A server far away with `count` tools: t0, t1, … */
function far(count: number): UpstreamClient {
  const tools = Array.from({ length: count }, (_, index) => ({
    name: `t${index}`,
    inputSchema: { type: 'object' },
  }))
  return {
    server: { capabilities: { tools: { listChanged: true } } },
    status: { state: 'connected' },
    request: (method, { name }) =>
      Promise.resolve(
        method === 'tools/list' ? { tools } : { content: [{ type: 'text', text: String(name) }] },
      ),
    subscribe: () => Promise.reject(new Error('nothing to tell')),
    onListChanged: () => () => {},
  }
}

async function callOf(count: number, name: string, reported: unknown[] = []): Promise<unknown> {
  const onError = (error: unknown): void => void reported.push(error)
  const gateway = createServer({ name: 'gateway', version: '1.0.0', onError })
  gateway.mount(upstream(far(count), { limits: { maxUpstreamItems: 4 } }))
  await using client = await connectInProcess(gateway)
  return await client.callTool(name)
}

testLimit('maxUpstreamItems', {
  at: [
    'every name of so long a list is known, and of one that is not there it is known too',
    async () => {
      expect(await callOf(4, 't3')).toMatchObject({ content: [{ text: 't3' }] })
      await expect(callOf(4, 'none')).rejects.toMatchObject({ rpcCode: -32602 })
    },
  ],
  past: [
    'of a name past it nobody knows whose it is',
    async () => {
      expect(await callOf(5, 't3')).toMatchObject({ content: [{ text: 't3' }] })
      const reported: unknown[] = []
      await expect(callOf(5, 't4', reported)).rejects.toMatchObject({ rpcCode: -32603 })
      expect(reported).toMatchObject([{ limit: 'maxUpstreamItems' }])
    },
  ],
})

const elicitation = { elicitation: { form: {} } }

/** Stateless calls of `subjects` to an upstream with a session, which asks in each of them, one after the other. */
async function asking(
  limits: Partial<Limits>,
  subjects: readonly string[] = ['ann', 'bob'],
): Promise<readonly unknown[]> {
  const far = createServer({ name: 'far', version: '1.0.0', onError() {} }).tool(
    'ask',
    {},
    async (_args, { elicit }) => {
      const form = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
      return await elicit('sure', 'Sure?', form).catch(() => 'not asked')
    },
  )
  await using client = await connectInProcess(far, {
    version: '2025-11-25',
    transport: 'fetch',
    capabilities: elicitation,
  })
  const gateway = createServer({
    name: 'gateway',
    version: '1.0.0',
    http: { authorize: () => ({ subject: subject ?? '', scopes: [] }) },
  })
  gateway.mount(upstream(client, { limits }))
  const results = []
  let subject: string | undefined
  for (subject of subjects) {
    const response = await callStateless(gateway.handle, 'ask', { capabilities: elicitation })
    results.push((await response.json()).result)
  }
  return results
}

testLimit('maxHeldCalls', {
  at: [
    'so many calls wait for their callers',
    async () => {
      const asked = { resultType: 'input_required' }
      expect(await asking({ maxHeldCalls: 2 })).toMatchObject([asked, asked])
    },
  ],
  past: [
    'the question of a further one is refused, and the upstream hears why',
    async () => {
      expect(await asking({ maxHeldCalls: 1 })).toMatchObject([
        { resultType: 'input_required' },
        { content: [{ text: 'not asked' }] },
      ])
    },
  ],
})

testLimit('maxHeldCallsPerPeer', {
  at: [
    'so many calls of one subject wait for it',
    async () => {
      const asked = { resultType: 'input_required' }
      expect(await asking({ maxHeldCallsPerPeer: 2 }, ['ann', 'ann'])).toMatchObject([asked, asked])
    },
  ],
  past: [
    'the question of a further one is refused, and those of others are not',
    async () => {
      expect(await asking({ maxHeldCallsPerPeer: 1 }, ['ann', 'ann', 'bob'])).toMatchObject([
        { resultType: 'input_required' },
        { content: [{ text: 'not asked' }] },
        { resultType: 'input_required' },
      ])
    },
  ],
})
