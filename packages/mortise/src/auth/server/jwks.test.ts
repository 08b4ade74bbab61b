import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { startProtected } from '../../../test/auth/protected-target.ts'
import { until } from '../../../test/settle.ts'
import { makeKey } from '../../../test/auth/token-issuer.ts'
import type { TokenIssuer } from '../../../test/auth/token-issuer.ts'
import { signatureAlgorithms } from './signature-algorithms.ts'

const tenMinutes = 10 * 60_000

function keyRequests({ asked }: TokenIssuer): number {
  return asked.filter((path) => path === '/keys').length
}

describe('the keys of an issuer', () => {
  test('are asked for once, however many tokens come at once', async () => {
    const { issuer, bear } = await startProtected()
    const tokens = await Promise.all(
      ['ada', 'eve', 'joe', 'kim'].map((sub) => issuer.token({ claims: { sub } })),
    )
    const answers = await Promise.all(tokens.map(bear))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
    expect(issuer.asked).toEqual(['/.well-known/oauth-authorization-server', '/keys'])
  })

  test('are asked for anew when a token names one that is not among them', async () => {
    const { issuer, runtime, bear } = await startProtected()
    expect((await bear(await issuer.token())).status).toBe(200)
    const next = await makeKey('ES256', 'next')
    issuer.keys = [issuer.key.publicJwk, next.publicJwk]
    runtime.advance(10_000)
    expect((await bear(await issuer.token({ key: next }))).status).toBe(200)
    expect((await bear(await issuer.token())).status).toBe(200)
    expect(keyRequests(issuer)).toBe(2)
  })

  test('are no longer good when their issuer has taken them back', async () => {
    const { issuer, runtime, bear } = await startProtected()
    const next = await makeKey('ES256', 'next')
    expect((await bear(await issuer.token())).status).toBe(200)
    issuer.keys = [next.publicJwk]
    runtime.advance(tenMinutes)
    expect((await bear(await issuer.token())).status).toBe(401)
    expect((await bear(await issuer.token({ key: next }))).status).toBe(200)
  })

  // SEC-44: what a stranger writes into a token does not make requests to the issuer.
  test('are asked for once in ten seconds, whatever key ids tokens name', async () => {
    const { issuer, runtime, bear } = await startProtected()
    const stranger = await makeKey()
    for (let second = 0; second < 30; second++) {
      for (const kid of ['a', 'b']) {
        const header = { kid: `${kid} ${second}` }
        const token = await issuer.token({ key: stranger, header })
        expect((await bear(token)).status).toBe(401)
      }
      runtime.advance(1_000)
    }
    expect(keyRequests(issuer)).toBe(3)
    expect((await bear(await issuer.token())).status).toBe(200)
  })

  test('are not asked for because of a key id that nobody has', async () => {
    const { issuer, runtime, bear } = await startProtected()
    await bear(await issuer.token())
    runtime.advance(60_000)
    for (const kid of ['k'.repeat(257), 7 as never]) {
      expect((await bear(await issuer.token({ header: { kid } }))).status).toBe(401)
    }
    expect(keyRequests(issuer)).toBe(1)
  })

  test('go on while the issuer is down, and it is asked now and then', async () => {
    const { issuer, runtime, bear, errors } = await startProtected()
    expect((await bear(await issuer.token())).status).toBe(200)
    runtime.advance(tenMinutes)
    issuer.status = 500
    for (let second = 0; second < 60; second++) {
      expect((await bear(await issuer.token())).status).toBe(200)
      runtime.advance(1_000)
    }
    const codes = errors.map((error) => (error as { code?: string }).code)
    expect(new Set(codes)).toEqual(new Set(['ERR_AUTH_KEYS']))
    expect(issuer.asked.length).toBeLessThan(30)
    issuer.status = undefined
    const next = await makeKey('ES256', 'next')
    issuer.keys = [next.publicJwk]
    runtime.advance(10_000)
    expect((await bear(await issuer.token({ key: next }))).status).toBe(200)
  })

  test('that were never to be had let nobody in, and tell the client to come again', async () => {
    const { issuer, runtime, bear, ran, errors } = await startProtected()
    issuer.status = 500
    expect(await bear(await issuer.token())).toMatchObject({ status: 503, retryAfter: '5' })
    const { length } = issuer.asked
    expect((await bear(await issuer.token())).status).toBe(503)
    expect(issuer.asked).toHaveLength(length)
    expect(ran()).toBe(0)
    expect(errors.map((error) => (error as { code?: string }).code)).toContain('ERR_AUTH_DISCOVERY')
    issuer.status = undefined
    runtime.advance(10_000)
    expect((await bear(await issuer.token())).status).toBe(200)
  })

  test('that cannot be told apart from a new one while the issuer is down are not called wrong', async () => {
    const { issuer, runtime, bear } = await startProtected()
    expect((await bear(await issuer.token())).status).toBe(200)
    issuer.status = 500
    runtime.advance(10_000)
    const next = await makeKey('ES256', 'next')
    expect((await bear(await issuer.token({ key: next }))).status).toBe(503)
    expect((await bear(await issuer.token())).status).toBe(200)
  })

  test('go on where whoever hears that they could not be renewed fails', async () => {
    const { issuer, runtime, bear } = await startProtected({
      onError: () => {
        throw new Error('no ears')
      },
    })
    expect((await bear(await issuer.token())).status).toBe(200)
    issuer.status = 500
    runtime.advance(10 * 60_000)
    expect((await bear(await issuer.token())).status).toBe(200)
    // Nobody waits for this renewal: what it throws would end the process.
    runtime.advance(10_000)
    const { length } = issuer.asked
    expect((await bear(await issuer.token())).status).toBe(200)
    await until(() => issuer.asked.length > length + 1)
  })

  test('may be given by the application, and then nobody is asked', async () => {
    const key = await makeKey('EdDSA')
    const { issuer, bear } = await startProtected(({ url }) => ({
      issuer: { issuer: url, keys: { keys: [key.publicJwk] } },
    }))
    expect((await bear(await issuer.token({ key }))).status).toBe(200)
    expect((await bear(await issuer.token())).status).toBe(401)
    expect(issuer.asked).toEqual([])
  })

  test('are found where the application says', async () => {
    const { issuer, bear } = await startProtected(({ url }) => ({
      issuer: { issuer: url, jwksUri: `${url}/keys` },
    }))
    expect((await bear(await issuer.token())).status).toBe(200)
    expect(issuer.asked).toEqual(['/keys'])
  })

  test('may share a name while one replaces the other', async () => {
    const { issuer, bear } = await startProtected()
    const twin = await makeKey('ES256', issuer.key.kid)
    issuer.keys = [twin.publicJwk, issuer.key.publicJwk]
    expect((await bear(await issuer.token())).status).toBe(200)
    expect((await bear(await issuer.token({ key: twin }))).status).toBe(200)
  })

  test('are of use without names where one alone fits', async () => {
    const { issuer, bear } = await startProtected()
    const { kid: _kid, ...nameless } = issuer.key.publicJwk
    issuer.keys = [nameless]
    expect((await bear(await issuer.token({ header: { kid: undefined as never } }))).status).toBe(
      200,
    )
  })

  test('are passed over where they are private, secret, for encryption, or not keys', async () => {
    const { issuer, bear } = await startProtected()
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const odd = [
      { ...privateKey.export({ format: 'jwk' }), kid: 'private' },
      { kty: 'oct', k: 'c2VjcmV0', kid: 'secret' },
      { ...issuer.key.publicJwk, use: 'enc', kid: 'enc' },
      null,
      'key',
      { kty: 'EC', crv: 'P-256', x: '!', y: '!', kid: 'broken' },
    ]
    issuer.keys = [...(odd as never[]), issuer.key.publicJwk]
    for (const kid of ['private', 'secret', 'enc', 'broken']) {
      expect((await bear(await issuer.token({ header: { kid } }))).status).toBe(401)
    }
    expect((await bear(await issuer.token())).status).toBe(200)
  })

  // AUTHR-06
  test.each(signatureAlgorithms)('verify what was signed with %s', async (algorithm) => {
    const key = await makeKey(algorithm)
    const { issuer, bear } = await startProtected()
    issuer.keys = [key.publicJwk]
    expect((await bear(await issuer.token({ key }))).status).toBe(200)
  })
})

describe('the metadata of an issuer', () => {
  test('that call themselves otherwise are not its own', async () => {
    const { issuer, bear, errors } = await startProtected(({ url }) => ({ issuer: `${url}/` }))
    const claims = { iss: `${issuer.url}/` }
    expect((await bear(await issuer.token({ claims }))).status).toBe(503)
    expect(issuer.asked).not.toContain('/keys')
    expect(String(errors[0])).toContain('another issuer')
  })
})
