import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { systemRuntime } from '../../std/runtime.ts'
import { createNodeExchange } from '../http-exchange.ts'
import type { Servable } from '../serve.ts'

/** What a request carries that one worker passes on to another; from outside it is never believed. */
export const passedHeaders = { key: 'mortise-worker-key', peer: 'mortise-worker-peer' } as const

/** Where and how a worker takes what the others pass on to it. */
export interface OwnerListening {
  /** The path of a socket, or the name of a pipe. */
  readonly at: string
  readonly key: string
  /** Of the MCP server. */
  readonly path: string
  /** Between the end of what is served here and the end of connections that are still open. */
  readonly graceMs: number
}

/**
 * Answers what other workers pass on, because a session of this one is named: just as if it had come here, host, origin and
 * authorization included. Only the address of the peer is taken from the other worker. Gives what ends it.
 */
export async function listenAsOwner(
  server: Pick<Servable, 'handle'>,
  { at, key, path, graceMs }: OwnerListening,
): Promise<() => Promise<void>> {
  // Heads are as large as where everybody reaches us, and what is added. How long a body may take the exchange knows.
  // Connections are kept until one of the two ends, so that none is used just when it closes.
  const limits = { maxHeaderSize: 64 * 1024, requestTimeout: 0, keepAliveTimeout: 0 }
  const http = createServer(limits, (req, res) => {
    if (!hasKey(req, key)) {
      res.writeHead(403).end()
      return
    }
    const peer = req.headers[passedHeaders.peer]
    const told = typeof peer === 'string' ? { peer } : {}
    server.handle(createNodeExchange(req, res, told), path)
  })
  // Without `exclusive` the primary would open it, for all workers.
  http.listen({ path: at, exclusive: true })
  await once(http, 'listening')

  return async () => {
    const closed = once(http, 'close')
    http.keepAliveTimeout = 1
    http.close()
    const cancel = systemRuntime.after(graceMs, () => http.closeAllConnections(), { holds: true })
    await closed
    cancel()
  }
}

function hasKey({ headers }: IncomingMessage, key: string): boolean {
  const given = Buffer.from(String(headers[passedHeaders.key]))
  const wanted = Buffer.from(key)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}
