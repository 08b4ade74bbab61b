import type { ClientRequest, IncomingMessage } from 'node:http'
import { Agent as HttpAgent, request as httpRequest } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import type { HttpAnswer, HttpClient, HttpRequest } from '../http/client-seam.ts'
import { noteRefused } from '../http/echo.ts'
import { parseServerUrl, unreachable } from '../http/unreachable.ts'
import type { Runtime } from '../std/runtime.ts'
import { systemRuntime } from '../std/runtime.ts'
import { abortSignalOf } from '../std/stop.ts'
import { connectTimeoutMs } from './connect-timeout.ts'
import { createStreamAnswer } from './stream-answer.ts'

/** What the client is made of. */
export interface PlainClientOptions {
  /** Timers. Default: the real ones. */
  readonly runtime?: Runtime
}

/** An HTTP client over `node:http` and `node:https` with connections that are kept: what there is without undici. */
export function createPlainClient({
  runtime = systemRuntime,
}: PlainClientOptions = {}): HttpClient {
  const http = new HttpAgent({ keepAlive: true })
  const https = new HttpsAgent({ keepAlive: true })

  const begin = (
    url: URL,
    { method, headers }: HttpRequest,
    signal: AbortSignal | undefined,
  ): ClientRequest => {
    const options = signal === undefined ? { method, headers } : { method, headers, signal }
    return url.protocol === 'https:'
      ? httpsRequest(url, { ...options, agent: https })
      : httpRequest(url, { ...options, agent: http })
  }

  return {
    send(message) {
      const { body } = message
      const signal = message.signal && abortSignalOf(message.signal)
      return new Promise<HttpAnswer>((resolve, reject) => {
        const url = parseServerUrl(message.url)
        signal?.throwIfAborted()
        const request = begin(url, message, signal)
        limitConnecting(request, runtime)
        request.on('response', (response: IncomingMessage) => {
          const { statusCode: status = 0, headers } = response
          const parts = { status, headers, stream: response, url, signal }
          const answer = createStreamAnswer(parts)
          noteRefused(answer, message)
          resolve(answer)
        })
        // Also called after an answer, when the server does not wait for the whole request: then without effect.
        request.on('error', (cause) => {
          reject(signal?.aborted ? signal.reason : unreachable(url, cause))
        })
        request.end(body)
      })
    },
    async close() {
      http.destroy()
      https.destroy()
    },
  }
}

/** Node waits for a connection as long as the system does: minutes. */
function limitConnecting(request: ClientRequest, runtime: Runtime): void {
  request.once('socket', (socket) => {
    if (!socket.connecting) return
    const giveUp = (): void => {
      const error = new Error(`no connection within ${connectTimeoutMs} ms`)
      request.destroy(Object.assign(error, { code: 'ETIMEDOUT' }))
    }
    const cancel = runtime.after(connectTimeoutMs, giveUp)
    socket.once('connect', cancel).once('close', cancel)
  })
}
