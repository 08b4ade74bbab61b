import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

/** A request as an API received it, before anything interpreted it. */
export interface Received {
  readonly method: string
  /** The target of the request line: path and query, as they were sent. */
  readonly target: string
  readonly headers: IncomingMessage['headers']
  /** One character for each byte. */
  readonly body: string
}

/** Answers a request. */
export type Answerer = (received: Received, response: ServerResponse) => void

/** A real HTTP server for one test. */
export interface TestApi {
  readonly url: string
  /** What came, in its order. */
  readonly received: readonly Received[]
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Listens on this machine; without `answer` every request is answered with what was received, as JSON. */
export async function startApi(answer: Answerer = echo): Promise<TestApi> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const { method = '', url: target = '', headers } = request
      const body = Buffer.concat(pieces).toString('latin1')
      received.push({ method, target, headers, body })
      answer({ method, target, headers, body }, response)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `http://127.0.0.1:${port}`, received, close, [Symbol.asyncDispose]: close }
}

/** Answers with JSON. */
export function sendJson(response: ServerResponse, value: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}

function echo(received: Received, response: ServerResponse): void {
  sendJson(response, received)
}
