import { describe, expect, test } from 'vitest'
import { RpcError } from '../src/jsonrpc/error.ts'
import { changeCall, createServer } from '../src/server/index.ts'
import type { Server } from '../src/server/index.ts'
import { connectInProcess, testMatrix } from '../src/testing/index.ts'
import type { MatrixCell, MatrixServer } from '../src/testing/index.ts'
import { settle, until } from './settle.ts'

async function names(list: AsyncIterable<{ readonly name: string }>): Promise<string[]> {
  const found: string[] = []
  for await (const { name } of list) found.push(name)
  return found
}

function createPart(name: string): Server {
  return createServer({ name, version: '1.0.0', limits: { pageSize: 2 } })
    .tool(`${name}_one`, {}, () => `one of ${name}`)
    .tool(`${name}_two`, {}, () => `two of ${name}`)
    .tool(`${name}_three`, {}, () => `three of ${name}`)
    .resource(`${name}:///r`, { name: 'r' }, () => name)
    .prompt(`${name}_prompt`, {}, () => name) as Server
}

/** Declares a test of `body` over every revision, in memory and over HTTP. */
function testOffer<S extends MatrixServer>(
  title: string,
  server: () => S,
  body: (cell: MatrixCell<S>) => Promise<void>,
): void {
  testMatrix(test, { title, server, transports: ['memory', 'fetch'] }, body)
}

const mounting = (): Server =>
  createServer({ name: 'whole', version: '1.0.0', limits: { pageSize: 3 } })
    .tool('own', {}, () => 'own')
    .mount(createPart('a'))
    .mount(createPart('b')) as Server

testOffer(
  'what is mounted is listed after what is registered here, page by page, and answers',
  mounting,
  async ({ connect }) => {
    await using client = await connect()
    expect(await names(client.tools())).toEqual([
      'own',
      'a_one',
      'a_two',
      'a_three',
      'b_one',
      'b_two',
      'b_three',
    ])
    expect(await client.call('own')).toBe('own')
    expect(await client.call('b_three')).toBe('three of b')
    expect((await client.readResource('a:///r')).contents[0]).toMatchObject({ text: 'a' })
    expect(await names(client.prompts())).toEqual(['a_prompt', 'b_prompt'])
    await expect(client.call('c_one')).rejects.toMatchObject({ rpcCode: -32602 })
  },
)

testOffer(
  'what is mounted tells its changes through the whole',
  () => {
    const part = createPart('a')
    return Object.assign(createServer({ name: 'whole', version: '1.0.0' }).mount(part), { part })
  },
  async ({ server, connect }) => {
    const heard: string[] = []
    await using client = await connect({ onListChanged: (list) => void heard.push(list) })
    await client.subscribe('a:///r', (uri) => void heard.push(uri))
    await settle(50) // over HTTP what is told apart from calls has a stream of its own
    server.part.updated('a:///r')
    await until(() => heard.length === 1)
    server.part.tool('late', {}, () => 'late')
    await until(() => heard.length === 2)
    expect(heard).toEqual(['a:///r', 'tools'])
    expect(await names(client.tools())).toContain('late')
  },
)

testOffer(
  'what is mounted is left out of a list when it fails, and hides nobody',
  () => {
    const reported: unknown[] = []
    const onError = (error: unknown): void => void reported.push(error)
    const whole = createServer({ name: 'whole', version: '1.0.0', onError })
      .mount({
        capabilities: () => ({ tools: {} }),
        owns: () => false,
        answer() {
          throw new Error('down')
        },
      })
      .mount(createPart('b'))
    return Object.assign(whole, { reported })
  },
  async ({ server, connect }) => {
    await using client = await connect()
    expect(await names(client.tools())).toEqual(['b_one', 'b_two', 'b_three'])
    expect(server.reported).toMatchObject([{ message: 'down' }])
  },
)

testOffer(
  'middleware stands around every call, the first one outermost, and may change it and its result',
  () => {
    const seen: string[] = []
    const server = createServer({ name: 'wrapped', version: '1.0.0' })
      .tool(
        'echo',
        { input: { type: 'object', properties: { text: { type: 'string' } } } },
        ({ text }) => `${text}`,
      )
      .use(async (call, next) => {
        seen.push(`> ${call.method}`)
        const result = await next()
        seen.push(`< ${call.method}`)
        return result
      })
      .use('tools/call', async (call, next) => {
        seen.push('call')
        const params = { ...call.params, arguments: { text: 'changed' } }
        const result = await next(changeCall(call, { params }))
        return { ...result, _meta: { seen: true } }
      })
    return Object.assign(server, { seen })
  },
  async ({ server: { seen }, connect }) => {
    await using client = await connect()
    seen.length = 0
    const result = await client.callTool('echo', { text: 'given' })
    expect(result.content).toEqual([{ type: 'text', text: 'changed' }])
    expect(result._meta).toMatchObject({ seen: true })
    await names(client.tools())
    expect(seen).toEqual(['> tools/call', 'call', '< tools/call', '> tools/list', '< tools/list'])
  },
)

testOffer(
  'middleware may refuse with an error that the client reads',
  () =>
    createServer({ name: 'guarded', version: '1.0.0' })
      .tool('secret', {}, () => 'secret')
      .use('tools/call', () => {
        throw new RpcError(-32000, 'not today')
      }) as Server,
  async ({ connect }) => {
    await using client = await connect()
    await expect(client.call('secret')).rejects.toMatchObject({
      rpcCode: -32000,
      message: 'not today',
    })
  },
)

// EXT-01, EXT-02 (basic, "Extensions"): the map of extensions is an open member in the revisions before it
testOffer(
  'an extension is declared with its settings',
  () =>
    createServer({ name: 'dice', version: '1.0.0' }).extend({
      id: 'com.example/dice',
      settings: { sides: 6 },
    }) as Server,
  async ({ connect }) => {
    await using client = await connect({ extensions: [{ id: 'com.example/dice' }] })
    expect(client.server.capabilities.extensions).toEqual({ 'com.example/dice': { sides: 6 } })
  },
)

describe('an extension', () => {
  const id = 'com.example/dice'

  // EXT-01 to EXT-07 (basic, "Extensions")
  test('brings methods and kinds of result that nothing in the library knows', async () => {
    const server = createServer({ name: 'dice', version: '1.0.0' })
      .tool('roll', {}, () => 'never asked')
      .extend({
        id,
        settings: { sides: 6 },
        methods: {
          'dice/look': {
            needsClient: true,
            nameParam: 'die',
            answer: ({ params }) => ({ die: params['die'] }),
          },
        },
        resultTypes: ['dice'],
        middleware: (call, next) =>
          call.method === 'tools/call' ? { resultType: 'dice', die: 'red' } : next(),
      })
    await using client = await connectInProcess<Server>(server, {
      transport: 'fetch',
      extensions: [
        {
          id,
          methods: { 'dice/look': { nameParam: 'die' } },
          resultTypes: {
            async dice({ die }, { send }) {
              const looked = await send('dice/look', { die })
              return { content: [{ type: 'text', text: `it is ${String(looked['die'])}` }] }
            },
          },
        },
      ],
    })
    expect(client.server.capabilities.extensions).toEqual({ [id]: { sides: 6 } })
    expect(await client.call('roll')).toBe('it is red')
  })

  // EXT-06, BASE-45, VER-21 (basic, "Extensions")
  test('is refused to a client that does not declare it, by name', async () => {
    const server = createServer({ name: 'dice', version: '1.0.0' }).extend({
      id,
      methods: { 'dice/look': { needsClient: true, answer: () => ({}) } },
    })
    await using client = await connectInProcess<Server>(server)
    await expect(client.request('dice/look')).rejects.toMatchObject({
      rpcCode: -32021,
      data: { requiredCapabilities: { extensions: { [id]: {} } } },
    })
  })

  test('answers no method that is answered already', () => {
    const answer = (): Readonly<Record<string, unknown>> => ({})
    const taking = (id: string, method: string) => ({ id, methods: { [method]: { answer } } })
    const server = createServer({ name: 'whole', version: '1.0.0' })
    expect(() => server.extend(taking('com.example/a', 'tools/call'))).toThrow(TypeError)
    server.extend(taking('com.example/a', 'pictures/get'))
    expect(() => server.extend(taking('com.example/b', 'pictures/get'))).toThrow(
      'extension "com.example/b": pictures/get is answered already',
    )
  })

  // VER-20 (basic/versioning, "Extensions"; basic, "_meta")
  test('must be named by a domain, and is taken in once', () => {
    const server = createServer({ name: 'dice', version: '1.0.0' })
    for (const wrong of ['dice', '', '/dice', 'com.example/', '1com/dice', 'com..example/dice']) {
      expect(() => server.extend({ id: wrong })).toThrow(/com.example\/name/)
    }
    for (const wrong of ['com.example-/dice', 'com.example/-dice', 'com.example/a/b', 'a b/c']) {
      expect(() => server.extend({ id: wrong })).toThrow(/com.example\/name/)
    }
    server.extend({ id })
    expect(() => server.extend({ id })).toThrow(/there already/)
  })
})
