import type { IncomingHttpHeaders, Server } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { GuardedFetch, OutboundPolicy, OutboundRequest } from '../../src/http/guarded-fetch.ts'
import type { Resolve } from '../../src/node/guarded-fetch.ts'
import { createNodeGuardedFetch } from '../../src/node/guarded-fetch.ts'
import { resolveLimits } from '../../src/std/limits.ts'
import { settle } from '../settle.ts'
import type { InnerListener } from './listener.ts'
import { listenInside } from './listener.ts'
import { beyondLoopback, inwardUrls } from './ssrf-urls.ts'

const statuses = [301, 302, 303, 307, 308]

let inner: InnerListener
let outer: Redirector

beforeAll(async () => {
  inner = await listenInside()
  outer = await startRedirector()
})
afterAll(async () => {
  await inner.close()
  outer.server.close()
})

/** A server that the application trusts, and that sends every request on to where it is told. */
interface Redirector {
  readonly server: Server
  readonly origin: string
  /** Where to, with which status. */
  send(location: string, status?: number): string
  readonly seen: IncomingHttpHeaders[]
}

async function startRedirector(): Promise<Redirector> {
  const seen: IncomingHttpHeaders[] = []
  const targets: { readonly location: string; readonly status: number }[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers)
    const target = targets[Number(request.url?.slice(1))]
    if (target === undefined) response.end('arrived')
    else response.writeHead(target.status, { location: target.location }).end('elsewhere')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    server,
    origin,
    seen,
    send: (location, status = 302) => `${origin}/${targets.push({ location, status }) - 1}`,
  }
}

function answering(addresses: readonly string[]): Resolve {
  return async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
}

const toListener = answering(['127.0.0.1'])

function guarded(policy: OutboundPolicy = {}, resolve: Resolve = toListener): GuardedFetch {
  return createNodeGuardedFetch(policy, { resolve })
}

/** What became of a request: the code of the error, or the status of the answer. */
async function outcome(fetch: GuardedFetch, request: Partial<OutboundRequest>): Promise<unknown> {
  try {
    return (await fetch({ method: 'GET', url: '', ...request })).status
  } catch (error) {
    return (error as { code?: unknown }).code
  }
}

const rows = inwardUrls.map(({ url, answers }, index) => ({ number: index + 1, url, answers }))
const atPort = (url: string): string => url.replace('{port}', String(inner.port))
/** Whether a header can hold it, and it leads away from the redirector. */
const canBeLocation = ({ url }: { readonly url: string }): boolean =>
  /^[!-~][ -~]*[!-~]$/.test(url) &&
  !(
    URL.canParse(url, 'http://outer.example/') &&
    new URL(url, 'http://outer.example/').origin === 'http://outer.example'
  )

// Metadata, keys and documents that a hostile peer names: AUTHC-45, SEC-18 (security best practices, "Server-Side Request
// Forgery (SSRF)"). SEC-19: https. SEC-20: private ranges, and octal, hex and mapped forms. SEC-25: schemes by allow-list.
describe('URLs that lead inside', () => {
  test('are more than 120', () => {
    expect(new Set(inwardUrls.map(({ url }) => url)).size).toBe(inwardUrls.length)
    expect(inwardUrls.length).toBeGreaterThanOrEqual(120)
  })

  test.each(rows)('$number is refused, and nothing is connected to: $url', async (row) => {
    const url = atPort(row.url)
    expect(await outcome(guarded({}, answering(row.answers ?? ['127.0.0.1'])), { url })).toBe(
      'ERR_BLOCKED_URL',
    )
    expect(inner.connections).toBe(0)
  })
})

// SEC-21: the same checks for each hop of a redirect (security best practices, "Server-Side Request Forgery (SSRF)").
describe('redirects that lead inside', () => {
  test.each(rows.filter(canBeLocation))(
    '$number is refused as the target of a redirect: $url',
    async (row) => {
      const status = statuses[row.number % statuses.length]
      const before = outer.seen.length
      const url = outer.send(atPort(row.url), status)
      const fetch = guarded({ trust: [outer.origin] }, answering(row.answers ?? ['127.0.0.1']))
      expect(await outcome(fetch, { url })).toBe('ERR_BLOCKED_URL')
      expect(outer.seen.length).toBe(before + 1)
      expect(inner.connections).toBe(0)
    },
  )

  test('a chain that ends inside is refused at its end', async () => {
    const last = outer.send(atPort('https://127.0.0.1:{port}/'))
    const url = outer.send(outer.send(last, 307), 301)
    expect(await outcome(guarded({ trust: [outer.origin] }), { url })).toBe('ERR_BLOCKED_URL')
    expect(inner.connections).toBe(0)
  })
})

describe('redirects that would carry something along', () => {
  const request = (headers: Record<string, string>): Partial<OutboundRequest> => ({
    headers,
    url: outer.send(`${outer.origin}/arrived`),
  })

  test.each(['authorization', 'cookie', 'dpop', 'x-api-key'])(
    'a redirect of a request with %s is the answer',
    async (name) => {
      const before = outer.seen.length
      const asked = request({ accept: 'application/json', [name]: 'secret' })
      expect(await outcome(guarded({ trust: [outer.origin] }), asked)).toBe(302)
      expect(outer.seen.length).toBe(before + 1)
    },
  )

  test.each(statuses)('a redirect of a POST with status %i is the answer', async (status) => {
    const before = outer.seen.length
    const url = outer.send(`${outer.origin}/arrived`, status)
    const asked = { method: 'POST', url, body: 'client_secret=secret' } as const
    expect(await outcome(guarded({ trust: [outer.origin] }), asked)).toBe(status)
    expect(outer.seen.length).toBe(before + 1)
  })

  test.each(statuses)('a redirect of a plain GET with status %i is followed', async (status) => {
    const url = outer.send(`${outer.origin}/arrived`, status)
    const fetch = guarded({ trust: [outer.origin] })
    const answer = await fetch({ method: 'GET', url, headers: { accept: 'application/json' } })
    expect(answer).toMatchObject({ status: 200, url: `${outer.origin}/arrived` })
    expect(outer.seen.at(-1)?.accept).toBe('application/json')
  })
})

// SEC-21: the answer of DNS is pinned between check and connect.
describe('names that are looked up again', () => {
  test('the first answer counts, and nobody asks for a second one', async () => {
    let asked = 0
    const flips: Resolve = async () => {
      asked += 1
      // Nobody has the first address: whoever goes there comes to no answer.
      return asked === 1
        ? [{ address: '3000::1', family: 6 }]
        : [{ address: '127.0.0.1', family: 4 }]
    }
    const url = atPort('https://rebind.example:{port}/')
    const limits = resolveLimits({ outboundTimeoutMs: 1_000 })
    const fetch = createNodeGuardedFetch({}, { limits, resolve: flips })
    expect(await outcome(fetch, { url })).toMatch(/^ERR_(UNREACHABLE|TIMEOUT)$/)
    expect(asked).toBe(1)
    expect(inner.connections).toBe(0)
  })

  test('each hop of a redirect is looked up and judged by itself', async () => {
    const asked: string[] = []
    const resolve: Resolve = async (hostname) => {
      asked.push(hostname)
      return [{ address: '127.0.0.1', family: 4 }]
    }
    const outside = `http://outside.example:${new URL(outer.origin).port}`
    const next = atPort('https://outside.example:{port}/')
    const url = outer.send(next).replace(outer.origin, outside)
    expect(await outcome(guarded({ trust: [outside] }, resolve), { url })).toBe('ERR_BLOCKED_URL')
    expect(asked).toEqual(['outside.example', 'outside.example'])
    expect(inner.connections).toBe(0)
  })
})

describe('what an application allows', () => {
  test.each(rows.slice(0, beyondLoopback.length))(
    'with loopback and one origin allowed $number is refused all the same: $url',
    async (row) => {
      const policy = { allowLoopback: true, trust: [`https://id.corp.example:${inner.port}`] }
      const fetch = guarded(policy, answering(row.answers ?? ['127.0.0.1']))
      expect(await outcome(fetch, { url: atPort(row.url) })).toBe('ERR_BLOCKED_URL')
      expect(inner.connections).toBe(0)
    },
  )

  test.each([
    'https://id.corp.example.evil.example:{port}/',
    'https://evil.id.corp.example:{port}/',
    'https://id.corp.example.:{port}/',
    'https://id.corp.example:1{port}/',
    'https://id.corp.example/',
    'http://id.corp.example:{port}/',
    'https://id.corp.example:{port}@evil.example:{port}/',
    'https://user@id.corp.example:{port}/',
    'https://evil.example:{port}/https://id.corp.example:{port}/',
    'https://evil.example:{port}#https://id.corp.example:{port}',
    'https://127.0.0.1:{port}/',
  ])('an origin that only looks like a trusted one is refused: %s', async (text) => {
    const url = text.replaceAll('{port}', String(inner.port))
    const fetch = guarded({ trust: [`https://id.corp.example:${inner.port}`] })
    expect(await outcome(fetch, { url })).toBe('ERR_BLOCKED_URL')
    expect(inner.connections).toBe(0)
  })

  test.each([['10.0.0.1'], ['127.0.0.1', '10.0.0.1'], ['0.0.0.0'], ['3000::1']])(
    'localhost has to be at a loopback address, not at %s',
    async (...answers) => {
      const fetch = guarded({ allowLoopback: true }, answering(answers))
      expect(await outcome(fetch, { url: atPort('http://localhost:{port}/') })).toBe(
        'ERR_BLOCKED_URL',
      )
      expect(inner.connections).toBe(0)
    },
  )

  test.each(['ws', 'wss', 'ftp', 'gopher', 'file', 'https+unix'])(
    'no scheme is added: %s',
    async (scheme) => {
      const url = atPort(`${scheme}://localhost:{port}/`)
      expect(await outcome(guarded({ allowLoopback: true }), { url })).toBe('ERR_BLOCKED_URL')
      expect(inner.connections).toBe(0)
    },
  )

  test('a trusted origin is reached by its name, at an address of loopback', async () => {
    const origin = `http://id.corp.example:${new URL(outer.origin).port}`
    expect(await outcome(guarded({ trust: [origin] }), { url: `${origin}/arrived` })).toBe(200)
    expect(outer.seen.at(-1)?.host).toBe(new URL(origin).host)
  })

  // SEC-19: plain http for loopback alone.
  test.each(['127.0.0.1', '127.1', 'localhost', 'app.localhost', 'LOCALHOST.'])(
    'in development %s is reached by http',
    async (host) => {
      const url = `http://${host}:${new URL(outer.origin).port}/arrived`
      expect(await outcome(guarded({ allowLoopback: true }), { url })).toBe(200)
    },
  )

  test('a trusted origin may be sent on to another one that is trusted', async () => {
    const other = `http://id.corp.example:${new URL(outer.origin).port}`
    const fetch = guarded({ trust: [outer.origin, other] })
    const answer = await fetch({ method: 'GET', url: outer.send(`${other}/arrived`) })
    expect(answer).toMatchObject({ status: 200, url: `${other}/arrived` })
  })
})

// Last, since a connection may be counted a little after what opened it was given up.
test('nobody has reached the listener inside, which listens', async () => {
  await settle()
  expect(inner.connections).toBe(0)
  const origin = `http://127.0.0.1:${inner.port}`
  expect(await outcome(guarded({ trust: [origin] }), { url: `${origin}/` })).toBe(200)
  expect(inner.connections).toBe(1)
})
