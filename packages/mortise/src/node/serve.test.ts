import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect as connectSocket, createServer as createNetServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createServer } from '../server/index.ts'
import { connect } from './client.ts'
import { serve } from './serve.ts'

const source = `
import { createServer } from 'SERVER'
import { serve } from 'NODE'
const server = createServer({ name: 'served', version: '1.0.0' })
  .tool('slow', {}, async (_args, { progress }) => {
    progress(1)
    await new Promise((resolve) => setTimeout(resolve, 300))
    return 'finished'
  })
  .tool('chatty', {}, () => { console.log('not protocol'); return 'quiet' })
await serve(server)
`

let folder: string
let file: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mortise-serve-'))
  file = join(folder, 'server.mjs')
  const entry = join(folder, 'entry.mjs')
  const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
  await writeFile(
    entry,
    source.replace('SERVER', path('../server/index.ts')).replace('NODE', path('index.ts')),
  )
  const bundle = await rolldown({
    input: entry,
    platform: 'node',
    external: ['undici'],
    logLevel: 'silent',
  })
  await bundle.write({ file, format: 'esm', codeSplitting: false })
})

afterAll(async () => rm(folder, { recursive: true }))

/** Starts the server over HTTP on a free port; resolves with its URL once it says where it is. */
async function start(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [file, '--http', '--port', '0'], {
    stdio: ['ignore', 'inherit', 'pipe'],
  })
  const [line] = (await once(child.stderr, 'data')) as [Buffer]
  const url = /http:\S+/.exec(line.toString())?.[0] ?? ''
  return { child, url }
}

describe('serving', () => {
  test('SIGTERM lets the call that runs finish, takes no more, and ends with code 0', async () => {
    const { child, url } = await start()
    const client = await connect(url)
    const call = client.call('slow', {}, { onProgress: () => child.kill('SIGTERM') })
    expect(await call).toBe('finished')
    const [code] = (await once(child, 'exit')) as [number]
    expect(code).toBe(0)
    await expect(connect(url)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' })
    await client.close()
  })

  // STDIO-03 (basic/transports/stdio)
  test('a piped stdin means stdio, and what a handler prints stays out of the protocol', async () => {
    await using client = await connect(
      { command: process.execPath, args: [file] },
      { stderr: 'ignore' },
    )
    expect(await client.call('chatty')).toBe('quiet')
    expect(client.server.info?.name).toBe('served')
  })

  test('a stdin that nobody writes to means HTTP', async () => {
    const child = spawn(process.execPath, [file, '--port', '0'], {
      stdio: ['ignore', 'inherit', 'pipe'],
    })
    const [line] = (await once(child.stderr, 'data')) as [Buffer]
    expect(line.toString()).toContain('served is at http://127.0.0.1:')
    child.kill('SIGKILL')
  })

  test('requests may come from a file', async () => {
    const requests = join(folder, 'requests.jsonl')
    await writeFile(requests, '{"jsonrpc":"2.0","id":1,"method":"ping"}\n')
    const { stdout } = spawnSync('sh', ['-c', `"$0" "$1" < "$2"`, process.execPath, file, requests])
    expect(JSON.parse(stdout.toString())).toEqual({ jsonrpc: '2.0', id: 1, result: {} })
  })

  test('a worker among several is refused without secrets', async () => {
    const worker = join(folder, 'worker.mjs')
    await writeFile(
      worker,
      `import cluster from 'node:cluster'
      if (cluster.isPrimary) cluster.fork()
      else await import('./server.mjs').catch(({ code }) => { console.log(code); process.exit(1) })`,
    )
    const { stdout } = spawnSync(process.execPath, [worker, '--http', '--port', '0'])
    expect(stdout.toString()).toBe('ERR_SECRETS\n')
  })

  // STDIO-15 (basic/transports/stdio, "Shutdown")
  test('calls that were read before the end of input are answered', async () => {
    const child = spawn(process.execPath, [file, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] })
    const meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientCapabilities': {},
    }
    const params = { name: 'slow', _meta: meta }
    child.stdin.end(
      `${JSON.stringify({ jsonrpc: '2.0', id: 'last', method: 'tools/call', params })}\n`,
    )
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    const [code] = (await once(child, 'close')) as [number]
    expect(code).toBe(0)
    expect(JSON.parse(output)).toMatchObject({
      id: 'last',
      result: { content: [{ text: 'finished' }] },
    })
  })

  test('a taken port is an error that names it, or the next free one is taken', async () => {
    const blocker = createNetServer().listen(0, '127.0.0.1')
    await once(blocker, 'listening')
    const { port } = blocker.address() as AddressInfo
    const server = createServer({ name: 'second', version: '1.0.0' })
    const options = { transport: 'http', port, signals: false, onListening: () => {} } as const
    await expect(serve(server, options)).rejects.toMatchObject({
      code: 'ERR_PORT_TAKEN',
      message: expect.stringContaining(String(port)) as unknown,
    })
    const serving = await serve(server, { ...options, nextFreePort: true })
    expect(new URL(serving.url ?? '').port).not.toBe(String(port))
    await serving.close()
    await serving.done
    blocker.close()
  })

  // HTTP25-04, HTTP26-03, SEC-33 (basic/transports, "Security Warning")
  test('an address that others reach is refused without authorization', async () => {
    const open = createServer({ name: 'open', version: '1.0.0' })
    const options = {
      transport: 'http',
      host: '0.0.0.0',
      port: 0,
      signals: false,
      onListening: () => {},
    } as const
    await expect(serve(open, options)).rejects.toMatchObject({
      code: 'ERR_UNPROTECTED',
      message: expect.stringContaining('auth: protect(...)') as unknown,
    })
    const guarded = createServer({
      name: 'guarded',
      version: '1.0.0',
      http: { authorize: () => ({ subject: 'ada', scopes: [] }) },
    })
    const serving = await serve(guarded, options)
    await serving.close()
  })

  test('another path than the server’s own is not found, and says where the server is', async () => {
    const { child, url } = await start()
    const response = await fetch(new URL('/', url), { method: 'POST' })
    expect(response.status).toBe(404)
    expect(await response.text()).toContain('/mcp')
    child.kill('SIGKILL')
  })
})

describe('where it is served', () => {
  const options = { transport: 'http', signals: false, onListening: () => {} } as const

  async function statusOf(url: string | undefined, host: string): Promise<number> {
    const { port } = new URL(url ?? '')
    const socket = connectSocket(Number(port), '127.0.0.1')
    socket.end(`GET /mcp HTTP/1.1\r\nHost: ${host}:${port}\r\nConnection: close\r\n\r\n`)
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    return Number(text.split(' ')[1])
  }

  test('the hosts that are named may be called, and others may not', async () => {
    const server = createServer({ name: 'named', version: '1.0.0' })
    const serving = await serve(server, { ...options, port: 0, hosts: ['example.com'] })
    expect(await statusOf(serving.url, 'example.com')).toBe(400) // no session, but let in
    expect(await statusOf(serving.url, 'evil.example')).toBe(403)
    await serving.close()
  })

  test.each(['abc', '', '70000', '-1', '1.5'])('"%s" is no port', async (port) => {
    const server = createServer({ name: 'portless', version: '1.0.0' })
    await expect(serve(server, { ...options, port: port as unknown as number })).rejects.toThrow(
      'the port must be a number from 0 to 65535',
    )
    await expect(serve(server, { ...options, argv: [`--port=${port}`] })).rejects.toThrow(TypeError)
  })
})

test.each([{ sse: true }, { argv: ['node', 'server.js', '--http', '--sse'] }])(
  'clients of the older transport are let in where that is asked for, at /sse and at the path (%j)',
  async (how) => {
    const server = createServer({ name: 'old', version: '1.0.0' }).tool('knock', {}, () => 'yes')
    const options = { transport: 'http', port: 0, signals: false, onListening() {} } as const
    const serving = await serve(server, { ...options, ...how })
    for (const path of ['/sse', '/mcp']) {
      const url = new URL(path, serving.url)
      await using client = await connect<typeof server>(url, { http: 'sse' })
      expect(await client.call('knock')).toBe('yes')
    }
    const left = await connect(new URL('/sse', serving.url), { http: 'sse', reconnect: false })
    await serving.close() // ends the streams that are open
    expect(left.status.state).toBe('closed')
  },
)

test('a session of the older transport ends with its socket, and its place is free again', async () => {
  const left: Error[] = []
  const server = createServer({
    name: 'old',
    version: '1.0.0',
    limits: { maxSessions: 1, drainMs: 1 },
    http: { sse: true },
  }).tool('hold', {}, async (_args, { signal, progress }) => {
    progress(1)
    await new Promise((resolve) => signal.addEventListener('abort', resolve))
    left.push(signal.reason as Error)
    return 'nobody hears it'
  })
  const options = { transport: 'http', port: 0, signals: false, onListening() {} } as const
  const serving = await serve(server, options)
  const reach = () => connect<typeof server>(serving.url ?? '', { http: 'sse', reconnect: false })
  const first = await reach()
  let onRunning = (): void => {}
  const running = new Promise<void>((resolve) => (onRunning = resolve))
  const call = first.call('hold', {}, { onProgress: () => onRunning() }).catch(() => {})
  await running
  await expect(reach()).rejects.toMatchObject({ status: 503 })
  await first.close()
  await call
  await vi.waitFor(() => expect(left).toHaveLength(1)) // cancelled once drainMs is over
  const second = await reach()
  await second.close()
  await serving.close()
})

test('an option of serve that does not exist is refused, with the one that was probably meant', async () => {
  const options = { transport: 'http', wrokers: 2 } as const
  const serving = serve(createServer({ name: 'a', version: '1' }), options)
  await expect(serving).rejects.toThrow(
    new TypeError('serve has no option wrokers: did you mean workers?'),
  )
})
