import { expect, test, vi } from 'vitest'
import { describeMatrix } from './ways.ts'
import type { FixtureClient } from './ways.ts'

async function tracesOf(client: FixtureClient): Promise<string[]> {
  return (await client.call('traces')).traces
}

describeMatrix('asking', ({ version, connect }) => {
  const accept = () => ({ action: 'accept' as const, content: { yes: true } })
  const sessions = version !== '2026-07-28'

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
      rpcCode: sessions ? -32602 : -32021,
      data: { requiredCapabilities: { elicitation: { form: {} } } },
    })
  })

  test('a page to visit is asked about where revision and client can', async () => {
    const url = vi.fn(() => ({ action: 'accept' as const }))
    await using client = await connect({ elicit: { form: accept, url } })
    const canVisit = version !== '2025-06-18'
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
      sessions ? ['opened', 'closed'] : ['opened', 'closed', 'opened', 'closed'],
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

  // ELIC-28 (client/elicitation, "Security Considerations")
  test('an answer that does not fit the form does not reach the handler', async () => {
    let tries = 0
    await using client = await connect({
      elicit() {
        tries += 1
        return { action: 'accept', content: { yes: tries === 1 ? 'perhaps' : true } }
      },
    })
    if (sessions)
      await expect(client.call('asks', { what: 'x' })).rejects.toMatchObject({ rpcCode: -32602 })
    else {
      expect(await client.call('asks', { what: 'x' })).toBe('yes: true')
      expect(tries).toBe(2)
    }
  })
})
