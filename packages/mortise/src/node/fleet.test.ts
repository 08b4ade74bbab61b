import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import { z } from 'zod'
import { createServer } from '../server/index.ts'
import { nodeHandler } from './index.ts'
import { createFleet, readConfig, readConfigFile } from './fleet.ts'
import type { Fleet, FleetTool, NodeFleetOptions, ServerStatus } from './fleet.ts'

const script = fileURLToPath(new URL('../../test/fleet/child.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mortise-fleet-'))
const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})
afterAll(() => rmSync(folder, { recursive: true }))

/** An entry for a server that is started. */
const child = (name: string, more: object = {}): object => ({
  command: process.execPath,
  args: [script, name],
  ...more,
})

function launch(mcpServers: object, options: NodeFleetOptions = {}): Fleet {
  const connect = { era: 'session', stderr: 'ignore' } as const
  const limits = { childGraceMs: 100, ...options.limits }
  const fleet = createFleet(readConfig({ mcpServers }), { connect, ...options, limits })
  closers.push(() => fleet.close())
  return fleet
}

async function listen(name: string): Promise<string> {
  const server = createServer({ name, version: '1.0.0' })
    .tool('add', { input: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => a + b)
    .tool('secret', {}, () => 'kept back')
    .prompt('greet', {}, () => `greet from ${name}`)
    .resource('memo://one', { name: 'one' }, () => `memo of ${name}`)
  const http = createHttpServer(nodeHandler(server, { path: '/mcp' }))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  closers.push(async () => {
    await server.close({ drainMs: 1 })
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  })
  return `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}
const states = (fleet: Fleet): string[] => fleet.status().map(({ state }) => state)
const names = (items: readonly { name: string }[]): string[] => items.map(({ name }) => name)

test('servers that are started and servers at a URL offer what they have under one roof', async () => {
  const fleet = launch({ one: child('one'), web: { url: await listen('web') } })
  expect(states(fleet)).toEqual(['idle', 'idle'])
  const tools = await all(fleet.tools())
  expect(names(tools)).toContain('one__pid')
  expect(tools.find(({ name }) => name === 'web__add')).toMatchObject({
    server: 'web',
    ownName: 'add',
    inputSchema: { type: 'object' },
  })
  expect(await fleet.call('web__add', { a: 1, b: 2 })).toBe('3')
  expect(await fleet.call('one__echo', { x: 1 })).toBe('{"x":1}')
  expect(names(await all(fleet.prompts())).toSorted()).toEqual(['one__greet', 'web__greet'])
  expect((await fleet.getPrompt('one__greet')).messages[0]?.content).toMatchObject({
    text: 'greet from one',
  })
  const resources = await all(fleet.resources())
  expect(resources.map(({ name, server, uri }) => `${name} ${server} ${uri}`).toSorted()).toEqual([
    'one__one one memo://one',
    'web__one web memo://one',
  ])
  expect((await fleet.readResource('web', 'memo://one')).contents).toMatchObject([
    { text: 'memo of web' },
  ])
  expect(states(fleet)).toEqual(['connected', 'connected'])
})

test('every public name is one that providers of models take, and leads to its tool', async () => {
  const fleet = launch({ 'a key, that is.long__and odd': child('odd') })
  const tools = await all(fleet.tools())
  for (const { name } of tools) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/)
  const dotted = tools.find(({ ownName }) => ownName === 'with.dots and spaces')
  expect(await fleet.call(dotted?.name ?? '')).toBe('a name that no model takes')
})

test('a name that was made is found without a list before', async () => {
  const before = launch({ one: child('one') })
  const tool = (await all(before.tools())).find(({ ownName }) => ownName.includes('dots'))
  const fleet = launch({ one: child('one') })
  expect(await fleet.call(tool?.name ?? '')).toBe('a name that no model takes')
})

test('a call connects to its own server and to no other', async () => {
  const fleet = launch({ one: child('one'), two: child('two') })
  expect(await fleet.call('two__pid')).toMatch(/^\d+$/)
  expect(await fleet.tool('two__pid')).toMatchObject({ server: 'two', ownName: 'pid' })
  await expect(fleet.tool('two__nothing')).rejects.toMatchObject({ code: 'ERR_NO_TOOL' })
  expect(states(fleet)).toEqual(['idle', 'connected'])
})

test('a server that does not start is left out, and says why', async () => {
  const warnings: unknown[] = []
  const heard: ServerStatus[] = []
  const fleet = launch(
    {
      bad: child('bad', { env: { FAILS_FROM: '1' } }),
      lost: { command: 'no-such' },
      good: child('good'),
    },
    {
      onWarning: (warning, server) => warnings.push([server, warning]),
      onStatus: (status) => heard.push(status),
    },
  )
  const tools = await all(fleet.tools())
  expect(new Set(tools.map(({ server }) => server))).toEqual(new Set(['good']))
  expect(fleet.status()).toMatchObject([
    {
      server: 'bad',
      state: 'failed',
      error: {
        message: expect.stringMatching(
          /exited with code 7; its last words:\nstart 1: no API key/,
        ) as unknown,
      },
    },
    { server: 'lost', state: 'failed', error: { code: 'ERR_SPAWN' } },
    { server: 'good', state: 'connected' },
  ])
  expect(warnings).toHaveLength(2)
  expect(heard.map(({ server, state }) => `${server} ${state}`).toSorted()).toEqual([
    'bad connecting',
    'bad failed',
    'good connected',
    'good connecting',
    'lost connecting',
    'lost failed',
  ])
})

test('a server that does not answer holds up no other', async () => {
  const deaf = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] }
  const fleet = launch({ deaf, good: child('good') })
  const reading = fleet.tools()
  expect((await reading.next()).value).toMatchObject({ server: 'good' })
  expect(states(fleet)).toEqual(['connecting', 'connected'])
  // And whoever does not want to wait for it says how long.
  const found = await all(fleet.tools({ timeoutMs: 30 }))
  expect(found.every(({ server }: FleetTool) => server === 'good')).toBe(true)
})

test('disabled servers, and tools that a configuration keeps back, are not there', async () => {
  const url = await listen('web')
  const fleet = launch({
    off: { url: 'http://127.0.0.1:9/', disabled: true },
    web: { url, excludeTools: ['secret'] },
    few: { url, includeTools: ['secret'] },
  })
  expect(fleet.servers).toEqual(['web', 'few'])
  expect(fleet.status()[0]).toEqual({ server: 'off', state: 'disabled' })
  expect(names(await all(fleet.tools()))).toEqual(['web__add', 'few__secret'])
  for (const name of ['web__secret', 'few__add', 'off__add', 'nobody__add', 'add', '']) {
    await expect(fleet.call(name)).rejects.toMatchObject({ code: 'ERR_NO_TOOL' })
  }
  await expect(fleet.getPrompt('off__greet')).rejects.toMatchObject({ code: 'ERR_NO_PROMPT' })
  await expect(fleet.server('off')).rejects.toMatchObject({ code: 'ERR_NO_SERVER' })
})

test('an entry at fault fails by itself', async () => {
  const fleet = launch({
    bad: { command: 'x', env: { K: '${NOT_SET_HERE}' } },
    good: child('good'),
  })
  expect(fleet.status()[0]).toMatchObject({
    state: 'failed',
    error: {
      code: 'ERR_CONFIG',
      message: 'mcpServers.bad: env.K: NOT_SET_HERE is no variable that is set',
    },
  })
  expect(new Set((await all(fleet.tools())).map(({ server }) => server))).toEqual(new Set(['good']))
  await expect(fleet.call('bad__x')).rejects.toMatchObject({ code: 'ERR_CONFIG' })
})

test('a server that crashes is started again, and the fleet tells', async () => {
  const heard: string[] = []
  const changed: string[] = []
  const fleet = launch(
    { one: child('one') },
    {
      limits: { reconnectDelayMs: 5 },
      onStatus: ({ state }) => heard.push(state),
      onListChanged: (list, server) => changed.push(`${list} of ${server}`),
    },
  )
  await expect(fleet.call('one__crashes')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  expect(await fleet.call('one__pid')).toMatch(/^\d+$/)
  expect(heard).toEqual(['connecting', 'connected', 'reconnecting', 'connected'])
  expect(changed).toContain('tools of one')
})

test('options are those of the server', async () => {
  const fleet = launch(
    { one: child('one'), two: child('two') },
    {
      connect: (server) => ({
        era: 'session',
        stderr: 'ignore',
        info: { name: `host of ${server}`, version: '1.0.0' },
        versions: server === 'two' ? ['2024-11-05'] : ['2025-11-25'],
      }),
    },
  )
  expect((await fleet.server('one')).server.version).toBe('2025-11-25')
  await expect(fleet.server('two')).rejects.toMatchObject({ code: 'ERR_VERSION' })
})

test('nothing that is shown has a secret of the configuration', async () => {
  const shown: unknown[] = []
  const secret = 'hunter2'
  const fleet = launch(
    {
      one: { command: 'no-such', args: [secret], env: { K: secret } },
      web: { url: `http://127.0.0.1:9/${secret}`, headers: { authorization: secret } },
      bad: { command: 'x', env: { K: secret, L: null } },
    },
    {
      onStatus: (status) => shown.push(status),
      onWarning: (...warning) => shown.push(warning),
    },
  )
  await all(fleet.tools())
  expect(inspect([shown, fleet, fleet.status()], { depth: 10 })).not.toContain(secret)
})

test('closing closes all, also what is being connected', async () => {
  const deaf = { command: process.execPath, args: ['-e', 'setInterval(() => {}, 1000)'] }
  const fleet = launch({ deaf, one: child('one') })
  const pid = Number(await fleet.call('one__pid'))
  const waiting = expect(fleet.server('deaf')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  await vi.waitFor(() => expect(states(fleet)).toEqual(['connecting', 'connected']))
  await fleet.close()
  await waiting
  expect(states(fleet)).toEqual(['closed', 'closed'])
  expect(() => process.kill(pid, 0)).toThrow('ESRCH')
  await expect(fleet.call('one__pid')).rejects.toMatchObject({ message: 'the fleet was closed' })
})

describe('a file', () => {
  test('may have comments, names folders, and reads variables from another file', async () => {
    const workspace = join(folder, 'project')
    const path = join(workspace, '.vscode', 'mcp.json')
    mkdirSync(join(workspace, '.vscode'), { recursive: true })
    writeFileSync(join(workspace, '.env'), '# secrets\nFROM_FILE="of the file"\nBOTH=file\n')
    writeFileSync(
      path,
      `{
        // what VS Code asks for
        "inputs": [{ "type": "promptString", "id": "key", "password": true }],
        "servers": {
          "one": {
            "type": "stdio", "command": ${JSON.stringify(process.execPath)},
            "args": [${JSON.stringify(script)}, "one"],
            "cwd": "\${workspaceFolder}", "envFile": "\${workspaceFolder}/.env",
            "env": { "BOTH": "entry", "KEY": "\${input:key}" },
          },
        },
      }`,
    )
    const config = await readConfigFile(path, { inputs: { key: 'typed' } })
    const fleet = createFleet(config, { connect: { era: 'session', stderr: 'ignore' } })
    closers.push(() => fleet.close())
    expect(await fleet.call('one__cwd')).toBe(workspace)
    const env: unknown = JSON.parse(String(await fleet.call('one__env')))
    expect(env).toMatchObject({ FROM_FILE: 'of the file', BOTH: 'entry', KEY: 'typed' })
  })

  test.each(['config.toml', 'goose.yaml', 'librechat.yml'])(
    'that is no JSON is not guessed at: %s',
    async (name) => {
      await expect(readConfigFile(join(folder, name))).rejects.toMatchObject({
        code: 'ERR_CONFIG',
        message: expect.stringContaining('hand the value to readConfig') as unknown,
      })
    },
  )
})
