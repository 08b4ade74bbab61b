import { describe, expect, test } from 'vitest'
import type { Call } from '../../model/call.ts'
import { revision20260728 } from '../../revisions/2026-07-28/index.ts'
import { createMemoryStore } from '../../state/memory.ts'
import { createTestRuntime } from '../../testing/index.ts'
import { createEraHost } from '../../../test/era-host.ts'
import { createStateKeeper } from './request-state.ts'
import type { StateKeeper } from './request-state.ts'

/** A call of the tool `pay`, with what is told of it changed. */
function call(changes: { subject?: string; method?: string; params?: object } = {}): Call {
  const { subject, method = 'tools/call', params = {} } = changes
  return {
    method,
    params: { name: 'pay', arguments: { euros: 5 }, ...params },
    revision: revision20260728,
    client: { info: undefined, capabilities: {} },
    auth: subject === undefined ? undefined : { subject, scopes: [] },
    logLevel: undefined,
    signal: new AbortController().signal,
    notify() {},
    get asking(): never {
      throw new TypeError('nothing is asked here')
    },
  }
}

/** The state of a call that asked once, under `keeper`. */
function sealed(keeper: StateKeeper, own: Call = call()): Promise<string> {
  const state = { ...keeper.fresh(), asked: ['sure'], once: [['order', 7]] as const }
  return keeper.seal(state, own)
}

test('what was sealed comes back, with its round counted', async () => {
  const keeper = createStateKeeper(createEraHost())
  const fresh = keeper.fresh()
  const opened = await keeper.open(await keeper.seal({ ...fresh, asked: ['a'] }, call()), call())
  expect(opened).toMatchObject({ id: fresh.id, round: 1, asked: ['a'], trail: [] })
})

test('the text shows nothing of what it holds, and is another one each time', async () => {
  const keeper = createStateKeeper(createEraHost())
  const [one, two] = [await sealed(keeper), await sealed(keeper)]
  expect(one).not.toBe(two)
  expect(atob(one.replaceAll('-', '+').replaceAll('_', '/'))).not.toContain('order')
})

test('what travels with one request alone does not bind the state', async () => {
  const keeper = createStateKeeper(createEraHost())
  const text = await sealed(keeper)
  const params = { _meta: { progressToken: 9 }, inputResponses: { a: 1 }, requestState: text }
  expect((await keeper.open(text, call({ params }))).asked).toEqual(['sure'])
})

// MRTR-10, MRTR-11, MRTR-12 (basic/patterns/mrtr, "Server Requirements")
describe('a state is refused', () => {
  const other: readonly [string, Parameters<typeof call>[0]][] = [
    ['for another caller', { subject: 'eve' }],
    ['for another method', { method: 'prompts/get' }],
    ['for another tool', { params: { name: 'refund' } }],
    ['for other arguments', { params: { arguments: { euros: 500 } } }],
    ['for a further parameter', { params: { more: true } }],
  ]
  test.for(other)('%s', async ([, changes]) => {
    const keeper = createStateKeeper(createEraHost())
    await expect(keeper.open(await sealed(keeper), call(changes))).rejects.toMatchObject({
      rpcCode: -32602,
      message: expect.stringContaining('is not for this call, or was changed'),
    })
  })

  test('when a character of it was changed', async () => {
    const keeper = createStateKeeper(createEraHost())
    const text = await sealed(keeper)
    const changed = `${text.slice(0, -3)}${text.at(-3) === 'A' ? 'B' : 'A'}${text.slice(-2)}`
    await expect(keeper.open(changed, call())).rejects.toMatchObject({ rpcCode: -32602 })
  })

  test.for([
    ['a number', 7],
    ['nothing', null],
    ['another text', 'state'],
    ['an empty text', ''],
  ] as const)('when it is %s', async ([, text]) => {
    const keeper = createStateKeeper(createEraHost())
    await expect(keeper.open(text, call())).rejects.toMatchObject({
      rpcCode: -32602,
      message: expect.stringContaining('is not one of ours'),
    })
  })

  test('from its last millisecond on, whatever clock the client has', async () => {
    const host = createEraHost({ limits: { stateTtlMs: 1_000 } })
    const keeper = createStateKeeper(host)
    const text = await sealed(keeper)
    host.runtime.advance(999)
    await keeper.open(text, call())
    host.runtime.advance(1)
    await expect(keeper.open(text, call())).rejects.toThrow('has expired')
  })
})

describe('single use', () => {
  // BASE-34, MRTR-13 (basic/patterns/mrtr, "Server Requirements")
  test('with a store a state is taken once, in any process', async () => {
    const runtime = createTestRuntime()
    const parts = {
      runtime,
      store: createMemoryStore({ runtime }),
      secrets: ['a secret that all processes share'],
    }
    const [one, two] = [createEraHost(parts), createEraHost(parts)].map(createStateKeeper) as [
      StateKeeper,
      StateKeeper,
    ]
    const text = await sealed(one)
    await two.open(text, call())
    await expect(one.open(text, call())).rejects.toThrow('was used before')
  })

  test('of two that come at once, one is taken', async () => {
    const keeper = createStateKeeper(createEraHost({ store: createMemoryStore() }))
    const text = await sealed(keeper)
    const ends = await Promise.allSettled([keeper.open(text, call()), keeper.open(text, call())])
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
  })

  test('a state of another caller is not used up by who has stolen it', async () => {
    const keeper = createStateKeeper(createEraHost({ store: createMemoryStore() }))
    const text = await sealed(keeper)
    await expect(keeper.open(text, call({ subject: 'eve' }))).rejects.toThrow()
    expect((await keeper.open(text, call())).asked).toEqual(['sure'])
  })

  test('without a store a state may be taken again', async () => {
    const keeper = createStateKeeper(createEraHost())
    const text = await sealed(keeper)
    await keeper.open(text, call())
    await keeper.open(text, call())
  })
})

describe('secrets', () => {
  const [old, current, next] = [
    'the secret of last year',
    'the secret of now',
    'the secret of next year',
  ]
  const under = (...secrets: string[]): StateKeeper => createStateKeeper(createEraHost({ secrets }))

  test('a state that was sealed under the previous secret still opens', async () => {
    const text = await sealed(under(old))
    expect((await under(current, old).open(text, call())).asked).toEqual(['sure'])
  })

  test('the first secret seals', async () => {
    const text = await sealed(under(current, old))
    expect((await under(current).open(text, call())).asked).toEqual(['sure'])
    await expect(under(old).open(text, call())).rejects.toThrow()
  })

  test('a secret that is gone, and another process without secrets, are told apart from tampering', async () => {
    const message = /was sealed by another process, or under a secret that is gone .*`secrets`/
    const text = await sealed(under(old))
    await expect(under(next, current).open(text, call())).rejects.toThrow(message)
    const own = createStateKeeper(createEraHost({ runtime: createTestRuntime({ seed: 2 }) }))
    await expect(
      own.open(await sealed(createStateKeeper(createEraHost())), call()),
    ).rejects.toThrow(message)
  })

  test('a secret that is too short is refused at once', () => {
    expect(() => under('short')).toThrow(TypeError)
  })
})

test('rounds are counted across the whole call', async () => {
  const keeper = createStateKeeper(createEraHost({ limits: { maxRounds: 2 } }))
  let state = keeper.fresh()
  for (let round = 1; round <= 2; round++) {
    state = await keeper.open(await keeper.seal(state, call()), call())
    expect(state.round).toBe(round)
  }
  await expect(keeper.seal(state, call())).rejects.toThrow('asked more than 2 times')
})
