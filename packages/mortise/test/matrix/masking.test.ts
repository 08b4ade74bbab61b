import { describe, expect, test } from 'vitest'
import { createServer, RpcError, ToolError } from '../../src/server/index.ts'
import type { Server } from '../../src/server/index.ts'
import { connectInProcess } from '../../src/testing/index.ts'
import type { Json } from '../json.ts'

const versions = ['2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'] as const
const secret = 'password is hunter2'

function fails(): never {
  throw new Error(secret)
}

interface Heard {
  readonly error: unknown
  readonly id?: string
  readonly method?: string
  readonly name?: string
}

function create(): { server: Server; heard: Heard[] } {
  const heard: Heard[] = []
  const server = createServer({
    name: 'masking',
    version: '1.0.0',
    onError: (error, context) => void heard.push({ error, ...context }),
  })
    .tool('breaks', {}, fails)
    .tool('breaks_late', {}, async () => {
      await Promise.resolve()
      fails()
    })
    .tool('says', {}, () => {
      throw new ToolError('out of paper', { cause: new Error(secret) })
    })
    .tool('refuses', {}, () => {
      throw new RpcError(-32050, 'not today', { until: 'noon' })
    })
    .prompt('p', { arguments: { a: { complete: fails } } }, fails)
    .resource('a:b', { name: 'b' }, fails)
    .resourceTemplate('c:{d}', { name: 'd', list: fails }, fails)
  return { server: server, heard }
}

/** What everything that fails in a call is, and how the server is asked for it. */
const failures: readonly [method: string, name: string | undefined, params: object][] = [
  ['prompts/get', 'p', { name: 'p' }],
  ['resources/read', 'a:b', { uri: 'a:b' }],
  ['resources/read', 'c:e', { uri: 'c:e' }],
  [
    'completion/complete',
    undefined,
    { ref: { type: 'ref/prompt', name: 'p' }, argument: { name: 'a', value: '' } },
  ],
]

describe.for(versions)('in %s', (version) => {
  // TOOL-17 (server/tools, "Error Handling")
  test.for(['breaks', 'breaks_late'])(
    'an exception of the tool %s is masked under an id that onError hears',
    async (name) => {
      const { server, heard } = create()
      await using client = await connectInProcess<Server>(server, { version })
      const result = await client.callTool(name)
      const { text } = result.content[0] as { text: string }
      const [, id] = /^breaks\w* failed: internal error \(id ([0-9a-f]{8})\)$/.exec(text) ?? []
      expect(result.isError).toBe(true)
      expect(heard).toEqual([{ error: new Error(secret), id, method: 'tools/call', name }])
    },
  )

  test.for(failures)(
    'an exception of %s is masked the same way (%s)',
    async ([method, name, params]) => {
      const { server, heard } = create()
      await using client = await connectInProcess<Server>(server, { version })
      const failure: Json = await client
        .request(method, params as never)
        .catch((error: unknown) => error)
      const [, id] = /^Internal error \(id ([0-9a-f]{8})\)$/.exec(failure.message) ?? []
      expect(failure).toMatchObject({ rpcCode: -32603, data: undefined })
      expect(heard).toEqual([
        { error: new Error(secret), id, method, ...(name === undefined ? {} : { name }) },
      ])
    },
  )

  test('every failure has an id of its own', async () => {
    const { server, heard } = create()
    await using client = await connectInProcess<Server>(server, { version })
    await client.callTool('breaks')
    await client.callTool('breaks')
    expect(new Set(heard.map(({ id }) => id)).size).toBe(2)
  })

  test('what is meant for the peer is told as it is, without its cause, and nobody hears of it', async () => {
    const { server, heard } = create()
    await using client = await connectInProcess<Server>(server, { version })
    expect(await client.callTool('says')).toMatchObject({
      content: [{ type: 'text', text: 'out of paper' }],
      isError: true,
    })
    await expect(client.call('refuses')).rejects.toMatchObject({
      rpcCode: -32050,
      message: 'not today',
      data: { until: 'noon' },
    })
    expect(heard).toEqual([])
  })
})
