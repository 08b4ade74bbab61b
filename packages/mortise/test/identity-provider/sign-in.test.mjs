import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createLoopbackSignIn, signIn } from 'mortise/auth/client'
import { protect } from 'mortise/auth/server'
import { connect } from 'mortise/client'
import { createFileStore, serve } from 'mortise/node'
import { createServer } from 'mortise/server'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startBrowser } from './browser.mjs'
import { holdPort } from './port.mjs'
import { startProvider } from './provider.mjs'

const command = JSON.parse(process.env.MORTISE_BROWSER ?? 'null')

/** Keys are not asked for again before that. */
const cooldownMs = 60_000

/** What a test has opened, ended in the opposite order. */
const opened = []
let provider
let browser

beforeEach(async () => {
  provider = await startProvider()
  opened.push(provider)
  if (command === null) return
  browser = await startBrowser(command)
  opened.push(browser)
})

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

/** A server whose clock can be put forward, on a port of its own. */
async function startNotes(options = {}) {
  let ahead = 0
  const runtime = {
    now: () => Date.now() + ahead,
    monotonic: () => performance.now() + ahead,
    after(delayMs, run) {
      const timer = setTimeout(() => run(), delayMs)
      timer.unref()
      return () => clearTimeout(timer)
    },
    randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  }
  const { port, release } = await holdPort()
  const url = `http://127.0.0.1:${port}/mcp`
  const auth = protect({
    issuer: provider.issuer,
    audience: url,
    scopes: ['notes:read'],
    allowLoopback: true,
    runtime,
    ...options,
  })
  const server = createServer({ name: 'notes', version: '1.0.0', auth, runtime })
    .tool('whoami', {}, (_args, { auth: caller }) => caller.claims.sub)
    .tool('write', { scopes: ['notes:write'] }, (_args, { auth: caller }) =>
      [...caller.scopes].join(' '),
    )
  await release()
  const serving = await serve(server, {
    transport: 'http',
    port,
    argv: [],
    signals: false,
    onListening() {},
  })
  opened.push({ [Symbol.asyncDispose]: () => serving.close() })
  return { url, putForward: (ms) => (ahead += ms) }
}

/** A user with a browser, and the client's part that sends them to pages. */
async function userOf(login, options = {}) {
  const user = await browser.user(login)
  opened.push({ [Symbol.asyncDispose]: () => user.close() })
  const said = []
  const visits = []
  opened.push({ [Symbol.asyncDispose]: () => Promise.all(visits) })
  const userAgent = createLoopbackSignIn({
    // Nobody waits for the browser: it comes back by itself.
    open: async (url) => {
      visits.push(user.visit(url))
      return true
    },
  })
  const auth = signIn({
    userAgent,
    allowLoopback: true,
    onEvent: (event) => said.push(event.type),
    ...options,
  })
  return { auth, said, visits }
}

async function reach(url, auth, options = {}) {
  const client = await connect(url, { auth, ...options })
  opened.push(client)
  return client
}

describe.skipIf(command === null)('a user with a browser, and an OpenID provider', () => {
  test('the client registers, the user signs in, and the tool knows who calls', async () => {
    const { url } = await startNotes()
    const { auth, said, visits } = await userOf('ada')
    const client = await reach(url, auth)
    expect(await client.call('whoami')).toBe('ada')
    expect(said).toEqual(['discovered', 'registered', 'authorizing', 'signed-in'])
    expect(visits).toHaveLength(1)
    expect(await visits[0]).toMatch(/signed in/i)
  })

  test('two users of one server are two callers', async () => {
    const { url } = await startNotes()
    const ada = await reach(url, (await userOf('ada')).auth)
    const bob = await reach(url, (await userOf('bob')).auth)
    expect(await Promise.all([ada.call('whoami'), bob.call('whoami')])).toEqual(['ada', 'bob'])
  })

  test('what was signed in lasts over processes that share a folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mortise-tokens-'))
    opened.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) })
    const { url } = await startNotes()
    const first = await userOf('ada', { store: createFileStore(folder) })
    await (await reach(url, first.auth)).call('whoami')
    const second = await userOf('ada', { store: createFileStore(folder) })
    expect(await (await reach(url, second.auth)).call('whoami')).toBe('ada')
    expect(second.visits).toEqual([])
  })

  test('50 calls that are refused at once refresh the rotating token once, and all succeed', async () => {
    provider.settings.accessTokenTtlSec = 60
    const { url, putForward } = await startNotes()
    const { auth, visits } = await userOf('ada')
    const client = await reach(url, auth)
    await client.call('whoami')
    // The server's clock alone: the client believes its token good, so each of its calls is refused.
    provider.settings.accessTokenTtlSec = 3_600
    putForward(120_000)
    const answers = await Promise.all(Array.from({ length: 50 }, () => client.call('whoami')))
    expect(new Set(answers)).toEqual(new Set(['ada']))
    expect(provider.count('grant refresh_token')).toBe(1)
    expect(provider.count('revoked')).toBe(0)
    expect(visits).toHaveLength(1)
  })

  test('one refresh after the other takes the newest of the rotating tokens', async () => {
    provider.settings.accessTokenTtlSec = 60
    const { url, putForward } = await startNotes()
    const { auth, visits } = await userOf('ada')
    const client = await reach(url, auth)
    for (const round of [1, 2, 3]) {
      provider.settings.accessTokenTtlSec = 200 * round
      putForward(round === 1 ? 120_000 : 200_000)
      expect(await client.call('whoami')).toBe('ada')
      expect(provider.count('grant refresh_token')).toBe(round)
    }
    expect(provider.count('revoked')).toBe(0)
    expect(visits).toHaveLength(1)
  })

  test('a tool that needs more rights sends the user to the page again, and keeps the first ones', async () => {
    const { url } = await startNotes()
    const { auth, said, visits } = await userOf('ada')
    const client = await reach(url, auth)
    await client.call('whoami')
    expect(visits).toHaveLength(1)
    const granted = await client.call('write')
    expect(granted.split(' ')).toEqual(expect.arrayContaining(['notes:read', 'notes:write']))
    expect(said).toContain('step-up')
    expect(visits).toHaveLength(2)
    await client.call('write')
    expect(visits).toHaveLength(2)
  })

  test('tokens that are bound to a key are of no use without it', async () => {
    const { url } = await startNotes({ dpop: true })
    const { auth } = await userOf('ada', { dpop: true })
    let token
    const client = await reach(url, auth, {
      fetch(at, init) {
        ;[, token] = /^DPoP (.+)$/.exec(init.headers.authorization ?? '') ?? []
        return fetch(at, init)
      },
    })
    expect(await client.call('whoami')).toBe('ada')
    expect(provider.count('bound')).toBe(1)
    expect((await post(url, token)).status).toBe(401)
  })

  test('a user who says no is told so, and asked again by the next connection', async () => {
    const { url } = await startNotes()
    const user = await browser.user('ada')
    opened.push({ [Symbol.asyncDispose]: () => user.close() })
    const visits = []
    opened.push({ [Symbol.asyncDispose]: () => Promise.all(visits) })
    const open = async (page) => {
      visits.push(user.refuse(page))
      return true
    }
    const auth = signIn({ userAgent: createLoopbackSignIn({ open }), allowLoopback: true })
    await expect(connect(url, { auth })).rejects.toMatchObject({ code: 'ERR_AUTH_REFUSED' })
    expect(await visits[0]).toMatch(/not signed in|failed|went wrong/i)
    await expect(connect(url, { auth })).rejects.toMatchObject({ code: 'ERR_AUTH_REFUSED' })
    expect(visits).toHaveLength(2)
  })

  test('signing out revokes, and the next call signs in anew', async () => {
    const { url } = await startNotes()
    const { auth, visits } = await userOf('ada')
    const client = await reach(url, auth)
    await client.call('whoami')
    await auth.signOut(url)
    expect(provider.count('/token/revocation')).toBeGreaterThan(0)
    expect(await client.call('whoami')).toBe('ada')
    expect(visits).toHaveLength(2)
  })

  test('tokens of new keys are good, and whoever has one of the old keys gets another unasked', async () => {
    const { url, putForward } = await startNotes()
    const ada = await reach(url, (await userOf('ada')).auth)
    await ada.call('whoami')
    await provider.renewKeys()
    putForward(cooldownMs)
    const bob = await reach(url, (await userOf('bob')).auth)
    expect(await bob.call('whoami')).toBe('bob')
    putForward(cooldownMs)
    expect(await ada.call('whoami')).toBe('ada')
  })

  test('while the provider is down for more than a minute, known keys go on working and nothing fails open', async () => {
    const { url, putForward } = await startNotes()
    const { auth } = await userOf('ada')
    const client = await reach(url, auth)
    await client.call('whoami')
    await provider.down()
    for (let minute = 0; minute < 20; minute += 1) {
      putForward(61_000)
      expect(await client.call('whoami')).toBe('ada')
    }
    expect([401, 503]).toContain((await post(url, forged())).status)
    expect((await post(url, undefined)).status).toBe(401)
    await provider.up()
    expect(await client.call('whoami')).toBe('ada')
  })

  test('a server that starts while the provider is down lets nobody in, and everybody once it is up', async () => {
    const before = await startNotes()
    const { auth } = await userOf('ada')
    await (await reach(before.url, auth)).call('whoami')
    await provider.down()
    const { url, putForward } = await startNotes()
    expect((await post(url, forged())).status).toBe(503)
    await provider.up()
    putForward(cooldownMs)
    expect(await (await reach(url, (await userOf('ada')).auth)).call('whoami')).toBe('ada')
  })
})

/** A token that looks like one of the provider's, under a key that nobody has published. */
function forged() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { iss: provider.issuer, sub: 'ada', aud: 'x', exp: 4_102_444_800 }
  return `${part({ alg: 'RS256', kid: 'nobody', typ: 'at+jwt' })}.${part(claims)}.${'A'.repeat(342)}`
}

function post(url, token) {
  return fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    body: '{"jsonrpc":"2.0","id":1,"method":"tools/list"}',
  })
}
