import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Server } from '../../src/server/index.ts'
import { statelessMeta, statelessPost } from '../post.ts'
import { memoryPeer } from './peers.ts'
import type { ChannelPeer } from './peers.ts'
import { countCrashes, createTarget, modern } from './target.ts'

countCrashes()

const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  'then',
  '__defineGetter__',
]
const before = readPrototypes()

/** What the prototypes of everything hold. */
function readPrototypes(): unknown {
  return [Object.prototype, Array.prototype, Function.prototype].map((proto) =>
    Reflect.ownKeys(proto).map((key) => [key, Object.getOwnPropertyDescriptor(proto, key)?.value]),
  )
}

function target() {
  const { server, ran } = createTarget()
  const seen: unknown[] = []
  const keep = (args: unknown): string => {
    seen.push(args)
    return 'kept'
  }
  const withMore = server
    .tool('zod', { input: z.object({ a: z.string().default('none') }) }, keep)
    .tool(
      'defaults',
      { input: { type: 'object', properties: { a: { type: 'string', default: 'none' } } } },
      keep,
    )
    .tool(
      'strict',
      { input: { type: 'object', properties: {}, additionalProperties: false } },
      keep,
    )
  return { server: withMore as unknown as Server, ran, seen }
}

describe('a name that every object has is nothing but a name:', () => {
  beforeAll(() => {
    // A write to a frozen object throws, so that pollution would be an error and not a silence.
    for (const proto of [Object.prototype, Array.prototype, Function.prototype])
      Object.freeze(proto)
  })
  const { server, seen } = target()
  let peer: ChannelPeer
  beforeAll(() => {
    peer = memoryPeer(server)
  })
  afterAll(async () => {
    await peer.close()
    expect(readPrototypes()).toEqual(before)
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
  })

  for (const name of names) {
    const rows: [
      what: string,
      message: { method: string; params?: Record<string, unknown> },
      code: number,
    ][] = [
      ['a method', { method: name }, -32601],
      ['a tool', { method: 'tools/call', params: { name } }, -32602],
      ['a prompt', { method: 'prompts/get', params: { name } }, -32602],
      ['a resource', { method: 'resources/read', params: { uri: name } }, -32602],
      [
        'a cursor',
        { method: 'tools/list', params: { cursor: Buffer.from(name).toString('base64url') } },
        -32602,
      ],
      [
        'a prompt to complete',
        {
          method: 'completion/complete',
          params: { ref: { type: 'ref/prompt', name }, argument: { name: 'a', value: '' } },
        },
        -32602,
      ],
      [
        'a reference',
        {
          method: 'completion/complete',
          params: { ref: { type: name }, argument: { name: 'a', value: '' } },
        },
        -32602,
      ],
      [
        'a version',
        {
          method: 'tools/list',
          params: { _meta: { ...statelessMeta, 'io.modelcontextprotocol/protocolVersion': name } },
        },
        -32022,
      ],
      [
        'a log level',
        {
          method: 'tools/list',
          params: { _meta: { ...statelessMeta, 'io.modelcontextprotocol/logLevel': name } },
        },
        -32602,
      ],
    ]
    test.each(rows)(`${name} as %s`, async (_what, message, code) => {
      const [answer] = await peer.say(modern({ id: name, ...message }))
      expect(answer).toMatchObject({ id: name, error: { code } })
      const headers =
        message.params?.['_meta'] === undefined
          ? {}
          : {
              'mcp-protocol-version': (message.params['_meta'] as any)[
                'io.modelcontextprotocol/protocolVersion'
              ],
            }
      const response = await server.fetch(statelessPost({ id: name, ...message }, headers))
      expect(JSON.parse(await response.text())).toMatchObject({ id: name, error: { code } })
    })

    test(`${name} as an argument, a member of _meta, a capability and a header`, async () => {
      seen.length = 0
      const hostile = { polluted: 'yes', toString: 'no function' }
      const own = (members: object): any =>
        JSON.parse(`{"${name}":${JSON.stringify(hostile)},${JSON.stringify(members).slice(1)}`)
      const _meta = own({
        ...statelessMeta,
        'io.modelcontextprotocol/clientCapabilities': own({ elicitation: own({ form: {} }), x: 1 }),
        'io.modelcontextprotocol/clientInfo': own({ name: 'a', version: '1' }),
      })
      const [answer] = await peer.say(
        modern({
          method: 'tools/call',
          params: own({ _meta, name: 'defaults', arguments: own({ a: 'x' }) }),
        }),
      )
      expect(answer.result.content[0].text).toBe('kept')
      for (const args of seen as Record<string, unknown>[]) {
        expect(args['polluted']).toBeUndefined()
        expect(args['a']).toBe('x')
      }
      for (const tool of ['strict', 'zod']) {
        const [strict] = await peer.say(
          modern({ method: 'tools/call', params: { name: tool, arguments: own({ a: 'x' }) } }),
        )
        expect(strict.result.isError).toBe(true)
        expect(strict.result.content[0].text).toContain(`unknown property "${name}"`)
      }
      const params = own({ name: 'echo', arguments: own({ a: 1 }) })
      const post = statelessPost({ method: 'tools/call', params })
      for (const header of [name, `mcp-param-${name}`]) post.headers.set(header, 'x')
      const response = await server.fetch(post)
      const { structuredContent } = JSON.parse(await response.text()).result
      expect(JSON.stringify(structuredContent)).toBe(JSON.stringify(own({ a: 1 })))
    })
  }

  test('a message whose members come from its prototype has none', async () => {
    const text = '{"__proto__":{"jsonrpc":"2.0","id":1,"method":"tools/list"}}'
    expect((await peer.say(text))[0].error.code).toBe(-32600)
    const params =
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"__proto__":{"name":"zod"}}}'
    expect((await peer.say(params))[0].error.code).toBe(-32600)
    const named = modern({
      method: 'tools/call',
      params: JSON.parse('{"__proto__":{"name":"zod"}}'),
    })
    expect((await peer.say(named))[0].error.code).toBe(-32602)
  })
})

// RES-16 (server/resources, "Security Considerations")
describe('a URI that fits no resource is not found, and no reader runs:', () => {
  const long = 'a'.repeat(60_000)
  const uris: [name: string, uri: string][] = [
    ['a template variable with a slash', 'file:///a/b/c'],
    ['an empty variable', 'file:////b'],
    ['no variable', 'file:///a'],
    ['a query', 'file:///a/b?c'],
    ['a fragment', 'file:///a/b#c'],
    ['broken percent encoding', 'file:///a/%zz'],
    ['percent encoding of no UTF-8', 'file:///a/%ff'],
    ['percent encoding of half a pair', 'file:///a/%ed%a0%80'],
    ['a scheme in capitals', 'FILE:///a/b'],
    ['a blank before', ' memo://one'],
    ['a NUL after', 'memo://one\u0000'],
    ['a look-alike', 'mem\u043e://one'],
    ['a trailing slash', 'memo://one/'],
    ['nothing', ''],
    ['sixty thousand slashes', `file://${'/'.repeat(60_000)}`],
    ['sixty thousand letters and a slash too many', `file:///${long}/b/`],
    ['a template', 'file:///{folder}/{name}/'],
    ['longer than is looked at', `memo://${'a'.repeat(70_000)}`],
  ]
  test.each(uris)('%s', async (_name, uri) => {
    const { server, ran } = createTarget()
    const peer = memoryPeer(server)
    const started = performance.now()
    const [answer] = await peer.say(modern({ method: 'resources/read', params: { uri } }))
    expect(performance.now() - started).toBeLessThan(1000)
    expect(answer.error.code).toBe(-32602)
    expect(ran()).toBe(0)
    await peer.say(
      '{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{},"clientInfo":{"name":"a","version":"1"}}}',
    )
    const [legacy] = await peer.say(
      JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'resources/read', params: { uri } }),
    )
    expect([-32002, -32602]).toContain(legacy.error.code)
    const [good] = await peer.say(
      modern({ method: 'resources/read', params: { uri: 'memo://one' } }),
    )
    expect(good.result.contents[0].text).toBe('a memo')
    await peer.close()
  })

  test('one that does gets its variables decoded once, whatever they hold', async () => {
    const { server } = createTarget()
    const peer = memoryPeer(server)
    const rows: [uri: string, text: string][] = [
      ['file:///a/b', 'a b'],
      ['file:///%2e%2e/%2Fetc', '.. /etc'],
      ['file:///%252e/b', '%2e b'],
      ['file:///__proto__/constructor', '__proto__ constructor'],
    ]
    for (const [uri, text] of rows) {
      const [answer] = await peer.say(modern({ method: 'resources/read', params: { uri } }))
      expect(answer.result.contents).toEqual([{ uri, text }])
    }
    await peer.close()
  })
})
