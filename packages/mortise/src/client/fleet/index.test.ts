import { expect, test } from 'vitest'
import { createServer } from '../../server/index.ts'
import { discovery, resultFor, scriptedFetch } from '../../../test/scripted-fetch.ts'
import { until } from '../../../test/settle.ts'
import { createFleet, readConfig } from './index.ts'

test('without Node, servers at a URL are connected to, with the headers of their entries', async () => {
  const seen: (string | null)[] = []
  const server = createServer({ name: 'web', version: '1.0.0' }).tool('hi', {}, () => 'hi')
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    seen.push(`${request.headers.get('a')} ${request.headers.get('b')}`)
    return await server.fetch(request)
  }
  const config = readConfig(
    {
      mcpServers: { web: { url: 'http://localhost/mcp', headers: { a: '${TOKEN}', b: 'entry' } } },
    },
    { env: { TOKEN: 'secret' } },
  )
  await using fleet = createFleet(config, { connect: { fetch, headers: { b: 'own' } } })
  expect(await fleet.call('web__hi')).toBe('hi')
  expect(new Set(seen)).toEqual(new Set(['secret own']))
  // A function is asked for each request: tokens expire.
  seen.length = 0
  let count = 0
  const headers = (): { b: string } => ({ b: String((count += 1)) })
  await using renewing = createFleet(config, { connect: { fetch, headers } })
  expect(await renewing.call('web__hi')).toBe('hi')
  expect(seen).toEqual(['secret 1', 'secret 2'])
})

test('without Node, a command is a fault, and no variable is known by itself', async () => {
  const config = readConfig({
    mcpServers: { started: { command: 'x' }, path: { url: 'https://x.example/${PATH}' } },
  })
  await using fleet = createFleet(config)
  await expect(fleet.server('started')).rejects.toMatchObject({
    code: 'ERR_CONFIG',
    message: 'a command can be started on Node, and not here',
  })
  await expect(fleet.server('path')).rejects.toMatchObject({
    message: 'mcpServers.path: PATH is no variable that is set',
  })
})

test('a tool that a server lists twice is there once, and that is told', async () => {
  const tool = { name: 'twice', inputSchema: { type: 'object' } }
  const { fetch } = scriptedFetch((request) => {
    const tools = { resultType: 'complete', tools: [tool, tool] }
    return resultFor(request, request.body.method === 'tools/list' ? tools : discovery)
  })
  const warnings: unknown[] = []
  await using fleet = createFleet(
    readConfig({ mcpServers: { web: { url: 'http://localhost/' } } }),
    {
      connect: { fetch },
      onWarning: (...warning) => warnings.push(warning),
    },
  )
  const names: string[] = []
  for await (const { name } of fleet.tools()) names.push(name)
  expect(names).toEqual(['web__twice'])
  expect(warnings).toEqual([['twice was left out of a list: it is there already', 'web']])
})

test('two lists that are read at once are whole, both of them', async () => {
  const server = createServer({ name: 'web', version: '1.0.0' })
    .tool('one', {}, () => '1')
    .prompt('two', {}, () => '2')
  const warnings: unknown[] = []
  await using fleet = createFleet(
    readConfig({ mcpServers: { web: { url: 'http://localhost/' } } }),
    {
      connect: { fetch: async (input, init) => await server.fetch(new Request(input, init)) },
      onWarning: (...warning) => warnings.push(warning),
    },
  )
  const names = async (list: AsyncIterable<{ readonly name: string }>): Promise<string[]> => {
    const all: string[] = []
    for await (const { name } of list) all.push(name)
    return all
  }
  const all = [fleet.tools(), fleet.tools(), fleet.prompts(), fleet.prompts()].map(names)
  expect(await Promise.all(all)).toEqual([['web__one'], ['web__one'], ['web__two'], ['web__two']])
  expect(warnings).toEqual([])
})

test('whoever stops reading a list early ends the requests to the servers that are slow', async () => {
  const tools = { resultType: 'complete', tools: [{ name: 't', inputSchema: { type: 'object' } }] }
  const left: unknown[] = []
  const fast = scriptedFetch((request) =>
    resultFor(request, request.body.method === 'tools/list' ? tools : discovery),
  ).fetch
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const request = new Request(input, init)
    const isSlow = request.url.includes('slow')
    const { method } = (await request.clone().json()) as { method: string }
    if (!isSlow || method !== 'tools/list') return await fast(request)
    return await new Promise((_resolve, reject) => {
      const leave = (): void => {
        left.push(request.url)
        reject(init?.signal?.reason as Error)
      }
      init?.signal?.addEventListener('abort', leave, { once: true })
    })
  }
  const config = readConfig({
    mcpServers: { fast: { url: 'https://fast.example/' }, slow: { url: 'https://slow.example/' } },
  })
  const warnings: string[] = []
  const onWarning = (warning: string): void => void warnings.push(warning)
  await using fleet = createFleet(config, { connect: { fetch }, onWarning })
  await fleet.server('slow')
  for await (const { name } of fleet.tools()) {
    expect(name).toBe('fast__t')
    break
  }
  await until(() => left.length === 1)
  expect([left, warnings]).toEqual([['https://slow.example/'], []])
})
