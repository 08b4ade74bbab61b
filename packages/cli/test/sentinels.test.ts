import { once } from 'node:events'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { install } from './installed.ts'
import type { Finished, Installed } from './installed.ts'
import { browserModule, startProtectedServer } from './protected.ts'
import type { ProtectedServer } from './protected.ts'

/** Stands in every input, in front of a word that says which one. */
const mark = 's3ntinel'
/** What no output may hold: sentinels, what the authorization server gives, and what goes to its page. */
const secrets =
  /s3ntinel|access-|refresh-|code-[0-9a-f]|state=|code_challenge|czNudGluZW|PRIVATE KEY/

let command: Installed
let browser = ''
let notes: ProtectedServer
let env: Record<string, string>
let number = 0
beforeAll(async () => {
  command = await install()
  browser = `"${process.execPath}" "${command.write('browser.mjs', browserModule)}"`
})
afterAll(() => command.remove())
beforeEach(async () => {
  notes = await startProtectedServer({ machine: { id: 'machine', secret: `${mark}-machine` } })
  number += 1
  env = {
    BROWSER: `${browser} "${command.folder}/seen-${number}"`,
    XDG_CONFIG_HOME: `${command.folder}/user-${number}`,
    SECRET: `${mark}-machine`,
    WRONG: `${mark}-wrong`,
    OTHER: `${mark}-environment`,
  }
})
afterEach(() => notes.close())

/** Runs the command with everything that it tells, on both streams; what was told must hold no secret. */
async function run(args: readonly string[], code: number): Promise<Finished> {
  const finished = await command.run(args, { env })
  expect(finished.stdout + finished.stderr).not.toMatch(secrets)
  expect([finished.code, finished.stderr]).toEqual([code, expect.any(String)])
  return finished
}

// AUTHC-40, AUTHC-41: basic/authorization, "Token Theft"
test('AUTHC-40, AUTHC-41: signing in, every verb and signing out show no secret, however much is told', async () => {
  for (const options of [['--verbose'], ['--json', '--verbose']]) {
    await run(['sign-in', notes.url, ...options], 0)
    await run(['list', notes.url, ...options], 0)
    await run(['call', notes.url, 'look', ...options], 0)
    await run(['call', notes.url, 'nothing', ...options], 2)
    await run(['read', notes.url, 'memo://none', ...options], 4)
    await run(['sign-out', notes.url, ...options.filter((one) => one === '--json')], 0)
    await run(['list', notes.url, ...options], 3)
  }
  expect(notes.issuer.revoked.join()).toMatch(/refresh-.*access-/)
})

test('a machine shows no secret, the right one or another', async () => {
  const machine = ['--client-id', 'machine', '--client-credentials', '--verbose']
  await run(['call', notes.url, 'look', ...machine, '--client-secret-env', 'WRONG'], 3)
  // Who gives the secret where its variable's name belongs.
  await run(['call', notes.url, 'look', ...machine, '--client-secret-env', `${mark}-machine`], 2)
  const key = command.write(
    'key.pem',
    `-----BEGIN PRIVATE KEY-----\n${mark}key\n-----END PRIVATE KEY-----\n`,
  )
  await run(['call', notes.url, 'look', ...machine, '--client-key', key], 2)
  const jwk = command.write('key.json', `{"kty":"EC","d":"${mark}", `)
  await run(['call', notes.url, 'look', ...machine, '--client-key', jwk], 2)
  await run(['call', notes.url, 'look', ...machine, '--client-secret-env', 'SECRET'], 0)
})

/** Answers everything with what it was sent. */
function echo(status: number): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    void text(request).then((body) => {
      const said = `no: ${Object.values(request.headers).join(' ')} ${request.url} ${body}`
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(
        JSON.stringify({ jsonrpc: '2.0', id: null, error: { code: -32000, message: said } }),
      )
    })
  }
}

test.each([401, 403, 429, 500, 503])(
  'headers and the query of a server that repeats them with %i are not told',
  async (status) => {
    const http = createServer(echo(status)).listen(0, '127.0.0.1')
    await once(http, 'listening')
    // Safe: it listens on TCP.
    const { port } = http.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/mcp?key=${mark}-query`
    const headers = ['-H', `Authorization: Bearer ${mark}-bearer`, '-H', `x-api-key: ${mark}-key`]
    try {
      await run(['list', url, ...headers, '--verbose'], 3)
      await run(['list', url, '--verbose'], 3)
      await run(['sign-in', url, '--verbose'], 3)
    } finally {
      http.closeAllConnections()
      http.close()
    }
  },
)

test('a URL whose query holds a key is shown without it where somebody is to sign in', async () => {
  const { stderr } = await run(['list', `${notes.url}?key=${mark}-query`, '--verbose'], 3)
  expect(stderr).toContain('/mcp?…" in a terminal first')
})
