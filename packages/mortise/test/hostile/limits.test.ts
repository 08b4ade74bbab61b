import { createServer as createHttpServer } from 'node:http'
import { connect as connectSocket } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createNodeExchange } from '../../src/node/http-exchange.ts'
import { nodeHandler } from '../../src/node/index.ts'
import { createTestRuntime } from '../../src/testing/index.ts'
import { rawPost, statelessMeta } from '../post.ts'
import {
  jsonOf,
  modernHeaders,
  rawRequest,
  serveNode,
  statusOf,
  stdioPeer,
  touch,
} from './peers.ts'
import type { Served } from './peers.ts'
import { countCrashes, createTarget, modern } from './target.ts'

countCrashes()

const maxMessageBytes = 1000
const limits = { maxMessageBytes }

/** A call of `touch` that is exactly `size` bytes long. */
function sized(size: number): string {
  const head = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":${JSON.stringify(statelessMeta)},"name":"touch","arguments":{"a":"`
  return `${head}${'é'.repeat((size - head.length - 4) >> 1)}${(size - head.length - 4) % 2 ? 'x' : ''}"}}}`
}

const headers = {
  host: '127.0.0.1',
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
  'mcp-protocol-version': '2026-07-28',
  'mcp-method': 'tools/call',
  'mcp-name': 'touch',
}

/** A POST whose body comes in chunks, and whose length is not declared. */
function streamed(chunks: readonly Uint8Array[], onCancel = (): void => {}): Request {
  const left = [...chunks]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = left.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
    cancel: onCancel,
  })
  return new Request('http://127.0.0.1/mcp', {
    method: 'POST',
    headers,
    body,
    duplex: 'half',
  } as RequestInit)
}

describe('a body through fetch', () => {
  const bytes = (size: number): Uint8Array => Buffer.from(sized(size))
  const thirds = (all: Uint8Array): Uint8Array[] => [
    all.slice(0, 300),
    all.slice(300, 301),
    all.slice(301),
  ]
  const rows: [name: string, request: () => Request, status: number][] = [
    ['of the longest length', () => rawPost(sized(maxMessageBytes), headers), 200],
    ['one byte longer', () => rawPost(sized(maxMessageBytes + 1), headers), 413],
    ['of the longest length in chunks', () => streamed(thirds(bytes(maxMessageBytes))), 200],
    ['one byte longer in chunks', () => streamed(thirds(bytes(maxMessageBytes + 1))), 413],
    [
      'declared longer than it is',
      () => rawPost(sized(500), { ...headers, 'content-length': '1000000000000' }),
      413,
    ],
    [
      'declared to be infinite',
      () => rawPost(sized(500), { ...headers, 'content-length': '1e999' }),
      413,
    ],
    [
      'declared shorter than it is',
      () => rawPost(sized(maxMessageBytes + 1), { ...headers, 'content-length': '5' }),
      413,
    ],
    [
      'with a length that is none',
      () => rawPost(sized(500), { ...headers, 'content-length': 'many' }),
      200,
    ],
    ['of nothing', () => rawPost('', headers), 400],
    ['of blanks', () => rawPost('   \n', headers), 400],
    ['in gzip', () => rawPost(sized(500), { ...headers, 'content-encoding': 'gzip' }), 415],
    [
      'in two encodings',
      () => rawPost(sized(500), { ...headers, 'content-encoding': 'identity, gzip' }),
      415,
    ],
    [
      'in an unknown encoding',
      () => rawPost(sized(500), { ...headers, 'content-encoding': 'x' }),
      415,
    ],
    [
      'in no encoding',
      () => rawPost(sized(500), { ...headers, 'content-encoding': 'identity' }),
      200,
    ],
  ]
  test.each(rows)('%s', async (_name, request, status) => {
    const { server, ran } = createTarget({ limits })
    const response = await server.fetch(request())
    expect(response.status).toBe(status)
    expect(ran()).toBe(status === 200 ? 1 : 0)
    const answer = JSON.parse(await response.text())
    if (status === 413) expect(answer.error.message).toContain('1000 bytes')
    if (status !== 200) expect([-32600, -32700]).toContain(answer.error.code)
    expect((await server.fetch(rawPost(sized(600), headers))).status).toBe(200)
  })

  test('without an end is let go of at the limit', async () => {
    const cancelled = vi.fn()
    const { server, ran } = createTarget({ limits })
    const endless = Array.from({ length: 100 }, () => new Uint8Array(900).fill(0x20))
    expect((await server.fetch(streamed(endless, cancelled))).status).toBe(413)
    expect(cancelled).toHaveBeenCalled()
    expect(ran()).toBe(0)
  })

  test('that stops coming is answered with 408 when its time is over', async () => {
    const runtime = createTestRuntime()
    const { server, ran } = createTarget({ limits: { bodyTimeoutMs: 7000 }, runtime })
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) })
    const request = new Request('http://127.0.0.1/mcp', {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    } as RequestInit)
    const pending = server.fetch(request)
    await vi.waitFor(() => expect(runtime.timers).toBeGreaterThan(0))
    runtime.advance(6999)
    runtime.advance(1)
    const response = await pending
    expect(response.status).toBe(408)
    expect(JSON.parse(await response.text()).error.message).toContain('7000 ms')
    expect(ran()).toBe(0)
    expect(runtime.timers).toBe(0)
  })

  test('that breaks off runs nothing, and is no error of the server', async () => {
    const { server, ran, errors } = createTarget()
    const body = new ReadableStream({ start: (controller) => controller.error(new Error('gone')) })
    const request = new Request('http://127.0.0.1/mcp', {
      method: 'POST',
      headers,
      body,
      duplex: 'half',
    } as RequestInit)
    void server.fetch(request)
    expect((await server.fetch(rawPost(touch, headers))).status).toBe(200)
    expect(ran()).toBe(1)
    expect(errors).toEqual([])
  })
})

describe('a body over a socket', () => {
  let http: Served
  afterEach(() => http.close())
  const post = [...modernHeaders('tools/call', 'touch')] as const
  const chunked = ['Transfer-Encoding', 'chunked'] as const
  const length = (size: number | string) => ['Content-Length', String(size)] as const
  const chunk = (text: string): string => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
  const small = sized(500)

  /** The status of each answer that may come; 0 stands for a connection that is closed without one. */
  const rows: [
    name: string,
    lines: readonly (readonly [string, string])[],
    body: string,
    statuses: number[],
  ][] = [
    ['of the longest length', [length(maxMessageBytes)], sized(maxMessageBytes), [200]],
    ['one byte longer', [length(maxMessageBytes + 1)], sized(maxMessageBytes + 1), [413]],
    [
      'in chunks',
      [chunked],
      `${chunk(small.slice(0, 100))}${chunk(small.slice(100))}0\r\n\r\n`,
      [200],
    ],
    [
      'in chunks, one byte longer than may be',
      [chunked],
      `${chunk(sized(maxMessageBytes + 1))}0\r\n\r\n`,
      [413],
    ],
    ['in chunks without end', [chunked], chunk('x'.repeat(500)).repeat(40), [413]],
    ['declared to be a terabyte', [length(10 ** 12)], small, [413]],
    ['declared to be larger than a number', [length('9'.repeat(30))], small, [400, 413]],
    ['declared to be negative', [length(-5)], small, [400]],
    ['declared in hexadecimal', [length('0x1f')], small, [400]],
    ['declared twice, differently', [length(500), length(5)], small, [400]],
    ['declared with a list', [length('500, 500')], small, [400]],
    ['declared and in chunks', [length(5), chunked], `${chunk(small)}0\r\n\r\n`, [400]],
    ['in chunks and declared', [chunked, length(500)], `${chunk(small)}0\r\n\r\n`, [400]],
    ['in chunks whose size is no number', [chunked], `xyz\r\n${small}\r\n0\r\n\r\n`, [400]],
    ['in chunks whose size is negative', [chunked], `-5\r\n${small}\r\n0\r\n\r\n`, [400]],
    ['in chunks whose size has a prefix', [chunked], `0x${chunk(small)}0\r\n\r\n`, [400]],
    [
      'in chunks whose size overflows',
      [chunked],
      `fffffffffffffffff\r\n${small}\r\n0\r\n\r\n`,
      [400],
    ],
    ['in chunks that are longer than they say', [chunked], `5\r\n${small}\r\n0\r\n\r\n`, [400]],
    [
      'in chunks that end in a bare newline',
      [chunked],
      `${Buffer.byteLength(small).toString(16)}\n${small}\n0\n\n`,
      [400],
    ],
    [
      'in something like chunks',
      [['Transfer-Encoding', 'xchunked']],
      `${chunk(small)}0\r\n\r\n`,
      [400],
    ],
    [
      'in chunks, and then in something else',
      [['Transfer-Encoding', 'chunked, identity']],
      `${chunk(small)}0\r\n\r\n`,
      [400],
    ],
    ['in chunks, said twice', [chunked, chunked], `${chunk(small)}0\r\n\r\n`, [400]],
    [
      'in chunks, with a blank before the colon',
      [['Transfer-Encoding ', 'chunked']],
      `${chunk(small)}0\r\n\r\n`,
      [400],
    ],
    ['with a folded header', [['X-A', `b\r\n Mcp-Name: echo`], length(500)], small, [400]],
    ['with a bare return in a header', [['X-A', 'b\rMcp-Name: echo'], length(500)], small, [400]],
    ['with a NUL in a header', [['X-A', 'b\u0000'], length(500)], small, [400]],
    ['with a head that is too long', [['X-A', 'b'.repeat(20_000)], length(500)], small, [431]],
    ['without a length', [], small, [400]],
  ]
  test.each(rows)('%s', async (_name, lines, body, statuses) => {
    const target = createTarget({ limits })
    http = await serveNode(nodeHandler(target.server))
    const answer = await http.raw(rawRequest('POST / HTTP/1.1', [...post, ...lines], body))
    expect(statuses).toContain(statusOf(answer))
    const ran = statuses.includes(200) ? 1 : 0
    expect(target.ran()).toBe(ran)
    expect(target.errors).toEqual([])
    const good = await http.raw(rawRequest('POST / HTTP/1.1', [...post, length(500)], small))
    expect(statusOf(good)).toBe(200)
    expect(target.ran()).toBe(ran + 1)
  })

  test('with a request hidden in it is one request, and one answer', async () => {
    const target = createTarget()
    http = await serveNode(nodeHandler(target.server))
    const hidden = rawRequest('POST / HTTP/1.1', [...post, length(Buffer.byteLength(touch))], touch)
    const lines = [...post, length(Buffer.byteLength(hidden)), ['Connection', 'close']] as const
    const answer = await http.raw(rawRequest('POST / HTTP/1.1', lines, hidden), () => false)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(statusOf(answer)).toBe(400)
    expect(jsonOf(answer).error.code).toBe(-32700)
    expect(target.ran()).toBe(0)
  })

  test('behind a refused one on the same connection is never taken for a request of its own', async () => {
    const target = createTarget({ limits })
    http = await serveNode(nodeHandler(target.server))
    const inner = rawRequest('POST / HTTP/1.1', [...post, length(500)], small)
    const outer = `${inner}${' '.repeat(4000)}`
    const lines = [...post, length(Buffer.byteLength(outer)), ['Connection', 'close']] as const
    const answer = await http.raw(rawRequest('POST / HTTP/1.1', lines, outer), () => false)
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1)
    expect(statusOf(answer)).toBe(413)
    expect(target.ran()).toBe(0)
  })

  test('in gzip is not unpacked', async () => {
    const target = createTarget()
    http = await serveNode(nodeHandler(target.server))
    const packed = gzipSync(touch)
    for (const extra of [[['Content-Encoding', 'gzip']], []] as [string, string][][]) {
      const head = rawRequest('POST / HTTP/1.1', [...post, length(packed.length), ...extra])
      const answer = await http.raw(Buffer.concat([Buffer.from(head), packed]))
      expect(statusOf(answer)).toBe(extra.length === 0 ? 400 : 415)
    }
    expect(target.ran()).toBe(0)
  })
})

describe('a peer that sends slowly', () => {
  async function slow(timeoutMs: number) {
    const runtime = createTestRuntime()
    const target = createTarget({ limits: { bodyTimeoutMs: timeoutMs } })
    const http = createHttpServer((req, res) => {
      target.server.handle(createNodeExchange(req, res, { runtime }))
    })
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const socket: Socket = connectSocket((http.address() as AddressInfo).port, '127.0.0.1')
    let text = ''
    socket.on('data', (data) => (text += data.toString()))
    const ended = new Promise<void>((resolve) => socket.on('close', () => resolve()))
    const close = async (): Promise<void> => {
      socket.destroy()
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    }
    return { runtime, target, socket, heard: () => text, ended, close }
  }

  test('is answered with 408 when its time is over, and the connection ends', async () => {
    const { runtime, target, socket, heard, ended, close } = await slow(5000)
    const lines = [...modernHeaders('tools/call', 'touch'), ['Content-Length', '500']] as const
    socket.write(rawRequest('POST / HTTP/1.1', lines, '{"jsonrpc":'))
    await vi.waitFor(() => expect(runtime.timers).toBe(1))
    runtime.advance(4999)
    expect(heard()).toBe('')
    runtime.advance(1)
    await vi.waitFor(() => expect(statusOf(heard())).toBe(408))
    runtime.advance(1000) // what is still read of a refused body
    await ended
    expect(target.ran()).toBe(0)
    await close()
  })

  test('and leaves in the middle costs nothing', async () => {
    const { runtime, target, socket, close } = await slow(5000)
    const lines = [...modernHeaders('tools/call', 'touch'), ['Content-Length', '500']] as const
    socket.write(rawRequest('POST / HTTP/1.1', lines, '{"jsonrpc":'))
    await vi.waitFor(() => expect(runtime.timers).toBe(1))
    socket.destroy()
    await vi.waitFor(() => expect(runtime.timers).toBe(0))
    expect(target.ran()).toBe(0)
    expect(target.errors).toEqual([])
    await close()
  })
})

describe('a line of stdio', () => {
  const rows: [name: string, input: readonly string[], codes: (number | 'served')[]][] = [
    ['of the longest length', [sized(maxMessageBytes)], ['served']],
    ['one byte longer', [sized(maxMessageBytes + 1)], [-32600]],
    ['a hundred times longer', ['x'.repeat(100 * maxMessageBytes)], [-32600]],
    ['that is too long, then one that is not', ['x'.repeat(5000), sized(600)], [-32600, 'served']],
    ['too long several times', ['x'.repeat(5000), 'y'.repeat(5000)], [-32600, -32600]],
    ['of the longest length with a return', [`${sized(maxMessageBytes)}\r`], ['served']],
    ['one byte longer with a return', [`${sized(maxMessageBytes + 1)}\r`], [-32600]],
    ['of nothing', ['', '\r', '  \t '], []],
    ['with a mark of UTF-8 before it', [`\uFEFF${touch}`, touch], [-32700, 'served']],
    ['of no JSON', ['Debugger attached.', touch], [-32700, 'served']],
    [
      'of half a message, and its other half',
      [touch.slice(0, 50), touch.slice(50)],
      [-32700, -32700],
    ],
  ]
  test.each(rows)('%s', async (_name, input, codes) => {
    const { server, ran } = createTarget()
    const peer = stdioPeer(server, { maxMessageBytes, drainMs: 1 })
    const answers = await peer.say(...input)
    expect(answers.map((answer) => answer.error?.code ?? 'served')).toEqual(codes)
    expect(ran()).toBe(codes.filter((code) => code === 'served').length)
    await peer.close()
  })

  test('arrives whole however it is cut into chunks', async () => {
    const { server, ran } = createTarget()
    const peer = stdioPeer(server)
    const text = modern({ id: 'é\u{1f600}', method: 'tools/call', params: { name: 'touch' } })
    const bytes = Buffer.from(`${text}\n`)
    for (let at = 0; at < bytes.length; at++) peer.write(bytes.subarray(at, at + 1))
    const [answer] = await peer.say()
    expect(answer.id).toBe('é\u{1f600}')
    expect(ran()).toBe(1)
    await peer.close()
  })
})
