import { expect } from 'vitest'
import { connect } from '../../src/client/index.ts'
import type { Client, ConnectionStatus, Limits } from '../../src/client/index.ts'
import { McpError } from '../../src/std/error.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import { settle } from '../settle.ts'
import { stateless, talkingTarget } from '../talking-target.ts'
import type { TalkingTarget } from '../talking-target.ts'
import { testLimit } from './limit.ts'

const died = new McpError('ERR_CHILD_EXITED', 'it died')

interface Crashing {
  readonly client: Client
  readonly runtime: TestRuntime
  readonly target: TalkingTarget
  /** The attempts that were told, with their delays. */
  readonly told: { attempt: number; delayMs: number }[]
  crash(): Promise<void>
  advance(ms: number): Promise<void>
}

/** A client of a server that can be met, and dies when it is told to. */
async function crashing(limits: Partial<Limits>): Promise<Crashing> {
  const runtime = createTestRuntime()
  const target = talkingTarget(stateless(() => {}))
  const told: Crashing['told'] = []
  const onStatus = (status: ConnectionStatus): void => {
    if (status.state === 'reconnecting') {
      told.push({ attempt: status.attempt, delayMs: status.delayMs })
    }
  }
  const client = await connect(target, { reconnect: true, runtime, limits, onStatus })
  return {
    client,
    runtime,
    target,
    told,
    async crash() {
      target.last?.die(died)
      await settle()
    },
    async advance(ms) {
      runtime.advance(ms)
      await settle()
    },
  }
}

testLimit('maxReconnects', {
  at: [
    'a server that comes back at the last attempt is the server',
    async () => {
      const { client, crash, advance } = await crashing({ maxReconnects: 2, reconnectDelayMs: 10 })
      await crash()
      await advance(10)
      await crash()
      await advance(20)
      expect(client.status).toEqual({ state: 'connected', how: 'reopened' })
      await client.close()
    },
  ],
  past: [
    'it is given up, and why is told',
    async () => {
      const { client, crash, advance, target } = await crashing({
        maxReconnects: 2,
        reconnectDelayMs: 10,
      })
      for (const delayMs of [10, 20, 40]) {
        await crash()
        await advance(delayMs)
      }
      const error = {
        code: 'ERR_DISCONNECTED',
        message:
          'the connection was lost, and 2 attempts in a row to open it again came to nothing. it died',
        cause: died,
      }
      expect(client.status).toMatchObject({ state: 'closed', error })
      await expect(client.call('any')).rejects.toMatchObject(error)
      expect(target.opened).toBe(3)
    },
  ],
})

testLimit('reconnectDelayMs', {
  at: [
    'a server is not started again before, and at each further time after twice as long',
    async () => {
      const { client, crash, advance, target, told } = await crashing({ reconnectDelayMs: 100 })
      await crash()
      await advance(99)
      expect(target.opened).toBe(1)
      await advance(1)
      expect(target.opened).toBe(2)
      await crash()
      await crash()
      expect(told.map(({ delayMs }) => delayMs)).toEqual([100, 200])
      await client.close()
    },
  ],
  past: [
    'a request that waited is sent then',
    async () => {
      const { client, crash, advance, target } = await crashing({ reconnectDelayMs: 100 })
      await crash()
      client.call('any').catch(() => {})
      await advance(101)
      expect(target.seen[1]?.map(({ method }) => method)).toEqual(['server/discover', 'tools/call'])
      await client.close()
    },
  ],
})

const capped = { reconnectDelayMs: 100, maxReconnectDelayMs: 250 }

testLimit('maxReconnectDelayMs', {
  at: [
    'a delay that has not reached it is as it is',
    async () => {
      const { client, crash, advance, told } = await crashing({
        ...capped,
        maxReconnectDelayMs: 200,
      })
      await crash()
      await advance(100)
      await crash()
      expect(told.at(-1)).toEqual({ attempt: 2, delayMs: 200 })
      await client.close()
    },
  ],
  past: [
    'a longer one is cut',
    async () => {
      const { client, crash, advance, told } = await crashing(capped)
      for (const delayMs of [100, 200, 250]) {
        await crash()
        expect(told.at(-1)?.delayMs).toBe(delayMs)
        await advance(delayMs)
      }
      await client.close()
    },
  ],
})

testLimit('reconnectResetMs', {
  at: [
    'a connection that lived this long was a good one, and counting begins anew',
    async () => {
      const { client, crash, advance, told } = await crashing({ reconnectResetMs: 1_000 })
      await crash()
      await advance(500)
      await advance(1_000)
      await crash()
      expect(told.at(-1)).toEqual({ attempt: 1, delayMs: 500 })
      await client.close()
    },
  ],
  past: [
    'one that lived less is one more failure',
    async () => {
      const { client, crash, advance, told } = await crashing({ reconnectResetMs: 1_000 })
      await crash()
      await advance(500)
      await advance(999)
      await crash()
      expect(told.at(-1)).toEqual({ attempt: 2, delayMs: 1_000 })
      await client.close()
    },
  ],
})
