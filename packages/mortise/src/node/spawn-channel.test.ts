import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, afterEach, expect, test, vi } from 'vitest'
import type { McpError } from '../std/error.ts'
import { defaultLimits } from '../std/limits.ts'
import type { Channel } from '../transport/channel.ts'
import type { SpawnChannelOptions } from './spawn-channel.ts'
import { spawnChannel } from './spawn-channel.ts'
import type { Spawn } from './start-process.ts'

const limits = { ...defaultLimits, childGraceMs: 200, maxAnswerBytes: 1_000_000 }
const folder = mkdtempSync(join(tmpdir(), 'mortise-spawn-'))
const open: Channel[] = []
afterEach(() => Promise.all(open.splice(0).map((channel) => channel.close())))
afterAll(() => rmSync(folder, { recursive: true }))

interface Started {
  readonly channel: Channel
  /** The next message or fault. */
  readonly next: () => Promise<string>
  readonly messages: string[]
  readonly closed: Promise<McpError | undefined>
}

/** Starts a child that runs `script`, with `options` beside. */
function start(script: string, options: Partial<SpawnChannelOptions> = {}): Started {
  const messages: string[] = []
  const waiting: ((message: string) => void)[] = []
  let read = 0
  let end: (error?: McpError) => void = () => {}
  const closed = new Promise<McpError | undefined>((resolve) => (end = resolve))
  const channel = spawnChannel({
    command: process.execPath,
    args: ['-e', script],
    stderr: 'ignore',
    limits,
    ...options,
  })
  open.push(channel)
  const add = (message: string): void => {
    messages.push(message)
    waiting.shift()?.(messages[read++] ?? '')
  }
  channel.start({ message: add, fault: (fault) => add(fault.kind), closed: (error) => end(error) })
  const next = async (): Promise<string> => {
    const known = messages[read]
    if (known === undefined) return new Promise((resolve) => waiting.push(resolve))
    read++
    return known
  }
  return { channel, next, messages, closed }
}

/** Whether a process runs; a zombie that nobody has buried does not. */
function alive(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ')
  } catch {
    // There is no such process.
    return false
  }
}

const echo = `process.stdin.on('data', (chunk) => process.stdout.write(chunk))`
const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);`
const sayPid = `console.log(JSON.stringify({ pid: process.pid }));`
const pidOf = (message: string): number => (JSON.parse(message) as { pid: number }).pid

// STDIO-01, STDIO-04 (basic/transports/stdio)
test('messages go both ways', async () => {
  const { channel, next } = start(echo)
  void channel.send('{"a":"ü"}')
  void channel.send('[1]')
  expect([await next(), await next()]).toEqual(['{"a":"ü"}', '[1]'])
})

test('a child that does not read makes its sender wait, and close frees it', async () => {
  const { channel, closed } = start(deaf)
  const sent = channel.send(JSON.stringify('x'.repeat(1_000_000)))
  expect(sent).toBeInstanceOf(Promise)
  await channel.close()
  await sent
  expect(await closed).toBeUndefined()
})

test('a child gets no variable that was not declared', async () => {
  vi.stubEnv('MORTISE_TEST_SECRET', 'secret')
  const script = `console.log(JSON.stringify(process.env))`
  const { next } = start(script, { env: { DECLARED: 'yes' } })
  vi.unstubAllEnvs()
  const env = JSON.parse(await next()) as Record<string, string>
  expect(env).toMatchObject({ DECLARED: 'yes', PATH: process.env['PATH'] })
  expect(Object.keys(env)).not.toContain('MORTISE_TEST_SECRET')
})

test('a child runs in the folder that it was given', async () => {
  const script = `console.log(JSON.stringify({ cwd: process.cwd() }))`
  const { next } = start(script, { cwd: folder })
  expect(JSON.parse(await next())).toEqual({ cwd: folder })
})

test('lines that are no messages are reported the first ten times, and never delivered', async () => {
  const stray: string[] = []
  const script = `
    console.log('Server \\x1b[1mready\\x1b[0m')
    for (let i = 0; i < 100; i++) console.log('noise ' + i)
    console.log('{"a":1}')`
  const { next, messages } = start(script, { onStray: (line) => stray.push(line) })
  expect(await next()).toBe('{"a":1}')
  expect(messages).toHaveLength(1)
  expect(stray).toHaveLength(10)
  expect(stray.slice(0, 2)).toEqual(['Server \\x1b[1mready\\x1b[0m', 'noise 0'])
})

test('a line without end is a fault, and what comes after it arrives', async () => {
  const script = `
    for (let i = 0; i < 100; i++) process.stdout.write('{' + 'x'.repeat(100_000))
    process.stdout.write('\\n{"a":1}\\n')`
  const { next } = start(script)
  expect([await next(), await next()]).toEqual(['oversize', '{"a":1}'])
})

test('a child that never stops making noise can be closed', async () => {
  const script = `${sayPid} (function noise() {
    while (process.stdout.write('noise '.repeat(1_000) + '\\n'));
    process.stdout.once('drain', noise)
  })()`
  const { channel, next, closed, messages } = start(script)
  await next()
  await channel.close()
  expect(await closed).toBeUndefined()
  expect(messages).toHaveLength(1)
})

test('a child that exits by itself is an error with its code and its last words', async () => {
  const script = `
    console.error('starting')
    console.error('\\x1b[31mno API key\\x1b[0m')
    process.exitCode = 3`
  const error = await start(script).closed
  expect(error).toMatchObject({
    code: 'ERR_CHILD_EXITED',
    message:
      `the server "${process.execPath}" exited with code 3; its last words:\n` +
      'starting\n\\x1b[31mno API key\\x1b[0m',
  })
})

test('what a child said before it exited is delivered', async () => {
  const { closed, messages } = start(`process.stdout.write('{"last":1}')`)
  expect(await closed).toMatchObject({ message: expect.stringContaining('code 0') as unknown })
  expect(messages).toEqual(['{"last":1}'])
})

test('a child that is killed is an error with the signal', async () => {
  const error = await start(`process.kill(process.pid, 'SIGKILL')`).closed
  expect(error?.message).toMatch(/was ended by SIGKILL; it said nothing on stderr$/)
})

test('an error does not have the arguments, which may be secrets', async () => {
  const error = await start('', { args: ['-e', 'process.exit(1)', 'secret'] }).closed
  expect(error?.message).not.toContain('secret')
})

test('a command that is not there is told with the PATH that was searched', async () => {
  const env = { PATH: ['/nowhere', '/elsewhere'].join(delimiter) }
  const { channel, closed } = start('', { command: 'no-such-server', env })
  const sent = channel.send('{}')
  expect(await closed).toMatchObject({
    code: 'ERR_SPAWN',
    message:
      'the command "no-such-server" was not found on PATH (/nowhere:/elsewhere); install it, or give its path',
  })
  await sent
  await channel.close()
})

test('a folder that is not there is not taken for a missing command', async () => {
  const error = await start('', { cwd: '/no/such/folder' }).closed
  expect(error?.message).toMatch(/could not be started: there is no folder \/no\/such\/folder$/)
})

test('a file that is not executable is told', async () => {
  const command = join(folder, 'plain.txt')
  writeFileSync(command, 'x')
  chmodSync(command, 0o644)
  expect((await start('', { command }).closed)?.message).toMatch(/may not be run/)
})

// STDIO-06 (basic/transports/stdio)
test('whatever a child says on stderr ends nothing', async () => {
  const { channel, next } = start(`console.error('FATAL ERROR: not really'); ${echo}`)
  void channel.send('{"a":1}')
  expect(await next()).toBe('{"a":1}')
})

test('stderr goes line by line to a function', async () => {
  const lines: string[] = []
  const script = `process.stderr.write('one\\ntwo'); process.stderr.write(' and a half')`
  await start(script, { stderr: (line) => lines.push(line) }).closed
  expect(lines).toEqual(['one', 'two and a half'])
})

// STDIO-14 (basic/transports/stdio, "Shutdown")
test('close ends a child by the end of its stdin, without an error', async () => {
  const script = `${sayPid} ${echo}; process.stdin.on('end', () => console.log('{"bye":1}'))`
  const { channel, next, messages, closed } = start(script)
  const pid = pidOf(await next())
  await Promise.all([channel.close(), channel.close()])
  expect([await closed, messages.at(-1), alive(pid)]).toEqual([undefined, '{"bye":1}', false])
})

test('what is sent right before close arrives', async () => {
  const { channel, next, messages } = start(`${sayPid} ${echo}`)
  await next()
  void channel.send('{"last":"é"}')
  await channel.close()
  expect(messages.at(-1)).toBe('{"last":"é"}')
})

// STDIO-14 (basic/transports/stdio, "Shutdown")
test('close ends a child that ignores the end of stdin, by SIGTERM', async () => {
  const script = `process.on('SIGTERM', () => { console.log('{"term":1}'); process.exit() })
    ${sayPid} setInterval(() => {}, 1000)`
  const { channel, next, messages } = start(script)
  const pid = pidOf(await next())
  await channel.close()
  expect([messages.at(-1), alive(pid)]).toEqual(['{"term":1}', false])
})

// STDIO-14 (basic/transports/stdio, "Shutdown")
test('close ends a child that ignores SIGTERM too, and is over when it is gone', async () => {
  const { channel, next, closed } = start(deaf + sayPid)
  const pid = pidOf(await next())
  await channel.close()
  expect([alive(pid), await closed]).toEqual([false, undefined])
})

test('close ends what the child has started, even if the child itself is gone first', async () => {
  const inner = JSON.stringify(deaf + sayPid)
  const script = `
    require('child_process').spawn(process.execPath, ['-e', ${inner}], { stdio: ['ignore', 1, 2] })
    process.stdin.resume().on('end', () => process.exit())`
  const { channel, next } = start(script)
  const pid = pidOf(await next())
  expect(alive(pid)).toBe(true)
  await channel.close()
  expect(alive(pid)).toBe(false)
})

test('what a crashed child has left behind is ended', async () => {
  const inner = JSON.stringify(deaf + sayPid)
  const script = `
    require('child_process').spawn(process.execPath, ['-e', ${inner}], { stdio: ['ignore', 1, 2] })
    process.stdin.on('data', () => process.exit(1))`
  const { channel, next, closed } = start(script)
  const pid = pidOf(await next())
  void channel.send('{}')
  expect(await closed).toMatchObject({ code: 'ERR_CHILD_EXITED' })
  await channel.close()
  expect(alive(pid)).toBe(false)
})

/** A program of its own that starts a stubborn child and then ends as it is told. */
async function parentThatEnds(ending: string): Promise<{ child: number; code: unknown }> {
  const script = join(folder, `parent-${open.length}-${ending.length}.mjs`)
  const entry = fileURLToPath(new URL('entry.ts', import.meta.url))
  const source = `
    import { spawnChannel } from './spawn-channel.ts'
    const channel = spawnChannel({ command: process.execPath, args: ['-e', ${JSON.stringify(deaf + sayPid)}] })
    channel.start({
      message(text) { process.stdout.write(text + '\\n', () => { ${ending} }) },
      fault() {}, closed() {},
    })`
  const bundle = await rolldown({
    input: 'entry',
    platform: 'node',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? entry : undefined),
        load: (id) => (id === entry ? source : undefined),
      },
    ],
  })
  await bundle.write({ file: script })
  await bundle.close()
  const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'ignore'] })
  const [line] = (await once(parent.stdout, 'data')) as [Buffer]
  const [code, signal] = (await once(parent, 'exit')) as [unknown, unknown]
  return { child: pidOf(line.toString()), code: code ?? signal }
}

test.each([
  ['exits', 'process.exit(5)', 5],
  ['is interrupted', `process.kill(process.pid, 'SIGINT')`, 'SIGINT'],
  ['throws', `throw new Error('expected')`, 1],
])('a parent that %s leaves no child behind', async (_how, ending, expected) => {
  const { child, code } = await parentThatEnds(ending)
  expect(code).toBe(expected)
  await vi.waitFor(() => expect(alive(child)).toBe(false))
})

test('listeners on the process are gone with the last child', async () => {
  const before = process.listenerCount('SIGTERM') + process.listenerCount('exit')
  const channels = [start(echo), start(echo)]
  expect(process.listenerCount('SIGTERM') + process.listenerCount('exit')).toBe(before + 2)
  await Promise.all(channels.map(({ channel }) => channel.close()))
  expect(process.listenerCount('SIGTERM') + process.listenerCount('exit')).toBe(before)
})

test('on Windows a batch file is run by cmd.exe, and its tree is ended by taskkill', async () => {
  const calls: { file: string; args: readonly string[]; options: object }[] = []
  const fake: Spawn = (file, args, options) => {
    calls.push({ file, args, options })
    const script = file === 'taskkill' ? `process.kill(${args[1]}, 'SIGKILL')` : deaf + sayPid
    return spawn(process.execPath, ['-e', script])
  }
  const { channel, next, closed } = start('', {
    command: 'npx',
    args: ['-y', 'a&b'],
    env: { PATH: 'C:\\bin', PATHEXT: '.EXE;.CMD', COMSPEC: 'C:\\cmd.exe' },
    cwd: 'C:\\work',
    platform: 'win32',
    spawn: fake,
    isFile: (path) => path === 'C:\\bin\\npx.CMD',
  })
  const pid = pidOf(await next())
  await channel.close()
  expect(calls).toMatchObject([
    {
      file: 'C:\\cmd.exe',
      args: ['/e:ON', '/v:OFF', '/d', '/s', '/c', '""C:\\bin\\npx.CMD" "-y" "a&b""'],
      options: { windowsVerbatimArguments: true, detached: false, windowsHide: true },
    },
    { file: 'taskkill', args: ['/pid', String(pid), '/T', '/F'] },
  ])
  expect(calls.some(({ options }) => 'shell' in options)).toBe(false)
  expect([alive(pid), await closed]).toEqual([false, undefined])
})

test('on Windows a command that is not there is told as elsewhere', async () => {
  const env = { PATH: 'C:\\bin' }
  const { closed } = start('', { command: 'uvx', platform: 'win32', env, isFile: () => false })
  expect((await closed)?.message).toMatch(/^the command "uvx" was not found on PATH \(C:\\bin\)/)
})
