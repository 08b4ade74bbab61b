import { describe, expect, test } from 'vitest'
import { startProtected } from '../../../test/auth/protected-target.ts'
import type { ProtectedTarget } from '../../../test/auth/protected-target.ts'
import { shop, startIssuer } from '../../../test/auth/token-issuer.ts'
import { until } from '../../../test/settle.ts'
import type { IntrospectionOptions } from './options.ts'

const credentials = { clientId: 'shop', clientSecret: 'a:secret' }

/** A server whose issuer says these things of every token, or what `says` makes of it. */
async function startAsking(
  answer: Record<string, unknown>,
  options: Partial<IntrospectionOptions> = {},
): Promise<ProtectedTarget> {
  const target = await startProtected(({ url }) => ({
    issuer: { issuer: url, introspection: { ...credentials, ...options } },
  }))
  const expSec = Math.floor(target.runtime.now() / 1_000) + 300
  target.issuer.introspect = () => ({ active: true, aud: shop, sub: 'ada', exp: expSec, ...answer })
  return target
}

function questions({ issuer }: ProtectedTarget): number {
  return issuer.asked.filter((path) => path === '/introspect').length
}

// AUTHR-06, AUTHR-07 (RFC 7662)
describe('a token that says nothing itself', () => {
  test('is good when its issuer says so, who is asked with the name and secret of the server', async () => {
    const target = await startAsking({})
    const asked: unknown[] = []
    const { introspect } = target.issuer
    target.issuer.introspect = (form, authorization) => {
      asked.push({ token: form.get('token'), authorization })
      return introspect(form, authorization)
    }
    expect((await target.bear('opaque')).status).toBe(200)
    const basic = `Basic ${Buffer.from('shop:a%3Asecret').toString('base64')}`
    expect(asked).toEqual([{ token: 'opaque', authorization: basic }])
  })

  test.each([
    ['is not active', { active: false }],
    ['is for another server', { aud: 'https://other.example/mcp' }],
    ['is for nobody', { aud: undefined }],
    ['is of another issuer', { iss: 'https://other.example' }],
    ['is over', { exp: 1 }],
    ['is not good yet', { nbf: 9_999_999_999 }],
    ['is of nobody', { sub: undefined }],
    ['was over, as a text says', { exp: '1500000000' }],
    ['will be good, as a text says', { nbf: '9999999999' }],
    ['is a refresh token', { token_use: 'refresh_token' }],
    ['is a refresh token by another name', { typ: 'Refresh' }],
    ['is bound to a key that is not named', { token_type: 'DPoP' }],
    ['is bound to a key', { cnf: { jkt: 'x'.repeat(43) } }],
  ])('is refused when it %s', async (_name, answer) => {
    const target = await startAsking(answer)
    expect((await target.bear('opaque')).status).toBe(401)
    expect(target.ran()).toBe(0)
  })

  test('needs no audience where the issuer knows whose question it is', async () => {
    const target = await startAsking({ aud: undefined }, { withoutAudience: true })
    expect((await target.bear('opaque')).status).toBe(200)
    target.issuer.introspect = () => ({ active: true, sub: 'ada', aud: 'https://other.example' })
    expect((await target.bear('another')).status).toBe(401)
  })

  test('is asked about once a while, and once for all who bring it at the same time', async () => {
    const target = await startAsking({})
    await Promise.all([1, 2, 3].map(() => target.bear('opaque')))
    await target.bear('opaque')
    expect(questions(target)).toBe(1)
    target.issuer.introspect = () => ({ active: false })
    target.runtime.advance(15_000)
    expect((await target.bear('opaque')).status).toBe(401)
    expect(questions(target)).toBe(2)
  })

  test('is refused where nobody can be asked', async () => {
    const { bear, issuer } = await startProtected()
    expect((await bear('opaque')).status).toBe(401)
    expect(issuer.asked).toEqual([])
  })

  test('is neither good nor bad while the issuer does not answer, and no secret is told', async () => {
    const target = await startAsking({})
    target.issuer.introspect = () => 'no object'
    expect((await target.bear('opaque-token')).status).toBe(503)
    target.issuer.status = 401
    expect((await target.bear('opaque-token')).status).toBe(503)
    expect(target.errors).toHaveLength(2)
    for (const error of target.errors) {
      expect(error).toMatchObject({ code: 'ERR_AUTH_INTROSPECTION' })
      expect(error).not.toHaveProperty('cause')
      expect(String(error)).not.toMatch(/opaque-token|secret"|a:secret/)
    }
    expect(target.ran()).toBe(0)
  })

  test('is good by its own issuer while another one is down', async () => {
    const down = await startIssuer()
    down.status = 500
    const introspection = credentials
    const target = await startProtected(({ url }) => ({
      issuer: [
        { issuer: down.url, introspection },
        { issuer: url, introspection },
      ],
    }))
    target.issuer.introspect = (form) => ({
      active: form.get('token') === 'ours',
      aud: shop,
      sub: 'ada',
    })
    expect((await target.bear('ours')).status).toBe(200)
    expect((await target.bear('whose')).status).toBe(503)
  })

  test('is refused with 503 while too many requests wait for an answer, as known ones are not', async () => {
    const target = await startProtected(({ url }) => ({
      issuer: { issuer: url, introspection: credentials },
      limits: { maxCalls: 1 },
    }))
    target.issuer.introspect = (form) => ({
      active: form.get('token') === 'known',
      aud: shop,
      sub: 'ada',
    })
    expect((await target.bear('known')).status).toBe(200)
    const release = target.issuer.hold()
    const waiting = target.bear('slow')
    await until(() => questions(target) === 2)
    const refused = await target.bear('slow')
    expect([refused.status, refused.retryAfter]).toEqual([503, '1'])
    expect((await target.bear('known')).status).toBe(200)
    release()
    expect((await waiting).status).toBe(401)
    expect((await target.bear('slow')).status).toBe(401)
    expect(target.errors).toEqual([])
  })

  test('is asked about where the application says', async () => {
    const target = await startProtected(({ url }) => ({
      issuer: {
        issuer: url,
        introspection: { ...credentials, endpoint: `${url}/introspect` },
      },
    }))
    target.issuer.introspect = () => ({ active: true, aud: shop, sub: 'ada' })
    expect((await target.bear('opaque')).status).toBe(200)
    expect(target.issuer.asked).toEqual(['/introspect'])
  })
})
