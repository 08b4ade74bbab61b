import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test, vi } from 'vitest'
import { createServer } from '../server/index.ts'
import { createTestRuntime } from '../testing/index.ts'
import { until } from '../../test/settle.ts'
import { connect, createEraMemory } from './client.ts'
import { nodeHandler } from './index.ts'
import type { Client, CommandEntry, ConnectionStatus, NodeConnectOptions } from './client.ts'

const script = fileURLToPath(new URL('../../test/fleet/child.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'mortise-reconnecting-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** A server that counts its starts. */
function child(
  name: string,
  env: Record<string, string> = {},
): CommandEntry & { starts(): number } {
  const file = join(folder, name)
  return {
    command: process.execPath,
    args: [script, name, file],
    env,
    starts: () => Number(readFileSync(file, 'utf8')),
  }
}

const quick = { reconnectDelayMs: 5, maxReconnectDelayMs: 20 }

async function start(entry: CommandEntry, options: NodeConnectOptions = {}): Promise<Client> {
  return await connect(entry, { era: 'session', stderr: 'ignore', limits: quick, ...options })
}

async function pidOf(client: Client): Promise<number> {
  return Number(await client.call('pid'))
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false // there is no such process
  }
}

async function toolsOf(client: Client): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of client.tools()) names.push(name)
  return names
}

test('a server that is killed in the middle of a call is started again, and may be another (STDIO-17)', async () => {
  const changed: string[] = []
  const onListChanged = (list: string): void => void changed.push(list)
  await using client = await start(child('killed'), { onListChanged })
  const pid = await pidOf(client)
  expect(await toolsOf(client)).toContain('only-1')
  const call = client.call('hangs')
  call.catch(() => {})
  // Its answer shows that the call before it has been read.
  await client.request('ping')
  process.kill(pid, 'SIGKILL')
  await expect(call).rejects.toMatchObject({
    code: 'ERR_DISCONNECTED',
    message: expect.stringMatching(
      /before tools\/call was answered: whether the server did the work is unknown\. the server ".*" was ended by SIGKILL; it said nothing on stderr/,
    ) as unknown,
    cause: { code: 'ERR_CHILD_EXITED' },
  })
  expect(await pidOf(client)).not.toBe(pid)
  expect(client.server.info).toEqual({ name: 'killed', version: '2.0.0' })
  expect(await toolsOf(client)).toContain('only-2')
  expect(changed).toEqual(['tools', 'resources', 'prompts'])
})

test('a server that leaves is started again for the list that was asked for', async () => {
  const entry = child('leaves')
  await using client = await start(entry)
  const leaving = expect(client.call('leaves')).rejects.toMatchObject({
    message: expect.stringContaining('exited with code 0') as unknown,
  })
  const list = toolsOf(client)
  await leaving
  expect(await list).toContain('only-2')
  expect(entry.starts()).toBe(2)
})

test('a server that crashes again and again is given up, with its last words', async () => {
  const ends: Error[] = []
  const told: number[] = []
  const entry = child('loops', { FAILS_FROM: '2' })
  await using client = await start(entry, {
    limits: { ...quick, maxReconnects: 4 },
    onClose: (error) => ends.push(error),
    onStatus: (status) => status.state === 'reconnecting' && told.push(status.delayMs),
  })
  await expect(client.call('crashes')).rejects.toMatchObject({
    message: expect.stringMatching(
      /exited with code 9; its last words:\nabout to crash/,
    ) as unknown,
  })
  await expect(client.call('pid')).rejects.toMatchObject({
    code: 'ERR_DISCONNECTED',
    message: expect.stringMatching(
      /4 attempts in a row to open it again came to nothing\. the server ".*" exited with code 7; its last words:\nstart 5: no API key/,
    ) as unknown,
  })
  expect([told, entry.starts()]).toEqual([[5, 10, 20, 20], 5])
  expect(ends).toMatchObject([{ code: 'ERR_DISCONNECTED' }])
})

test('a server is not started again when that is not wanted', async () => {
  const entry = child('once')
  const ended = new Promise<Error>((onClose) => {
    void start(entry, { reconnect: false, onClose }).then((client) => {
      client.call('crashes').catch(() => {})
    })
  })
  expect(await ended).toMatchObject({ code: 'ERR_CHILD_EXITED' })
  expect(entry.starts()).toBe(1)
})

test('a server that hangs is noticed by a ping, ended with its group, and replaced (LIFE-18)', async () => {
  const runtime = createTestRuntime()
  const heard: ConnectionStatus[] = []
  const limits = { ...quick, requestTimeoutMs: 1_000, childGraceMs: 50 }
  const options = { runtime, limits, pingMs: 10_000 }
  await using client = await start(child('hangs'), {
    ...options,
    onStatus: (status) => heard.push(status),
  })
  const pid = await pidOf(client)
  process.kill(pid, 'SIGSTOP')
  runtime.advance(10_000)
  const call = client.call('pid', {}, { timeoutMs: 100_000 })
  call.catch(() => {})
  runtime.advance(1_000)
  await until(() => heard.length > 0)
  expect(heard[0]).toMatchObject({
    state: 'reconnecting',
    error: { message: 'the server did not answer a ping within 1000 ms' },
  })
  await expect(call).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  runtime.advance(5)
  expect(await pidOf(client)).not.toBe(pid)
  // The graces of the old one.
  runtime.advance(50)
  await vi.waitFor(() => expect(isThere(pid)).toBe(false), 10_000)
})

describe.each(['stateless', 'session'] as const)('an HTTP server that is restarted (%s)', (era) => {
  test('fails the call that was under way, and is found again by the next (HTTP25-38)', async () => {
    const first = await listen('1.0.0')
    const client = await connect(first.url, { era, memory: createEraMemory() })
    expect(await client.call('version')).toBe('1.0.0')
    const call = client.call('hangs')
    call.catch(() => {})
    await vi.waitFor(() => expect(first.held()).toBe(1))
    await first.stop()
    await expect(call).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
    // Nothing was sent, so nothing can have been done.
    await expect(client.call('version')).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' })
    const second = await listen('2.0.0', first.port)
    expect(await client.call('version')).toBe('2.0.0')
    expect(await toolsOf(client)).toContain('of-2.0.0')
    if (era === 'session') expect(client.server.info?.version).toBe('2.0.0')
    await client.close()
    await second.stop()
  })
})

interface Listening {
  readonly url: string
  readonly port: number
  /** Calls that hang. */
  held(): number
  /** Ends as a process does that is killed. */
  stop(): Promise<void>
}

async function listen(version: string, port = 0): Promise<Listening> {
  let held = 0
  const server = createServer({ name: 'restarted', version })
    .tool('version', {}, () => version)
    .tool(`of-${version}`, {}, () => version)
    .tool('hangs', {}, async (_args, { signal }) => {
      held += 1
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
    })
  const http = createHttpServer(nodeHandler(server, { path: '/mcp' }))
  await new Promise<void>((resolve) => http.listen(port, '127.0.0.1', resolve))
  const { port: taken } = http.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${taken}/mcp`,
    port: taken,
    held: () => held,
    async stop() {
      const closed = new Promise((resolve) => http.close(resolve))
      http.closeAllConnections()
      await closed
      await server.close({ drainMs: 1 })
    },
  }
}

test('closing a client that waits for its server leaves no process', async () => {
  const limits = { ...quick, reconnectDelayMs: 60_000, maxReconnectDelayMs: 60_000 }
  const entry = child('closed')
  const client = await start(entry, { limits })
  await expect(client.call('crashes')).rejects.toMatchObject({ code: 'ERR_DISCONNECTED' })
  expect(client.status).toMatchObject({ state: 'reconnecting', delayMs: 60_000 })
  await client.close()
  expect(entry.starts()).toBe(1)
})
