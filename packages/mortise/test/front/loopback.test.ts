import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { createManualUserAgent } from '../../src/auth/client/manual-user-agent.ts'
import type { Front } from '../../src/auth/front/front.ts'
import { signIn } from '../../src/node/auth-client.ts'
import { createFront } from '../../src/node/auth-front.ts'
import { connect } from '../../src/node/client.ts'
import { createFileStore } from '../../src/node/file-key-value.ts'
import { createNodeExchange } from '../../src/node/http-exchange.ts'
import { createServer } from '../../src/server/index.ts'
import type { Server } from '../../src/server/index.ts'
import { systemRuntime } from '../../src/std/runtime.ts'
import { serveNode } from '../hostile/peers.ts'
import { createBrowser } from './browser.ts'
import type { Browser } from './browser.ts'
import { createTestProvider } from './provider.ts'
import type { TestProvider } from './provider.ts'

/** All of it on loopback, over HTTP: a provider, a protected server with its front, and a store in a folder. */
async function startWorld(): Promise<{
  url: string
  provider: TestProvider
  browser: Browser
  open: (url: URL) => Promise<URL>
  restart: () => void
  requests: string[]
}> {
  let answerAsProvider: (request: Request) => Promise<Response> = () => Promise.reject(new Error())
  const providerSite = await serveNode((req, res) => {
    const exchange = createNodeExchange(req, res)
    void (async () => {
      const body = await exchange.body(64 * 1024, 10_000)
      const { authorization, 'content-type': type } = req.headers
      const response = await answerAsProvider(
        new Request(new URL(req.url ?? '/', providerOrigin), {
          method: exchange.method,
          headers: {
            ...(authorization === undefined ? {} : { authorization }),
            ...(type === undefined ? {} : { 'content-type': type }),
          },
          ...(exchange.method === 'POST' ? { body: new Uint8Array(body) } : {}),
        }),
      )
      exchange.reply(response.status, Object.fromEntries(response.headers), await response.text())
    })()
  })
  onTestFinished(() => providerSite.close())
  const providerOrigin = `http://127.0.0.1:${providerSite.port}`
  const provider = await createTestProvider(providerOrigin, 'openid', systemRuntime)
  answerAsProvider = (request) => provider.fetch(request)

  const folder = await mkdtemp(join(tmpdir(), 'mortise-front-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const requests: string[] = []
  let server: Server | undefined
  const site = await serveNode((req, res) => {
    requests.push(`${req.method ?? ''} ${new URL(req.url ?? '/', 'http://x').pathname}`)
    server?.handle(createNodeExchange(req, res), '/mcp')
  })
  onTestFinished(() => site.close())
  const issuer = `http://127.0.0.1:${site.port}`
  const url = `${issuer}/mcp`

  function restart(): void {
    const front: Front = createFront({
      issuer,
      resource: url,
      provider: { issuer: providerOrigin, clientId: 'front', clientSecret: 'front-secret' },
      secrets: ['a secret that is long enough'],
      store: createFileStore(folder),
      allowLoopback: true,
    })
    server = createServer({
      name: 'notes',
      version: '1.0.0',
      auth: front.protection(),
      onError: () => {
        // A handler that fails is what one test is about.
      },
    })
    server.tool('whoami', {}, async (_input, ctx) => {
      // Safe: nobody is let in without.
      const auth = ctx.auth!
      const { accessToken } = await front.upstream(auth)
      const headers = { authorization: `Bearer ${accessToken}` }
      const response = await fetch(`${providerOrigin}/user`, { headers })
      const { login } = (await response.json()) as { login: string }
      return `${login} may ${auth.scopes.join(' and ') || 'nothing more'}`
    })
    server.tool('write', { scopes: ['notes:write'] }, () => 'written')
  }
  restart()

  const browser = createBrowser({ fetch: (request) => fetch(request) }, (origin) =>
    [issuer, providerOrigin].includes(origin),
  )
  const open = async (page: URL): Promise<URL> =>
    (await browser.press(await browser.visit(page.href), 'approve')).url
  return { url, provider, browser, open, restart, requests }
}

function createUser(open: (url: URL) => Promise<URL>): ReturnType<typeof signIn> {
  const userAgent = createManualUserAgent({
    redirectUri: 'http://127.0.0.1:33418/callback',
    open: async (url) => await open(url),
  })
  return signIn({ userAgent, allowLoopback: true })
}

// AUTHR-15, AUTHA-01: one process is the MCP server, its metadata and its authorization server.
test('a client finds everything by itself, and signs its user in for what every tool needs', async () => {
  const world = await startWorld()
  const pages: URL[] = []
  const auth = createUser(async (page) => {
    pages.push(page)
    return await world.open(page)
  })
  const client = await connect(world.url, { auth })
  onTestFinished(() => client.close())
  expect(pages).toHaveLength(1)
  const who = await client.callTool('whoami')
  expect(who.content).toMatchObject([{ text: expect.stringMatching(/^ada may/) as string }])
  const written = await client.callTool('write')
  expect(written.content).toMatchObject([{ text: 'written' }])
  expect(pages).toHaveLength(1)
  expect(world.requests).toContain('GET /.well-known/oauth-protected-resource/mcp')
  expect(world.requests).toContain('POST /register')
})

test('a client stays signed in when the process is replaced by another one', async () => {
  const world = await startWorld()
  let visits = 0
  const auth = createUser(async (page) => {
    visits += 1
    return await world.open(page)
  })
  const client = await connect(world.url, { auth })
  onTestFinished(() => client.close())
  await client.callTool('whoami')
  world.restart()
  await client.callTool('whoami')
  expect(visits).toBe(1)
})

test('when the provider ends what it gave, the client signs its user in again', async () => {
  const world = await startWorld()
  world.provider.expiresIn = 1
  let visits = 0
  const auth = createUser(async (page) => {
    visits += 1
    return await world.open(page)
  })
  const client = await connect(world.url, { auth })
  onTestFinished(() => client.close())
  world.provider.trouble = 'denied'
  const failed = await client.callTool('whoami').then(
    ({ isError }) => isError,
    () => true,
  )
  expect(failed).toBe(true)
  world.provider.trouble = 'none'
  world.provider.expiresIn = 3600
  const who = await client.callTool('whoami')
  expect(who.isError).not.toBe(true)
  expect(visits).toBe(2)
})
