import { createHash } from 'node:crypto'
import { inspect } from 'node:util'
import {
  EmbeddedJWK,
  SignJWT,
  calculateJwkThumbprint,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import type { JWTPayload } from 'jose'
import { expect, test } from 'vitest'
import { clientCredentialsOn } from '../../src/auth/client/client-credentials.ts'
import { enterpriseOn } from '../../src/auth/client/enterprise.ts'
import type { AuthPlatform } from '../../src/auth/client/platform.ts'
import { workloadIdentityOn } from '../../src/auth/client/workload-identity.ts'
import { createNodeGuardedFetch } from '../../src/node/guarded-fetch.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { systemRuntime } from '../../src/std/runtime.ts'
import { createShiftedRuntime } from './signed-user.ts'
import { join, startIssuer, startWorld, tokenRequests } from './signed-world.ts'

const platform: AuthPlatform = {
  createFetch: (policy, limits) =>
    createNodeGuardedFetch(policy, { limits, runtime: systemRuntime }),
}

const clientId = 'nightly-job'
const clientSecret = 'a secret of the nightly job'
const known = { clients: [{ client_id: clientId, client_secret: clientSecret }] }
const options = { clientId, clientSecret, allowLoopback: true } as const
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

// ACC-01, ACC-03, ACC-06: Extensions, "OAuth Client Credentials", "Flow Steps"
test('a machine connects with its secret, and nobody registers it', async () => {
  const { issuer, server } = await startWorld(known)
  const client = await join(server, { auth: clientCredentialsOn(platform, options) })
  expect(await client.call('read')).toBe('user')
  expect(issuer.registrations).toEqual([])
  const [asked, ...more] = issuer.tokenRequests
  expect(Object.fromEntries(asked ?? [])).toEqual({
    grant_type: 'client_credentials',
    resource: server.url,
  })
  expect(more).toEqual([])
  expect(new Set(server.tokens).size).toBe(1)
})

// ACC-02, ACC-03: "Client Authentication Methods"; the assertion alone says who it is
test('a machine connects with its key', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  const { issuer, server } = await startWorld({
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'private_key_jwt',
        jwks: { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] },
      },
    ],
  })
  const auth = clientCredentialsOn(platform, {
    clientId,
    privateKey: await exportPKCS8(privateKey),
    allowLoopback: true,
  })
  const client = await join(server, { auth })
  expect(await client.call('read')).toBe('user')
  expect(issuer.tokenRequests[0]?.has('client_id')).toBe(false)
})

test('a machine asks anew when its token is over, and has nothing to refresh it with', async () => {
  const { issuer, server } = await startWorld(known)
  const runtime = createShiftedRuntime()
  const client = await join(server, { auth: clientCredentialsOn(platform, options), runtime })
  runtime.shift(3_600_000)
  expect(await client.call('read')).toBe('user')
  expect(tokenRequests(issuer, 'client_credentials')).toHaveLength(2)
  expect(issuer.tokenRequests).toHaveLength(2)
  expect(server.refusals).toEqual([401])
})

test('a machine asks anew when its token is taken no longer', async () => {
  const { issuer, server } = await startWorld(known)
  const client = await join(server, { auth: clientCredentialsOn(platform, options) })
  server.endAll()
  expect(await client.call('read')).toBe('user')
  expect(issuer.tokenRequests).toHaveLength(2)
})

// AUTHC-28, AUTHC-29: basic/authorization, "Step-Up Authorization Flow": clients that act for themselves may step up
test('a machine asks for more scopes where they are needed', async () => {
  const { issuer, server } = await startWorld(known)
  server.needs.set('write', 'mcp:write')
  const auth = clientCredentialsOn(platform, { ...options, scopes: ['mcp:read'] })
  const client = await join(server, { auth })
  expect(await client.call('write')).toBe('user')
  const scopes = issuer.tokenRequests.map((params) => params.get('scope'))
  expect(scopes).toEqual(['mcp:read', 'mcp:read mcp:write'])
})

test('a machine that may not have the scopes is told so', async () => {
  const { issuer, server } = await startWorld({
    ...known,
    intercept: (params) =>
      params.get('scope')?.includes('mcp:write') === true
        ? { status: 400, body: { error: 'invalid_scope' } }
        : undefined,
  })
  server.needs.set('write', 'mcp:write')
  const client = await join(server, { auth: clientCredentialsOn(platform, options) })
  const denied = { code: 'ERR_AUTH_SCOPE' }
  await expect(client.call('write')).rejects.toMatchObject(denied)
  await expect(client.call('write')).rejects.toMatchObject(denied)
  expect(issuer.tokenRequests).toHaveLength(2)
  expect(await client.call('read')).toBe('user')
})

// ACC-07, AUTHC-10, AUTHC-11: basic/authorization, "Authorization Server Binding"
test('a secret is not shown to an authorization server that takes over', async () => {
  const { server } = await startWorld(known)
  const store = createMemoryStore()
  const start = () => clientCredentialsOn(platform, { ...options, store })
  const client = await join(server, { auth: start() })
  const evil = await startIssuer(known)
  server.issuer = evil
  const refused = { code: 'ERR_AUTH_REGISTRATION' }
  await expect(client.call('read')).rejects.toMatchObject(refused)
  // Nor by another process that has the store.
  await expect(join(server, { auth: start() })).rejects.toMatchObject(refused)
  expect(evil.paths.filter((path) => path.startsWith('POST'))).toEqual([])
})

// RFC 9449 §4.2, §7.1, §8
test('a machine proves with every request that its token is its own', async () => {
  const { issuer, server } = await startWorld({
    ...known,
    dpopNonce: 'n1',
    metadata: { dpop_signing_alg_values_supported: ['ES256'] },
  })
  server.metadata = { dpop_signing_alg_values_supported: ['ES256'] }
  const proofs: (string | undefined)[] = []
  server.before = (request) => void proofs.push(request.header('dpop'))
  const client = await join(server, {
    auth: clientCredentialsOn(platform, { ...options, dpop: true }),
  })
  expect(await client.call('read')).toBe('user')
  // Once for the nonce.
  expect(issuer.tokenRequests).toHaveLength(2)
  const [token = ''] = server.tokens
  const { cnf } = (await issuer.verify(token)) as { cnf?: { jkt?: string } }
  const read = await Promise.all(proofs.slice(1).map((proof = '') => jwtVerify(proof, EmbeddedJWK)))
  for (const { payload, protectedHeader } of read) {
    expect(await calculateJwkThumbprint(protectedHeader.jwk ?? {})).toBe(cnf?.jkt)
    expect(payload).toMatchObject({
      htm: 'POST',
      htu: server.url,
      ath: createHash('sha256').update(token).digest('base64url'),
      content_digest: expect.stringMatching(/^sha-256=:.{44}:$/),
    })
  }
  expect(new Set(read.map(({ payload }) => payload.jti)).size).toBe(read.length)
  expect(read.length).toBeGreaterThan(1)
})

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** An identity provider that gives ID-JAGs for its ID tokens, and an authorization server that takes them, each verified by jose. */
async function startOrganisation() {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const sign = (typ: string, claims: JWTPayload): Promise<string> =>
    new SignJWT({ iss: idp.issuer, sub: 'ann', jti: crypto.randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ })
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign(privateKey)

  const idp = await startIssuer({
    clients: [{ client_id: 'desk', client_secret: 'a secret of the desk' }],
    async intercept(params) {
      const idToken = await jwtVerify(params.get('subject_token') ?? '', publicKey, {
        typ: 'JWT',
        audience: 'desk',
      })
      assertions.push({ exchange: Object.fromEntries(params), idToken: idToken.payload })
      return undefined
    },
    otherGrant: () => ({ answer: { body: exchanged } }),
  })
  /** The answer to an exchange. */
  let exchanged = {}
  const assertions: { exchange: Record<string, string>; idToken: JWTPayload }[] = []
  const world = await startWorld({
    ...known,
    async intercept(params) {
      if (params.get('grant_type') !== jwtBearer) return undefined
      const { payload } = await jwtVerify(params.get('assertion') ?? '', publicKey, {
        typ: 'oauth-id-jag+jwt',
        issuer: idp.issuer,
        audience: world.issuer.issuer,
      })
      return payload['client_id'] === clientId && payload['resource'] === world.server.url
        ? undefined
        : { status: 400, body: { error: 'invalid_grant' } }
    },
    otherGrant: () => ({ claims: { sub: 'ann' } }),
  })
  /** What the identity provider gives from now on. */
  async function offer(claims: JWTPayload = {}): Promise<string> {
    const jag = await sign('oauth-id-jag+jwt', {
      aud: world.issuer.issuer,
      client_id: clientId,
      resource: world.server.url,
      ...claims,
    })
    exchanged = {
      access_token: jag,
      issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
      token_type: 'N_A',
      expires_in: 300,
    }
    return jag
  }
  await offer()
  return { ...world, idp, assertions, offer, idToken: () => sign('JWT', { aud: 'desk' }) }
}

// EMA-01, EMA-02, EMA-03, EMA-04, EMA-07: Extensions, "Enterprise-Managed Authorization", 4 and 5
test('a user gets in because the organisation says so, and is asked nothing', async () => {
  const { issuer, server, idp, assertions, idToken } = await startOrganisation()
  const runtime = createShiftedRuntime()
  const auth = enterpriseOn(platform, {
    ...options,
    idp: { issuer: idp.issuer, clientId: 'desk', clientSecret: 'a secret of the desk', idToken },
  })
  const client = await join(server, { auth, runtime })
  expect(await client.call('read')).toBe('ann')
  expect(assertions[0]).toMatchObject({
    exchange: {
      grant_type: tokenExchange,
      audience: issuer.issuer,
      resource: server.url,
      subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
      requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    },
    idToken: { sub: 'ann' },
  })
  // The organisation decides again when the token is over, about a new ID token.
  runtime.shift(3_600_000)
  expect(await client.call('read')).toBe('ann')
  expect(tokenRequests(issuer, jwtBearer)).toHaveLength(2)
  expect(new Set(assertions.map((one) => one.idToken.jti)).size).toBe(2)
})

// EMA-15: "Stolen Assertions and Replay"
test('an assertion is in no URL, event, warning or error, and is not shown to the protected server', async () => {
  const { issuer, server, idp, offer, idToken } = await startOrganisation()
  const jag = await offer({ client_id: 'somebody else' })
  const shown: unknown[] = []
  const auth = enterpriseOn(platform, {
    ...options,
    idp: { issuer: idp.issuer, clientId: 'desk', clientSecret: 'a secret of the desk', idToken },
    onEvent: (event) => void shown.push(event),
  })
  const onWarning = (warning: string): void => void shown.push(warning)
  const error: unknown = await join(server, { auth, onWarning }).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toMatchObject({ code: 'ERR_AUTH_REFUSED', error: 'invalid_grant' })
  expect(issuer.tokenRequests).toHaveLength(1)
  const text = JSON.stringify([shown, issuer.paths, idp.paths, error]) + inspect(error)
  for (const secret of [jag, 'a secret of', jag.split('.')[1] ?? '']) {
    expect(text).not.toContain(secret)
  }
  expect(server.tokens).toEqual([])
})

// Extensions, "Workload Identity Federation", "Flow Steps"
test('a workload connects by what its platform says, anew for every token', async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const seen: unknown[] = []
  const { issuer, server } = await startWorld({
    async intercept(params) {
      const read = await jwtVerify(params.get('assertion') ?? '', publicKey, {
        audience: `${issuer.issuer}/token`,
      })
      seen.push(read.payload.jti)
      const claims = { sub: read.payload.sub ?? '', aud: server.url, exp: 4_000_000_000 }
      const body = { access_token: await issuer.sign(claims), token_type: 'Bearer', expires_in: 60 }
      return { body }
    },
  })
  const runtime = createShiftedRuntime()
  const auth = workloadIdentityOn(platform, {
    allowLoopback: true,
    assertion: ({ tokenEndpoint = '' }) =>
      new SignJWT({ sub: 'router', jti: crypto.randomUUID(), aud: tokenEndpoint })
        .setProtectedHeader({ alg: 'ES256' })
        .setExpirationTime('1m')
        .sign(privateKey),
  })
  const client = await join(server, { auth, runtime })
  expect(await client.call('read')).toBe('router')
  expect(Object.keys(Object.fromEntries(issuer.tokenRequests[0] ?? [])).sort()).toEqual([
    'assertion',
    'grant_type',
    'resource',
  ])
  runtime.shift(60_000)
  expect(await client.call('read')).toBe('router')
  expect(new Set(seen).size).toBe(2)
})

// Extensions, "Workload Identity Federation", "Error Response Example"
test('a workload that is refused does not try again, nor otherwise', async () => {
  const { issuer, server } = await startWorld({
    intercept: () => ({ status: 400, body: { error: 'invalid_grant' } }),
  })
  const auth = workloadIdentityOn(platform, { allowLoopback: true, assertion: 'expired' })
  await expect(join(server, { auth })).rejects.toMatchObject({ code: 'ERR_AUTH_REFUSED' })
  expect(issuer.tokenRequests).toHaveLength(1)
  expect(issuer.registrations).toEqual([])
})
