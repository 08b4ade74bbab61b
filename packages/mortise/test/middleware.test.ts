import { describe, expect, test } from 'vitest'
import { forMethod, tracing } from '../src/client/index.ts'
import { createServer, observe } from '../src/server/index.ts'
import type { ObservedEnd, Server, TraceContext } from '../src/server/index.ts'
import { connectInProcess, createTestRuntime } from '../src/testing/index.ts'

const versions = ['2026-07-28', '2025-11-25'] as const
const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'

describe.for(versions)('middleware of one method, in %s', (version) => {
  test('sees what its types say, and nothing that is otherwise', async () => {
    const seen: string[] = []
    const server = createServer({ name: 'typed', version: '1.0.0' })
      .tool('shout', { input: { type: 'object' } }, () => 'loud')
      .prompt('greet', { arguments: { who: {} } }, ({ who }) => `Hi ${who}`)
      .use('tools/call', async (call, next) => {
        seen.push(call.params.name.toUpperCase())
        const result = await next()
        return { ...result, content: [...result.content, { type: 'text', text: '!' }] }
      })
      .use('prompts/get', (call, next) => {
        seen.push(...Object.values(call.params.arguments ?? {}).map((value) => value.trim()))
        return next()
      })
      .use('completion/complete', (call, next) => {
        seen.push(call.params.ref.type, call.params.argument.name)
        return next()
      })
    await using client = await connectInProcess<Server>(server, { version })
    expect((await client.callTool('shout')).content).toMatchObject([
      { text: 'loud' },
      { text: '!' },
    ])
    await client.getPrompt('greet', { who: ' Ada ' })
    await client.complete({ prompt: 'greet' }, { name: 'who', value: '' })
    expect(seen).toEqual(['SHOUT', 'Ada', 'ref/prompt', 'who'])
    const malformed = [
      ['tools/call', { name: 7 }],
      ['tools/call', { name: 'shout', arguments: [] }],
      ['prompts/get', { name: 'greet', arguments: { who: 7 } }],
      ['prompts/get', { name: 'greet', arguments: 'Ada' }],
      ['completion/complete', { ref: null, argument: { name: 'who', value: '' } }],
      ['completion/complete', { ref: { type: 'ref/prompt', name: 'greet' }, argument: 'who' }],
      [
        'completion/complete',
        {
          ref: { type: 'ref/prompt', name: 'greet' },
          argument: { name: 'who', value: '' },
          context: { arguments: { a: 1 } },
        },
      ],
    ] as const
    for (const [method, params] of malformed) {
      await expect(client.request(method, params)).rejects.toMatchObject({ rpcCode: -32602 })
    }
    expect(seen).toHaveLength(4)
  })

  test('of a client is typed by the same map', async () => {
    const server = createServer({ name: 'typed', version: '1.0.0' }).tool('one', {}, () => 'one')
    const seen: string[] = []
    await using client = await connectInProcess<typeof server>(server, {
      version,
      middleware: [
        forMethod('tools/call', async (request, next) => {
          seen.push(request.params.name)
          const result = await next({ ...request.params, arguments: {} })
          return { ...result, structuredContent: { blocks: result.content.length } }
        }),
      ],
    })
    for await (const tool of client.tools()) seen.push(tool.name)
    expect(await client.call('one')).toEqual({ blocks: 1 })
    expect(seen).toEqual(['one', 'one'])
  })
})

describe.for(versions)('a trace, in %s', (version) => {
  // BASE-49 (basic, "_meta")
  test('goes from the client to handlers and observers', async () => {
    const traces: (TraceContext | undefined)[] = []
    const server = createServer({ name: 'traced', version: '1.0.0' })
      .tool('one', {}, (_args, { trace }) => {
        traces.push(trace)
        return 'one'
      })
      .use(observe(({ trace }) => void traces.push(trace)))
    let current: TraceContext | undefined = { traceparent, tracestate: 'a=1', baggage: 'b=2' }
    await using client = await connectInProcess<typeof server>(server, {
      version,
      middleware: [tracing(({ method }) => (method === 'tools/call' ? current : undefined))],
    })
    traces.length = 0
    await client.call('one')
    expect(traces).toEqual([current, current])
    current = undefined
    await client.call('one')
    expect(traces.slice(2)).toEqual([undefined, undefined])
    current = { traceparent: 'not one' }
    await expect(client.call('one')).rejects.toThrow(/traceparent/)
    // What a stranger writes is no reason to refuse his call, and reaches nobody.
    current = undefined
    const _meta = { traceparent: 'not one', baggage: 'b=2' }
    await client.request('tools/call', { name: 'one', _meta })
    expect(traces.slice(4)).toEqual([{ baggage: 'b=2' }, { baggage: 'b=2' }])
  })

  test('is observed to its end, with what it came to and how long it took', async () => {
    const runtime = createTestRuntime()
    const ends: (ObservedEnd & { readonly name: string | undefined })[] = []
    const form = { type: 'object', properties: { yes: { type: 'boolean' } } } as const
    const server = createServer({ name: 'observed', version: '1.0.0', onError() {} })
      .tool('good', {}, async () => {
        await runtime.advance(50)
        return 'good'
      })
      .tool('bad', {}, () => {
        throw new Error('broken')
      })
      .tool('asks', {}, async (_args, { elicit }) => (await elicit('q', 'Sure?', form)).action)
      .resource('a:b', { name: 'b' }, () => {
        throw new Error('unreadable')
      })
      .use(
        observe(
          ({ method, name }) =>
            method.endsWith('/list') ? undefined : (end) => ends.push({ name, ...end }),
          {
            runtime,
          },
        ),
      )
    await using client = await connectInProcess<Server>(server, {
      version,
      elicit: () => ({ action: 'decline' }),
    })
    ends.length = 0
    await client.call('good')
    await client.callTool('bad')
    await client.callTool('asks')
    await client.readResource('a:b').catch(() => {})
    expect(ends).toMatchObject([
      { name: 'good', outcome: 'done', durationMs: 50 },
      { name: 'bad', outcome: 'failed' },
      ...(version === '2026-07-28' ? [{ name: 'asks', outcome: 'asked' }] : []),
      { name: 'asks', outcome: 'done' },
      { name: 'a:b', outcome: 'error', error: { message: 'unreadable' } },
    ])
  })
})
