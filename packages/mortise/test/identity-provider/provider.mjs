// A real OpenID provider on loopback, for tests: `oidc-provider`, with the pages of its own for signing in. What a test wants
// to happen to it (short tokens, other keys, being down) is done by the object that `startProvider` gives.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'

/** Scopes that its resources may have. */
const scopes = ['notes:read', 'notes:write']

/**
 * Starts a provider whose access tokens are JWTs for whichever resource is asked for, and whose refresh tokens rotate: one
 * that is used twice ends the whole grant. `clients` are registered by hand.
 */
export async function startProvider({ clients = [] } = {}) {
  const settings = { accessTokenTtlSec: 3_600 }
  const counts = new Map()
  let answer = (_req, res) => res.writeHead(503).end()
  let http
  let port = 0

  async function open() {
    http = createServer((req, res) => {
      const path = new URL(req.url, 'http://localhost').pathname
      counts.set(path, (counts.get(path) ?? 0) + 1)
      answer(req, res)
    })
    http.listen(port, '127.0.0.1')
    await once(http, 'listening')
    port = http.address().port
  }

  async function close() {
    http.closeAllConnections()
    http.close()
    await once(http, 'close')
  }

  await open()
  const issuer = `http://127.0.0.1:${port}`

  /** Makes the provider anew with keys of its own; what it has stored stays. */
  async function renewKeys() {
    const { privateKey } = await generateKeyPair('RS256', { extractable: true })
    const key = {
      ...(await exportJWK(privateKey)),
      alg: 'RS256',
      use: 'sig',
      kid: crypto.randomUUID(),
    }
    const provider = new Provider(issuer, configuration(key, { settings, clients }))
    provider.on('grant.success', ({ oidc }) => {
      const grant = `grant ${oidc.params?.grant_type}`
      counts.set(grant, (counts.get(grant) ?? 0) + 1)
    })
    provider.on('access_token.issued', ({ jkt }) => {
      if (jkt !== undefined) counts.set('bound', (counts.get('bound') ?? 0) + 1)
    })
    provider.on('grant.revoked', () => counts.set('revoked', (counts.get('revoked') ?? 0) + 1))
    answer = provider.callback()
  }

  await renewKeys()
  return {
    issuer,
    settings,
    renewKeys,
    /** How often a path was asked for, or something happened (`grant refresh_token`, `revoked`, `bound`). */
    count: (what) => counts.get(what) ?? 0,
    /** Nothing answers at its port any more, until `up`. */
    down: close,
    up: open,
    async [Symbol.asyncDispose]() {
      if (http.listening) await close()
    },
  }
}

function configuration(key, { settings, clients }) {
  return {
    clients,
    jwks: { keys: [key] },
    cookies: { keys: ['of this test alone'] },
    scopes: ['openid', 'offline_access', ...scopes],
    pkce: { required: () => true },
    // Whoever asks for offline_access is asked for consent, and public clients get rotating refresh tokens.
    issueRefreshToken: async (_ctx, client, code) =>
      client.grantTypeAllowed('refresh_token') && code.scopes.has('offline_access'),
    rotateRefreshToken: true,
    clientDefaults: { token_endpoint_auth_method: 'none' },
    ttl: { Interaction: 600, Grant: 3_600, Session: 3_600, RefreshToken: 3_600 },
    findAccount: async (_ctx, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      revocation: { enabled: true },
      introspection: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: async () => undefined,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_ctx, resource) => ({
          scope: scopes.join(' '),
          audience: resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: settings.accessTokenTtlSec,
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  }
}
