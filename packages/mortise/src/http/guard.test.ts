import { describe, expect, test } from 'vitest'
import { createFetchExchange } from './fetch-exchange.ts'
import { createGuard, preflightHeaders } from './guard.ts'
import type { Admission, GuardOptions } from './guard.ts'

/** What the guard says to a request with these headers. */
function admit(headers: Record<string, string>, options: GuardOptions = {}): Admission {
  const request = new Request('http://localhost:3000/mcp', { method: 'POST', headers })
  const { checkHost, checkOrigin } = createGuard(options)
  const { exchange } = createFetchExchange(request)
  const named = checkHost(exchange)
  return named.ok ? checkOrigin(exchange) : named
}

const rows: readonly [string, Record<string, string>, GuardOptions, boolean][] = [
  ['localhost', { host: 'localhost' }, {}, true],
  ['localhost with a port', { host: 'localhost:8080' }, {}, true],
  ['the address of this machine', { host: '127.0.0.1:3000' }, {}, true],
  ['its IPv6 address', { host: '[::1]:3000' }, {}, true],
  ['another name', { host: 'evil.example' }, {}, false],
  ['a name that begins as ours', { host: 'localhost.evil.example' }, {}, false],
  ['a name that holds more', { host: 'localhost, evil.example' }, {}, false],
  ['user and host', { host: 'evil@localhost' }, {}, false],
  ['a port that is none', { host: 'localhost:http' }, {}, false],
  ['a name that was given', { host: 'API.example.com' }, { hosts: ['api.example.com'] }, true],
  ['a page of its own origin', { host: 'localhost:1', origin: 'http://localhost:1' }, {}, true],
  ['a page behind TLS', { host: 'localhost:1', origin: 'https://localhost:1' }, {}, true],
  ['a page of another port', { host: 'localhost:1', origin: 'http://localhost:2' }, {}, false],
  ['a page of elsewhere', { host: 'localhost', origin: 'https://evil.example' }, {}, false],
  ['a page without an origin', { host: 'localhost', origin: 'null' }, {}, false],
]

// HTTP25-02, HTTP26-02, SEC-35 (basic/transports, "Security Warning")
test.for(rows)('%s', ([, headers, options, ok]) => {
  expect(admit(headers, options).ok).toBe(ok)
})

test('a page that was named may read the answer, and no other page', () => {
  const options = { origins: ['https://app.example.com'] }
  const admission = admit({ host: 'localhost', origin: 'https://app.example.com' }, options)
  expect(admission).toMatchObject({
    ok: true,
    headers: { 'access-control-allow-origin': 'https://app.example.com', vary: 'Origin' },
  })
  expect(admit({ host: 'localhost', origin: 'http://app.example.com' }, options).ok).toBe(false)
})

test('the refusal of a host shows it in short and says which option names it', () => {
  const admission = admit({ host: `${'x'.repeat(5_000)}.example` })
  expect(admission).toMatchObject({ ok: false, reason: expect.stringContaining('`http.hosts`') })
  expect(admission.ok ? '' : admission.reason.length).toBeLessThan(250)
})

describe('an option that cannot mean anything is a TypeError', () => {
  test.for(['https://api.example.com', 'api.example.com:80', 'a b', ''])('hosts: %j', (host) => {
    expect(() => createGuard({ hosts: [host] })).toThrow(TypeError)
  })

  test.for(['app.example.com', 'https://app.example.com/', 'https://app.example.com/x', '*'])(
    'origins: %j',
    (origin) => {
      expect(() => createGuard({ origins: [origin] })).toThrow(TypeError)
    },
  )
})

describe('a preflight', () => {
  const allowed = (asked?: string): string =>
    preflightHeaders(asked)['access-control-allow-headers'] ?? ''

  test('allows the headers of MCP, and those of arguments that were asked for', () => {
    const headers = allowed('content-type, mcp-param-region, Mcp-Param-Zone').split(', ')
    expect(headers).toEqual(expect.arrayContaining(['Mcp-Session-Id', 'Last-Event-ID', 'Mcp-Name']))
    expect(headers.slice(-2)).toEqual(['mcp-param-region', 'Mcp-Param-Zone'])
  })

  test.for(['x-secret', 'mcp-param-', 'mcp-param-a b', 'mcp-param-a\r\nx: y', '*'])(
    'does not allow %j',
    (asked) => {
      expect(allowed(asked)).toBe(allowed())
    },
  )

  test('looks at so many characters and no more', () => {
    expect(allowed('mcp-param-a, '.repeat(100_000)).length).toBeLessThan(10_000)
  })
})
