import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import type { AddressInfo, Server } from 'node:net'
import { createNodeGuardedFetch } from '../../../../src/node/guarded-fetch.ts'
import type { Resolve } from '../../../../src/node/guarded-fetch.ts'
import type { OutboundPolicy } from '../../../../src/http/guarded-fetch.ts'
import { resolveLimits } from '../../../../src/std/limits.ts'
import { equal, refusal } from '../../scenario.ts'
import type { Scenario } from '../../scenario.ts'
import { refusedWith } from './refused.ts'

const at = (...addresses: readonly string[]): Resolve => {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
  return async () => found
}

/** Addresses that a public name must not lead to, alone or beside a public one. */
const inside: readonly (readonly string[])[] = [
  ['127.0.0.1'],
  ['::1'],
  ['10.0.0.1'],
  ['192.168.1.1'],
  ['169.254.169.254'],
  ['100.64.0.1'],
  ['fd00::1'],
  ['fe80::1'],
  ['::ffff:10.0.0.1'],
  ['64:ff9b::a00:1'],
  ['0.0.0.0'],
  ['93.184.215.14', '10.0.0.1'],
]

/** What is refused before anything is looked up. */
const refused: readonly string[] = [
  'http://id.example/',
  'https://10.0.0.1/',
  'https://[::ffff:a00:1]/',
  'https://localhost/',
  'https://0x7f.1/',
  'https://printer.local/',
  'https://vault.internal/',
  'https://intranet/',
  'https://id.example./',
  'https://user:password@id.example/',
  'ftp://id.example/',
]

/** How the guarded fetch of `mortise/node` connects: to the address that was judged, past every proxy. */
const addresses: Readonly<Record<string, () => Promise<unknown>>> = {
  async 'a connection goes to the address that was judged, under the name that was asked for'() {
    return await serving(
      (req, res) => res.end(req.headers.host),
      async (port) => {
        let asked = 0
        const resolve: Resolve = async () => {
          asked += 1
          return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.9', family: 4 }]
        }
        const answer = await get(`http://id.corp.example:${port}/keys`, { resolve })
        equal(answer, [200, `id.corp.example:${port}`], 'answer')
        equal(asked, 1, 'how often it was looked up')
        return asked
      },
    )
  },

  async 'a certificate is asked for by that name'() {
    const names: boolean[] = []
    const server = createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', (hello) => {
        names.push(hello.includes('id.corp.example'))
        socket.destroy()
      })
    })
    return await listening(server, async (port) => {
      const attempt = get(`https://id.corp.example:${port}/`, { resolve: at('127.0.0.1') })
      const said = await refusal(attempt)
      equal(names, [true], 'names')
      return said
    })
  },

  async 'each address that was judged is tried until one answers'() {
    return await serving(
      (_req, res) => res.end('arrived'),
      (port) => get(`http://id.corp.example:${port}/`, { resolve: at('::1', '127.0.0.1') }),
    )
  },

  async 'a name that leads inside is refused, and nothing is connected to'() {
    const said: unknown[] = []
    let connections = 0
    const server = createTcpServer((socket) => {
      connections += 1
      socket.destroy()
    })
    await listening(server, async (port) => {
      for (const found of inside) {
        const attempt = get(`https://id.example:${port}/`, { resolve: at(...found), trust: [] })
        said.push([found, await refusedWith('ERR_BLOCKED_URL', attempt)])
      }
    })
    equal(connections, 0, 'connections')
    return said
  },

  async 'what is written in a URL is judged before it is looked up'() {
    const said: unknown[] = []
    for (const url of refused) {
      let asked = 0
      const resolve: Resolve = async () => {
        asked += 1
        return []
      }
      said.push([url, await refusedWith('ERR_BLOCKED_URL', get(url, { resolve, trust: [] }))])
      equal(asked, 0, url)
    }
    return said
  },

  async 'a redirect is judged like the first URL'() {
    return await serving(
      (req, res) => {
        const { searchParams } = new URL(req.url ?? '', 'http://x.example')
        const location = searchParams.get('to')
        if (location === null) res.end('arrived')
        else res.writeHead(302, { location }).end()
      },
      async (port) => {
        const said: unknown[] = []
        for (const to of ['/arrived', 'http://10.0.0.1/', 'https://name.internal/']) {
          const url = `http://id.corp.example:${port}/?${new URLSearchParams({ to })}`
          const attempt = get(url, { resolve: at('127.0.0.1') })
          said.push(
            to.startsWith('/') ? await attempt : await refusedWith('ERR_BLOCKED_URL', attempt),
          )
        }
        return said
      },
    )
  },

  async 'what the system says of localhost is judged too'() {
    return await serving(
      (_req, res) => res.end('arrived'),
      async (port) => {
        const url = `http://localhost:${port}/`
        const fetch = createNodeGuardedFetch({ allowLoopback: true })
        const { status } = await fetch({ method: 'GET', url })
        const attempt = createNodeGuardedFetch({})({ method: 'GET', url })
        return [status, await refusedWith('ERR_BLOCKED_URL', attempt)]
      },
    )
  },

  async 'an answer that is too long, breaks off or never ends is given up'() {
    const ways: Readonly<Record<string, (res: ServerResponse) => void>> = {
      long: (res) => res.end('x'.repeat(2_000)),
      broken: (res) => {
        res.writeHead(200, { 'content-length': '100' })
        res.write('a little', () => res.destroy())
      },
      endless: (res) => void res.write('a little'),
    }
    const said: unknown[] = []
    for (const [name, answer] of Object.entries(ways)) {
      await serving(
        (_req, res) => answer(res),
        async (port) => {
          const url = `http://id.corp.example:${port}/`
          said.push([name, await refusal(get(url, { resolve: at('127.0.0.1') }))])
        },
      )
    }
    return said
  },

  async 'no connection is kept'() {
    let closed: Promise<unknown> | undefined
    const server = createServer((_req, res) => res.end('arrived'))
    server.on('connection', (socket) => {
      closed = once(socket, 'close')
    })
    return await listening(server, async (port) => {
      const answer = await get(`http://id.corp.example:${port}/`, { resolve: at('127.0.0.1') })
      await closed
      return answer
    })
  },
}

/** All of them. */
export const guardedAddresses: readonly Scenario[] = Object.entries(addresses).map(
  ([name, run]) => ({ name, run }),
)

interface Asking extends OutboundPolicy {
  readonly resolve: Resolve
}

const limits = resolveLimits({ maxOutboundBytes: 1_000, outboundTimeoutMs: 1_000 })

/** Status and body of an answer from an origin that is trusted, unless `trust` says otherwise. */
async function get(
  url: string,
  { resolve, trust = [new URL(url).origin] }: Asking,
): Promise<unknown> {
  const fetch = createNodeGuardedFetch({ trust }, { resolve, limits })
  const { status, body } = await fetch({ method: 'GET', url })
  return [status, new TextDecoder().decode(body)]
}

async function serving<T>(
  answer: (req: IncomingMessage, res: ServerResponse) => void,
  use: (port: number) => Promise<T>,
): Promise<T> {
  return await listening(createServer(answer), use)
}

async function listening<T>(server: Server, use: (port: number) => Promise<T>): Promise<T> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    // Safe: it listens on TCP.
    return await use((server.address() as AddressInfo).port)
  } finally {
    server.close()
  }
}
