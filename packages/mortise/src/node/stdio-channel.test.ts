import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { PassThrough } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultLimits } from '../std/limits.ts'
import { createTestRuntime } from '../testing/runtime.ts'
import type { Channel } from '../transport/channel.ts'
import { createStdioChannel } from './stdio-channel.ts'
import { guardStdout } from './stdout-guard.ts'

const limits = { ...defaultLimits, maxMessageBytes: 100 }

interface Opened {
  readonly channel: Channel
  readonly input: PassThrough
  readonly output: PassThrough
  readonly told: string[]
}

/** A started channel over two streams, and what its receiver was told. */
function open(highWaterMark = 16): Opened {
  const input = new PassThrough()
  const output = new PassThrough({ highWaterMark })
  const told: string[] = []
  const channel = createStdioChannel({ input, output, limits, runtime: createTestRuntime() })
  channel.start({
    message: (text) => told.push(text),
    fault: (fault) => told.push(`${fault.kind}: ${fault.message}`),
    closed: (error) => told.push(error === undefined ? 'closed' : `closed ${error.code}`),
  })
  return { channel, input, output, told }
}

const settled = (): Promise<void> => new Promise(setImmediate)

// STDIO-19 (basic/transports, "Custom Transports")
test('lines become messages, whatever the pieces', async () => {
  const { input, told } = open()
  input.write('{"a":1}\n{"b"')
  input.write(':2}\r\n')
  await settled()
  expect(told).toEqual(['{"a":1}', '{"b":2}'])
})

// STDIO-02 (basic/transports/stdio)
test('a message is one line', async () => {
  const { channel, output } = open()
  void channel.send('{"a":1}')
  await settled()
  expect(String(output.read())).toBe('{"a":1}\n')
})

test('what is sent in one go is one write, of as much as the stream takes before it is full', async () => {
  const { channel, output } = open(40)
  const writes: string[] = []
  output.on('data', (chunk: Buffer) => writes.push(chunk.toString()))
  const sent = ['{"a":1}', '{"é":"😀"}', '{"c":3}', '{"longer":"than what is left"}', '{"e":5}']
  for (const text of sent) void channel.send(text)
  await settled()
  expect(writes).toEqual([sent.slice(0, 4), sent.slice(4)].map((lines) => `${lines.join('\n')}\n`))
})

// BASE-02 (basic/transports/stdio)
test('a line that is too long or not UTF-8 is a fault, and the channel goes on', async () => {
  const { input, told } = open()
  input.write(`${'x'.repeat(101)}\n`)
  input.write(Buffer.from([0x7b, 0xff, 0x7d, 0x0a]))
  input.write('{}\n')
  await settled()
  expect(told).toEqual([
    'oversize: a line is longer than 100 bytes',
    'encoding: a line is not UTF-8',
    '{}',
  ])
})

test('the end of input closes the channel once, after a last line without its end', async () => {
  const { channel, input, told } = open()
  input.end('{"last":1}')
  await once(input, 'close')
  await channel.close()
  expect(told).toEqual(['{"last":1}', 'closed'])
})

test('what is sent after the end of input still arrives, until close', async () => {
  const { channel, input, output } = open()
  input.end()
  await once(input, 'close')
  void channel.send('{"late":1}')
  await settled()
  expect(String(output.read())).toBe('{"late":1}\n')
})

test('a full output stops the reading of input until there is room', async () => {
  const { channel, input, output, told } = open()
  const full = channel.send('{"longer than the high-water mark":1}')
  expect(full).toBeInstanceOf(Promise)
  input.write('{"waits":1}\n')
  await settled()
  expect(told).toEqual([])
  output.resume()
  await full
  await settled()
  expect(told).toEqual(['{"waits":1}'])
  expect(channel.send('{}')).toBeUndefined()
})

test('a host that went away closes the channel quietly, and frees a waiting sender', async () => {
  const { channel, output, told } = open()
  const full = channel.send('{"longer than the high-water mark":1}')
  output.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
  await full
  await settled()
  expect(told).toEqual(['closed'])
  expect(channel.send('{}')).toBeUndefined()
})

test('input that breaks closes the channel with the reason', async () => {
  const { input, told } = open()
  input.destroy(Object.assign(new Error('read EIO'), { code: 'EIO' }))
  await once(input, 'close').catch(() => {})
  await settled()
  expect(told).toEqual(['closed ERR_DISCONNECTED'])
})

test('close hands over what was sent, then ends the streams', async () => {
  const { channel, output, input, told } = open()
  void channel.send('{"longer than the high-water mark":1}')
  const closed = channel.close()
  expect(told).toEqual(['closed'])
  let text = ''
  output.on('data', (chunk: Buffer) => (text += chunk.toString()))
  await Promise.all([closed, once(output, 'end')])
  expect([text, input.destroyed]).toEqual(['{"longer than the high-water mark":1}\n', true])
})

test('close waits for a host that does not read no longer than drainMs', async () => {
  const runtime = createTestRuntime()
  const output = new PassThrough({ highWaterMark: 1 })
  const channel = createStdioChannel({ input: new PassThrough(), output, limits, runtime })
  channel.start({ message: () => {}, fault: () => {}, closed: () => {} })
  void channel.send('{}')
  void channel.send('{}')
  const closed = channel.close()
  runtime.advance(limits.drainMs)
  await closed
})

test('guarded stdout goes to stderr until it is restored, and only once at a time', () => {
  const before = process.stdout.write
  const guard = guardStdout()
  try {
    expect(process.stdout.write).not.toBe(before)
    expect(() => guardStdout()).toThrow(TypeError)
  } finally {
    guard.restore()
  }
  guard.restore()
  expect(process.stdout.write).toBe(before)
})

const folder = mkdtempSync(join(tmpdir(), 'mortise-stdio-'))
const script = join(folder, 'server.mjs')
afterAll(() => rmSync(folder, { recursive: true }))

/** A stdio server that echoes, for real processes: it is noisy, and answers with a mebibyte when asked for `big`. */
const source = `
import { createStdioChannel } from './stdio-channel.ts'
const channel = createStdioChannel()
let taken = 0
channel.start({
  message(text) {
    taken++
    console.log('noise by console.log')
    process.stdout.write('noise by process.stdout')
    if (text === '"leave"') {
      void channel.send('"I go"')
      process.exit(3)
    }
    if (text === '"close"') return void channel.close().then(() => console.log('\\nfree again'))
    void channel.send(text === '"big"' ? JSON.stringify('x'.repeat(1024 * 1024)) : text)
  },
  fault() {},
  closed() { process.stderr.write('taken ' + taken + '.') },
})
`

beforeAll(async () => {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const bundle = await rolldown({
    input: 'entry',
    platform: 'node',
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? join(here, 'entry.ts') : undefined),
        load: (id) => (id === join(here, 'entry.ts') ? source : undefined),
      },
    ],
  })
  await bundle.write({ file: script })
  await bundle.close()
})

// STDIO-03, STDIO-05, STDIO-15 (basic/transports/stdio)
test('the stdout of a process carries messages and nothing else', async () => {
  const child = spawn(process.execPath, [script])
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  child.stdin.write('{"a":1}\n')
  expect((await lines.next()).value).toBe('{"a":1}')
  child.stdin.end('{"b":2}')
  expect((await lines.next()).value).toBe('{"b":2}')
  expect((await lines.next()).done).toBe(true)
  if (child.exitCode === null) await once(child, 'exit')
  expect([child.exitCode, stderr]).toEqual([
    0,
    'noise by console.log\nnoise by process.stdout'.repeat(2) + 'taken 2.',
  ])
})

// STDIO-16 (basic/transports/stdio, "Shutdown")
test('a process that closed its channel has its stdout back, and may end', async () => {
  const child = spawn(process.execPath, [script])
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  child.stdin.write('"close"\n')
  await lines.next()
  expect((await lines.next()).value).toBe('free again')
  if (child.exitCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(0)
})

test('what was sent before the process ends itself arrives', async () => {
  const child = spawn(process.execPath, [script])
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  child.stdin.write('{"a":1}\n"leave"\n')
  expect((await lines.next()).value).toBe('{"a":1}')
  expect((await lines.next()).value).toBe('"I go"')
  if (child.exitCode === null) await once(child, 'exit')
  expect(child.exitCode).toBe(3)
})

test('a host that does not read its answers stops the server from taking more', async () => {
  const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'pipe'] })
  let stderr = ''
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => {})
  // Far more than a pipe holds, so that a server which went on reading would see them all.
  for (let i = 0; i < 50_000; i++) child.stdin.write('"big"\n')
  while (!stderr.includes('noise')) await once(child.stderr, 'data')
  expect(child.stdin.writableLength).toBeGreaterThan(0)
  child.stdout.destroy()
  await once(child, 'exit')
  const taken = Number(/taken (\d+)/.exec(stderr)?.[1] ?? stderr.split('console.log').length - 1)
  // One pipe or stream buffer of input is read before the first answer is found to be stuck.
  expect(taken).toBeLessThan(15_000)
})
