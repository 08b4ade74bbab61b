import { exportSPKI, importJWK, SignJWT, UnsecuredJWT, CompactEncrypt } from 'jose'
import { describe, expect, test } from 'vitest'
import { protect } from '../../src/node/auth-server.ts'
import { boundTo, prove } from '../auth/proof.ts'
import type { ProofChanges } from '../auth/proof.ts'
import { startProtected } from '../auth/protected-target.ts'
import type { ProtectedTarget } from '../auth/protected-target.ts'
import { makeKey, shop } from '../auth/token-issuer.ts'
import type { TokenIssuer } from '../auth/token-issuer.ts'
import { countCrashes } from './target.ts'

countCrashes()

const metadata = 'resource_metadata="https://shop.example/.well-known/oauth-protected-resource/mcp"'
/** All that whoever brings a bad token hears, whatever is bad about it. */
const invalidToken = `Bearer error="invalid_token", error_description="The access token is not valid here", ${metadata}`

type MakeToken = (issuer: TokenIssuer, nowSec: number) => string | Promise<string>

/** Changes the claims of a good token. */
const claiming =
  (claims: Record<string, unknown> | ((nowSec: number) => Record<string, unknown>)): MakeToken =>
  (issuer, nowSec) =>
    issuer.token({ claims: typeof claims === 'function' ? claims(nowSec) : claims })

/** Changes its header. */
const headed =
  (header: Record<string, unknown>): MakeToken =>
  (issuer) =>
    issuer.token({ header })

async function confuse({ key, url }: TokenIssuer, nowSec: number, secret: Uint8Array) {
  return new SignJWT({ iss: url, sub: 'ada', aud: shop, exp: nowSec + 300 })
    .setProtectedHeader({ alg: 'HS256', kid: key.kid })
    .sign(secret)
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text)
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Tokens that are not for this server, not of its issuer, or not good now (V36). */
const badTokens: readonly (readonly [name: string, make: MakeToken])[] = [
  ['for another server', claiming({ aud: 'https://other.example/mcp' })],
  ['for the origin of the server', claiming({ aud: 'https://shop.example' })],
  ['for a path below the server', claiming({ aud: `${shop}/admin` })],
  ['for the server with another slash', claiming({ aud: `${shop}/` })],
  ['for the server in other letters', claiming({ aud: 'https://SHOP.example/mcp' })],
  ['for nobody', claiming({ aud: undefined })],
  ['for an empty list', claiming({ aud: [] })],
  ['for a list of others', claiming({ aud: ['https://a.example', 'https://b.example'] })],
  ['for a list that is no text', claiming({ aud: [[shop]] })],
  ['for an object', claiming({ aud: { [shop]: true } })],
  ['of another issuer', claiming({ iss: 'https://other.example' })],
  ['of the issuer with a slash', (issuer) => issuer.token({ claims: { iss: `${issuer.url}/` } })],
  ['of no issuer', claiming({ iss: undefined })],
  ['of a list of issuers', (issuer) => issuer.token({ claims: { iss: [issuer.url] as never } })],
  ['over', claiming((now) => ({ exp: now - 6 }))],
  ['without an end', claiming({ exp: undefined })],
  ['with an end that is a text', claiming((now) => ({ exp: `${now + 300}` }))],
  ['not good yet', claiming((now) => ({ nbf: now + 60 }))],
  ['from the future', claiming((now) => ({ iat: now + 60 }))],
  ['of nobody', claiming({ sub: undefined, client_id: undefined })],
  ['of an empty subject', claiming({ sub: '', client_id: undefined })],
  ['of a subject that is a number', claiming({ sub: 7 })],
  [
    'an ID token',
    (issuer) => issuer.token({ header: { typ: 'JWT' }, claims: { nonce: 'n-0S6_WzA2Mj' } }),
  ],
  ['an ID token with at_hash', claiming({ at_hash: '77QmUPtjPfzWtF2AnpK9RQ' })],
  ['an ID token with c_hash', claiming({ c_hash: 'LDktKdoQak3Pk0cnXxCltA' })],
  ['what Keycloak calls an ID token', claiming({ typ: 'ID' })],
  ['what Keycloak calls a refresh token', claiming({ typ: 'Refresh' })],
  ['a logout token', headed({ typ: 'logout+jwt' })],
  ['a proof of possession', headed({ typ: 'dpop+jwt' })],
  ['of a type that is a number', headed({ typ: 5 })],
  [
    'unsigned',
    ({ url }, now) =>
      new UnsecuredJWT({ iss: url, sub: 'ada', aud: shop, exp: now + 300 }).encode(),
  ],
  [
    'said to be unsigned, with a signature',
    async (issuer) => {
      const [, payload, signature] = (await issuer.token()).split('.')
      return `${part({ alg: 'none' })}.${payload}.${signature}`
    },
  ],
  [
    'signed with the text of the public key',
    async (issuer, now) => {
      const key = (await importJWK(issuer.key.publicJwk, 'ES256')) as CryptoKey
      return confuse(issuer, now, encode(await exportSPKI(key)))
    },
  ],
  [
    'signed with the public key as JSON',
    (issuer, now) => confuse(issuer, now, encode(JSON.stringify(issuer.key.publicJwk))),
  ],
  [
    'signed with the public RSA key as a secret',
    async (issuer, now) => {
      const rsa = await makeKey('RS256')
      issuer.keys = [rsa.publicJwk]
      const key = (await importJWK(rsa.publicJwk, 'RS256')) as CryptoKey
      return confuse({ ...issuer, key: rsa }, now, encode(await exportSPKI(key)))
    },
  ],
  ['signed by a stranger', async (issuer) => issuer.token({ key: await makeKey() })],
  [
    'signed by a stranger who shows the key',
    async (issuer) => {
      const key = await makeKey()
      return issuer.token({ key, header: { jwk: key.publicJwk } })
    },
  ],
  ['with a URL of other keys', headed({ jku: 'http://127.0.0.1:9/keys', kid: 'other' })],
  ['with a key id that is a path', headed({ kid: '../../../dev/null' })],
  ['with a key id that is a query', headed({ kid: "' UNION SELECT 'secret" })],
  ['with a key id of 8 KiB', headed({ kid: 'k'.repeat(8_192) })],
  ['with a key id that is a number', headed({ kid: 1 })],
  ['with an extension that must be understood', headed({ crit: ['exp2'], exp2: 1 })],
  [
    'encrypted',
    ({ url }) =>
      new CompactEncrypt(encode(JSON.stringify({ iss: url, aud: shop })))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
        .encrypt(new Uint8Array(32)),
  ],
  ['no JWT', () => 'ya29.a0AfH6SMBx'],
  ['an API key', () => 'sk-0123456789'],
  ['three parts of nothing', () => 'a.b.c'],
  ['with a signature cut short', async (issuer) => (await issuer.token()).slice(0, -2)],
  [
    'with other claims under the same signature',
    async (issuer, now) => {
      const [header, , signature] = (await issuer.token()).split('.')
      return `${header}.${part({ iss: issuer.url, sub: 'eve', aud: shop, exp: now + 300 })}.${signature}`
    },
  ],
  [
    'bound to a certificate',
    claiming({ cnf: { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } }),
  ],
  ['bound to a key, and presented without a proof', claiming({ cnf: { jkt: 'x'.repeat(43) } })],
  ['bound to what is no key', claiming({ cnf: 'me' })],
]

// AUTHR-05, AUTHR-06, AUTHR-07, AUTHR-08, SEC-09 (basic/authorization, "Token Handling"; guide, "Token Passthrough")
describe('a token is refused, without saying why, that is', () => {
  test.each(badTokens)('%s', async (_name, make) => {
    const { issuer, runtime, bear, ran } = await startProtected()
    const token = await make(issuer, runtime.now() / 1_000)
    const answer = await bear(token)
    expect(answer).toMatchObject({ status: 401, challenge: invalidToken })
    expect(JSON.stringify(answer.body)).not.toContain(token)
    // What was refused once is not remembered as good.
    expect(await bear(token)).toEqual(answer)
    expect(ran()).toBe(0)
    // And it was the token: another one gets in.
    if (issuer.keys[0] === issuer.key.publicJwk) {
      expect(await bear(await issuer.token())).toMatchObject({ status: 200 })
    }
  })

  test('another one than the token that was good a moment ago, though it ends alike', async () => {
    const { issuer, runtime, bear, ran } = await startProtected()
    const good = await issuer.token()
    expect((await bear(good)).status).toBe(200)
    const [header, , signature] = good.split('.')
    const exp = runtime.now() / 1_000 + 300
    const claims = part({ iss: issuer.url, sub: 'eve', aud: shop, exp })
    expect((await bear(`${header}.${claims}.${signature}`)).status).toBe(401)
    expect((await bear(good.slice(-40))).status).toBe(401)
    expect((await bear(good)).status).toBe(200)
    expect(ran()).toBe(2)
  })

  test('signed with an algorithm that its issuer does not use', async () => {
    const rsa = await makeKey('RS256')
    const { issuer, bear } = await startProtected(({ url }) => ({
      issuer: { issuer: url, algorithms: ['ES256'] },
    }))
    issuer.keys.push(rsa.publicJwk)
    expect((await bear(await issuer.token({ key: rsa }))).status).toBe(401)
    expect((await bear(await issuer.token())).status).toBe(200)
  })

  test('signed with an RSA key that is too short', async () => {
    const { issuer, bear } = await startProtected()
    const { generateKeyPairSync } = await import('node:crypto')
    const pair = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const { n, e } = pair.publicKey.export({ format: 'jwk' })
    issuer.keys.push({ kty: 'RSA', kid: 'short', ...(n && { n }), ...(e && { e }) })
    const signed = `${part({ alg: 'RS256', kid: 'short' })}.${(await issuer.token()).split('.')[1]}`
    const { sign } = await import('node:crypto')
    const signature = sign('sha256', Buffer.from(signed), pair.privateKey).toString('base64url')
    expect(await bear(`${signed}.${signature}`)).toMatchObject({
      status: 401,
      challenge: invalidToken,
    })
  })
})

// AUTHR-07
test('no issuer can be set up with a secret that both sides have, or with no signature', () => {
  for (const algorithm of ['HS256', 'HS512', 'none', 'dir']) {
    const issuer = { issuer: 'https://id.example', algorithms: [algorithm] }
    expect(() => protect({ issuer, audience: shop })).toThrow(/algorithms of the issuer/)
  }
})

// AUTHR-05; AUTHC-38 (basic/authorization, "Access Token Usage": never in the query)
describe('credentials that are not one bearer token in one header', () => {
  test('are malformed as two headers, with two good tokens', async () => {
    const { issuer, call, ran } = await startProtected()
    const line = ['Authorization', `Bearer ${await issuer.token()}`] as const
    const answer = await call(line, line)
    expect(answer.status).toBe(400)
    expect(answer.challenge).toContain('error="invalid_request"')
    expect(ran()).toBe(0)
  })

  test.each([
    ['Bearer', 400],
    ['Bearer ', 400],
    ['Bearer a b', 400],
    ['Bearer a,b', 400],
    ['Bearer "a"', 400],
    ['Bearer =', 400],
    ['Bearer\ta', 401],
    ['Basic YWRhOnNlY3JldA==', 401],
    ['Token abc', 401],
    ['bearer', 400],
  ])('%s is answered with %i', async (header, status) => {
    const { call, ran } = await startProtected()
    expect((await call(['Authorization', header])).status).toBe(status)
    expect(ran()).toBe(0)
  })

  test.each(['X-Access-Token', 'Cookie', 'X-Authorization', 'Proxy-Authorization'])(
    'are nothing in %s',
    async (name) => {
      const { issuer, call } = await startProtected()
      const answer = await call([name, `Bearer ${await issuer.token()}`])
      expect(answer).toMatchObject({ status: 401, challenge: `Bearer ${metadata}` })
    },
  )
})

interface Attack {
  readonly target: ProtectedTarget
  readonly key: Awaited<ReturnType<typeof makeKey>>
  readonly token: string
}

async function startBound(options = {}): Promise<Attack> {
  const target = await startProtected({ dpop: true, ...options })
  const key = await makeKey('ES256', 'client')
  return { target, key, token: await target.issuer.token({ claims: await boundTo(key) }) }
}

/** Presents a bound token with proofs, each in a header of its own. */
async function present({ target, token }: Attack, ...proofs: readonly string[]) {
  return target.call(
    ['Authorization', `DPoP ${token}`],
    ...proofs.map((proof) => ['DPoP', proof] as const),
  )
}

const proofOf = ({ key, token, target }: Attack, changes?: ProofChanges): Promise<string> =>
  prove({ key, token, runtime: target.runtime }, changes)

const nowOf = ({ target }: Attack): number => Math.floor(target.runtime.now() / 1_000)

const badProofs: readonly (readonly [
  name: string,
  make: (attack: Attack) => ProofChanges | Promise<ProofChanges>,
])[] = [
  ['of another type', () => ({ header: { typ: 'JWT' } })],
  ['of no type', () => ({ header: { typ: undefined as never } })],
  ['for another method', () => ({ claims: { htm: 'GET' } })],
  ['for a method in small letters', () => ({ claims: { htm: 'post' } })],
  ['for no method', () => ({ claims: { htm: undefined } })],
  ['for another path', () => ({ claims: { htu: 'https://shop.example/other' } })],
  ['for another host', () => ({ claims: { htu: 'https://other.example/mcp' } })],
  ['for another scheme', () => ({ claims: { htu: 'http://shop.example/mcp' } })],
  ['for another port', () => ({ claims: { htu: 'https://shop.example:444/mcp' } })],
  ['for a path without its host', () => ({ claims: { htu: '/mcp' } })],
  ['for no URL', () => ({ claims: { htu: undefined } })],
  ['made too long ago', (attack) => ({ claims: { iat: nowOf(attack) - 61 } })],
  ['made in the future', (attack) => ({ claims: { iat: nowOf(attack) + 10 } })],
  ['made at no time', () => ({ claims: { iat: undefined as never } })],
  ['made at a time that is a text', () => ({ claims: { iat: '5' as never } })],
  ['without an id', () => ({ claims: { jti: undefined as never } })],
  ['with an empty id', () => ({ claims: { jti: '' } })],
  ['for another token', () => ({ claims: { ath: 'fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo' } })],
  ['for no token', () => ({ claims: { ath: undefined } })],
  ['signed by a stranger', async () => ({ signer: await makeKey() })],
  [
    'of a stranger’s key',
    async () => {
      const signer = await makeKey()
      const { kid: _kid, alg: _alg, ...jwk } = signer.publicJwk
      return { signer, header: { jwk } }
    },
  ],
  ['without its key', () => ({ header: { jwk: undefined as never } })],
  [
    'that shows the private key',
    async ({ key }) => {
      const { exportJWK } = await import('jose')
      return { header: { jwk: await exportJWK(key.privateKey) } }
    },
  ],
  [
    'with a secret for a key',
    () => ({ header: { jwk: { kty: 'oct', k: Buffer.from('secret').toString('base64url') } } }),
  ],
]

// AUTHR-06 (RFC 9449 §4.3 and §7.1)
describe('a proof of possession is refused', () => {
  test.each(badProofs)('%s', async (_name, make) => {
    const attack = await startBound()
    const answer = await present(attack, await proofOf(attack, await make(attack)))
    expect(answer.status).toBe(401)
    expect(answer.challenge).toMatch(/^DPoP error="invalid_dpop_proof"/)
    expect(attack.target.ran()).toBe(0)
    expect((await present(attack, await proofOf(attack))).status).toBe(200)
  })

  test('that is missing, or one of two', async () => {
    const attack = await startBound()
    expect((await present(attack)).status).toBe(401)
    const two = [await proofOf(attack), await proofOf(attack)]
    expect((await present(attack, ...two)).status).toBe(401)
    expect(attack.target.ran()).toBe(0)
  })

  test('that was signed with a secret, or with nothing', async () => {
    const attack = await startBound()
    const [, payload] = (await proofOf(attack)).split('.')
    const { kid: _kid, alg: _alg, ...jwk } = attack.key.publicJwk
    for (const alg of ['none', 'HS256']) {
      const proof = `${part({ typ: 'dpop+jwt', alg, jwk })}.${payload}.c2lnbmF0dXJl`
      expect((await present(attack, proof)).status).toBe(401)
    }
    expect(attack.target.ran()).toBe(0)
  })

  test('that was used before', async () => {
    const attack = await startBound()
    const proof = await proofOf(attack)
    expect((await present(attack, proof)).status).toBe(200)
    attack.target.runtime.advance(59_000)
    expect((await present(attack, proof)).status).toBe(401)
    attack.target.runtime.advance(10_000)
    expect((await present(attack, proof)).status).toBe(401)
    expect(attack.target.ran()).toBe(1)
  })

  test('that was used before, at another process with the same store', async () => {
    const { createMemoryStore } = await import('../../src/state/memory.ts')
    const attack = await startBound({ store: createMemoryStore() })
    const proof = await proofOf(attack)
    expect((await present(attack, proof)).status).toBe(200)
    expect((await present(attack, proof)).status).toBe(401)
  })

  test('that was used twice at once', async () => {
    const attack = await startBound()
    const proof = await proofOf(attack)
    const answers = await Promise.all([1, 2, 3, 4].map(() => present(attack, proof)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(attack.target.ran()).toBe(1)
  })

  test('that was made for another token of the same client', async () => {
    const attack = await startBound()
    const { key, target } = attack
    const claims = { ...(await boundTo(key)), sub: 'eve' }
    const other = { ...attack, token: await target.issuer.token({ claims }) }
    expect((await present(attack, await proofOf(other))).status).toBe(401)
    expect(target.ran()).toBe(0)
  })
})

// AUTHR-06 (RFC 9449 §7.1, §7.2)
describe('a token that is bound to a key', () => {
  test('is refused as a bearer token, with and without a proof, and also after it was good', async () => {
    const attack = await startBound()
    const { target, token } = attack
    expect((await present(attack, await proofOf(attack))).status).toBe(200)
    const proof = ['DPoP', await proofOf(attack)] as const
    for (const lines of [[], [proof]]) {
      const answer = await target.call(['Authorization', `Bearer ${token}`], ...lines)
      expect(answer).toMatchObject({ status: 401, challenge: invalidToken })
    }
    expect(target.ran()).toBe(1)
  })

  test('is the only kind that is taken where it is required', async () => {
    const attack = await startBound({ dpop: { required: true } })
    const answer = await attack.target.bear(await attack.target.issuer.token())
    expect(answer.status).toBe(401)
    expect(answer.challenge).toMatch(/^DPoP error="invalid_token".* algs="ES256 /)
    expect((await present(attack, await proofOf(attack))).status).toBe(200)
  })

  test('is refused where it is bound to a certificate as well, which nobody can check here', async () => {
    const attack = await startBound()
    const { cnf } = await boundTo(attack.key)
    const claims = { cnf: { ...cnf, 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' } }
    const both = { ...attack, token: await attack.target.issuer.token({ claims }) }
    expect((await present(both, await proofOf(both))).status).toBe(401)
  })

  test.each([{}, { required: true }])(
    'cannot be made of a bearer token by showing a proof, however often, with %j',
    async (dpop) => {
      const attack = await startBound({ dpop })
      const plain = { ...attack, token: await attack.target.issuer.token() }
      for (const proofs of [[await proofOf(plain)], [await proofOf(plain)], []]) {
        const answer = await present(plain, ...proofs)
        expect(answer.status).toBe(401)
        expect(answer.challenge).toMatch(/^DPoP error="invalid_token"/)
      }
      expect(attack.target.ran()).toBe(0)
    },
  )

  test('needs a nonce of this server where that is asked for, a new one after a while', async () => {
    const attack = await startBound({ dpop: { nonces: true } })
    const first = await present(attack, await proofOf(attack))
    expect(first.challenge).toMatch(/^DPoP error="use_dpop_nonce"/)
    const { nonce } = first
    const forged = await proofOf(attack, { claims: { nonce: `${nonce?.slice(0, -4)}AAAA` } })
    expect((await present(attack, forged)).status).toBe(401)
    const good = (): Promise<string> => proofOf(attack, { claims: { nonce } })
    expect((await present(attack, await good())).status).toBe(200)
    attack.target.runtime.advance(5 * 60_000)
    const late = await startBoundAgain(attack)
    expect((await present(late, await proofOf(late, { claims: { nonce } }))).challenge).toMatch(
      /use_dpop_nonce/,
    )
  })
})

/** The same client with a token that is good now. */
async function startBoundAgain(attack: Attack): Promise<Attack> {
  const claims = await boundTo(attack.key)
  return { ...attack, token: await attack.target.issuer.token({ claims }) }
}
