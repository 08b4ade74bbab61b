import { describe, expect, test } from 'vitest'
import { createMemoryStore } from '../../src/state/memory.ts'
import { createServer } from '../../src/server/index.ts'
import type { Authorize, Server, ServerOptions } from '../../src/server/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { statelessMeta, statelessPost } from '../post.ts'
import { countCrashes } from './target.ts'

countCrashes()

const authorize: Authorize = (request) => ({
  subject: request.header('authorization') ?? 'nobody',
  scopes: [],
})
const meta = {
  ...statelessMeta,
  'io.modelcontextprotocol/clientCapabilities': { elicitation: { form: {} } },
}
const yes = { yes: { type: 'boolean' } } as const
const accepted = { sure: { action: 'accept', content: { yes: true } } }

/** A server whose tools ask once, and count how often they were told yes. */
function asking(options: Partial<ServerOptions> = {}) {
  let sent = 0
  const ask = (name: string) =>
    [
      name,
      { input: { type: 'object', properties: { sum: { type: 'number' } } } },
      async (_args: unknown, ctx: any) => {
        const answer = await ctx.elicit('sure', 'Sure?', { type: 'object', properties: yes })
        if (answer.action === 'accept') sent += 1
        return answer.action
      },
    ] as const
  const server = createServer({ name: 'bank', version: '1', http: { authorize }, ...options })
    .tool(...ask('send'))
    .tool(...ask('lend'))
  return { server: server as unknown as Server, sent: () => sent }
}

interface Round {
  readonly name?: string
  readonly args?: Record<string, unknown>
  readonly state?: unknown
  readonly responses?: unknown
  readonly who?: string
}

async function round(
  server: Server,
  { name = 'send', args = { sum: 5 }, state, responses, who = 'alice' }: Round,
) {
  const params = {
    _meta: meta,
    name,
    arguments: args,
    ...(state === undefined ? {} : { requestState: state }),
    ...(responses === undefined ? {} : { inputResponses: responses }),
  }
  const response = await server.fetch(
    statelessPost({ method: 'tools/call', params }, { authorization: who }),
  )
  return { status: response.status, ...JSON.parse(await response.text()) }
}

async function begin(server: Server): Promise<string> {
  const { result } = await round(server, {})
  expect(result.resultType).toBe('input_required')
  return result.requestState
}

async function expectRefused(pending: ReturnType<typeof round>, why?: string): Promise<void> {
  const { status, error } = await pending
  expect(error?.code).toBe(-32602)
  expect(status).toBe(200) // what happens inside a call that was understood (T-02)
  expect(error.message).toContain('requestState')
  if (why !== undefined) expect(error.message).toContain(why)
}

// BASE-36 (basic, "Statelessness")
test('a state that comes back as it was lets the call go on', async () => {
  const { server, sent } = asking()
  const state = await begin(server)
  const { result } = await round(server, { state, responses: accepted })
  expect(result.content[0].text).toBe('accept')
  expect(sent()).toBe(1)
})

// ELIC-15 (client/elicitation, "Statefulness")
test('a state tells nothing of what is in it', async () => {
  const { server } = asking()
  const state = await begin(server)
  const bytes = Buffer.from(state, 'base64url').toString('latin1')
  for (const word of ['sure', 'alice', 'send', 'round', 'nonce']) expect(bytes).not.toContain(word)
})

// MRTR-10, MRTR-11 (basic/patterns/mrtr, "Server Requirements")
describe('a state that was changed runs nothing:', () => {
  test('at every seventh bit', async () => {
    const { server, sent } = asking()
    const bytes = Buffer.from(await begin(server), 'base64url')
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const changed = Buffer.from(bytes)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      await expectRefused(
        round(server, { state: changed.toString('base64url'), responses: accepted }),
      )
    }
    expect(sent()).toBe(0)
  })

  const changes: [name: string, change: (state: string) => unknown][] = [
    ['to the empty text', () => ''],
    ['to null', () => null],
    ['to a number', () => 5],
    ['to an object', () => ({})],
    ['to an array of it', (state) => [state]],
    ['to its first half', (state) => state.slice(0, state.length >> 1)],
    ['by one character less', (state) => state.slice(0, -1)],
    ['by its first character less', (state) => state.slice(1)],
    ['by one character more', (state) => `${state}A`],
    ['by padding', (state) => `${state}==`],
    ['by a blank', (state) => `${state} `],
    ['to standard Base64', (state) => `${state.slice(0, -1)}+`],
    ['by a newline', (state) => `${state}\n`],
    ['to itself twice', (state) => state + state],
    ['to the other case', (state) => state.toLowerCase()],
    ['to what is longer than any state', (state) => state + 'A'.repeat(100_000)],
    ['to what is no Base64', () => '\u{1f600}'],
  ]
  test.each(changes)('%s', async (_name, change) => {
    const { server, sent } = asking()
    const state = await begin(server)
    await expectRefused(round(server, { state: change(state), responses: accepted }))
    expect(sent()).toBe(0)
    expect((await round(server, { state, responses: accepted })).result.content[0].text).toBe(
      'accept',
    )
  })
})

// ELIC-13, ELIC-14, ELIC-15, MRTR-12, SEC-05, SEC-07 (basic/patterns/mrtr, "Server Requirements")
describe('a state of something else runs nothing:', () => {
  const others: [name: string, other: Round][] = [
    ['of another tool', { name: 'lend' }],
    ['of other arguments', { args: { sum: 500 } }],
    ['of more arguments', { args: { sum: 5, to: 'bob' } }],
    ['of no arguments', { args: {} }],
    ['of another principal', { who: 'bob' }],
    ['of a principal in other letters', { who: 'Alice' }],
  ]
  test.each(others)('%s', async (_name, other) => {
    const { server, sent } = asking()
    const state = await begin(server)
    await expectRefused(
      round(server, { ...other, state, responses: accepted }),
      'not for this call',
    )
    expect(sent()).toBe(0)
  })

  test('of arguments in another order is of the same arguments', async () => {
    const { server } = asking()
    const { result } = await round(server, { args: { sum: 5, to: 'bob' } })
    const again = { args: { to: 'bob', sum: 5 }, state: result.requestState, responses: accepted }
    expect((await round(server, again)).result.content[0].text).toBe('accept')
  })

  test('of another server', async () => {
    const { server, sent } = asking()
    const state = await begin(asking().server)
    await expectRefused(round(server, { state, responses: accepted }), 'another process')
    expect(sent()).toBe(0)
  })

  test('of a secret that is gone, while one that is kept still opens', async () => {
    const [old, current] = ['an old secret of ours', 'a new secret of ours']
    const state = await begin(asking({ secrets: [old] }).server)
    const kept = asking({ secrets: [current, old] })
    expect((await round(kept.server, { state, responses: accepted })).result.content[0].text).toBe(
      'accept',
    )
    const gone = asking({ secrets: [current] })
    await expectRefused(round(gone.server, { state, responses: accepted }))
    expect(gone.sent()).toBe(0)
  })
})

describe('the time and the uses of a state', () => {
  // MRTR-12, SEC-06 (basic/patterns/mrtr, "Server Requirements")
  test('end when it has expired', async () => {
    const runtime = createTestRuntime()
    const { server, sent } = asking({ runtime, limits: { stateTtlMs: 60_000 } })
    const state = await begin(server)
    runtime.advance(59_999)
    expect((await round(server, { state, responses: accepted })).result.content[0].text).toBe(
      'accept',
    )
    runtime.advance(1)
    await expectRefused(round(server, { state, responses: accepted }), 'expired')
    expect(sent()).toBe(1)
  })

  // MRTR-13 (basic/patterns/mrtr, "Server Requirements")
  test('are one where a store remembers it', async () => {
    const { server, sent } = asking({ store: createMemoryStore({ runtime: createTestRuntime() }) })
    const state = await begin(server)
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => round(server, { state, responses: accepted })),
    )
    expect(answers.filter(({ result }) => result !== undefined)).toHaveLength(1)
    await expectRefused(round(server, { state, responses: accepted }), 'used before')
    expect(sent()).toBe(1)
  })
})

describe('answers that are none', () => {
  const rows: [name: string, responses: unknown][] = [
    ['absent', undefined],
    ['to another question', { other: accepted.sure }],
    ['null for the question', { sure: null }],
    ['without an action', { sure: { content: { yes: true } } }],
    ['with an unknown action', { sure: { action: 'maybe' } }],
    ['with content that does not fit', { sure: { action: 'accept', content: { yes: 'very' } } }],
    ['with content that is an array', { sure: { action: 'accept', content: [] } }],
    [
      'through a prototype',
      JSON.parse('{"__proto__":{"sure":{"action":"accept","content":{"yes":true}}}}'),
    ],
  ]
  // MRTR-21 (basic/patterns/mrtr, "Error Handling")
  test.each([
    ['null', null],
    ['an array', []],
    ['a text', 'sure'],
  ])(
    'are refused when they are no map at all, and the state is still good: %s',
    async (_name, responses) => {
      const { server, sent } = asking()
      const state = await begin(server)
      const { error } = await round(server, { state, responses })
      expect(error.code).toBe(-32602)
      const { result } = await round(server, { state, responses: accepted })
      expect(result.resultType).toBe('complete')
      expect(sent()).toBe(1)
    },
  )
  // ELIC-28, MRTR-23 (basic/patterns/mrtr, "Error Handling")
  test.each(rows)('make the server ask again: %s', async (_name, responses) => {
    const { server, sent } = asking()
    const state = await begin(server)
    const { result } = await round(server, { state, responses })
    expect(result?.resultType).toBe('input_required')
    expect(Object.keys(result.inputRequests)).toEqual(['sure'])
    expect(sent()).toBe(0)
  })

  test('make it ask when they come before the question, too', async () => {
    const { server, sent } = asking()
    const { result } = await round(server, { responses: { sure: { action: 'maybe' } } })
    expect(result.resultType).toBe('input_required')
    expect(sent()).toBe(0)
  })
})
