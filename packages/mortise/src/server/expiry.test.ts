import { expect, test } from 'vitest'
import { statelessMeta, statelessPost } from '../../test/post.ts'
import { settle } from '../../test/settle.ts'
import { createTestRuntime } from '../testing/index.ts'
import { createServer } from './index.ts'
import type { AuthInfo, Authorize } from './index.ts'

const startMs = 1_750_000_000_000

async function answer(authorize: Authorize, afterMs = 0): Promise<Response> {
  const runtime = createTestRuntime({ startMs })
  const server = createServer({ name: 'timed', version: '1.0.0', runtime, http: { authorize } })
  runtime.advance(afterMs)
  return await server.fetch(statelessPost({ method: 'server/discover' }))
}

function likePromise(info: ReturnType<Authorize>): Promise<AuthInfo> {
  const own = Promise.resolve(info as AuthInfo)
  return { then: own.then.bind(own) } as Promise<AuthInfo>
}

// SEC-01 (security best practices, "Session Hijacking")
test.each([
  ['at once', (info: ReturnType<Authorize>): ReturnType<Authorize> => info],
  ['later', async (info: ReturnType<Authorize>) => await info],
  // Of another realm, or of a library.
  ['by what is only like a promise', (info: ReturnType<Authorize>) => likePromise(info)],
])('a request whose authorization has expired is refused: decided %s', async (_when, decide) => {
  const expiresAtSec = startMs / 1_000 + 10
  const authorize: Authorize = () => decide({ subject: 'ada', scopes: [], expiresAtSec })
  expect((await answer(authorize, 9_999)).status).toBe(200)
  const refused = await answer(authorize, 10_000)
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toContain('error="invalid_token"')
})

test('an end that is no time lets nobody in', async () => {
  const expiresAtSec = Number('tomorrow')
  expect((await answer(() => ({ subject: 'ada', scopes: [], expiresAtSec }))).status).toBe(401)
})

test('an authorization without an end does not expire, and a refusal stays what it was', async () => {
  expect((await answer(() => ({ subject: 'ada', scopes: [] }), 1e9)).status).toBe(200)
  expect((await answer(() => ({ refused: true, status: 403 }))).status).toBe(403)
})

test('a call that runs is told when its authorization is over, and aborted', async () => {
  const runtime = createTestRuntime({ startMs })
  const authorize: Authorize = () => ({
    subject: 'ada',
    scopes: [],
    expiresAtSec: startMs / 1_000 + 20,
  })
  const limits = { keepAliveMs: 15_000 }
  const aborted: string[] = []
  const server = createServer({
    name: 'timed',
    version: '1.0.0',
    runtime,
    limits,
    http: { authorize },
  })
  for (const name of ['silent', 'talking']) {
    server.tool(name, {}, (_args, { signal, log }) => {
      if (name === 'talking') log('warning', 'working')
      return new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(aborted.push(name)), { once: true })
      })
    })
  }
  const meta = { ...statelessMeta, 'io.modelcontextprotocol/logLevel': 'info' }
  const call = (name: string): Promise<Response> =>
    server.fetch(statelessPost({ method: 'tools/call', params: { name, _meta: meta } }))
  const [silent, talking] = [call('silent'), call('talking')]
  await settle()
  runtime.advance(15_000)
  runtime.advance(15_000)
  const told = await silent
  expect(told.status).toBe(401)
  expect(told.headers.get('www-authenticate')).toContain('error="invalid_token"')
  expect(await (await talking).text()).toContain('The authorization has expired')
  await settle()
  expect(aborted).toEqual(['silent', 'talking'])
})
