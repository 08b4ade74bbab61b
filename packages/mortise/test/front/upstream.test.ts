import { expect, test } from 'vitest'
import type { AuthInfo } from '../../src/model/call.ts'
import { SignInNeededError } from '../../src/node/auth-front.ts'
import { createServer } from '../../src/server/index.ts'
import type { KeyValueStore } from '../../src/state/key-value.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { statelessPost } from '../post.ts'
import { admitted, createWorld, decide, refresh, signIn } from './world.ts'
import type { World, WorldOptions } from './world.ts'

const lifetimes = { accessTokenMs: 24 * 60 * 60_000 }

/** Somebody signed in, whose token at the provider is over. */
async function expired(
  options: WorldOptions = {},
): Promise<{ world: World; auth: AuthInfo; accessToken: string; clientId: string; token: string }> {
  const world = await createWorld({ lifetimes, ...options })
  const { tokens, clientId } = await signIn(world)
  const auth = admitted(await decide(world.protection, tokens.access_token))
  const { accessToken } = await world.front.upstream(auth)
  world.runtime.advance(3600_000)
  const { access_token: token } = tokens
  return { world, auth, accessToken, clientId, token }
}

// AUTHR-15: basic/authorization of the first revision with it, "Third-Party Authorization Flow"
test('a token of the provider that is over is refreshed, once for all who wait', async () => {
  let looks = 0
  const inner = createMemoryStore()
  const store: KeyValueStore = {
    ...inner,
    get(key) {
      if (key.includes('upstream:')) looks += 1
      return inner.get(key)
    },
  }
  const { world, auth, accessToken } = await expired({ store })
  const { provider, runtime } = world
  // The provider takes its time, until the others have looked again and again, or have shown it the same.
  const enough = looks + 12
  provider.before = async () => {
    while (looks < enough && provider.shown.length < 2) {
      await new Promise((resolve) => setImmediate(resolve))
      // The request's own, and that of each of the two who wait.
      if (runtime.timers >= 3) runtime.advance(100)
    }
  }
  const fronts = [world.front, world.another(), world.another()]
  const asking = [...fronts, ...fronts, ...fronts].map((front) => front.upstream(auth))
  await Promise.race(asking)
  // Whoever refreshed is done; the others look once more.
  let isOver = false
  const all = Promise.all(asking).finally(() => {
    isOver = true
  })
  while (!isOver) {
    await new Promise((resolve) => setImmediate(resolve))
    runtime.advance(100)
  }
  const answers = await all
  const tokens = new Set(answers.map((answer) => answer.accessToken))
  expect(tokens.size).toBe(1)
  expect(tokens.has(accessToken)).toBe(false)
  expect(provider.shown).toHaveLength(1)
})

test('a refresh token that the provider replaced is not shown to it again', async () => {
  const { world, auth } = await expired()
  for (let times = 0; times < 3; times++) {
    await world.front.upstream(auth)
    world.runtime.advance(3600_000)
  }
  expect(world.provider.shown).toHaveLength(3)
  expect(new Set(world.provider.shown).size).toBe(3)
})

// OpenID Connect Core §11
test('that the provider gives no refresh token is told once', async () => {
  const warnings: string[] = []
  const onWarning = (text: string): void => void warnings.push(text)
  const world = await createWorld({ lifetimes, onWarning })
  for (const expiresIn of [3600, undefined]) {
    world.provider.noRefresh = expiresIn !== undefined
    const { tokens } = await signIn(world)
    const auth = admitted(await decide(world.protection, tokens.access_token))
    await world.front.upstream(auth)
    await world.front.upstream(auth)
  }
  expect(warnings).toEqual([expect.stringMatching(/offline_access.*prompt: 'consent'/)])
})

test('trouble of the provider takes nothing away', async () => {
  const { world, auth } = await expired()
  world.provider.trouble = 'down'
  await expect(world.front.upstream(auth)).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' })
  world.provider.trouble = 'none'
  expect((await world.front.upstream(auth)).accessToken).toMatch(/^at-/)
})

test.each(['openid', 'plain'] as const)(
  'when the provider refuses for good, the user must sign in again (%s)',
  async (kind) => {
    const { world, auth, clientId, token } = await expired({ kind })
    const other = world.another().protection()
    admitted(await decide(other, token))
    world.provider.trouble = 'denied'
    await expect(world.front.upstream(auth)).rejects.toMatchObject({ code: 'ERR_AUTH_NEEDED' })
    expect(await decide(world.protection, token)).toMatchObject({ status: 401 })
    world.runtime.advance(10_000)
    expect(await decide(other, token)).toMatchObject({ status: 401 })
    const { status } = await refresh(world.front, clientId, token)
    expect(status).toBe(400)
    await expect(world.front.upstream(auth)).rejects.toMatchObject({ code: 'ERR_AUTH_NEEDED' })
  },
)

test('a token that ends and cannot be refreshed means signing in again', async () => {
  const world = await createWorld({ lifetimes })
  world.provider.expiresIn = undefined
  const { tokens } = await signIn(world)
  const auth = admitted(await decide(world.protection, tokens.access_token))
  // The provider did not say that it ends.
  world.runtime.advance(3600_000)
  expect((await world.front.upstream(auth)).accessToken).toMatch(/^at-/)
})

test('two users each get their own token', async () => {
  const world = await createWorld({ kind: 'plain' })
  const ada = admitted(await decide(world.protection, (await signIn(world)).tokens.access_token))
  world.provider.user = 'grace'
  const grace = admitted(await decide(world.protection, (await signIn(world)).tokens.access_token))
  expect(ada.subject).not.toBe(grace.subject)
  const [one, two] = [await world.front.upstream(ada), await world.front.upstream(grace)]
  const whose = async (token: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${token}` }
    const response = await world.provider.fetch(
      new Request('https://id.example.com/user', { headers }),
    )
    return ((await response.json()) as { login: unknown }).login
  }
  expect([await whose(one.accessToken), await whose(two.accessToken)]).toEqual(['ada', 'grace'])
})

test('a caller that the front did not let in has none', async () => {
  const world = await createWorld()
  const stranger = { subject: 'x', scopes: [] }
  await expect(world.front.upstream(stranger)).rejects.toThrow(TypeError)
})

test('in a tool, model and user read that they have to sign in again; the next request is a 401', async () => {
  const { world, auth, token } = await expired()
  world.provider.trouble = 'denied'
  const { runtime } = world
  const server = createServer({
    name: 'files',
    version: '1.0.0',
    auth: world.protection,
    runtime,
  }).tool('files', {}, async () => (await world.front.upstream(auth)).accessToken)
  const call = (): Promise<Response> =>
    server.fetch(
      statelessPost(
        { method: 'tools/call', params: { name: 'files' } },
        { authorization: `Bearer ${token}`, host: 'mcp.example.com' },
      ),
    )
  expect(await (await call()).json()).toMatchObject({
    result: { isError: true, content: [{ text: expect.stringContaining('sign in again') }] },
  })
  expect((await call()).status).toBe(401)
  await expect(world.front.upstream(auth)).rejects.toBeInstanceOf(SignInNeededError)
})
