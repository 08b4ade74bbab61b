import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** A request as it came. */
export interface Asked {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
}

/** An answer. An object is sent as JSON. */
export interface Answered {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: object | string
}

/** What answers under one path. */
export type Page = Answered | ((asked: Asked) => Answered | Promise<Answered>)

/** A web site on loopback, whose pages a test decides. What has no page is 404. */
export interface Site {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string
  /** Every request, in the order of arrival. */
  readonly asked: readonly Asked[]
  /** The paths that were asked for, with their methods: `GET /a`. */
  readonly paths: readonly string[]
  /** Puts a page under a path, in place of the one before; undefined takes it away. */
  page(path: string, page: Page | undefined): void
  close(): Promise<void>
}

/** Starts a site; `await using` is not in Node 20, so close it. */
export async function startSite(): Promise<Site> {
  const pages = new Map<string, Page>()
  const asked: Asked[] = []

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://site.example')
    const one: Asked = {
      method: request.method ?? 'GET',
      path: pathname,
      query: searchParams,
      headers: request.headers as Record<string, string | undefined>,
      body: await text(request),
    }
    asked.push(one)
    const page = pages.get(pathname) ?? { status: 404 }
    const { status = 200, headers, body = '' } = typeof page === 'function' ? await page(one) : page
    const json = typeof body === 'string' ? {} : { 'content-type': 'application/json' }
    response.writeHead(status, { ...json, connection: 'close', ...headers })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      // A test sees why its page failed.
      response.writeHead(500).end(String(error))
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // Safe: it listens on TCP.
  const { port } = server.address() as AddressInfo
  return {
    origin: `http://127.0.0.1:${port}`,
    asked,
    get paths() {
      return asked.map(({ method, path }) => `${method} ${path}`)
    },
    page(path, page) {
      if (page === undefined) pages.delete(path)
      else pages.set(path, page)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
