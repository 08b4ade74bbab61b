import { createServer as createHttpServer, request } from 'node:http'
import { duplexPair, Readable } from 'node:stream'
import { nodeHandler } from '../../src/node/index.ts'
import type { Server } from '../../src/server/index.ts'

/** What is sent over one connection. */
export interface Sent {
  readonly method: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | undefined
  readonly signal: AbortSignal
}

/** Sends requests to `server` through Node's own HTTP at both ends, on connections that lead to no socket. */
export function nodeFetchInto(server: Server): (sent: Sent) => Promise<Response> {
  const http = createHttpServer(nodeHandler(server, { path: '/mcp' }))
  return ({ method, headers, body, signal }) =>
    new Promise((resolve, reject) => {
      const asked = request({
        method,
        path: '/mcp',
        headers: { host: 'localhost', connection: 'close', ...headers },
        signal,
        createConnection() {
          const [ours, theirs] = duplexPair()
          // As a socket has it: whoever leaves is missed at the other end.
          ours.on('close', () => theirs.destroy())
          theirs.on('close', () => ours.destroy())
          http.emit('connection', theirs)
          return ours // any duplex is a connection to Node
        },
      })
      asked.on('response', (answer) => {
        const { statusCode: status = 0 } = answer
        const given = Object.entries(answer.headers).map(([name, value]) => [name, String(value)])
        const isEmpty = status === 204 || status === 202
        if (isEmpty) answer.resume()
        // Closed before its end is an error of the stream, of which whoever reads the body hears.
        const stream = isEmpty ? null : (Readable.toWeb(answer) as ReadableStream<Uint8Array>)
        resolve(new Response(stream, { status, headers: Object.fromEntries(given) as never }))
      })
      asked.on('error', (error) => reject(signal.aborted ? (signal.reason as Error) : error))
      asked.end(body)
    })
}
