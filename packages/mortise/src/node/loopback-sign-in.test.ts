import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { networkInterfaces } from 'node:os'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { UserAgent, Visit } from '../auth/client/platform.ts'
import { createTestRuntime } from '../testing/runtime.ts'
import { listen } from './listen.ts'
import { createLoopbackSignIn } from './loopback-sign-in.ts'
import { createTerminalSignIn } from './terminal-sign-in.ts'

const hasIpv6 = Object.values(networkInterfaces()).some((all) =>
  all?.some(({ address }) => address === '::1'),
)
const page = new URL('https://id.example/authorize?state=the-state')

test('the answer that a browser brings is handed over whole, and the page says what came of it', async () => {
  const visit = await prepare(createLoopbackSignIn({ open: async () => true }))
  const came = visit.go(page)
  const shown = get(`${visit.redirectUri}?code=c%20d&state=the-state&iss=x`)
  const answer = await came
  expect(answer.search).toBe('?code=c%20d&state=the-state&iss=x')
  await visit.end('signed-in')
  expect((await shown).body).toContain('You are signed in')
  await expect(get(visit.redirectUri)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

test('the page never says that the user is signed in before that is known', async () => {
  const runtime = createTestRuntime()
  const visit = await prepare(createLoopbackSignIn({ open: async () => true, runtime }))
  const came = visit.go(page)
  const early = get(answerTo(visit))
  await came
  runtime.advance(8_000)
  expect((await early).body).toContain('still finishing')
  const failed = get(answerTo(visit))
  await visited(visit)
  await visit.end('failed')
  expect((await failed).body).toContain('You are not signed in')
})

test('the page runs nothing, tells nobody where it was, and repeats nothing of the request', async () => {
  const visit = await prepare(createLoopbackSignIn({ open: async () => true }))
  const came = visit.go(page)
  const shown = get(`${visit.redirectUri}?error=<b>bad</b>&error_description=look&state=the-state`)
  await came
  await visit.end('failed')
  const { headers, body } = await shown
  expect(headers['content-security-policy']).toMatch(
    /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  )
  expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store' })
  expect(body).not.toMatch(/bad|look|the-state|<script/)
  expect(body).toContain('color-scheme:light dark')
})

// AUTHC-35: basic/authorization, "Open Redirection": what lacks the state, or has another, is dropped.
test('AUTHC-35: what is no answer is refused and does not end the wait', async () => {
  const visit = await prepare(createLoopbackSignIn({ open: async () => true }))
  const { redirectUri } = visit
  expect((await get(answerTo(visit))).status).toBe(404) // nobody was sent yet
  const came = visit.go(page)
  const at = (path: string): string => new URL(path, redirectUri).href
  const rows: [url: string, status: number, options?: Sending][] = [
    [redirectUri, 404],
    [`${redirectUri}?code=x`, 404],
    [`${redirectUri}?code=x&state=other`, 404],
    [`${redirectUri}?state=the-state`, 404],
    [`${redirectUri}?code=x&code=y&state=the-state`, 404],
    [at('/other?code=x&state=the-state'), 404],
    [at('/favicon.ico'), 404],
    [answerTo(visit), 405, { method: 'POST' }],
    [answerTo(visit), 405, { method: 'HEAD' }],
    [answerTo(visit), 403, { headers: { host: 'evil.example' } }],
    [answerTo(visit), 404, { headers: { host: 'localhost' } }],
    [answerTo(visit), 431, { headers: { big: 'x'.repeat(20_000) } }],
  ]
  for (const [url, status, options] of rows) {
    expect([url, options, (await get(url, options)).status]).toEqual([url, options, status])
  }
  const good = get(answerTo(visit))
  expect((await came).searchParams.get('code')).toBe('x')
  await visit.end('signed-in')
  expect((await good).status).toBe(200)
})

// AUTHC-36: basic/authorization, "Communication Security"; RFC 8252 §7.3.
describe('AUTHC-36: the redirect URI', () => {
  const prepared = async (registered: string[], redirectUri?: string): Promise<string> => {
    const options = redirectUri === undefined ? {} : { redirectUri }
    return (await prepare(createLoopbackSignIn({ ...options, open: false }), registered))
      .redirectUri
  }

  test('is one of this machine, by its number, at a free port', async () => {
    expect(await prepared([])).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    expect(await prepared(['https://app.example/callback'])).toMatch(/^http:\/\/127\.0\.0\.1:/)
  })

  test('is a registered one if its port is free, as it was written', async () => {
    const port = await freePort()
    const uri = `http://LOCALHOST:${port}/back`
    expect(await prepared(['https://app.example/callback', uri])).toBe(uri)
  })

  test('has another port if that of the registered one is taken', async () => {
    const { port, close } = await listen(() => {})
    onTestFinished(async () => await close())
    expect(await prepared([`http://127.0.0.1:${port}/back`])).toMatch(
      new RegExp(`^http://127\\.0\\.0\\.1:(?!${port}/)\\d+/back$`),
    )
  })

  test('is the one that the application wants', async () => {
    const port = await freePort()
    expect(await prepared([], `http://127.0.0.1:${port}/own`)).toBe(`http://127.0.0.1:${port}/own`)
    if (hasIpv6)
      expect(await prepared([], 'http://[::1]/own')).toMatch(/^http:\/\/\[::1\]:\d+\/own$/)
    await expect(prepared([], 'https://app.example/own')).rejects.toThrow(TypeError)
    const { port: taken, close } = await listen(() => {})
    onTestFinished(async () => await close())
    await expect(prepared([], `http://127.0.0.1:${taken}/own`)).rejects.toMatchObject({
      code: 'ERR_PORT_TAKEN',
    })
  })

  test.skipIf(!hasIpv6)('of localhost is answered at both of its addresses', async () => {
    const visit = await prepare(
      createLoopbackSignIn({ redirectUri: 'http://localhost/back', open: async () => true }),
    )
    const came = visit.go(page)
    const { port } = new URL(visit.redirectUri)
    for (const host of ['127.0.0.1', '::1']) {
      expect((await get(visit.redirectUri, { host, port })).status).toBe(404)
    }
    void get(answerTo(visit), { host: '::1', port })
    expect((await came).hostname).toBe('localhost')
  })
})

test('an answer by another name of this machine is one too: that name may be the registered one', async () => {
  const visit = await prepare(createLoopbackSignIn({ open: async () => true }))
  const came = visit.go(page)
  const { port, host } = new URL(visit.redirectUri)
  void get(answerTo(visit), { headers: { host: `localhost:${port}` } })
  expect((await came).host).toBe(host.replace('127.0.0.1', 'localhost'))
})

test('without a browser the page is shown to be opened by hand', async () => {
  const urls: string[] = []
  for (const open of [false, async () => false] as const) {
    const visit = await prepare(createLoopbackSignIn({ open, onUrl: (url) => urls.push(url) }))
    const came = visit.go(page)
    await expect.poll(() => urls).toHaveLength(1)
    const shown = get(answerTo(visit))
    await came
    await visit.end('signed-in')
    expect([urls.pop(), (await shown).status]).toEqual([page.href, 200])
  }
})

test('AUTHC-46: a page of another scheme is neither opened nor shown', async () => {
  const shown: string[] = []
  const visit = await prepare(
    createLoopbackSignIn({ open: false, onUrl: (url) => shown.push(url) }),
  )
  await expect(visit.go(new URL('javascript:alert(1)'))).rejects.toMatchObject({
    code: 'ERR_BLOCKED_URL',
  })
  expect(shown).toEqual([])
})

test('an abort ends the wait', async () => {
  const abort = new AbortController()
  const agent = createLoopbackSignIn({ open: async () => true })
  const visit = await agent.prepare([], abort.signal)
  onTestFinished(() => visit.end('failed'))
  const came = visit.go(page)
  abort.abort(new Error('enough'))
  await expect(came).rejects.toThrow('enough')
  await expect(agent.prepare([], abort.signal)).rejects.toThrow('enough')
})

describe('in a terminal', () => {
  test('the address that a browser elsewhere ended at can be pasted', async () => {
    const { input, output } = { input: new PassThrough(), output: new PassThrough() }
    const visit = await prepare(createTerminalSignIn({ input, output }))
    const came = visit.go(page)
    input.write(`hello\n\n${visit.redirectUri}?code=x&state=other\n`)
    input.write(`https://elsewhere.example/callback?code=x&state=the-state\n`)
    input.write(`  ${answerTo(visit)}\r\n`)
    expect((await came).searchParams.get('code')).toBe('x')
    output.end()
    const said = await text(output)
    expect(said).toContain(page.href)
    expect(said.match(/That is not the address/g)).toHaveLength(3)
  })

  test('a browser on the same machine comes back by itself, and the terminal is left alone', async () => {
    const { input, output } = { input: new PassThrough(), output: new PassThrough() }
    const visit = await prepare(createTerminalSignIn({ input, output }))
    const came = visit.go(page)
    await once(output, 'readable')
    const shown = get(answerTo(visit))
    await came
    await visit.end('signed-in')
    expect((await shown).status).toBe(200)
    expect(input.listenerCount('data')).toBe(0)
  })
})

async function prepare(agent: UserAgent, registered: readonly string[] = []): Promise<Visit> {
  const visit = await agent.prepare(registered)
  onTestFinished(() => visit.end('failed'))
  return visit
}

function answerTo({ redirectUri }: Visit): string {
  return `${redirectUri}?code=x&state=the-state`
}

/** Resolves once the listener has met what was sent before. */
async function visited({ redirectUri }: Visit): Promise<void> {
  await get(new URL('/favicon.ico', redirectUri).href)
}

interface Sending {
  readonly method?: string
  readonly headers?: Record<string, string>
  readonly host?: string
  readonly port?: string
}

interface Shown {
  readonly status: number | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

async function get(url: string, options: Sending = {}): Promise<Shown> {
  const { host } = new URL(url)
  const sent = request(url, { agent: false, ...options, headers: { host, ...options.headers } })
  sent.end()
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return {
    status: response.statusCode,
    headers: response.headers,
    body: await text(response),
  }
}

async function freePort(): Promise<number> {
  const { port, close } = await listen(() => {})
  await close()
  return port
}
