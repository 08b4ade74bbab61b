import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeHandler } from 'mortise/node'
import { protect } from 'mortise/auth/server'
import { createServer } from 'mortise/server'
import { startIssuer } from './issuer.ts'
import type { Issuer, IssuerRules } from './issuer.ts'

/** A server that wants to know who calls, and who gives tokens for it. */
export interface ProtectedServer {
  readonly url: string
  readonly issuer: Issuer
  close(): Promise<void>
}

/** Starts both, on loopback. The server's tools want a right each. */
export async function startProtectedServer(rules: IssuerRules): Promise<ProtectedServer> {
  const issuer = await startIssuer(rules)
  const http = createHttpServer()
  http.listen(0, '127.0.0.1')
  await once(http, 'listening')
  // Safe: it listens on TCP.
  const { port } = http.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/mcp`
  const introspection = { clientId: 'notes', clientSecret: 'notes-secret' }
  const auth = protect({
    issuer: { issuer: issuer.url, introspection },
    audience: url,
    allowLoopback: true,
  })
  const server = createServer({ name: 'notes', version: '1.0.0', auth })
    .tool('look', { scopes: ['notes:read'] }, (_input, { auth: who }) => `read by ${who?.subject}`)
    .tool('write', { scopes: ['notes:write'] }, () => 'written')
  http.on('request', nodeHandler(server))
  return {
    url,
    issuer,
    async close() {
      http.closeAllConnections()
      http.close()
      await issuer.close()
    },
  }
}

/** A browser: goes where it is sent, and says nothing. Written as a module that `BROWSER` can name. */
export const browserModule = `
import { writeFileSync } from 'node:fs'
const [, , log, url] = process.argv
const response = await fetch(url)
writeFileSync(log, response.status + ' ' + (await response.text()), { flag: 'a' })
`
