import { describe, expect, test } from 'vitest'
import { connectInProcess } from '../testing/index.ts'
import { createServer } from './index.ts'
import type { ClientCapabilities, Context, RpcError, SampleRequest } from './index.ts'
import { accepted, round } from '../../test/rounds.ts'

const declared: ClientCapabilities = { sampling: { tools: {} }, roots: {}, elicitation: {} }
const good = { role: 'assistant', model: 'm', content: { type: 'text', text: 'fine' } }

/** A server whose one tool does `work`. */
function serverOf(work: (context: Context) => unknown) {
  const reported: unknown[] = []
  const onError = (error: unknown): void => void reported.push(error)
  const server = createServer({ name: 's', version: '1.0.0', onError }).tool('t', {}, (_, ctx) =>
    work(ctx),
  )
  return { server, reported }
}

/** Answers the question `k` of the tool with `answer`: what comes of it. */
async function answerWith(work: (context: Context) => unknown, answer: unknown) {
  const { server } = serverOf(work)
  const first = await round(server.handle, 't', { capabilities: declared })
  const answers = { k: answer }
  return round(server.handle, 't', { capabilities: declared, state: first.state, answers })
}

const sampling = async ({ sample }: Context): Promise<unknown> =>
  (await sample('k', { messages: 'hi', maxTokens: 9 })).text
const listing = async ({ listRoots }: Context): Promise<unknown> => await listRoots('k')

describe('a malformed answer counts as none, and the question is asked again', () => {
  test.for<[name: string, answer: unknown]>([
    ['null', null],
    ['a form', accepted()],
    ['no model', { ...good, model: 7 }],
    [
      'a use of a tool that was not offered',
      { ...good, content: { type: 'tool_use', id: 'u', name: 'rm', input: {} } },
    ],
  ])('of a model: %s', async ([, answer]) => {
    expect((await answerWith(sampling, answer)).asked).toEqual(['k'])
  })

  test.for<[name: string, answer: unknown]>([
    ['null', null],
    ['a list', [{ uri: 'file:///a' }]],
    ['roots that are none', { roots: { uri: 'file:///a' } }],
    ['a root that is a text', { roots: ['file:///a'] }],
    ['a root without a URI', { roots: [{ name: 'a' }] }],
    ['a URI that is none', { roots: [{ uri: '/a' }] }],
    ['a name that is a number', { roots: [{ uri: 'file:///a', name: 1 }] }],
  ])('of roots: %s', async ([, answer]) => {
    expect((await answerWith(listing, answer)).asked).toEqual(['k'])
  })
})

test('a good answer reaches the handler, whatever else is in it', async () => {
  const { result } = await answerWith(
    async ({ sample }) => ({ got: await sample('k', { messages: 'hi', maxTokens: 9 }) }),
    {
      ...good,
      extra: 1,
    },
  )
  expect(result.structuredContent.got).toEqual({
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'fine' }],
    text: 'fine',
  })
})

test('a list of one block goes out as that block, which every peer reads', async () => {
  const { server } = serverOf(async ({ sample }) => {
    const [one, two] = [{ type: 'text', text: 'a' } as const, { type: 'text', text: 'b' } as const]
    const messages = [
      { role: 'user', content: [one] },
      { role: 'user', content: [one, two] },
    ] as const
    await sample('k', { messages, maxTokens: 9 })
  })
  const { result } = await round(server.handle, 't', { capabilities: declared })
  const { messages } = result.inputRequests.k.params
  expect(messages.map(({ content }: { content: unknown }) => Array.isArray(content))).toEqual([
    false,
    true,
  ])
})

// ROOT-04: client/roots, "Root" and "Implementation Guidelines"
test('what is no file is left out of the roots, and what is one is in its normal form', async () => {
  const roots = [{ uri: 'https://example.com' }, { uri: 'file:///a/../b c' }]
  const { result } = await answerWith(listing, { roots })
  expect(result.structuredContent).toEqual([{ uri: 'file:///b%20c' }])
})

describe('a request that breaks a rule is a mistake of the handler', () => {
  test.for<[name: string, request: SampleRequest]>([
    ['no messages', { messages: [], maxTokens: 9 }],
    ['no room to write', { messages: 'hi', maxTokens: 0 }],
    ['a choice among no tools', { messages: 'hi', maxTokens: 9, toolChoice: { mode: 'auto' } }],
  ])('%s', async ([, request]) => {
    const { server, reported } = serverOf(async ({ sample }) => sample('k', request))
    const { result } = await round(server.handle, 't', { capabilities: declared })
    expect(result.isError).toBe(true)
    expect(reported).toEqual([expect.any(TypeError)])
  })
})

// SAMP-04, SAMP-06: client/sampling and client/roots, "Capabilities"
describe('a client is asked for nothing that it did not declare', () => {
  const tools = [{ name: 'a', inputSchema: { type: 'object' } }]
  test.for<[name: string, request: SampleRequest, needed: ClientCapabilities]>([
    ['tools', { messages: 'hi', maxTokens: 9, tools }, { sampling: { tools: {} } }],
    [
      'context',
      { messages: 'hi', maxTokens: 9, includeContext: 'allServers' },
      { sampling: { context: {} } },
    ],
    ['anything', { messages: 'hi', maxTokens: 9 }, { sampling: {} }],
  ])('%s', async ([name, request, needed]) => {
    const { server } = serverOf(async ({ sample }) => sample('k', request))
    const capabilities = name === 'anything' ? {} : { sampling: {} }
    const { error } = await round(server.handle, 't', { capabilities })
    expect(error).toMatchObject({ code: -32021, data: { requiredCapabilities: needed } })
  })

  test('a handler can look before it asks', async () => {
    const { server } = serverOf(({ canSample, canListRoots }) => [
      canSample(),
      canSample('tools'),
      canSample('context'),
      canListRoots(),
    ])
    const seen = async (capabilities: ClientCapabilities): Promise<unknown> =>
      (await round(server.handle, 't', { capabilities })).result.structuredContent
    expect(await seen({})).toEqual([false, false, false, false])
    expect(await seen({ sampling: { tools: {} }, roots: {} })).toEqual([true, true, false, true])
  })
})

// SAMP-15, ROOT-05: client/sampling and client/roots, "Error Handling"
test("what a session's client answers with an error is told to the handler in its words", async () => {
  const { server } = serverOf(async ({ listRoots }) => listRoots())
  await using client = await connectInProcess(server, {
    version: '2025-11-25',
    onError: () => {},
    roots: () => {
      throw new TypeError('a secret')
    },
  })
  expect(await client.callTool('t')).toMatchObject({
    isError: true,
    content: [{ text: 'The client could not be asked: Internal error' }],
  })
})

// ROOT-03: client/roots, "Root List Changes"
test('whoever keeps the roots of a session hears that they have changed', async () => {
  const kept = new WeakMap<object, unknown>()
  let roots = [{ uri: 'file:///a' }]
  const server = createServer({
    name: 's',
    version: '1.0.0',
    onRootsChanged: (client) => void kept.delete(client),
  }).tool('t', {}, async (_, { client, listRoots }) => {
    const known = kept.get(client) ?? (await listRoots())
    kept.set(client, known)
    return { known }
  })
  await using client = await connectInProcess(server, { version: '2025-11-25', roots: () => roots })
  const before = await client.call('t')
  roots = [{ uri: 'file:///b' }]
  expect(await client.call('t')).toEqual(before)
  await client.rootsChanged()
  await expect.poll(() => client.call('t')).toEqual({ known: [{ uri: 'file:///b' }] })
})

test('what onRootsChanged throws goes to onError, and ends nothing', async () => {
  const reported: unknown[] = []
  const server = createServer({
    name: 's',
    version: '1.0.0',
    onError: (error) => void reported.push((error as RpcError).message),
    onRootsChanged() {
      throw new Error('in onRootsChanged')
    },
  }).tool('t', {}, () => 'alive')
  await using client = await connectInProcess(server, { version: '2025-11-25', roots: [] })
  await client.rootsChanged()
  expect(await client.call('t')).toBe('alive')
  expect(reported).toEqual(['in onRootsChanged'])
})
