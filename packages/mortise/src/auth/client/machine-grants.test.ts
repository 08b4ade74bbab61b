import {
  EmbeddedJWK,
  decodeProtectedHeader,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import { expect, test } from 'vitest'
import type { OutboundRequest } from '../../http/guarded-fetch.ts'
import { createMemoryStore } from '../../state/memory.ts'
import { defaultLimits } from '../../std/limits.ts'
import { systemRuntime } from '../../std/runtime.ts'
import { clientCredentialsGrant, clientCredentialsOn } from './client-credentials.ts'
import { createCredentials } from './credentials.ts'
import { createDpopKey } from './dpop.ts'
import { enterpriseGrant, enterpriseOn } from './enterprise.ts'
import type { AuthEvent, Flow, Wanted } from './flow.ts'
import type { MachineKey } from './private-key.ts'
import { workloadIdentityGrant, workloadIdentityOn } from './workload-identity.ts'

const issuer = 'https://id.example'
const resource = 'https://mcp.example/mcp'

interface Asked {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly form: Readonly<Record<string, string>>
}

type Answer = (asked: Asked) => { readonly status?: number; readonly json: unknown }

const token: Answer = () => ({ json: { access_token: 'at', token_type: 'Bearer', expires_in: 60 } })

/** What answers in place of the network, URL by URL, and what it was asked. */
function world(answers: Readonly<Record<string, Answer>>) {
  const asked: Asked[] = []
  const events: AuthEvent[] = []
  const respond = ({ url, headers = {}, body = '' }: OutboundRequest) => {
    const request = { url, headers, form: Object.fromEntries(new URLSearchParams(body)) }
    asked.push(request)
    const { status = 200, json } = answers[url]?.(request) ?? { status: 404, json: {} }
    const own = { 'content-type': 'application/json' }
    return Promise.resolve({
      status,
      url,
      headers: own,
      header: (name: string) => new Map(Object.entries(own)).get(name),
      body: new TextEncoder().encode(JSON.stringify(json)),
    })
  }
  const flow: Flow = {
    serverUrl: resource,
    fetch: respond,
    credentials: createCredentials(createMemoryStore(), systemRuntime),
    limits: defaultLimits,
    runtime: systemRuntime,
    asking: (ask) => ask(),
    say: (event) => events.push(event),
  }
  return { flow, asked, events }
}

const platform = { createFetch: () => world({}).flow.fetch }

function wanted(over: Partial<Wanted> & { methods?: string[]; issuer?: string } = {}): Wanted {
  const from = over.issuer ?? issuer
  return {
    found: {
      resource,
      scopesSupported: undefined,
      server: {
        issuer: from,
        token_endpoint: `${from}/token`,
        token_endpoint_auth_methods_supported: over.methods ?? ['client_secret_basic'],
      },
    },
    scopes: ['mcp:read', 'mcp:write'],
    dpop: undefined,
    ...over,
  }
}

const secret = { clientId: 'nightly-job', clientSecret: 'not: told/anybody' }

// ACC-01, ACC-03, ACC-06 (Extensions, "OAuth Client Credentials", "Flow Steps")
test('a machine asks for a token by its own grant, for the server and with scopes, and registers nowhere', async () => {
  const { flow, asked } = world({ [`${issuer}/token`]: token })
  const before = Date.now()
  const tokens = await clientCredentialsGrant(secret).obtain(flow, wanted())
  expect(asked).toHaveLength(1)
  expect(asked[0]?.form).toEqual({
    grant_type: 'client_credentials',
    resource,
    scope: 'mcp:read mcp:write',
  })
  expect(tokens).toMatchObject({
    accessToken: 'at',
    tokenType: 'bearer',
    requested: ['mcp:read', 'mcp:write'],
    issuer,
    clientId: 'nightly-job',
    resource,
  })
  expect(tokens.expiresAtMs).toBeGreaterThanOrEqual(before + 60_000)
  expect(tokens.refreshToken).toBeUndefined()
})

// ACC-03: `scope` is optional
test('scopes are left out when none are known', async () => {
  const { flow, asked } = world({ [`${issuer}/token`]: token })
  await clientCredentialsGrant(secret).obtain(flow, wanted({ scopes: undefined }))
  expect(asked[0]?.form).toEqual({ grant_type: 'client_credentials', resource })
})

const keyed = await generateKeyPair('ES256', { extractable: true })
const keys: readonly [string, MachineKey['key'], string | undefined][] = [
  ['a CryptoKey', keyed.privateKey, 'k1'],
  ['PEM', await exportPKCS8(keyed.privateKey), 'k1'],
  ['a JWK', { ...(await exportJWK(keyed.privateKey)), kid: 'k1' }, undefined],
]

// ACC-02, ACC-03 ("Client Authentication Methods"; RFC 7523 §2.2 and §3): read by jose
test.each(keys)(
  'a machine with %s signs who it is, and says it there alone',
  async (_name, key, kid) => {
    const { flow, asked } = world({ [`${issuer}/token`]: token })
    const grant = clientCredentialsGrant({
      clientId: 'nightly-job',
      privateKey: key,
      ...(kid === undefined ? {} : { keyId: kid }),
    })
    await grant.obtain(flow, wanted({ methods: ['private_key_jwt', 'client_secret_basic'] }))
    const { client_assertion: assertion = '', ...rest } = asked[0]?.form ?? {}
    expect(rest).toEqual({
      grant_type: 'client_credentials',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      resource,
      scope: 'mcp:read mcp:write',
    })
    expect(asked[0]?.headers['authorization']).toBeUndefined()
    const { payload } = await jwtVerify(assertion, keyed.publicKey, {
      audience: issuer,
      issuer: 'nightly-job',
      subject: 'nightly-job',
      requiredClaims: ['exp', 'iat', 'jti'],
    })
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBeLessThanOrEqual(300)
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'ES256', kid: 'k1' })
  },
)

const basic = `Basic ${btoa('nightly-job:not%3A+told%2Fanybody')}`
const ways: readonly [string, string[], boolean, string][] = [
  ['its key where the server takes both', ['client_secret_basic', 'private_key_jwt'], true, 'key'],
  ['its secret where the server takes no keys', ['client_secret_basic'], true, 'basic'],
  ['the header before the body', ['client_secret_post', 'client_secret_basic'], false, 'basic'],
  ['the body where the server takes nothing else', ['client_secret_post'], false, 'post'],
  ['the header where the server tells nothing', [], false, 'basic'],
]

// ACC-02 (trap T-53)
test.each(ways)('a machine shows who it is by %s', async (_name, methods, withKey, way) => {
  const { flow, asked } = world({ [`${issuer}/token`]: token })
  const grant = clientCredentialsGrant({
    ...secret,
    ...(withKey ? { privateKey: keyed.privateKey } : {}),
  })
  await grant.obtain(flow, wanted({ methods }))
  const [{ headers, form }] = asked as [Asked]
  expect(headers['authorization']).toBe(way === 'basic' ? basic : undefined)
  expect(form['client_secret']).toBe(way === 'post' ? secret.clientSecret : undefined)
  expect(form['client_assertion'] === undefined).toBe(way !== 'key')
})

// ACC-07 (OAuth 2.1 §7; AUTHC-10, AUTHC-11)
test.each([
  ['that was given', { ...secret, issuer }],
  ['that was found first', secret],
])(
  'a secret goes to the issuer %s, and to no other that the server names',
  async (_name, options) => {
    const { flow, asked } = world({
      [`${issuer}/token`]: token,
      'https://evil.example/token': token,
    })
    const grant = clientCredentialsGrant(options)
    await grant.obtain(flow, wanted())
    await expect(
      grant.obtain(flow, wanted({ issuer: 'https://evil.example' })),
    ).rejects.toMatchObject({
      code: 'ERR_AUTH_REGISTRATION',
    })
    expect(asked.map(({ url }) => url)).toEqual([`${issuer}/token`])
  },
)

const bearers: readonly [string, (answer: Answer) => Promise<unknown>][] = [
  [
    'client credentials',
    async (answer) => {
      const { flow } = world({ [`${issuer}/token`]: answer })
      return await clientCredentialsGrant(secret).obtain(flow, wanted())
    },
  ],
  [
    'a workload',
    async (answer) => {
      const { flow } = world({ [`${issuer}/token`]: answer })
      return await workloadIdentityGrant({ assertion: 'not: told/anybody' }).obtain(flow, wanted())
    },
  ],
]

test.each(bearers)(
  'what the server says no to %s with is told, and no secret',
  async (_name, obtain) => {
    const error: unknown = await obtain(({ form }) => ({
      status: 400,
      json: { error: 'invalid_grant', error_description: 'no\u001b[31m', sent: form },
    })).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({ code: 'ERR_AUTH_REFUSED', error: 'invalid_grant' })
    expect(String(error)).toContain('no\\x1b[31m')
    expect(String(error) + JSON.stringify(error)).not.toContain('told')
  },
)

test('a machine without secret and key is refused at once, and so is what is no key', async () => {
  expect(() => clientCredentialsGrant({ clientId: 'nightly-job' })).toThrow(TypeError)
  const { flow, asked } = world({})
  const grant = clientCredentialsGrant({ clientId: 'nightly-job', privateKey: 'secret words' })
  const attempt = grant.obtain(flow, wanted())
  await expect(attempt).rejects.toThrow(TypeError)
  await expect(attempt).rejects.not.toThrow(/secret words/)
  expect(asked).toHaveLength(0)
})

// RFC 9449 §5
test('a token that was asked for with a key is bound to it', async () => {
  const dpop = await createDpopKey()
  const { flow, asked } = world({
    [`${issuer}/token`]: () => ({ json: { access_token: 'at', token_type: 'DPoP' } }),
  })
  const tokens = await clientCredentialsGrant(secret).obtain(flow, wanted({ dpop }))
  expect(tokens).toMatchObject({ tokenType: 'dpop', dpopJwk: dpop.jwk })
  const { payload } = await jwtVerify(asked[0]?.headers['dpop'] ?? '', EmbeddedJWK)
  expect(payload).toMatchObject({ htm: 'POST', htu: `${issuer}/token` })
  expect(payload['content_digest']).toBeUndefined()
})

// Extensions, "Workload Identity Federation", "Flow Steps" (RFC 7523 §2.1)
test('a workload shows what its platform says of it, and neither client nor secret', async () => {
  const { flow, asked } = world({ [`${issuer}/token`]: token })
  const audiences: unknown[] = []
  const grant = workloadIdentityGrant({
    assertion(audience) {
      audiences.push(audience)
      return `jwt-${audiences.length}`
    },
  })
  await grant.obtain(flow, wanted({ scopes: undefined }))
  await grant.obtain(flow, wanted({ scopes: undefined }))
  const form = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', resource }
  expect(asked.map((request) => request.form)).toEqual([
    { ...form, assertion: 'jwt-1' },
    { ...form, assertion: 'jwt-2' },
  ])
  expect(asked[0]?.headers['authorization']).toBeUndefined()
  expect(audiences[0]).toEqual({ issuer, tokenEndpoint: `${issuer}/token` })
})

test('a workload that has a client id names it, and is refused once', async () => {
  const { flow, asked } = world({
    [`${issuer}/token`]: () => ({ status: 400, json: { error: 'invalid_grant' } }),
  })
  const grant = workloadIdentityGrant({ clientId: 'workload', assertion: 'jwt' })
  await expect(grant.obtain(flow, wanted())).rejects.toMatchObject({ code: 'ERR_AUTH_REFUSED' })
  expect(asked).toHaveLength(1)
  expect(asked[0]?.form['client_id']).toBe('workload')
})

const idpIssuer = 'https://idp.corp.example'
const jag: Answer = () => ({
  json: {
    access_token: 'the-id-jag',
    issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    token_type: 'N_A',
    scope: 'mcp:read',
    expires_in: 300,
  },
})

const metadata: Answer = () => ({
  json: {
    issuer: idpIssuer,
    token_endpoint: `${idpIssuer}/oauth2/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post'],
  },
})

const discovered = {
  [`${idpIssuer}/.well-known/openid-configuration`]: metadata,
  [`${idpIssuer}/oauth2/token`]: jag,
  [`${issuer}/token`]: token,
}

const employee = {
  ...secret,
  idp: {
    issuer: idpIssuer,
    clientId: 'at-idp',
    clientSecret: 'idp-secret',
    idToken: 'user-id-token',
  },
}

// EMA-01, EMA-02, EMA-03, EMA-04, EMA-07 (Extensions, "Enterprise-Managed Authorization", 4 and 5)
test('a client gets an assertion from the identity provider and a token for it', async () => {
  const { flow, asked } = world(discovered)
  const tokens = await enterpriseGrant(employee).obtain(flow, wanted())
  const [exchange, redeemed] = asked.filter(({ form }) => form['grant_type'] !== undefined)
  expect(exchange).toMatchObject({ url: `${idpIssuer}/oauth2/token` })
  expect(exchange?.form).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    requested_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    subject_token: 'user-id-token',
    subject_token_type: 'urn:ietf:params:oauth:token-type:id_token',
    audience: issuer,
    resource,
    scope: 'mcp:read mcp:write',
    client_id: 'at-idp',
    client_secret: 'idp-secret',
  })
  expect(redeemed).toMatchObject({ url: `${issuer}/token`, headers: { authorization: basic } })
  expect(redeemed?.form).toEqual({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
    assertion: 'the-id-jag',
    resource,
    scope: 'mcp:read mcp:write',
  })
  expect(tokens).toMatchObject({ accessToken: 'at', issuer, clientId: 'nightly-job' })
})

// EMA-01, EMA-07 ("Scopes Validation"): the scopes of the assertion have to be among those of the request
test('without scopes of its own a client asks for those that the assertion has', async () => {
  const { flow, asked } = world(discovered)
  await enterpriseGrant(employee).obtain(flow, wanted({ scopes: undefined }))
  expect(asked.at(-2)?.form['scope']).toBeUndefined()
  expect(asked.at(-1)?.form['scope']).toBe('mcp:read')
})

// EMA-07: a client id metadata document in place of a registration
test('a public client names itself alone', async () => {
  const { flow, asked } = world({ 'https://idp.corp.example/t': jag, [`${issuer}/token`]: token })
  const clientId = 'https://client.example/client.json'
  const idp = { tokenEndpoint: 'https://idp.corp.example/t', clientId, idToken: () => 'fresh' }
  await enterpriseGrant({ clientId, idp }).obtain(flow, wanted())
  expect(asked).toHaveLength(2)
  expect(asked[0]?.form).toMatchObject({ client_id: clientId, subject_token: 'fresh' })
  expect(asked[1]?.form).toMatchObject({ client_id: clientId, assertion: 'the-id-jag' })
})

const noJags: readonly [string, unknown][] = [
  ['an access token', { access_token: 'other', token_type: 'Bearer' }],
  [
    'a token of another type',
    { access_token: 'other', token_type: 'N_A', issued_token_type: 'urn:x:other' },
  ],
  [
    'an assertion that is called an access token',
    {
      access_token: 'other',
      token_type: 'Bearer',
      issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
    },
  ],
]

// EMA-04
test.each(noJags)('%s of the identity provider is shown to nobody', async (_name, json) => {
  const { flow, asked } = world({ ...discovered, [`${idpIssuer}/oauth2/token`]: () => ({ json }) })
  await expect(enterpriseGrant(employee).obtain(flow, wanted())).rejects.toMatchObject({
    code: 'ERR_AUTH_REFUSED',
  })
  expect(asked.some(({ url }) => url === `${issuer}/token`)).toBe(false)
})

// EMA-14, EMA-15 ("Transport Security and Endpoint Authentication", "Stolen Assertions and Replay")
test('an identity provider is asked by https alone, and nothing secret is in a URL or an event', async () => {
  const idp = { ...employee.idp, issuer: 'http://idp.corp.example' }
  expect(() => enterpriseOn(platform, { ...employee, idp })).toThrow(/https/)
  expect(() => clientCredentialsOn(platform, { ...secret, issuer: idp.issuer })).toThrow(/https/)
  const { flow, asked, events } = world(discovered)
  await enterpriseGrant(employee).obtain(flow, wanted())
  const shown = JSON.stringify([asked.map(({ url }) => url), events])
  for (const word of ['the-id-jag', 'user-id-token', 'idp-secret', 'told', '"at"']) {
    expect(shown).not.toContain(word)
  }
})

test('who shares a store is told apart', () => {
  const store = createMemoryStore()
  expect(() => enterpriseOn(platform, { ...employee, store })).toThrow(/account/)
  expect(() => workloadIdentityOn(platform, { assertion: 'jwt', store })).toThrow(/account/)
  const [ann, bob] = ['ann', 'bob'].map((account) => enterpriseGrant({ ...employee, account }).key)
  expect(ann).not.toBe(bob)
})

test('an option that none has is refused with the name that was meant', () => {
  const options = { ...employee, idp: { ...employee.idp, idtoken: 'x' } }
  expect(() => enterpriseOn(platform, options)).toThrow(/idToken/)
})

test('an identity provider that is not named is asked for by its name', () => {
  const { idp: _left, ...rest } = employee
  const options = rest as unknown as typeof employee // of whoever has no types
  expect(() => enterpriseOn(platform, options)).toThrow(/needs `idp`/)
})

// ACC-07, EMA-15: what a machine's credentials are named by where tokens are stored
test('the name of a grant holds no secret', () => {
  const names = [
    clientCredentialsGrant(secret).key,
    enterpriseGrant(employee).key,
    workloadIdentityGrant({ clientId: 'workload', assertion: 'not: told/anybody' }).key,
  ]
  expect(new Set(names).size).toBe(3)
  expect(names.join(' ')).not.toMatch(/told|secret|id-token/)
})
