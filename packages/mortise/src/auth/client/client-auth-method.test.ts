// basic/authorization; OAuth client credentials extension (trap T-53); RFC 6749 §2.3, RFC 8414 §2.
import { exportJWK, generateKeyPair } from 'jose'
import * as oauth from 'oauth4webapi'
import { afterEach, expect, test } from 'vitest'
import type { KnownClient } from '../../../test/auth/authorization-server.ts'
import { startAuthorizationServer } from '../../../test/auth/authorization-server.ts'
import { createFlow } from '../../../test/auth/flow.ts'
import type { Site } from '../../../test/auth/site.ts'
import { clientAuthentication } from './client-auth-method.ts'
import { discoverIssuer } from './discover.ts'
import type { ClientIdentity } from './flow.ts'
import { authError, oauthOptions } from './oauth-options.ts'

const opened: Site[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((site) => site.close()))
})

/** Asks for a token as `identity`, at a server that knows `client` and supports `supported`. */
async function askAs(
  client: KnownClient,
  identity: Partial<ClientIdentity>,
  supported?: readonly string[],
): Promise<string> {
  const site = await startAuthorizationServer({
    clients: [client],
    metadata: { token_endpoint_auth_methods_supported: supported },
  })
  opened.push(site)
  const flow = createFlow('http://127.0.0.1:1/mcp')
  const server = await discoverIssuer(flow, site.issuer)
  const known: ClientIdentity = { clientId: client.client_id, how: 'pre-registered', ...identity }
  const own = { client_id: known.clientId }
  const options = oauthOptions(flow)
  try {
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      own,
      clientAuthentication(server, known),
      {},
      options,
    )
    const { access_token: token } = await oauth.processClientCredentialsResponse(
      server,
      own,
      response,
    )
    expect(await site.verify(token)).toMatchObject({ client_id: client.client_id })
  } catch (error) {
    throw authError(error, options.sent)
  }
  const authorization = site.asked.at(-1)?.headers['authorization']
  if (authorization !== undefined) return authorization.split(' ')[0] ?? ''
  const params = site.tokenRequests[0] ?? new URLSearchParams()
  if (params.has('client_assertion')) return 'assertion'
  return params.has('client_secret') ? 'post' : 'none'
}

const secret = { clientSecret: 'a b+c%:ü' }

test.each([
  ['client_secret_basic', ['client_secret_post', 'client_secret_basic'], 'Basic'],
  ['client_secret_post', ['client_secret_post'], 'post'],
  ['client_secret_basic', undefined, 'Basic'],
] as const)(
  'a secret is shown by %s where a server supports %j',
  async (method, supported, how) => {
    const client = {
      client_id: 'desk-1',
      client_secret: secret.clientSecret,
      token_endpoint_auth_method: method,
    }
    expect(await askAs(client, secret, supported)).toBe(how)
  },
)

test('what the registration says goes before what the server supports', async () => {
  const client = {
    client_id: 'desk',
    client_secret: 's',
    token_endpoint_auth_method: 'client_secret_post',
  }
  const identity = { clientSecret: 's', authMethod: 'client_secret_post' }
  expect(await askAs(client, identity, ['client_secret_basic'])).toBe('post')
  expect(await askAs({ client_id: 'desk' }, { authMethod: 'none' }, ['client_secret_basic'])).toBe(
    'none',
  )
})

test('without key and secret a client only says who it is', async () => {
  expect(await askAs({ client_id: 'desk' }, {}, ['client_secret_basic'])).toBe('none')
})

test('a key signs an assertion for the issuer', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const client = {
    client_id: 'desk',
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [{ ...(await exportJWK(publicKey)), kid: 'k1' }] },
  }
  const identity = { privateKey: { key: privateKey, kid: 'k1' } }
  expect(await askAs(client, identity, ['private_key_jwt'])).toBe('assertion')
  expect(await askAs(client, { ...identity, clientSecret: 's' }, ['private_key_jwt'])).toBe(
    'assertion',
  )
})

test('an id of usual characters is the same for servers that do not decode it', async () => {
  const headers = new Headers()
  const client = { client_id: 'pre-registered.client_1' }
  const server = { issuer: 'https://id.example' }
  const identity: ClientIdentity = {
    clientId: client.client_id,
    clientSecret: 'pre-registered.secret_1',
    how: 'pre-registered',
  }
  await clientAuthentication(server, identity)(server, client, new URLSearchParams(), headers)
  expect(headers.get('authorization')).toBe(
    `Basic ${btoa('pre-registered.client_1:pre-registered.secret_1')}`,
  )
})

test.each([
  [{ authMethod: 'client_secret_basic' }, /no clientSecret/],
  [{ authMethod: 'private_key_jwt' }, /no privateKey/],
  [{ authMethod: 'tls_client_auth', clientSecret: 's3cret' }, /tls_client_auth/],
])('a method without its means is an error before anything is sent: %j', (identity, message) => {
  const known: ClientIdentity = { clientId: 'c', how: 'dynamic', ...identity }
  const authenticate = (): unknown => clientAuthentication({ issuer: 'https://id.example' }, known)
  expect(authenticate).toThrow(message)
  expect(authenticate).not.toThrow('s3cret')
})

test('a wrong secret is a refusal with the code of OAuth, and the secret is not shown', async () => {
  const client = { client_id: 'desk', client_secret: 'right' }
  const error: unknown = await askAs(client, { clientSecret: 'wr0ng' }).catch((e: unknown) => e)
  expect(error).toMatchObject({ code: 'ERR_AUTH_REFUSED', error: 'invalid_client', status: 401 })
  expect(String(error)).not.toContain('wr0ng')
})
