import { expect, test, vi } from 'vitest'
import { describeMatrix, tracesOf } from './ways.ts'
import type { Cell } from './ways.ts'
import type { Wire } from './wire.ts'

const accept = () => ({ action: 'accept' as const, content: { yes: true } })
const asks = ({ elicits }: Wire): boolean => elicits.includes('form')

describeMatrix('asking', asking, asks)

describeMatrix(
  'asking where there are no questions',
  ({ wire, connect }) => {
    // BASE-45, LIFE-16: a client may be willing, and cannot say so
    test('is refused as if the client could not be asked', async () => {
      await using client = await connect({ elicit: { form: accept, url: accept } })
      await expect(client.call('asks', { what: 'x' })).rejects.toMatchObject({
        rpcCode: wire.missingCapability,
        data: { requiredCapabilities: { elicitation: { form: {} } } },
      })
      expect(await client.call('visits')).toBe('cannot visit')
    })
  },
  (wire) => !asks(wire),
)

function asking({ wire, connect }: Cell): void {
  test('a question is answered in a straight line', async () => {
    const elicit = vi.fn(accept)
    await using client = await connect({ elicit })
    expect(await client.call('asks', { what: 'delete' })).toBe('yes: true')
    expect(elicit).toHaveBeenCalledTimes(1)
    expect(elicit.mock.calls[0]).toMatchObject([
      {
        message: 'Really delete?',
        requestedSchema: {
          type: 'object',
          properties: { yes: { type: 'boolean' } },
          required: ['yes'],
        },
      },
      {},
    ])
  })

  // ELIC-09, ELIC-29 (client/elicitation, "Response Actions")
  test('declining and cancelling are answers', async () => {
    await using declining = await connect({ elicit: () => ({ action: 'decline' }) })
    expect(await declining.call('asks', { what: 'x' })).toBe('decline')
    await using cancelling = await connect({ elicit: () => ({ action: 'cancel' }) })
    expect(await cancelling.call('asks', { what: 'x' })).toBe('cancel')
  })

  // BASE-45, LIFE-16, MRTR-07 (basic, "Error Codes")
  test('a client that cannot be asked is told what it must declare', async () => {
    await using client = await connect()
    await expect(client.call('asks', { what: 'x' })).rejects.toMatchObject({
      rpcCode: wire.missingCapability,
      data: { requiredCapabilities: { elicitation: { form: {} } } },
    })
  })

  test('a page to visit is asked about where revision and client can', async () => {
    const url = vi.fn(() => ({ action: 'accept' as const }))
    await using client = await connect({ elicit: { form: accept, url } })
    const canVisit = wire.elicits.includes('url')
    expect(await client.call('visits')).toBe(canVisit ? 'accept' : 'cannot visit')
    expect(url).toHaveBeenCalledTimes(canVisit ? 1 : 0)
    if (canVisit)
      expect(url.mock.calls[0]).toMatchObject([
        { message: 'Sign in', url: 'https://example.com/sign-in' },
        {},
      ])
  })

  test('a handler that catches everything cannot swallow the question', async () => {
    await using client = await connect({ elicit: accept })
    expect(await client.call('catches')).toBe('first accept')
  })

  // MRTR-14, MRTR-20 (basic/patterns/mrtr)
  test('three questions begun together are all answered', async () => {
    const elicit = vi.fn(accept)
    await using client = await connect({ elicit })
    expect(await client.call('parallel')).toBe('accept accept accept')
    expect(elicit).toHaveBeenCalledTimes(3)
  })

  // MRTR-09 (basic/patterns/mrtr)
  test('a handler that loops asks every round once, and says its progress once', async () => {
    const asked: string[] = []
    const progress: number[] = []
    await using client = await connect({
      elicit({ message }) {
        asked.push(message)
        return { action: 'accept', content: { yes: asked.length % 2 === 1 } }
      },
    })
    const said = await client.call(
      'loops',
      {},
      { onProgress: (step) => progress.push(step.progress) },
    )
    expect(said).toBe('said yes 2 times')
    expect(asked).toEqual(['Round 0?', 'Round 1?', 'Round 2?', 'Round 3?'])
    expect(progress).toEqual([1, 2, 3, 4])
  })

  test('finally runs in every attempt', async () => {
    await using client = await connect({ elicit: accept })
    const before = (await tracesOf(client)).length
    expect(await client.call('cleans')).toBe('done')
    const traces = (await tracesOf(client)).slice(before)
    expect(traces).toEqual(
      // Without a session a handler begins anew with each answer.
      wire.sessions ? ['opened', 'closed'] : ['opened', 'closed', 'opened', 'closed'],
    )
  })

  test('an effect runs once, and clock and chance are the same in every attempt', async () => {
    await using client = await connect({ elicit: accept })
    const before = (await tracesOf(client)).filter((trace) => trace === 'ordered').length
    const { same, key } = await client.call('orders')
    expect(same).toBe(true)
    expect(key).toMatch(/^[\w-]{22}:order$/)
    expect((await tracesOf(client)).filter((trace) => trace === 'ordered')).toHaveLength(before + 1)
  })

  // MRTR-05 (basic/patterns/mrtr)
  test('the same key twice in one attempt is a mistake of the handler', async () => {
    await using client = await connect({ elicit: accept })
    expect(await client.callTool('repeats')).toMatchObject({ isError: true })
    expect((await tracesOf(client)).at(-1)).toContain('the key "same" was used twice')
  })

  // ELIC-27 (client/elicitation, "Security Considerations")
  test('an answer that does not fit the form leaves neither the client nor reaches the handler', async () => {
    const onError = vi.fn()
    const elicit = () => ({ action: 'accept' as const, content: { yes: 'perhaps' } })
    await using client = await connect({ elicit, onError })
    const call = client.callTool('asks', { what: 'x' })
    // A session's server is told that there is no answer; without one nobody is told but the caller.
    if (wire.sessions) expect(await call).toMatchObject({ isError: true })
    else await expect(call).rejects.toThrow('does not fit the form')
    expect(onError).toHaveBeenCalledTimes(wire.sessions ? 1 : 0)
  })

  test('a user, a model and roots can be asked at once', async () => {
    await using client = await connect({
      elicit: accept,
      sample: () => ({ model: 'm-1', content: 'a haiku', stopReason: 'endTurn' }),
      roots: [{ uri: 'file:///home/ada' }],
    })
    expect(await client.call('mingles')).toBe('accept a haiku 1')
  })
}
