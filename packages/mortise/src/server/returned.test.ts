import { describe, expect, test } from 'vitest'
import { connectInProcess } from '../testing/index.ts'
import { settle } from '../../test/settle.ts'
import { createServer } from './index.ts'
import type { Server } from './index.ts'

class Secretive {
  readonly #state = 1
  get state(): number {
    return this.#state
  }
}

class Point {
  readonly x = 1
}

const circle: { self?: unknown } = {}
circle.self = circle

/** What is returned, and where and how it is wrong. */
const faults: readonly [what: string, value: unknown, where: string][] = [
  ['a block without its text', [{ type: 'text' }], '/content/0/text must be a string'],
  [
    'a picture that is no Base64',
    [{ type: 'image', data: 'no!', mimeType: 'image/png' }],
    '/content/0/data must be Base64',
  ],
  [
    'sound without its type',
    [
      { type: 'text', text: '' },
      { type: 'audio', data: 'AAAA' },
    ],
    '/content/1/mimeType must be a string',
  ],
  ['a link without a name', [{ type: 'resource_link', uri: 'a:b' }], '/content/0/name'],
  [
    'a resource without contents',
    { content: [{ type: 'resource', resource: { uri: 'a:b' } }] },
    '/content/0/resource needs a text or a blob',
  ],
  [
    'a block of an unknown type',
    { content: [{ type: 'txt', text: '' }] },
    '/content/0/type must be one of',
  ],
  ['a Map', new Map([['a', 1]]), '/ is a Map'],
  ['a Set within', { names: new Set(['a']) }, '/names is a Set'],
  ['a promise that nobody awaited', { later: [Promise.resolve(1)] }, '/later/0 is a Promise'],
  ['an object whose state is private', { 'a/b': new Secretive() }, '/a~1b is a Secretive'],
  ['an Error', { problem: new Error('x') }, '/problem is a Error'],
  ['a bigint', { total: 1n }, '/total is a bigint'],
  ['a cycle', { circle }, '/circle/self is in itself'],
  [
    'a Map in a whole result',
    { content: [], structuredContent: { m: new Map() } },
    '/structuredContent/m is a Map',
  ],
]

const fine: readonly [what: string, value: unknown][] = [
  ['a text', 'text'],
  ['nothing', undefined],
  ['an empty object', {}],
  ['empty lists and objects within', { a: [], b: {}, c: Object.create(null) as unknown }],
  ['what says itself', { at: new Date(0), url: new URL('http://a.b') }],
  ['an object of a class with members', new Point()],
  [
    'one value in two places',
    [circle.self === undefined ? 1 : 2, ...[{ a: 1 }].flatMap((one) => [one, one])],
  ],
  ['null', null],
  ['objects that have a type and are no blocks', { content: [{ type: 'txt' }], more: 1 }],
  ['a text with braces', { text: '{}' }],
]

function serverOf(value: unknown, late: boolean): { server: Server; heard: unknown[] } {
  const heard: unknown[] = []
  const server = createServer({
    name: 's',
    version: '1.0.0',
    onError: (error, context) => void heard.push([(error as Error).message, context]),
  }).tool('t', {}, () => (late ? Promise.resolve(value) : value))
  return { server: server, heard }
}

// TOOL-15 (server/tools, "Error Handling")
describe.for([false, true])('what a tool returns, later: %s', (late) => {
  test.for(faults)('%s is told to onError, and masked', async ([, value, where]) => {
    const { server, heard } = serverOf(value, late)
    await using client = await connectInProcess<Server>(server)
    await expect(client.callTool('t')).rejects.toThrow(/^Internal error \(id [0-9a-f]{8}\)$/)
    const [[message, context]] = heard as [[string, object]]
    expect(message).toContain(`tool "t" returned what cannot be sent: ${where}`)
    expect(context).toMatchObject({ method: 'tools/call', name: 't' })
  })

  test.for(fine)('%s is sent', async ([, value]) => {
    const { server, heard } = serverOf(value, late)
    await using client = await connectInProcess<Server>(server)
    expect((await client.callTool('t')).isError).toBeUndefined()
    expect(heard).toEqual([])
  })
})

test('structured content of a schema is looked at too, and so is a failure', async () => {
  const heard: string[] = []
  const server = createServer({
    name: 's',
    version: '1.0.0',
    onError: (error) => void heard.push((error as Error).message),
  })
    .tool('map', { output: { type: 'object' } }, () => ({ a: new Map() }))
    .tool('fails', { output: { type: 'object' } }, () => ({
      content: [{ type: 'text' } as never],
      isError: true,
    }))
  await using client = await connectInProcess<Server>(server)
  await expect(client.call('map')).rejects.toThrow('Internal error')
  await expect(client.call('fails')).rejects.toThrow('Internal error')
  expect(heard).toEqual([
    expect.stringContaining('tool "map" returned what cannot be sent: /a is a Map'),
    expect.stringContaining('tool "fails" returned what cannot be sent: /content/0/text'),
  ])
})

test("what a call gives that was cancelled is nobody's business", async () => {
  const heard: unknown[] = []
  let begun = (): void => {}
  let over = (): void => {}
  const running = new Promise<void>((resolve) => (begun = resolve))
  const ended = new Promise<void>((resolve) => (over = resolve))
  const server = createServer({
    name: 's',
    version: '1.0.0',
    onError: (error) => void heard.push(error),
  }).tool('waits', {}, async (_args, { signal }) => {
    begun()
    const event = await new Promise((resolve) => signal.addEventListener('abort', resolve))
    over()
    return event
  })
  await using client = await connectInProcess<typeof server>(server)
  const leaving = new AbortController()
  const call = client.call('waits', {}, { signal: leaving.signal })
  await running
  leaving.abort()
  await expect(call).rejects.toThrow()
  await ended
  await settle()
  expect(heard).toEqual([])
})

/** As JavaScript would return it. */
const any = (value: unknown): never => value as never

const others: readonly [what: string, method: string, params: object, said: string][] = [
  [
    'a role of nobody',
    'prompts/get',
    { name: 'role' },
    'prompt "role" returned what cannot be sent: /0/role',
  ],
  [
    'a malformed block',
    'prompts/get',
    { name: 'block' },
    'prompt "block" returned what cannot be sent: /messages/0/content/text',
  ],
  [
    'no messages',
    'prompts/get',
    { name: 'none' },
    'prompt "none" returned what cannot be sent: / is neither',
  ],
  [
    'a content of nothing',
    'resources/read',
    { uri: 'a:empty' },
    'resource "a:empty" returned what cannot be sent: / needs a text or a blob',
  ],
  ['a number', 'resources/read', { uri: 'a:number' }, 'resource "a:number" returned'],
  ['null', 'resources/read', { uri: 'a:null' }, 'resource "a:null" returned'],
  [
    'a malformed whole',
    'resources/read',
    { uri: 'a:whole' },
    'resource "a:whole" returned what cannot be sent: /contents/0/blob must be Base64',
  ],
  [
    'a member without a name',
    'resources/list',
    {},
    'the list of "b:{c}" returned what cannot be sent: /resources/1/name',
  ],
  [
    'completions that are no texts',
    'completion/complete',
    { ref: { type: 'ref/prompt', name: 'role' }, argument: { name: 'a', value: '' } },
    'a completer returned what cannot be sent: /1 must be a string',
  ],
]

test.for(others)(
  '%s of another handler (%s) is masked, and told to onError',
  async ([, method, params, said]) => {
    const heard: string[] = []
    const server = createServer({
      name: 's',
      version: '1.0.0',
      onError: (error) => void heard.push((error as Error).message),
    })
      .prompt('role', { arguments: { a: { complete: () => ['x', any(1)] } } }, () =>
        any([{ role: 'system', content: { type: 'text', text: '' } }]),
      )
      .prompt('block', {}, () => any({ messages: [{ role: 'user', content: { type: 'text' } }] }))
      .prompt('none', {}, () => any(null))
      .resource('a:empty', { name: 'empty' }, () => ({}))
      .resource('a:number', { name: 'number' }, () => any(1))
      .resource('a:null', { name: 'null' }, () => any(null))
      .resource('a:whole', { name: 'whole' }, () => ({
        contents: [any({ uri: 'a:whole', blob: '!' })],
      }))
      .resourceTemplate(
        'b:{c}',
        {
          name: 'b',
          list: () => ({ resources: [{ uri: 'b:1', name: '1' }, any({ uri: 'b:2' })] }),
        },
        () => '',
      )
    await using client = await connectInProcess<Server>(server)
    const list = method === 'resources/list' ? await nextPage(client) : {}
    await expect(client.request(method, { ...params, ...list })).rejects.toThrow('Internal error')
    expect(heard).toEqual([expect.stringContaining(said)])
  },
)

/** The cursor after the static resources. */
async function nextPage(client: {
  request(method: string): Promise<Readonly<Record<string, unknown>>>
}): Promise<{ cursor: unknown }> {
  const { nextCursor } = await client.request('resources/list')
  return { cursor: nextCursor }
}
