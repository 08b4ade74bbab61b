import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createMemoryStore, createServer, defaultLimits } from '../../server/index.ts'
import type { Context, KeyValueStore, ServerOptions } from '../../server/index.ts'
import { createTestRuntime } from '../../testing/index.ts'
import type { TestRuntime } from '../../testing/index.ts'
import { readEvents } from '../../../test/event-reading.ts'
import { accepted, round } from '../../../test/rounds.ts'
import type { Round } from '../../../test/rounds.ts'
import { settle, until } from '../../../test/settle.ts'
import { callStateless } from '../../../test/stateless-peer.ts'

const yes = z.object({ yes: z.boolean() })

interface Played {
  readonly runtime: TestRuntime
  readonly reported: unknown[]
  readonly handle: Parameters<typeof round>[0]
  /** One round of the tool. */
  play(state?: string, answers?: Readonly<Record<string, unknown>>): Promise<Round>
}

/** A server with one tool, which is `handler`. */
function tool(
  handler: (context: Context) => unknown,
  options: Partial<ServerOptions> = {},
): Played {
  const runtime = createTestRuntime()
  const reported: unknown[] = []
  const server = createServer({
    name: 'replaying',
    version: '1.0.0',
    runtime,
    onError: (error) => reported.push(error),
    ...options,
  }).tool('tool', {}, (_args, context) => handler(context))
  return {
    runtime,
    reported,
    handle: server.handle,
    play: (state, answers) => round(server.handle, 'tool', { state, ...(answers && { answers }) }),
  }
}

describe('questions', () => {
  // TOOL-19, MRTR-02, MRTR-04, MRTR-06 (basic/patterns/mrtr)
  test('a question ends the attempt, and the next one has its answer', async () => {
    const { play } = tool(async ({ elicit }) => (await elicit('a', 'A?', yes)).action)
    const first = await play()
    expect(first.asked).toEqual(['a'])
    expect(first.result.inputRequests.a).toMatchObject({
      method: 'elicitation/create',
      params: { mode: 'form', message: 'A?' },
    })
    const second = await play(first.state, { a: { action: 'decline' } })
    expect(second.result.content[0].text).toBe('decline')
  })

  test('questions begun together travel in one round, whichever is awaited', async () => {
    const { play } = tool(async ({ elicit }) => {
      const [a, b] = [elicit('a', 'A?', yes), elicit('b', 'B?', yes)]
      return `${(await b).action} ${(await a).action}`
    })
    const first = await play()
    expect(first.asked).toEqual(['a', 'b'])
    const answers = { a: accepted(), b: { action: 'decline' } }
    expect((await play(first.state, answers)).result.content[0].text).toBe('decline accept')
  })

  // MRTR-09, MRTR-23 (basic/patterns/mrtr)
  test('a round that answers one of two questions is asked for the other alone', async () => {
    const { play } = tool(async ({ elicit }) => {
      const both = await Promise.all([elicit('a', 'A?', yes), elicit('b', 'B?', yes)])
      return both.map(({ action }) => action).join(' ')
    })
    const first = await play()
    const second = await play(first.state, { b: { action: 'cancel' } })
    expect(second.asked).toEqual(['a'])
    const third = await play(second.state, { a: accepted(), b: accepted() })
    expect(third.result.content[0].text).toBe('accept cancel')
  })

  test('an answer that does not fit counts as none', async () => {
    const { play } = tool(async ({ elicit }) => (await elicit('a', 'A?', yes)).action)
    const first = await play()
    const second = await play(first.state, { a: accepted({ yes: 'perhaps' }) })
    expect(second.asked).toEqual(['a'])
  })

  test('an answer to what was not asked in the last round is ignored', async () => {
    const { play } = tool(async ({ elicit }) => {
      await elicit('a', 'A?', yes)
      return (await elicit('b', 'B?', yes)).action
    })
    const first = await play()
    expect((await play(first.state, { a: accepted(), b: accepted() })).asked).toEqual(['b'])
  })

  // MRTR-05 (basic/patterns/mrtr)
  test('the same key twice in one attempt is a TypeError of the handler', async () => {
    const { play, reported } = tool(async ({ elicit, once }) => {
      await once('a', () => 1)
      await elicit('a', 'A?', yes)
    })
    expect((await play()).result.isError).toBe(true)
    expect(reported).toMatchObject([{ name: 'TypeError', message: /the key "a" was used twice/ }])
  })

  test.for([
    ['empty', ''],
    ['too long', 'k'.repeat(201)],
  ] as const)('a key that is %s is a TypeError of the handler', async ([, key]) => {
    const { play, reported } = tool(({ elicit }) => elicit(key, 'A?', yes))
    expect((await play()).result.isError).toBe(true)
    expect(reported).toMatchObject([{ name: 'TypeError' }])
  })

  test('an earlier key that is not met again is an error that names it and says why', async () => {
    let attempt = 0
    const { play, runtime } = tool(async ({ elicit }) => {
      attempt += 1
      await elicit(`at ${attempt}`, 'A?', yes)
    })
    const first = await play()
    const second = play(first.state, { 'at 1': accepted() })
    await until(() => attempt === 2)
    await settle()
    runtime.advance(defaultLimits.suspendGraceMs)
    const { error } = await second
    expect(error.code).toBe(-32603)
    expect(error.message).toContain('did not ask "at 1" again')
    expect(error.message).toContain('ctx.now() and ctx.random()')
  })

  test('a slow branch beside one that asks again gets the time to meet its earlier question', async () => {
    let attempt = 0
    let arrive = (): void => {}
    const { play } = tool(async ({ elicit }) => {
      attempt += 1
      const way = attempt === 1 ? Promise.resolve() : new Promise<void>((go) => (arrive = go))
      const slow = way.then(() => elicit('slow', 'S?', yes))
      const quick = async (): Promise<unknown> => {
        await elicit('one', '1?', yes)
        return await elicit('two', '2?', yes)
      }
      await Promise.all([slow, quick()])
      return 'both'
    })
    const first = await play()
    expect(first.asked.toSorted()).toEqual(['one', 'slow'])
    const going = play(first.state, { one: accepted(), slow: accepted() })
    await until(() => attempt === 2)
    await settle() // the quick branch has asked its second question, and the slow one is still on its way
    arrive()
    const second = await going
    expect(second.asked).toEqual(['two'])
    const last = play(second.state, { two: accepted() })
    await until(() => attempt === 3)
    arrive()
    expect((await last).result.content[0].text).toBe('both')
  })

  test('the same holds when the replay ends without asking at all', async () => {
    let attempt = 0
    const { play } = tool(async ({ elicit }) => {
      if (attempt++ === 0) await elicit('a', 'A?', yes)
      return 'done'
    })
    const first = await play()
    expect((await play(first.state, { a: accepted() })).error.message).toContain('"a"')
  })
})

describe('what a handler does after its question', () => {
  test('a result after the question was caught does not count', async () => {
    const { play } = tool(async ({ elicit }) => {
      try {
        await elicit('a', 'A?', yes)
        return 'answered'
      } catch {
        return 'swallowed'
      }
    })
    const first = await play()
    expect(first.asked).toEqual(['a'])
    expect((await play(first.state, { a: accepted() })).result.content[0].text).toBe('answered')
  })

  test('a question asked after another was caught travels with it', async () => {
    const { play } = tool(async ({ elicit }) => {
      await elicit('a', 'A?', yes).catch(() => {})
      return (await elicit('b', 'B?', yes)).action
    })
    expect((await play()).asked).toEqual(['a', 'b'])
  })

  test('an exception after the question does not count either', async () => {
    const { play, reported } = tool(async ({ elicit }) => {
      await elicit('a', 'A?', yes).catch(() => {
        throw new Error('no')
      })
    })
    expect((await play()).asked).toEqual(['a'])
    expect(reported).toEqual([])
  })

  test('finally runs in every attempt', async () => {
    let cleaned = 0
    const { play } = tool(async ({ elicit }) => {
      try {
        await elicit('a', 'A?', yes)
      } finally {
        cleaned += 1
      }
    })
    const first = await play()
    expect(cleaned).toBe(1)
    await play(first.state, { a: accepted() })
    expect(cleaned).toBe(2)
  })

  test('the signal aborts, also one that is taken afterwards', async () => {
    const aborted: boolean[] = []
    const { play } = tool(async (context) => {
      const { signal } = context
      await context.elicit('a', 'A?', yes).catch(() => {})
      await Promise.resolve()
      aborted.push(signal.aborted, context.signal.aborted)
    })
    await play()
    expect(aborted).toEqual([true, true])
  })

  test('an attempt that never settles is not waited for longer than its grace', async () => {
    const { play, runtime } = tool(
      async ({ elicit }) => {
        await elicit('a', 'A?', yes).catch(() => new Promise(() => {}))
      },
      { limits: { suspendGraceMs: 70 } },
    )
    const first = play()
    await until(() => runtime.timers === 2)
    runtime.advance(70)
    expect((await first).asked).toEqual(['a'])
  })

  test('what it still asks when it was given up reaches nobody', async () => {
    let goOn = (): void => {}
    const late: unknown[] = []
    const { play, runtime } = tool(
      async ({ elicit }) => {
        await elicit('a', 'A?', yes).catch(() => new Promise<void>((resolve) => (goOn = resolve)))
        await elicit('b', 'B?', yes).catch((error: unknown) => late.push(error))
      },
      { limits: { suspendGraceMs: 70 } },
    )
    const first = play()
    await until(() => runtime.timers === 2)
    runtime.advance(70)
    const { state } = await first
    goOn()
    await settle()
    expect(late).toMatchObject([{ code: 'ERR_SUSPENDED' }])
    expect((await play(state, { a: accepted() })).asked).toEqual(['b'])
  })
})

describe('progress and log lines', () => {
  test('those of the replayed part are not sent again, those after it are', async () => {
    const { handle } = tool(async ({ elicit, progress, log }) => {
      progress(1, 3)
      log('info', 'began')
      await elicit('a', 'A?', yes)
      progress(2, 3)
      log('info', 'between')
      await elicit('b', 'B?', yes)
      progress(3, 3)
      return 'done'
    })
    const said: unknown[][] = []
    let params: Record<string, unknown> = {}
    for (let attempt = 0; attempt < 3; attempt++) {
      const response = await callStateless(handle, 'tool', {
        capabilities: { elicitation: {} },
        logLevel: 'debug',
        params,
      })
      const stream = readEvents(response)
      await until(() => stream.end === 'done')
      said.push(stream.messages.flatMap(({ params: told }) => told?.progress ?? told?.data ?? []))
      const { inputRequests = {}, requestState } = stream.messages.at(-1).result
      const answers = Object.keys(inputRequests).map((key) => [key, accepted()])
      params = { requestState, inputResponses: Object.fromEntries(answers) }
    }
    expect(said).toEqual([[1, 'began'], [2, 'between'], [3]])
  })

  // MRTR-25 (SEP-2322)
  test('nothing is said once the attempt has asked', async () => {
    const { handle } = tool(async ({ elicit, progress }) => {
      await elicit('a', 'A?', yes).catch(() => {})
      progress(1)
    })
    const response = await callStateless(handle, 'tool', { capabilities: { elicitation: {} } })
    expect(response.headers.get('content-type')).toBe('application/json')
  })
})

describe('clock and chance', () => {
  test('what was read before is read again, and what is read anew goes on from there', async () => {
    const seen: number[][] = []
    const { play, runtime } = tool(async ({ elicit, now, random }) => {
      const read = [now(), random(), now()]
      seen.push(read)
      await elicit('a', 'A?', yes)
      read.push(now(), random())
      await elicit('b', 'B?', yes)
    })
    const first = await play()
    runtime.advance(1_000)
    const second = await play(first.state, { a: accepted() })
    runtime.advance(1_000)
    await play(second.state, { b: accepted() })
    expect(seen[1]?.slice(0, 3)).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[1])
    expect((seen[1]?.[3] ?? 0) - (seen[0]?.[0] ?? 0)).toBe(1_000)
    for (const draw of [seen[1]?.[1], seen[1]?.[4]]) {
      expect(draw).toBeGreaterThanOrEqual(0)
      expect(draw).toBeLessThan(1)
    }
    expect(seen[1]?.[1]).not.toBe(seen[1]?.[4])
  })
})

describe('effects', () => {
  /** A tool that orders once and then asks, with what it counts. */
  function ordering(store?: KeyValueStore, effect: () => unknown = () => 'paper') {
    const keys: string[] = []
    const played = tool(
      async ({ elicit, once }) => {
        const order = await once('order', ({ idempotencyKey }) => {
          keys.push(idempotencyKey)
          return effect()
        })
        await elicit('pay', 'Pay?', yes)
        return { order }
      },
      store === undefined ? {} : { store },
    )
    return { ...played, keys }
  }

  test('an effect runs once for a call, and its result is carried on', async () => {
    const { play, keys } = ordering()
    const first = await play()
    const second = await play(first.state, { pay: accepted() })
    expect(second.result.structuredContent).toEqual({ order: 'paper' })
    expect(keys).toHaveLength(1)
    expect(keys[0]).toMatch(/^[\w-]{22}:order$/)
  })

  test('two calls are two effects, with two idempotency keys', async () => {
    const { play, keys } = ordering()
    await play()
    await play()
    expect(new Set(keys).size).toBe(2)
  })

  test('one that was begun is waited for before the questions are sent, and is not run again', async () => {
    let charged = 0
    let finish = (): void => {}
    const { play } = tool(async ({ elicit, once, signal }) => {
      const charge = once('charge', async () => {
        charged += 1
        await new Promise<void>((resolve) => (finish = resolve))
        return signal.aborted ? 'aborted' : 'charged'
      })
      const [said] = await Promise.all([charge, elicit('sure', 'Sure?', yes)])
      return said
    })
    const asking = play()
    await until(() => charged === 1)
    await settle()
    finish()
    const first = await asking
    expect(first.asked).toEqual(['sure'])
    const second = await play(first.state, { sure: accepted() })
    expect([second.result.content[0].text, charged]).toEqual(['charged', 1])
  })

  test('one without a value has none in a replay either', async () => {
    const seen: unknown[] = []
    const { play } = tool(async ({ elicit, once }) => {
      seen.push(await once('quiet', () => undefined))
      await elicit('sure', 'Sure?', yes)
    })
    const first = await play()
    await play(first.state, { sure: accepted() })
    expect(seen).toEqual([undefined, undefined])
  })

  test('of two attempts from one state that overlap, one runs the effect', async () => {
    let finish = (): void => {}
    let runs = 0
    const { play, runtime } = tool(
      async ({ elicit, once }) => {
        await elicit('go', 'Go?', yes)
        return await once('order', async () => {
          runs += 1
          await new Promise<void>((resolve) => (finish = resolve))
          return 'ordered'
        })
      },
      // Single use of a state is lifted, so that the claim of the effect is what is tested.
      { store: forgetful('state:') },
    )
    const first = await play()
    const [one, two] = [1, 2].map(() => play(first.state, { go: accepted() })) as [
      Promise<Round>,
      Promise<Round>,
    ]
    await until(() => runs === 1)
    await until(() => runtime.timers > 0) // the other one waits for it
    finish()
    await settle()
    runtime.advance(100)
    const ends = await Promise.all([one, two])
    expect(ends.map(({ result }) => result.content[0].text)).toEqual(['ordered', 'ordered'])
    expect(runs).toBe(1)
    const again = await play(first.state, { go: accepted() })
    expect([again.result.content[0].text, runs]).toEqual(['ordered', 1])
  })

  test('without a store a replayed state runs the effect again, under the same key', async () => {
    const keys: string[] = []
    const { play } = tool(async ({ elicit, once }) => {
      await elicit('go', 'Go?', yes)
      return await once('order', ({ idempotencyKey }) => {
        keys.push(idempotencyKey)
        return 'ordered'
      })
    })
    const { state } = await play()
    await play(state, { go: accepted() })
    await play(state, { go: accepted() })
    expect(keys).toHaveLength(2)
    expect(keys[0]).toBe(keys[1])
  })

  test('an effect that failed may be tried again', async () => {
    let tries = 0
    const { play } = tool(
      async ({ elicit, once }) => {
        await elicit('go', 'Go?', yes)
        return await once('order', () => {
          tries += 1
          if (tries === 1) throw new Error('out of paper')
          return 'ordered'
        })
      },
      { store: forgetful('state:') },
    )
    const { state } = await play()
    expect((await play(state, { go: accepted() })).result.isError).toBe(true)
    expect((await play(state, { go: accepted() })).result.content[0].text).toBe('ordered')
    expect(tries).toBe(2)
  })

  test('no effect begins once the attempt has asked', async () => {
    let runs = 0
    const { play } = tool(async ({ elicit, once }) => {
      await elicit('a', 'A?', yes).catch(() => {})
      await once('late', () => (runs += 1)).catch(() => {})
    })
    await play()
    expect(runs).toBe(0)
  })
})

/** A store that keeps nothing under keys that begin with `prefix`. */
function forgetful(prefix: string): KeyValueStore {
  const store = createMemoryStore()
  return {
    ...store,
    swap: async (key, change) => key.startsWith(prefix) || (await store.swap(key, change)),
  }
}
