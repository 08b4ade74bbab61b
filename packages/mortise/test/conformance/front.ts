// The authorization server that the conformance suite visits, on the public API alone: an OAuth front before a provider whose
// user is signed in already. `npm run fixture:front`; it prints `listening ISSUER`. The client `conformance` is registered
// for `http://127.0.0.1:ANY/callback`, and `http://localhost:ANY/callback`.
import { createServer as createHttpServer } from 'node:http'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createFront } from 'mortise/auth/front'
import { serve } from 'mortise/node'
import { createServer } from 'mortise/server'

const provider = await listen(
  createHttpServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://provider.example')
    if (url.pathname === '/authorize') {
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.searchParams.set('code', 'good')
      back.searchParams.set('state', url.searchParams.get('state') ?? '')
      response.writeHead(302, { location: back.href }).end()
      return
    }
    const body = { access_token: 'of-the-provider', token_type: 'bearer', expires_in: 3600 }
    request.resume()
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }),
)
// The issuer has the port in it: a free one is looked for beforehand.
const probe = await listen(createHttpServer())
await new Promise((resolve) => probe.server.close(resolve))
const { origin: issuer, port } = probe

const front = createFront({
  issuer,
  resource: `${issuer}/mcp`,
  provider: {
    authorizationEndpoint: `${provider.origin}/authorize`,
    tokenEndpoint: `${provider.origin}/token`,
    clientId: 'front',
    clientSecret: 'the secret of the front',
    identify: () => ({ subject: 'ada' }),
  },
  secrets: ['a secret for one run of the suite'],
  scopes: { read: 'Read' },
  clients: [
    {
      clientId: 'conformance',
      name: 'Conformance suite',
      redirectUris: ['http://127.0.0.1/callback', 'http://localhost/callback'],
    },
  ],
  allowLoopback: true,
  onError: (error) => process.stderr.write(`${String(error)}\n`),
})
const server = createServer({ name: 'front', version: '1.0.0', auth: front.protection() })
process.once('SIGTERM', () => provider.server.close())
await serve(server, {
  transport: 'http',
  port,
  onListening: () => process.stdout.write(`listening ${issuer}\n`),
})

async function listen(
  server: Server,
): Promise<{ readonly server: Server; readonly origin: string; readonly port: number }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { server, origin: `http://127.0.0.1:${port}`, port }
}
