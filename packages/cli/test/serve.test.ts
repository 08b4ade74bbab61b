import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer as createHttpServer, request } from 'node:http'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { nodeHandler } from 'mortise/node'
import { createServer as createMcpServer } from 'mortise/server'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { install } from './installed.ts'
import type { Installed } from './installed.ts'

let command: Installed
beforeAll(async () => {
  command = await install()
})
afterAll(() => command.remove())

const weather = 'servers/weather.ts'

test('a module is served over HTTP to clients of both eras, until Ctrl-C', async () => {
  const { child, said, finished } = command.start(['serve', weather, '--http', '--port', '0'])
  const [, url = ''] = await said(/weather is at (\S+)/)
  for (const era of ['stateless', 'session']) {
    const { code, stdout } = await command.run(['call', url, 'forecast', 'city=Oslo', '--era', era])
    expect([code, JSON.parse(stdout)]).toMatchObject([0, { asked: { city: 'Oslo' } }])
  }
  child.kill('SIGINT')
  expect(await finished).toMatchObject({ code: 0, stdout: '' })
})

test('--sse serves clients of the older transport too, at /sse', async () => {
  const serving = ['serve', weather, '--http', '--sse', '--port', '0']
  const { child, said, finished } = command.start(serving)
  const [, url = ''] = await said(/weather is at (\S+)/)
  const stream = await fetch(new URL('/sse', url), { headers: { accept: 'text/event-stream' } })
  const { value } = (await stream.body?.getReader().read()) ?? {}
  expect(new TextDecoder().decode(value)).toMatch(/^event: endpoint\ndata: \/sse\?sessionId=/)
  child.kill('SIGINT')
  expect(await finished).toMatchObject({ code: 0 })
})

test('a server that speaks only the older transport is listed like any other', async () => {
  const server = createMcpServer({ name: 'old', version: '1.0.0', http: { sse: true } })
  const mcp = nodeHandler(server.tool('knock', {}, () => 'who is there'))
  const http = createHttpServer((req, res) => {
    const isNew = req.method === 'POST' && req.url?.includes('sessionId=') !== true
    if (isNew) res.writeHead(405).end()
    else mcp(req, res)
  }).listen(0, '127.0.0.1')
  await once(http, 'listening')
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/sse`
  const listed = await command.run(['list', url, '--tools'])
  const called = await command.run(['call', url, 'knock'])
  await server.close({ drainMs: 1 })
  http.close()
  expect([listed.code, listed.stdout]).toEqual([0, expect.stringContaining('knock')])
  expect(called).toMatchObject({ code: 0, stdout: 'who is there\n' })
})

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, '127.0.0.1')
  await once(holder, 'listening')
  const { port } = holder.address() as AddressInfo
  holder.close()
  await once(holder, 'close')
  return port
}

test('a taken port is said to be taken', async () => {
  const blocker = createServer().listen(0, '127.0.0.1')
  await once(blocker, 'listening')
  const { port } = blocker.address() as AddressInfo
  const { code, stderr } = await command.run(['serve', weather, '--http', '--port', String(port)])
  blocker.close()
  expect(stderr).toContain(`port ${port} of 127.0.0.1 is taken`)
  expect(code).toBe(3)
})

test('a ready-made server takes its own options', async () => {
  const { stdout } = await command.run(['list', `files ${command.folder} --write`, '--tools'])
  expect(stdout).toContain('write_file')
  const { code, stderr } = await command.run(['serve', 'files', 'no-such-folder', '--stdio'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('no-such-folder')])
})

test('a command after -- is started as it stands', async () => {
  const own = [process.execPath, join(command.folder, 'command', 'main.js')]
  const args = ['call', 'variable', '--', ...own, 'serve', weather]
  expect(await command.run(args)).toMatchObject({ code: 0, stdout: 'unset\n' })
})

test('what a module prints does not break the protocol', async () => {
  const path = command.write(
    'noisy.mjs',
    `import { createServer } from 'mortise/server'
    console.log('starting up')
    export default createServer({ name: 'noisy', version: '1.0.0' })
      .tool('say', {}, () => { console.log('working'); return 'said' })`,
  )
  const { code, stdout, stderr } = await command.run(['call', path, 'say'])
  expect([code, stdout, stderr]).toEqual([0, 'said\n', ''])
  const input = `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' })}\n`
  const served = await command.run(['serve', path, '--stdio'], { input })
  expect(served.stderr).toContain('starting up')
  for (const line of served.stdout.trim().split('\n')) {
    expect(JSON.parse(line)).toMatchObject({ jsonrpc: '2.0', id: 1 })
  }
})

test.each([
  ['a module without a server', 'export const nothing = 1', 'exports no server'],
  ['a module that cannot be parsed', 'export const = 1', 'cannot be loaded'],
  ['a module that throws', `throw new Error('no database')`, 'cannot be loaded: no database'],
  [
    'a module that serves itself',
    `import { createServer } from 'mortise/server'
    import { serve } from 'mortise/node'
    export const server = createServer({ name: 'own', version: '1.0.0' })
    await serve(server, { transport: 'stdio' })`,
    'the module serves itself',
  ],
])('%s is explained', async (name, source, said) => {
  for (const suffix of ['mjs', 'ts']) {
    const path = command.write(`${name.replaceAll(' ', '-')}.${suffix}`, source)
    const { code, stderr } = await command.run(['serve', path, '--stdio'])
    expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
  }
})

test('arguments for a module that takes none are wrong use', async () => {
  const path = command.write(
    'plain.ts',
    `import { createServer } from 'mortise/server'
    enum Kind { plain = 'plain' }
    export const server = createServer({ name: Kind.plain as string, version: '1.0.0' })`,
  )
  expect(await command.run(['list', path])).toMatchObject({ code: 0 })
  const { code, stderr } = await command.run(['serve', path, '--prot', '80', '--http'])
  expect([code, stderr]).toEqual([2, expect.stringContaining('"--prot"')])
})

test('a stdin that nobody writes to means HTTP', async () => {
  const main = join(command.folder, 'command', 'main.js')
  const child = spawn(process.execPath, [main, 'serve', weather, '--port', '0'], {
    cwd: command.folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const [line] = (await once(child.stderr, 'data')) as [Buffer]
  expect(line.toString()).toContain(' is at http://127.0.0.1:')
  child.kill('SIGKILL')
})

test.each([
  ['', `await serve(server)`, '0'],
  [' and does not wait', `void serve(server)`, '0'],
  [' at the same port', `void serve(server)`, undefined],
])('a module that serves itself over HTTP%s is told so', async (name, start, free) => {
  const path = command.write(
    `own-http${name.replaceAll(' ', '-')}.mjs`,
    `import { createServer } from 'mortise/server'
    import { serve } from 'mortise/node'
    export const server = createServer({ name: 'own', version: '1.0.0' })
    ${start}`,
  )
  const port = free ?? String(await freePort())
  const { code, stderr } = await command.run(['serve', path, '--http', '--port', port])
  expect([code, stderr]).toEqual([2, expect.stringContaining('the module serves itself')])
})

test('a server beyond this machine answers to the names that it is given', async () => {
  const args = ['serve', weather, '--http', '--port', '0', '--host', '0.0.0.0', '--unprotected']
  const more = ['--allow-host', 'box.lan', '--allow-host', 'den.lan', '--origin', 'https://a.lan']
  const { child, said, finished } = command.start([...args, ...more])
  const [, url = ''] = await said(/weather is at (\S+)/)
  const status = (headers: Record<string, string>): Promise<number | undefined> =>
    new Promise((resolve, reject) => {
      const asked = request(url, { method: 'OPTIONS', headers }, (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      asked.on('error', reject).end()
    })
  expect(await status({ host: 'box.lan' })).not.toBe(403)
  expect(await status({ host: 'den.lan:80', origin: 'https://a.lan' })).not.toBe(403)
  expect(await status({ host: 'other.lan' })).toBe(403)
  expect(await status({ host: 'box.lan', origin: 'https://b.lan' })).toBe(403)
  child.kill('SIGINT')
  expect(await finished).toMatchObject({ code: 0 })
})

test.each([
  ['a host with its port', ['--allow-host', 'box.lan:80'], '--allow-host "box.lan:80" must be'],
  ['an origin with a path', ['--origin', 'https://a.lan/b'], '--origin "https://a.lan/b" must be'],
])('%s is wrong use', async (_name, args, said) => {
  const { code, stderr } = await command.run(['serve', weather, '--http', '--port', '0', ...args])
  expect([code, stderr]).toEqual([2, expect.stringContaining(said)])
})

test('the help of a ready-made server has its own options', async () => {
  const { stdout } = await command.run(['serve', 'files', '--help'])
  expect(stdout).toContain('--port N')
  expect(stdout).toContain('--hidden  also let clients read')
})

test('a URL without its path, and a refusal, are explained', async () => {
  const { child, said, finished } = command.start(['serve', weather, '--http', '--port', '0'])
  const [, url = ''] = await said(/weather is at (\S+)/)
  const rootless = await command.run(['list', new URL(url).origin])
  expect(rootless.stderr).toContain(`Did you mean "${url}"?`)
  const foreign = await command.run(['list', url, '-H', 'Origin: https://a.lan'])
  expect(foreign.stderr).toContain('Origin "https://a.lan" may not call')
  expect(foreign.stderr).not.toContain('Authorization')
  child.kill('SIGINT')
  expect(await finished).toMatchObject({ code: 0 })
})
