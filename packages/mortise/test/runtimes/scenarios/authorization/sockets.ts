import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { Site } from '../../../front/browser.ts'
import { withoutOrigins } from './place.ts'
import type { Place } from './place.ts'

/** What belongs to one connection, and is no header of a web request. */
const hops: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'host',
  'keep-alive',
  'transfer-encoding',
])

/** Sites on loopback, each at a port of its own. */
export function openOnSockets(): Place {
  const servers: Server[] = []
  const origins: string[] = []
  return {
    async serve(site) {
      const server = createServer((req, res) => {
        answer(site, { req, res, origin }).catch((error: unknown) => {
          // Whoever runs the scenario sees why its site failed.
          res.writeHead(500).end(String(error))
        })
      })
      server.listen(0, '127.0.0.1')
      await once(server, 'listening')
      // Safe: it listens on TCP.
      const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      servers.push(server)
      origins.push(origin)
      return origin
    },
    fetch: async (request) => await fetch(request),
    nameless: (value) => withoutOrigins(value, origins),
    async close() {
      for (const server of servers) {
        server.close()
        server.closeAllConnections()
      }
    },
  }
}

async function answer(
  site: Site,
  { req, res, origin }: { req: IncomingMessage; res: ServerResponse; origin: string },
): Promise<void> {
  const left = new AbortController()
  res.once('close', () => left.abort())
  const headers = new Headers()
  for (const [name, value] of Object.entries(req.headers)) {
    if (!hops.has(name) && value !== undefined)
      headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  const { method = 'GET' } = req
  const body = await buffer(req)
  const response = await site(
    new Request(`${origin}${req.url ?? '/'}`, {
      method,
      headers,
      signal: left.signal,
      ...(method === 'GET' || method === 'HEAD' ? {} : { body: new Uint8Array(body) }),
    }),
  )
  const fields = Object.fromEntries(response.headers)
  const cookies = response.headers.getSetCookie()
  res.writeHead(response.status, {
    ...fields,
    ...(cookies.length > 0 ? { 'set-cookie': cookies } : {}),
  })
  res.flushHeaders()
  for await (const chunk of response.body ?? []) res.write(chunk)
  res.end()
}
