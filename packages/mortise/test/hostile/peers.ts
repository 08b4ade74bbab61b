import { connect as connectSocket } from 'node:net'
import { PassThrough } from 'node:stream'
import { createServer as createHttpServer } from 'node:http'
import type { RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createStdioChannel } from '../../src/node/stdio-channel.ts'
import type { StdioChannelOptions } from '../../src/node/stdio-channel.ts'
import type { Server } from '../../src/server/index.ts'
import { memoryChannelPair } from '../../src/testing/index.ts'
import { statelessMeta } from '../post.ts'
import { modern } from './target.ts'

/** One end of a conversation that sends what no careful client would. */
export interface ChannelPeer {
  /**
   * Sends `input`, then a good request; answers with everything that came before the good request was answered. It proves
   * by itself that the channel lives.
   */
  say(...input: readonly (string | Uint8Array)[]): Promise<any[]>
  close(): Promise<void>
}

/** A peer of `server` over a pair of channels in memory. */
export function memoryPeer(server: Server): ChannelPeer {
  const [ours, theirs] = memoryChannelPair()
  void server.attach(theirs)
  const inbox = createInbox((text) => void ours.send(text))
  ours.start({ message: inbox.take, fault: () => {}, closed: () => {} })
  return {
    say(...input) {
      for (const text of input) void ours.send(String(text))
      return inbox.until()
    },
    close: () => ours.close(),
  }
}

/** A peer that can also send what is no whole line. */
export interface StdioPeer extends ChannelPeer {
  write(bytes: Uint8Array): void
}

/** A peer of `server` over the lines of stdio; what it says gets its newline here. */
export function stdioPeer(
  server: Server,
  limits?: NonNullable<StdioChannelOptions['limits']>,
): StdioPeer {
  const input = new PassThrough()
  const output = new PassThrough()
  const channel = createStdioChannel({ input, output, ...(limits && { limits }) })
  void server.attach(channel)
  const inbox = createInbox((text) => void input.write(`${text}\n`))
  let rest = ''
  output.on('data', (chunk: Buffer) => {
    const lines = (rest + chunk.toString()).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) inbox.take(line)
  })
  return {
    write: (bytes) => void input.write(bytes),
    say(...texts) {
      for (const text of texts) {
        input.write(text)
        input.write('\n')
      }
      return inbox.until()
    },
    close: () => channel.close(),
  }
}

interface Inbox {
  readonly take: (text: string) => void
  /** Sends a good request and collects what comes before its answer. */
  readonly until: () => Promise<any[]>
}

function createInbox(send: (text: string) => void): Inbox {
  let heard: any[] = []
  let count = 0
  let onAnswer: ((id: unknown) => void) | undefined
  return {
    take(text) {
      const message = JSON.parse(text)
      heard.push(message)
      onAnswer?.(message.id)
    },
    until() {
      const id = `good ${(count += 1)}`
      const params = { name: 'echo', arguments: { id } }
      return new Promise((resolve, reject) => {
        onAnswer = (answered) => {
          if (answered !== id) return
          const all = heard
          heard = []
          onAnswer = undefined
          const good = all.pop()
          if (good.result?.structuredContent?.id === id) resolve(all)
          else reject(new Error(`the good request got ${JSON.stringify(good)}`))
        }
        // After a turn, in which everything that needs no more input has been answered.
        setImmediate(() => send(modern({ id, method: 'tools/call', params })))
      })
    },
  }
}

/** A node:http server on a free port. */
export interface Served {
  readonly port: number
  /** Sends raw bytes and answers with everything that comes until the server closes, or `enough` says so. */
  raw(bytes: string | Uint8Array, enough?: (text: string) => boolean): Promise<string>
  close(): Promise<void>
}

/** Serves `listener` on the loopback. */
export async function serveNode(listener: RequestListener): Promise<Served> {
  const http = createHttpServer(listener)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const { port } = http.address() as AddressInfo
  return {
    port,
    raw: (bytes, enough = wholeAnswer) =>
      new Promise((resolve, reject) => {
        const socket = connectSocket(port, '127.0.0.1')
        let text = ''
        const done = (): void => {
          socket.destroy()
          resolve(text)
        }
        socket.on('data', (chunk) => {
          text += chunk.toString('latin1')
          if (enough(text)) done()
        })
        socket.on('end', done).on('close', done)
        socket.on('error', (error) => (text === '' ? reject(error) : done()))
        socket.write(bytes)
      }),
    async close() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
}

/** Whether `text` holds one whole HTTP answer with a declared length. */
export function wholeAnswer(text: string): boolean {
  const head = text.indexOf('\r\n\r\n')
  if (head === -1) return false
  const length = Number(/content-length: (\d+)/i.exec(text.slice(0, head))?.[1] ?? NaN)
  if (Number.isNaN(length)) return /^HTTP\/1\.1 204/.test(text)
  return text.length >= head + 4 + length
}

/** The bytes of an HTTP/1.1 request. `headers` are lines, in order, as often as they are given. */
export function rawRequest(
  line: string,
  headers: readonly (readonly [name: string, value: string])[],
  body = '',
): string {
  const lines = headers.map(([name, value]) => `${name}: ${value}`)
  return `${[line, ...lines].join('\r\n')}\r\n\r\n${body}`
}

/** The header lines of a careful stateless call of `method` and `name`. */
export function modernHeaders(method: string, name?: string): [name: string, value: string][] {
  return [
    ['Host', '127.0.0.1'],
    ['Content-Type', 'application/json'],
    ['Accept', 'application/json, text/event-stream'],
    ['MCP-Protocol-Version', '2026-07-28'],
    ['Mcp-Method', method],
    ...(name === undefined ? [] : ([['Mcp-Name', name]] as [string, string][])),
  ]
}

/** A `tools/call` of `touch`, which must not run. */
export const touch: string = JSON.stringify({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { _meta: statelessMeta, name: 'touch', arguments: {} },
})

/** The status of a raw HTTP answer. */
export function statusOf(text: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1])
}

/** The JSON body of a raw HTTP answer. */
export function jsonOf(text: string): any {
  return JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
}
