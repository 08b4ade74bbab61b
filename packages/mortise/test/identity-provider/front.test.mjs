import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createFront } from 'mortise/auth/front'
import { createLoopbackSignIn, signIn } from 'mortise/auth/client'
import { connect } from 'mortise/client'
import { createFileStore, serve } from 'mortise/node'
import { createServer } from 'mortise/server'
import { startBrowser } from './browser.mjs'
import { holdPort } from './port.mjs'
import { startProvider } from './provider.mjs'

const command = JSON.parse(process.env.MORTISE_BROWSER ?? 'null')
const clientSecret = 'of the one client that was registered by hand'

/** What a test has opened, ended in the opposite order. */
const opened = []
let origin
let provider
let browser
let folder

beforeEach(async () => {
  const { port, release } = await holdPort()
  origin = `http://127.0.0.1:${port}`
  provider = await startProvider({
    clients: [
      {
        client_id: 'notes',
        client_secret: clientSecret,
        redirect_uris: [`${origin}/callback`],
        grant_types: ['authorization_code', 'refresh_token'],
        token_endpoint_auth_method: 'client_secret_basic',
      },
    ],
  })
  opened.push(provider)
  await release()
  folder = await mkdtemp(join(tmpdir(), 'mortise-front-'))
  opened.push({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) })
  if (command === null) return
  browser = await startBrowser(command)
  opened.push(browser)
})

afterEach(async () => {
  for (const one of opened.splice(0).toReversed()) await one[Symbol.asyncDispose]()
})

/** One process: the server, and the front before the provider, which knows neither MCP nor who our clients are. */
async function startNotes() {
  const url = `${origin}/mcp`
  const front = createFront({
    issuer: origin,
    resource: url,
    provider: {
      issuer: provider.issuer,
      clientId: 'notes',
      clientSecret,
      scopes: ['openid', 'offline_access'],
      parameters: { prompt: 'consent' },
    },
    secrets: ['a secret that outlives the process'],
    store: createFileStore(folder),
    scopes: { 'notes:read': 'read your notes' },
    name: 'Notes',
    allowLoopback: true,
  })
  const auth = front.protection({ scopes: ['notes:read'] })
  const server = createServer({ name: 'notes', version: '1.0.0', auth }).tool(
    'whoami',
    {},
    async (_args, { auth: caller }) => {
      const { accessToken } = await front.upstream(caller)
      const answer = await fetch(`${provider.issuer}/me`, {
        headers: { authorization: `Bearer ${accessToken}` },
      })
      return (await answer.json()).sub
    },
  )
  const serving = await serve(server, {
    transport: 'http',
    port: Number(new URL(origin).port),
    argv: [],
    signals: false,
    onListening() {},
  })
  return { url, [Symbol.asyncDispose]: () => serving.close() }
}

/** A user with a browser, and what the pages on the way said. */
async function userOf(login) {
  const user = await browser.user(login)
  opened.push({ [Symbol.asyncDispose]: () => user.close() })
  const pages = []
  const visits = []
  opened.push({ [Symbol.asyncDispose]: () => Promise.all(visits) })
  const userAgent = createLoopbackSignIn({
    open: async (url) => {
      visits.push(user.visit(url, (text) => pages.push(text)))
      return true
    },
  })
  const auth = signIn({ userAgent, allowLoopback: true, clientName: 'Desk' })
  return { auth, pages, visits }
}

describe.skipIf(command === null)('a front, an OpenID provider and a browser', () => {
  test('a client that nobody registered gets in after consent, and the tool has the token of the provider', async () => {
    const notes = await startNotes()
    opened.push(notes)
    const { auth, pages, visits } = await userOf('ada')
    const client = await connect(notes.url, { auth })
    opened.push(client)
    expect(await client.call('whoami')).toBe('ada')
    expect(visits).toHaveLength(1)
    const [consent] = pages
    expect(consent).toContain('Desk')
    expect(consent).toContain('read your notes')
    expect(consent).toContain('127.0.0.1')
  })

  test('a restart of the process is not noticed', async () => {
    const first = await startNotes()
    const { auth, visits } = await userOf('ada')
    const client = await connect(first.url, { auth })
    await client.call('whoami')
    await client.close()
    await first[Symbol.asyncDispose]()
    const second = await startNotes()
    opened.push(second)
    const again = await connect(second.url, { auth })
    opened.push(again)
    expect(await again.call('whoami')).toBe('ada')
    expect(visits).toHaveLength(1)
  })

  test('a program on this machine is asked about each time: any other could claim to be it', async () => {
    const notes = await startNotes()
    opened.push(notes)
    const { auth, pages } = await userOf('ada')
    const client = await connect(notes.url, { auth })
    opened.push(client)
    await client.call('whoami')
    await auth.signOut(notes.url)
    expect(await client.call('whoami')).toBe('ada')
    expect(pages.filter((text) => text.includes('Desk'))).toHaveLength(2)
  })
})
