import { describe, expect, test } from 'vitest'
import { RpcError } from '../src/jsonrpc/error.ts'
import { changeCall, createServer } from '../src/server/index.ts'
import type { Server } from '../src/server/index.ts'
import { connectInProcess } from '../src/testing/index.ts'

const versions = ['2026-07-28', '2025-11-25'] as const

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

describe.for(versions)('what is mounted, in %s', (version) => {
  test('is listed after what is registered here, page by page, and answers', async () => {
    const whole = createServer({ name: 'whole', version: '1.0.0', limits: { pageSize: 3 } })
      .tool('own', {}, () => 'own')
      .mount(createPart('a'))
      .mount(createPart('b'))
    await using client = await connectInProcess<Server>(whole, { version })
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
  })

  test('tells its changes through the whole', async () => {
    const part = createPart('a')
    const whole = createServer({ name: 'whole', version: '1.0.0' }).mount(part)
    const told: string[] = []
    let tell: () => void = () => {}
    const heard = new Promise<void>((resolve) => (tell = resolve))
    await using client = await connectInProcess<Server>(whole, { version })
    await client.subscribe('a:///r', (uri) => {
      told.push(uri)
      tell()
    })
    part.updated('a:///r')
    await heard
    expect(told).toEqual(['a:///r'])
    part.tool('late', {}, () => 'late')
    expect(await names(client.tools())).toContain('late')
  })

  test('may have pages without end or content: each request reads a few of them', async () => {
    let pages = 0
    const whole = createServer({ name: 'whole', version: '1.0.0' })
      .tool('own', {}, () => 'own')
      .mount({
        capabilities: () => ({ tools: {} }),
        owns: () => false,
        answer: () => ({ tools: [], nextCursor: String((pages += 1)) }),
      })
    await using client = await connectInProcess<Server>(whole, { version })
    const first = await client.request('tools/list')
    expect(first).toMatchObject({ tools: [{ name: 'own' }], nextCursor: expect.any(String) })
    await client.request('tools/list', { cursor: first['nextCursor'] })
    expect(pages).toBe(2)
  })

  test('is left out of a list when it fails, and hides nobody', async () => {
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
    await using client = await connectInProcess<Server>(whole, { version })
    expect(await names(client.tools())).toEqual(['b_one', 'b_two', 'b_three'])
    expect(reported).toMatchObject([{ message: 'down' }])
  })
})

describe.for(versions)('middleware, in %s', (version) => {
  test('stands around every call, the first one outermost, and may change it and its result', async () => {
    const seen: string[] = []
    const server = createServer({ name: 'wrapped', version: '1.0.0' })
      .tool(
        'echo',
        { input: { type: 'object', properties: { text: { type: 'string' } } } },
        (args) => args,
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
    await using client = await connectInProcess<Server>(server, { version })
    seen.length = 0
    const result = await client.callTool('echo', { text: 'given' })
    expect(result.structuredContent).toEqual({ text: 'changed' })
    expect(result._meta).toMatchObject({ seen: true })
    await names(client.tools())
    expect(seen).toEqual(['> tools/call', 'call', '< tools/call', '> tools/list', '< tools/list'])
  })

  test('may refuse with an error that the client reads', async () => {
    const server = createServer({ name: 'guarded', version: '1.0.0' })
      .tool('secret', {}, () => 'secret')
      .use('tools/call', () => {
        throw new RpcError(-32000, 'not today')
      })
    await using client = await connectInProcess<Server>(server, { version })
    await expect(client.call('secret')).rejects.toMatchObject({
      rpcCode: -32000,
      message: 'not today',
    })
  })
})

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

  // EXT-06, BASE-45 (basic, "Extensions")
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

  test('must be named by a domain, and is taken in once', () => {
    const server = createServer({ name: 'dice', version: '1.0.0' })
    expect(() => server.extend({ id: 'dice' })).toThrow(/com.example\/name/)
    server.extend({ id })
    expect(() => server.extend({ id })).toThrow(/there already/)
  })
})
