import { describe, expect, test } from 'vitest'
import { boundTo, prove } from '../../../test/auth/proof.ts'
import { makeKey, shop, startIssuer } from '../../../test/auth/token-issuer.ts'
import type { AuthRefusal, AuthRequest } from '../../http/authorize.ts'
import type { AuthInfo } from '../../model/call.ts'
import { protect } from '../../node/auth-server.ts'
import { createTestRuntime } from '../../testing/index.ts'
import type { ProtectOptions } from './index.ts'
import { protect as protectByFetch } from './index.ts'

/** A request to the shop. */
function request(headers: Record<string, string> = {}, path = '/mcp'): AuthRequest {
  return { method: 'POST', path, header: (name) => headers[name] }
}

const bearer = (token: string): AuthRequest => request({ authorization: `Bearer ${token}` })

function challengeOf(decision: AuthInfo | AuthRefusal): string | undefined {
  return 'refused' in decision ? decision.headers?.['www-authenticate'] : undefined
}

/** A protected shop with its issuer, and what it makes of a token with these claims. */
async function startShop(options: Partial<ProtectOptions> = {}) {
  const runtime = createTestRuntime()
  const issuer = await startIssuer({ nowMs: runtime.now })
  const own = { issuer: issuer.url, audience: shop, runtime, onError: () => {} }
  const protection = protect({ ...own, ...options })
  const decide = async (claims: Record<string, unknown> = {}): Promise<AuthInfo | AuthRefusal> =>
    protection.authorize(bearer(await issuer.token({ claims })))
  return { runtime, issuer, protection, decide }
}

const metadataParam =
  'resource_metadata="https://shop.example/.well-known/oauth-protected-resource/mcp"'

describe('a protected server', () => {
  // AUTHR-02, AUTHR-04, AUTHR-05 (basic/authorization, "Protected Resource Metadata Discovery Requirements"; RFC 6750 §3.1)
  test('tells who brings nothing where to get a token, and which scopes it needs', async () => {
    const { protection } = await startShop({ scopes: ['stock:read'] })
    const decision = await protection.authorize(request())
    expect(decision).toMatchObject({ refused: true, status: 401 })
    expect(challengeOf(decision)).toBe(`Bearer scope="stock:read", ${metadataParam}`)
  })

  // AUTHR-06 (basic/authorization, "Token Handling")
  test('lets in who brings a token of its issuer, and says who it is', async () => {
    const { issuer, decide } = await startShop()
    expect(await decide({ scope: 'stock:read stock:write', dept: 'toys' })).toMatchObject({
      subject: `${issuer.url}#ada`,
      scopes: ['stock:read', 'stock:write'],
      clientId: 'desk',
      claims: { dept: 'toys' },
    })
  })

  test('verifies tokens with the web’s fetch alone, too', async () => {
    const issuer = await startIssuer()
    const { authorize } = protectByFetch({ issuer: issuer.url, audience: shop })
    expect(await authorize(bearer(await issuer.token()))).toMatchObject({ clientId: 'desk' })
  })

  // AUTHR-08, AUTHR-13 (basic/authorization, "Token Handling" and "Token Theft": a handler has no token that it could pass on)
  test('hands out facts that nobody can change, and never the token', async () => {
    const { decide } = await startShop()
    const auth = (await decide({ roles: ['clerk'] })) as AuthInfo
    expect(() => (auth.scopes as string[]).push('admin')).toThrow(TypeError)
    const { roles } = auth.claims ?? {}
    expect(() => (roles as string[]).push('admin')).toThrow(TypeError)
    expect(JSON.stringify(auth)).not.toContain('eyJ')
  })

  // SEC-01 (guide, "Session Hijacking": all inbound requests are verified)
  test('decides at once about a token that it saw a moment ago, until it is over', async () => {
    const { issuer, protection, runtime } = await startShop()
    const again = bearer(await issuer.token())
    const first = await protection.authorize(again)
    expect(protection.authorize(again)).toBe(first)
    runtime.advance(300_000)
    runtime.advance(4_000)
    expect(await protection.authorize(again)).toMatchObject({ subject: `${issuer.url}#ada` })
    expect(protection.authorize(again)).toMatchObject({ subject: `${issuer.url}#ada` })
    runtime.advance(1_000)
    expect(await protection.authorize(again)).toMatchObject({ status: 401 })
  })

  test('takes tokens of several issuers, each with an audience of its own, and tells their users apart', async () => {
    const runtime = createTestRuntime()
    const [ours, theirs] = await Promise.all([
      startIssuer({ nowMs: runtime.now }),
      startIssuer({ nowMs: runtime.now }),
    ])
    const { authorize } = protect({
      issuer: [ours.url, { issuer: theirs.url, audience: 'api://shop' }],
      audience: shop,
      runtime,
    })
    const claims = { aud: ['api://shop', 'api://other'] }
    const decisions = await Promise.all([
      authorize(bearer(await ours.token())),
      authorize(bearer(await theirs.token({ claims }))),
      authorize(bearer(await theirs.token())),
      authorize(bearer(await ours.token({ claims }))),
      // A key of one issuer signs nothing for another one.
      authorize(bearer(await ours.token({ key: theirs.key }))),
    ])
    expect(decisions.map((decision) => ('subject' in decision ? decision.subject : 'no'))).toEqual([
      `${ours.url}#ada`,
      `${theirs.url}#ada`,
      'no',
      'no',
      'no',
    ])
  })

  test('never takes a client for a user, whatever the user is called', async () => {
    const { issuer, decide } = await startShop()
    const client = (await decide({ sub: undefined, client_id: 'robot' })) as AuthInfo
    expect(client.subject).toBe(`${issuer.url}?client#robot`)
    for (const sub of ['robot', 'client#robot', '?client#robot']) {
      expect(((await decide({ sub })) as AuthInfo).subject).not.toBe(client.subject)
    }
  })

  test.each([
    ['scope', { scope: 'a b' }],
    ['scp as a list', { scp: ['a', 'b'] }],
    ['scp as a text', { scp: 'a b' }],
  ])('reads scopes from %s', async (_name, claims) => {
    const { decide } = await startShop()
    expect(await decide(claims)).toMatchObject({ scopes: ['a', 'b'] })
  })

  test('reads subject and scopes where the application says', async () => {
    const issuer = await startIssuer()
    const { authorize } = protect({
      issuer: {
        issuer: issuer.url,
        subject: ({ oid }) => (typeof oid === 'string' ? oid : undefined),
        scopes: ({ roles }) => roles as string[],
      },
      audience: shop,
    })
    const claims = { oid: '42', roles: ['clerk'] }
    expect(await authorize(bearer(await issuer.token({ claims })))).toMatchObject({
      subject: `${issuer.url}#42`,
      scopes: ['clerk'],
    })
    expect(await authorize(bearer(await issuer.token({ claims: { roles: [] } })))).toMatchObject({
      status: 401,
    })
  })

  test('takes nothing but what calls itself an access token where that is wanted', async () => {
    const { issuer, protection } = await startShop({ requireAccessTokenType: true })
    const types = [
      ['at+jwt', undefined],
      ['application/at+jwt', undefined],
      ['JWT', 401],
      [undefined, 401],
    ] as const
    for (const [typ, status] of types) {
      const token = await issuer.token({ header: { typ: typ as never } })
      const decision = await protection.authorize(bearer(token))
      expect('status' in decision ? decision.status : undefined).toBe(status)
    }
  })

  test('asks the application about every request, remembered or not', async () => {
    const refusal: AuthRefusal = { refused: true, status: 403, message: 'closed' }
    let closed = false
    const { issuer, protection } = await startShop({
      accepts: () => (closed ? refusal : undefined),
    })
    const again = bearer(await issuer.token())
    expect(await protection.authorize(again)).not.toBe(refusal)
    closed = true
    expect(protection.authorize(again)).toBe(refusal)
  })

  test('tells once that requests come to another path than clients are told', async () => {
    const errors: { code?: string }[] = []
    const { issuer, protection } = await startShop({ onError: (error) => errors.push(error as {}) })
    for (const sub of ['ada', 'eve']) {
      const authorization = `Bearer ${await issuer.token({ claims: { sub } })}`
      await protection.authorize(request({ authorization }, '/api/mcp'))
    }
    expect(errors.map(({ code }) => code)).toEqual(['ERR_AUTH_RESOURCE'])
  })
})

describe('scopes', () => {
  // AUTHR-05, AUTHR-09 (basic/authorization, "Scope Challenge Handling")
  test('that the server needs and a token lacks are asked for with 403', async () => {
    const { decide } = await startShop({ scopes: ['stock:read', 'stock:list'] })
    const decision = await decide({ scope: 'stock:read' })
    expect(decision).toMatchObject({ status: 403 })
    expect(challengeOf(decision)).toBe(
      'Bearer error="insufficient_scope", error_description="The access token lacks a scope", ' +
        `scope="stock:read stock:list", ${metadataParam}`,
    )
  })

  // AUTHR-10, AUTHR-12, SEC-42 (basic/authorization, "Scope Challenge Handling")
  test('of an operation are asked for in one challenge, and no others with them', async () => {
    const { protection } = await startShop({ scopes: ['stock:read'] })
    const headers = protection.challenge(['stock:write', 'stock:read', 'offline_access'])
    expect(headers['www-authenticate']).toContain('scope="stock:read stock:write", ')
    expect(headers['www-authenticate']).toContain(metadataParam)
  })

  test('that the application reads from elsewhere must be a list', async () => {
    const wrong = (() => 'admin') as unknown as () => string[]
    const { issuer, runtime } = await startShop()
    const options = { audience: shop, runtime }
    const { authorize } = protect({ ...options, issuer: { issuer: issuer.url, scopes: wrong } })
    await expect(authorize(bearer(await issuer.token()))).rejects.toThrow(/gave no list/)
  })

  // AUTHR-11 (basic/authorization, "Scope Challenge Handling")
  test('include others, and what these include', async () => {
    const hierarchy = { admin: ['stock:write'], 'stock:write': ['stock:read', 'admin'] }
    const { decide } = await startShop({ scopes: ['stock:read'], hierarchy })
    expect(await decide({ scope: 'admin' })).toMatchObject({
      scopes: ['admin', 'stock:write', 'stock:read'],
    })
    expect(await decide({ scope: 'constructor' })).toMatchObject({ status: 403 })
  })
})

describe('tokens that are bound to a key', () => {
  // AUTHR-06 (RFC 9449 §7.1)
  test.each(['ES256', 'EdDSA', 'RS256', 'PS256'])(
    'are taken with a proof by %s, for the URL in any of its spellings',
    async (algorithm) => {
      const { issuer, protection, runtime } = await startShop({ dpop: true })
      const key = await makeKey(algorithm)
      const token = await issuer.token({ claims: await boundTo(key) })
      for (const htu of [
        shop,
        'HTTPS://Shop.Example:443/mcp',
        `${shop}?a=1#b`,
        'https://shop.example/%6Dcp',
      ]) {
        const dpop = await prove({ key, token, runtime }, { claims: { htu } })
        const decision = await protection.authorize(
          request({ authorization: `DPoP ${token}`, dpop }),
        )
        expect(decision).toMatchObject({ clientId: 'desk' })
      }
    },
  )

  test('are taken behind a proxy that changes the path, with a proof for either', async () => {
    const { issuer, protection, runtime } = await startShop({ dpop: true })
    const key = await makeKey()
    const token = await issuer.token({ claims: await boundTo(key) })
    const at = async (htu: string): Promise<AuthInfo | AuthRefusal> => {
      const dpop = await prove({ key, token, runtime }, { claims: { htu } })
      return protection.authorize(request({ authorization: `DPoP ${token}`, dpop }, '/inner'))
    }
    expect(await at(shop)).toMatchObject({ clientId: 'desk' })
    expect(await at('https://shop.example/inner')).toMatchObject({ clientId: 'desk' })
    expect(await at('https://shop.example/inner/mcp')).toMatchObject({ status: 401 })
  })

  test('are refused with a proof for another host, whatever the request has for a path', async () => {
    const { issuer, protection, runtime } = await startShop({ dpop: true })
    const key = await makeKey()
    const token = await issuer.token({ claims: await boundTo(key) })
    const htu = 'https://shop.examplepany//x/mcp'
    const dpop = await prove({ key, token, runtime }, { claims: { htu } })
    const asked = request({ authorization: `DPoP ${token}`, dpop }, 'pany://x/mcp')
    expect(await protection.authorize(asked)).toMatchObject({ status: 401 })
  })

  test('are offered beside bearer tokens, with the algorithms of proofs', async () => {
    const { protection, decide } = await startShop({ dpop: true })
    const challenge = challengeOf(await protection.authorize(request()))
    expect(challenge).toMatch(/^Bearer resource_metadata="[^"]+", DPoP .*algs="ES256 /)
    expect(await decide()).toMatchObject({ clientId: 'desk' })
  })

  test('are refused where the server does not know them', async () => {
    const { issuer, protection, runtime } = await startShop()
    const key = await makeKey()
    const token = await issuer.token({ claims: await boundTo(key) })
    const dpop = await prove({ key, token, runtime })
    const decision = await protection.authorize(request({ authorization: `DPoP ${token}`, dpop }))
    expect(challengeOf(decision)).toMatch(/^Bearer error="invalid_token"/)
  })

  test('are good with nonces of any of the secrets, at every process', async () => {
    const [older, newer] = ['o'.repeat(32), 'n'.repeat(32)]
    const at = async (secrets: readonly string[]) => startShop({ dpop: { nonces: true, secrets } })
    const [before, after] = [await at([older]), await at([newer, older])]
    const key = await makeKey()
    const present = async (place: typeof before, nonce?: string) => {
      const token = await place.issuer.token({ claims: await boundTo(key) })
      const dpop = await prove({ key, token, runtime: place.runtime }, { claims: { nonce } })
      return place.protection.authorize(request({ authorization: `DPoP ${token}`, dpop }))
    }
    const told = (await present(before)) as AuthRefusal
    expect(await present(after, told.headers?.['dpop-nonce'])).toMatchObject({ clientId: 'desk' })
  })
})

describe('options that would let in too many are refused with a sentence', () => {
  const issuer = 'https://id.example'
  test.each([
    ['no audience', { issuer, audience: [] }, /needs an audience/],
    ['an empty audience', { issuer, audience: '' }, /needs an audience/],
    ['no issuer', { issuer: [], audience: shop }, /needs an issuer/],
    ['an issuer that is not set', { issuer: undefined, audience: shop }, /needs an issuer/],
    ['an issuer twice', { issuer: [issuer, issuer], audience: shop }, /one issuer twice/],
    [
      'an issuer by http',
      { issuer: 'http://id.example', audience: shop },
      /must be an https URL.*http is for this machine, and for an origin that is in trust/,
    ],
    ['an issuer with a query', { issuer: `${issuer}?a`, audience: shop }, /must be an https URL/],
    [
      'keys by http',
      { issuer: { issuer, jwksUri: 'http://id.example/keys' }, audience: shop },
      /must be an https URL/,
    ],
    [
      'keys that are none',
      { issuer: { issuer, keys: { keys: [] } }, audience: shop },
      /hold no public key/,
    ],
    ['no URL at all', { issuer, audience: 'api://shop' }, /needs the https URL/],
    ['a URL by http', { issuer, audience: 'http://shop.example/mcp' }, /needs the https URL/],
    ['a URL with a fragment', { issuer, audience: `${shop}#a` }, /needs the https URL/],
    ['a scope with a quote', { issuer, audience: shop, scopes: ['a"b'] }, /is no scope/],
    ['scopes in one text', { issuer, audience: shop, scopes: 'a b' }, /must be an array/],
    ['a patient clock', { issuer, audience: shop, clockToleranceSec: 3_600 }, /from 0 to 600/],
    ['a clock in words', { issuer, audience: shop, clockToleranceSec: '5' }, /from 0 to 600/],
    ['dpop in words', { issuer, audience: shop, dpop: 'required' }, /dpop must be true, or/],
    [
      'a part of dpop in words',
      { issuer, audience: shop, dpop: { required: 'yes' } },
      /must be true or false/,
    ],
    [
      'no secret for its questions',
      { issuer: { issuer, introspection: { clientId: 'shop' } }, audience: shop },
      /needs a clientId and a clientSecret/,
    ],
    [
      'another name of these',
      { issuer: { issuer, introspection: { clientId: 'a', clientSecrets: 'b' } }, audience: shop },
      /did you mean clientSecret/,
    ],
    [
      'a short secret',
      { issuer, audience: shop, dpop: { nonces: true, secrets: ['a'] } },
      /least 16/,
    ],
    ['another name', { issuer, audience: shop, scope: ['a'] }, /did you mean scopes/],
  ])('%s', (_name, options, message) => {
    expect(() => protect(options as ProtectOptions)).toThrow(TypeError)
    expect(() => protect(options as ProtectOptions)).toThrow(message)
  })

  test('and http is for this machine, or for whom the application trusts', () => {
    const local = { issuer: 'http://localhost:9000', audience: 'http://127.0.0.1:3000/mcp' }
    expect(() => protect(local)).not.toThrow()
    const inside = { issuer: 'http://id.corp', audience: shop, trust: ['http://id.corp'] }
    expect(() => protect(inside)).not.toThrow()
  })
})
