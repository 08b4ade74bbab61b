import { expect, test, vi } from 'vitest'
import { RpcError } from '../../src/index.ts'
import type { SampleAnswer, SampleQuestion } from '../../src/client/index.ts'
import { describeMatrix } from './ways.ts'

describeMatrix('sampling', ({ wire, transport, connect }) => {
  const written: SampleAnswer = { model: 'm-1', content: 'a haiku', stopReason: 'endTurn' }

  // SAMP-02, SAMP-07: client/sampling, "Capabilities" and "Creating Messages"
  test('a handler has a model of the client write something', async () => {
    const sample = vi.fn((_question: SampleQuestion) => written)
    await using client = await connect({ sample })
    expect(await client.call('samples', { prompt: 'A haiku, please' })).toBe('m-1 wrote a haiku')
    expect(sample).toHaveBeenCalledTimes(1)
    expect(sample.mock.calls[0]?.[0]).toEqual({
      messages: [{ role: 'user', content: [{ type: 'text', text: 'A haiku, please' }] }],
      maxTokens: 100,
      systemPrompt: 'Be brief.',
    })
  })

  test('a client that cannot be sampled is told what it must declare', async () => {
    await using client = await connect({ elicit: () => ({ action: 'cancel' }) })
    await expect(client.call('samples', { prompt: 'x' })).rejects.toMatchObject({
      rpcCode: wire.missingCapability,
      data: { requiredCapabilities: { sampling: {} } },
    })
  })

  // SAMP-03, SAMP-04, SAMP-08, SAMP-09, SAMP-14: client/sampling, "Sampling with Tools"
  test('a model is given tools where client and revision know them, and its uses are answered', async () => {
    const turns: SampleQuestion[] = []
    const handler = (question: SampleQuestion): SampleAnswer => {
      turns.push(question)
      const said = question.messages.at(-1)?.content[0]
      if (said?.type === 'tool_result') return { model: 'm', content: 'It is 5.' }
      const input = { a: 2, b: 3 }
      const use = { type: 'tool_use', id: 'u1', name: 'add', input, _meta: { kept: 1 } } as const
      return { model: 'm', stopReason: 'toolUse', content: [use] }
    }
    await using client = await connect({ sample: { handler, tools: true } })
    if (!wire.samplingTools) {
      expect(await client.call('reckons')).toBe('cannot use tools')
      return
    }
    expect(await client.call('reckons')).toBe('It is 5.')
    expect(turns.map(({ tools }) => tools?.map(({ name }) => name))).toEqual([['add'], ['add']])
    expect(turns[1]?.messages.slice(1)).toEqual([
      {
        role: 'assistant',
        content: [
          { type: 'tool_use', id: 'u1', name: 'add', input: { a: 2, b: 3 }, _meta: { kept: 1 } },
        ],
      },
      {
        role: 'user',
        content: [{ type: 'tool_result', toolUseId: 'u1', content: [{ type: 'text', text: '5' }] }],
      },
    ])
  })

  test('a client without tools is not offered any', async () => {
    await using client = await connect({ sample: () => written })
    expect(await client.call('reckons')).toBe('cannot use tools')
  })

  // SAMP-06: client/sampling, "Context Inclusion"
  test('context is asked for only where the client declares it, or the revision has no word for that', async () => {
    const asked: unknown[] = []
    const handler = ({ includeContext }: SampleQuestion): SampleAnswer => {
      asked.push(includeContext)
      return written
    }
    await using willing = await connect({ sample: { handler, context: true } })
    await willing.call('recalls')
    await using plain = await connect({ sample: handler })
    await plain.call('recalls')
    expect(asked).toEqual(['thisServer', undefined])
  })

  // SAMP-15: client/sampling, "Error Handling"
  test('a refusal of the user is told to the handler in a session, and ends the call without one', async () => {
    await using client = await connect({
      sample() {
        throw new RpcError(-1, 'User rejected sampling request')
      },
    })
    const call = client.callTool('samples', { prompt: 'x' })
    if (wire.sessions) {
      const text = 'The client could not be asked: User rejected sampling request'
      expect(await call).toMatchObject({ isError: true, content: [{ text }] })
    } else await expect(call).rejects.toMatchObject({ rpcCode: -1 })
  })

  test('what is no answer of a model does not leave the client', async () => {
    const use = { type: 'tool_use', id: 'u', name: 'add', input: {} } as const
    await using client = await connect({
      sample: () => ({ model: 'm', content: use }),
      onError: () => {},
    })
    const call = client.callTool('samples', { prompt: 'x' })
    if (wire.sessions) expect(await call).toMatchObject({ isError: true })
    else await expect(call).rejects.toThrow(TypeError)
  })

  // CANC-01, CANC-07 (basic/utilities/cancellation): in a session the server takes its question back
  test('cancelling a call ends the question that it asks', async () => {
    const controller = new AbortController()
    const given = new Error('not wanted any more')
    let ended: (reason: unknown) => void = () => {}
    const over = new Promise((resolve) => (ended = resolve))
    await using client = await connect({
      sample(_question, { signal }) {
        signal.addEventListener('abort', () => ended('over'), { once: true })
        controller.abort(given)
        return new Promise(() => {}) // nobody ever answers
      },
    })
    const call = client.call('samples', { prompt: 'x' }, { signal: controller.signal })
    await expect(call).rejects.toBe(given)
    // A session's server takes it back on the stream of the call, which over Streamable HTTP nobody reads any more.
    const isRead = !wire.sessions || !['fetch', 'http-node'].includes(transport)
    if (isRead) expect(await over).toBe('over')
  })
})
