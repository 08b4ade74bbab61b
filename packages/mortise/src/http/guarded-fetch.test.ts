import { describe, expect, test } from 'vitest'
import type { McpError } from '../std/error.ts'
import { resolveLimits } from '../std/limits.ts'
import type { TestRuntime } from '../testing/index.ts'
import { createTestRuntime } from '../testing/index.ts'
import { createFetchConnector } from './fetch-connector.ts'
import type { GuardedFetch, OutboundPolicy } from './guarded-fetch.ts'
import { createGuardedFetch } from './guarded-fetch.ts'

interface Scripted {
  readonly fetch: GuardedFetch
  /** The URLs that were asked for, and how. */
  readonly asked: (readonly [url: string, init: RequestInit])[]
  readonly runtime: TestRuntime
}

type Answers = (url: URL, init: RequestInit) => Response | Promise<Response>

/** A guarded fetch over a platform whose `fetch` gives `answers`. */
function scripted(answers: Answers, policy: OutboundPolicy = {}): Scripted {
  const asked: (readonly [string, RequestInit])[] = []
  const runtime = createTestRuntime()
  const fetch = async (input: unknown, init: RequestInit = {}): Promise<Response> => {
    const url = new URL(String(input))
    asked.push([url.href, init])
    return answers(url, init)
  }
  const connect = createFetchConnector({ fetch })
  const limits = resolveLimits()
  return { fetch: createGuardedFetch(policy, { limits, runtime, connect }), asked, runtime }
}

/** Redirects every URL of the table, and answers `arrived` to any other one. */
function redirecting(table: Readonly<Record<string, string>>): Answers {
  return ({ href }) =>
    table[href] === undefined
      ? new Response('arrived')
      : new Response('elsewhere', { status: 302, headers: { location: table[href] } })
}

async function failureOf(answer: Promise<unknown>): Promise<McpError> {
  return answer.then(
    () => expect.fail('it was let through'),
    (error: McpError) => error,
  )
}

const secretive = 'https://id.example/keys?code=s3cret'

describe('what is asked for', () => {
  test('is asked for as it was said, and no redirect is left to the platform', async () => {
    const { fetch, asked, runtime } = scripted(() => Response.json({ keys: [] }, { status: 201 }))
    const answer = await fetch({
      method: 'POST',
      url: 'https://id.example:8443/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'a=b',
    })
    expect(answer).toMatchObject({ status: 201, url: 'https://id.example:8443/token' })
    expect(answer.header('content-type')).toBe('application/json')
    expect(answer.headers['content-type']).toBe('application/json')
    expect(new TextDecoder().decode(answer.body)).toBe('{"keys":[]}')
    const init = { method: 'POST', body: 'a=b', redirect: 'manual' }
    expect(asked).toMatchObject([['https://id.example:8443/token', init]])
    expect(runtime.timers).toBe(0)
  })

  test.each([
    'https://127.0.0.1/',
    'https://[::ffff:127.0.0.1]/',
    'https://localhost/',
    'https://metadata.google.internal/',
    'https://printer.local/',
    'https://nas.home.arpa/',
    'https://intranet/',
    'https://id.example./',
    'http://id.example/',
    'ftp://id.example/',
  ])('%s is refused without a way to look names up', async (url) => {
    const { fetch, asked, runtime } = scripted(() => new Response('arrived'))
    expect((await failureOf(fetch({ method: 'GET', url }))).code).toBe('ERR_BLOCKED_URL')
    expect(asked).toEqual([])
    expect(runtime.timers).toBe(0)
  })

  test.each([
    ['https://127.0.0.1:9/a?b=s3cret', 'https://127.0.0.1:9', 'allowLoopback'],
    ['http://id.example/a?b=s3cret', 'http://id.example', '`trust`'],
    ['https://10.0.0.1/s3cret', 'https://10.0.0.1', '`trust`'],
    ['https://u:s3cret@id.example/', 'https://id.example', 'user name'],
    ['javascript:s3cret', 'javascript:', 'https:'],
    ['s3cret', 'not fetching', 'no absolute URL'],
  ])('of %s an error tells the origin and what to do', async (url, origin, advice) => {
    const { message } = await failureOf(
      scripted(() => new Response()).fetch({ method: 'GET', url }),
    )
    expect(message).toContain(origin)
    expect(message).toContain(advice)
    expect(message).not.toContain('s3cret')
  })

  test('what a peer wrote does not make an error long', async () => {
    const { fetch } = scripted(() => new Response())
    for (const url of [`https://${'a.'.repeat(50_000)}example/`, `${'a'.repeat(100_000)}:b`]) {
      const { code, message } = await failureOf(fetch({ method: 'GET', url }))
      expect(code).toBe('ERR_BLOCKED_URL')
      expect(message.length).toBeLessThan(500)
    }
  })
})

// SEC-21, SEC-19 (security best practices, "Server-Side Request Forgery (SSRF)").
describe('redirects', () => {
  test('of https to http are refused, trusted or not', async () => {
    const policy = { trust: ['http://id.corp.example'], allowLoopback: true }
    for (const to of ['http://id.corp.example/', 'http://127.0.0.1/', 'http://id.example/']) {
      const { fetch, asked } = scripted(redirecting({ 'https://id.example/': to }), policy)
      const { code } = await failureOf(fetch({ method: 'GET', url: 'https://id.example/' }))
      expect(code).toBe('ERR_BLOCKED_URL')
      expect(asked).toHaveLength(1)
    }
  })

  test('may be relative, and the answer says where it came from', async () => {
    const { fetch } = scripted(redirecting({ 'https://id.example/a/b': '../c#d' }))
    const answer = await fetch({ method: 'GET', url: 'https://id.example/a/b' })
    expect(answer.url).toBe('https://id.example/c#d')
  })

  test('that say no target, or that the platform hides, are the answer', async () => {
    const { fetch } = scripted(() => new Response('see other', { status: 303 }))
    const answer = await fetch({ method: 'GET', url: 'https://id.example/' })
    expect(answer.status).toBe(303)
    expect(new TextDecoder().decode(answer.body)).toBe('see other')
  })

  test('are counted, and the error has no query', async () => {
    const { fetch, asked } = scripted(
      ({ href }) => new Response('', { status: 307, headers: { location: `${href}1` } }),
    )
    const error = await failureOf(fetch({ method: 'GET', url: secretive }))
    expect(error).toMatchObject({ code: 'ERR_LIMIT', limit: 'maxOutboundRedirects' })
    expect(error.message).not.toContain('s3cret')
    expect(asked).toHaveLength(4)
  })
})

describe('the end', () => {
  const never: Answers = (_, { signal }) =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })

  test('comes with the caller, whose reason is thrown', async () => {
    const { fetch, runtime } = scripted(never)
    const controller = new AbortController()
    const answer = failureOf(fetch({ method: 'GET', url: secretive, signal: controller.signal }))
    const reason = new Error('changed my mind')
    controller.abort(reason)
    expect(await answer).toBe(reason)
    expect(runtime.timers).toBe(0)
    const again = fetch({ method: 'GET', url: secretive, signal: controller.signal })
    expect(await failureOf(again)).toBe(reason)
  })

  test('leaves nothing of the answer behind', async () => {
    const signals: (AbortSignal | null | undefined)[] = []
    const { fetch } = scripted((_, { signal }) => {
      signals.push(signal)
      return new Response('arrived')
    })
    await fetch({ method: 'GET', url: secretive })
    expect(signals[0]?.aborted).toBe(true)
  })

  test('is told without the query when nothing is there', async () => {
    const { fetch } = scripted(() => {
      throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    })
    const { code, message } = await failureOf(fetch({ method: 'GET', url: secretive }))
    expect(code).toBe('ERR_UNREACHABLE')
    expect(message).toContain('https://id.example')
    expect(message).not.toContain('s3cret')
  })
})

test.each([
  '',
  'id.corp.example',
  'id.corp.example:8443',
  'https://',
  'https://*.corp.example',
  'https://id.corp.example/path',
  'https://id.corp.example?x',
  'https://id.corp.example#x',
  'https://user@id.corp.example',
  'ftp://id.corp.example',
  'file:///etc',
  'null',
])('trust in %j, which is no origin, is a mistake that is told at once', (entry) => {
  expect(() => scripted(() => new Response(), { trust: [entry] })).toThrow(TypeError)
})
