import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { createServer } from '../server/index.ts'
import { startAuthorizationServer } from '../../test/auth/authorization-server.ts'
import type { TestAuthorizationServer } from '../../test/auth/authorization-server.ts'
import { clientCredentials, signIn } from './auth-client.ts'
import { protect } from './auth-server.ts'
import { connect } from './client.ts'
import { createFileStore } from './file-key-value.ts'
import { nodeHandler } from './node-handler.ts'

// AUTHC-36: basic/authorization, "Communication Security": redirect URIs are registered, and on this machine.
test('AUTHC-36: a user is signed in by their own browser, once for all processes that share a store', async () => {
  const { url, issuer } = await startNotes()
  const folder = temporaryFolder()
  stubBrowser(folder)
  const store = (): ReturnType<typeof createFileStore> => createFileStore(join(folder, 'store'))
  for (let process = 0; process < 2; process += 1) {
    const auth = signIn({ store: store(), allowLoopback: true })
    const client = await connect(url, { auth })
    expect(await client.call('who')).toBe('user')
    await client.close()
  }
  expect(issuer.registrations).toEqual([
    expect.objectContaining({
      redirect_uris: [expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)],
    }),
  ])
  expect(issuer.tokenRequests.map((asked) => asked.get('grant_type'))).toEqual([
    'authorization_code',
  ])
  const again = signIn({ store: store(), allowLoopback: true })
  expect(await again.status(url)).toMatchObject({ issuer: issuer.issuer, renewable: true })
  await again.signOut(url)
  expect(await again.status(url)).toBeUndefined()
})

test('a machine gets in with its secret', async () => {
  const { url, issuer } = await startNotes()
  const machine = { clientId: 'machine', clientSecret: 'its-secret' }
  issuer.clients.set('machine', { client_id: 'machine', client_secret: 'its-secret' })
  const client = await connect(url, {
    auth: clientCredentials({ ...machine, allowLoopback: true }),
  })
  expect(await client.call('who')).toBe('user')
  await client.close()
})

/** A server that knows who calls, and who gives tokens for it. */
async function startNotes(): Promise<{ url: string; issuer: TestAuthorizationServer }> {
  const issuer = await startAuthorizationServer()
  const http = createHttpServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  // Safe: it listens on TCP.
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/mcp`
  const auth = protect({ issuer: issuer.issuer, audience: url, allowLoopback: true })
  const server = createServer({ name: 'notes', version: '1.0.0', auth }).tool(
    'who',
    {},
    (_input, context) => String(context.auth?.claims?.['sub']),
  )
  http.on('request', nodeHandler(server))
  onTestFinished(async () => {
    http.closeAllConnections()
    http.close()
    await issuer.close()
  })
  return { url, issuer }
}

/** The user's browser, which goes where it is sent. */
function stubBrowser(folder: string): void {
  const script = join(folder, 'browser.mjs')
  writeFileSync(script, 'await (await fetch(process.argv[2])).text()')
  vi.stubEnv('BROWSER', `"${process.execPath}" "${script}"`)
  onTestFinished(() => void vi.unstubAllEnvs())
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-auth-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
