import { expect, test } from 'vitest'
import { z } from 'zod'
import { createServer } from '../../src/server/index.ts'
import type { Context } from '../../src/server/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import type { TestRuntime } from '../../src/testing/index.ts'
import { channelPeer } from '../channel-peer.ts'
import type { ChannelPeer } from '../channel-peer.ts'
import type { Json } from '../json.ts'
import { statelessMeta } from '../post.ts'
import { settle, until } from '../settle.ts'
import { testLimit } from './limit.ts'

// PROG-06 (basic/utilities/progress, "Behavior Requirements")
testLimit('maxProgressPerSecond', {
  at: [
    'so many notes of one second are all told at once, and as many in the next, in both eras',
    async () => {
      for (const start of [startStateless, startSession]) {
        const telling = start(3)
        for (const progress of [1, 2, 3]) telling.context?.progress(progress)
        expect(telling.progress()).toEqual([1, 2, 3])
        telling.runtime.advance(1_000)
        for (const progress of [4, 5, 6]) telling.context?.progress(progress)
        expect(telling.progress()).toEqual([1, 2, 3, 4, 5, 6])
        await telling.end()
        expect([telling.last(), telling.runtime.timers]).toEqual(['done', 0])
      }
    },
  ],
  past: [
    'the newest note waits for the end of the second, or is told before whatever the call says next, and never after its end',
    async () => {
      for (const start of [startStateless, startSession]) {
        const telling = start(2)
        for (const progress of [1, 2, 3, 4]) telling.context?.progress(progress)
        telling.runtime.advance(999)
        expect(telling.progress()).toEqual([1, 2])
        telling.runtime.advance(1)
        expect(telling.progress()).toEqual([1, 2, 4])
        for (const progress of [5, 6]) telling.context?.progress(progress)
        expect(telling.progress()).toEqual([1, 2, 4, 5])
        telling.context?.log('warning', 'between')
        telling.context?.progress(7)
        await telling.end()
        telling.context?.progress(8)
        telling.runtime.advance(5_000)
        expect(telling.story()).toEqual([1, 2, 4, 5, 6, 'between', 7, 'done'])
        expect(telling.runtime.timers).toBe(0)
        const cancelled = start(1)
        for (const progress of [1, 2]) cancelled.context?.progress(progress)
        cancelled.cancel()
        cancelled.runtime.advance(5_000)
        expect(cancelled.story()).toEqual([1])
      }
    },
  ],
})

test('progress that waits is told before a question of its call, in both eras (PROG-06)', async () => {
  for (const start of [startStateless, startSession]) {
    const telling = start(1)
    for (const progress of [1, 2]) telling.context?.progress(progress)
    telling.context?.elicit('sure', 'Sure?', z.object({ yes: z.boolean() })).catch(() => {})
    await telling.end()
    await until(() => telling.story().length >= 3)
    expect(telling.story().slice(0, 3)).toEqual([1, 2, 'asked'])
  }
})

/** A call that runs until `end`, and what its caller has heard. */
interface Telling {
  readonly context: Context | undefined
  readonly runtime: TestRuntime
  end(): Promise<void>
  cancel(): void
  progress(): unknown[]
  /** Progress by its number, log lines, questions as "asked", the answer by its text. */
  story(): unknown[]
  last(): unknown
}

function startStateless(maxProgressPerSecond: number): Telling {
  return startTelling(maxProgressPerSecond, (peer) => {
    const _meta = {
      ...statelessMeta,
      'io.modelcontextprotocol/clientCapabilities': { elicitation: {} },
      'io.modelcontextprotocol/logLevel': 'debug',
      progressToken: 1,
    }
    const params = { _meta, name: 'tell', arguments: {} }
    peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params })
  })
}

function startSession(maxProgressPerSecond: number): Telling {
  return startTelling(maxProgressPerSecond, (peer) => {
    const clientInfo = { name: 'peer', version: '1.0.0' }
    const capabilities = { elicitation: {} }
    const params = { protocolVersion: '2025-11-25', capabilities, clientInfo }
    peer.send({ jsonrpc: '2.0', id: 0, method: 'initialize', params })
    peer.send({ jsonrpc: '2.0', method: 'notifications/initialized' })
    peer.told.splice(0)
    const call = { _meta: { progressToken: 1 }, name: 'tell', arguments: {} }
    peer.send({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: call })
  })
}

function startTelling(maxProgressPerSecond: number, call: (peer: ChannelPeer) => void): Telling {
  const runtime = createTestRuntime()
  const limits = { maxProgressPerSecond }
  const server = createServer({ name: 'telling', version: '1.0.0', runtime, limits })
  let context: Context | undefined
  let finish = (): void => {}
  server.tool('tell', {}, (_args, given) => {
    context = given
    return new Promise<string>((resolve) => (finish = () => resolve('done')))
  })
  const peer = channelPeer()
  void server.attach(peer.channel)
  call(peer)
  const story = (): unknown[] => peer.told.map(chapter)
  return {
    context,
    runtime,
    end: () => {
      finish()
      return settle()
    },
    cancel: () => {
      const params = { requestId: 1 }
      peer.send({ jsonrpc: '2.0', method: 'notifications/cancelled', params })
    },
    progress: () => story().filter((part) => typeof part === 'number'),
    story,
    last: () => story().at(-1),
  }
}

function chapter({ method, params, result }: Json): unknown {
  if (method === 'notifications/progress') return params.progress
  if (method === 'notifications/message') return params.data
  const asks = method === 'elicitation/create' || result?.resultType === 'input_required'
  return asks ? 'asked' : (result?.content[0].text ?? method)
}
