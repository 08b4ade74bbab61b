import { describe, expect, test, vi } from 'vitest'
import { boundTo } from '../../../test/auth/proof.ts'
import { statelessPost } from '../../../test/post.ts'
import { makeKey, shop, startIssuer } from '../../../test/auth/token-issuer.ts'
import type { TokenChanges, TokenIssuer } from '../../../test/auth/token-issuer.ts'
import type { AuthRefusal } from '../../http/authorize.ts'
import { protect } from '../../node/auth-server.ts'
import { createServer } from '../../server/index.ts'
import { connectInProcess, createTestRuntime } from '../../testing/index.ts'
import type { ProtectOptions, Refused } from './index.ts'

async function startListening(
  options: (issuer: TokenIssuer) => Partial<ProtectOptions> = () => ({}),
) {
  const runtime = createTestRuntime()
  const issuer = await startIssuer({ nowMs: runtime.now })
  const heard: Refused[] = []
  const protection = protect({
    issuer: issuer.url,
    audience: shop,
    runtime,
    onRefused: (why) => heard.push(why),
    ...options(issuer),
  })
  const send = async (authorization?: string): Promise<unknown> =>
    await protection.authorize({
      method: 'POST',
      path: '/mcp',
      header: (name) => (name === 'authorization' ? authorization : undefined),
    })
  return { runtime, issuer, heard, protection, send }
}

describe('why a request was refused', () => {
  const other = 'https://other.example/mcp'
  test.each<[string, TokenChanges, object]>([
    ['expired', { claims: { exp: 1 } }, {}],
    ['not-yet', { claims: { nbf: 9_999_999_999 } }, {}],
    ['not-yet', { claims: { iat: 9_999_999_999 } }, {}],
    ['audience', { claims: { aud: [other, 'api'] } }, { expected: [shop], found: [other, 'api'] }],
    ['audience', { claims: { aud: undefined as never } }, { expected: [shop], found: [] }],
    ['claims', { claims: { exp: undefined as never } }, {}],
    ['subject', { claims: { sub: '' } }, {}],
    ['binding', { claims: { cnf: { 'x5t#S256': 'a' } } }, {}],
    ['scheme', { claims: { cnf: { jkt: 'a' } } }, {}],
    ['type', { header: { typ: 'logout+jwt' } }, {}],
    ['type', { claims: { events: {} } }, {}],
    ['unknown-key', { header: { kid: 'another' } }, {}],
    ['scopes', { claims: { scope: 'b' } }, { expected: ['a'], found: ['b'] }],
  ])('is told as %s of %j', async (reason, changes, more) => {
    const { issuer, heard, send } = await startListening(() => ({ scopes: ['a'] }))
    await send(`Bearer ${await issuer.token(changes)}`)
    expect(heard).toEqual([{ reason, ...more }])
  })

  test('is told of keys, of issuers and of headers', async () => {
    const { issuer, heard, send } = await startListening()
    const forged = await makeKey('ES256', issuer.key.kid)
    await send(`Bearer ${await issuer.token({ key: forged })}`)
    await send(`Bearer ${await issuer.token({ claims: { iss: `https://id.example/\u001b[2J` } })}`)
    await send('Bearer opaque')
    await send('Bearer a, Bearer b')
    await send('Basic abc')
    await send()
    expect(heard).toEqual([
      { reason: 'signature' },
      // What a stranger wrote moves nobody's cursor.
      { reason: 'issuer', expected: [issuer.url], found: ['https://id.example/\\x1b[2J'] },
      { reason: 'opaque' },
      { reason: 'malformed' },
      { reason: 'missing' },
      { reason: 'missing' },
    ])
  })

  test('is told of proofs, and of what the application refuses', async () => {
    const refusal: AuthRefusal = { refused: true, status: 403 }
    const { issuer, heard, send } = await startListening(() => ({
      dpop: true,
      accepts: () => refusal,
    }))
    const claims = await boundTo(await makeKey())
    await send(`DPoP ${await issuer.token({ claims })}`)
    await send(`Bearer ${await issuer.token()}`)
    expect(heard).toEqual([{ reason: 'proof' }, { reason: 'accepts' }])
  })

  test('is told of what an issuer says of a token, to all who bring it at once', async () => {
    const { issuer, heard, send } = await startListening(({ url }) => ({
      issuer: { issuer: url, introspection: { clientId: 'shop', clientSecret: 'secret' } },
    }))
    await Promise.all([send('Bearer opaque'), send('Bearer opaque')])
    issuer.introspect = () => ({ active: true, sub: 'ada', aud: 'api' })
    await send('Bearer opaque')
    expect(heard).toEqual([
      { reason: 'inactive' },
      { reason: 'inactive' },
      { reason: 'audience', expected: [shop], found: ['api'] },
    ])
  })

  test('is told of an operation that needs more, and holds no token', async () => {
    const { issuer, heard, protection, runtime } = await startListening(() => ({ scopes: ['a'] }))
    const server = createServer({ name: 'shop', version: '1.0.0', auth: protection, runtime })
    server.tool('sell', { scopes: ['b'] }, () => '')
    const token = await issuer.token({ claims: { scope: 'a' } })
    const headers = { authorization: `Bearer ${token}`, host: 'shop.example' }
    const call = statelessPost({ method: 'tools/call', params: { name: 'sell' } }, headers)
    expect((await server.fetch(call)).status).toBe(403)
    expect(heard).toEqual([{ reason: 'scopes', expected: ['a', 'b'] }])
    expect(JSON.stringify(heard)).not.toContain('eyJ')
  })

  test('changes nothing on the wire, whatever hears it', async () => {
    const errors: unknown[] = []
    const raised = new Error('deaf')
    const { issuer, send } = await startListening(() => ({
      onError: (error) => errors.push(error),
      onRefused: () => {
        throw raised
      },
    }))
    const answers = [
      await send(`Bearer ${await issuer.token({ claims: { exp: 1 } })}`),
      await send(`Bearer ${await issuer.token({ claims: { aud: 'api' } })}`),
    ]
    expect(answers[0]).toEqual(answers[1])
    expect(errors).toEqual([raised, raised])
  })
})

test('what goes wrong is told on the console where nothing else hears it', async () => {
  const log = vi.spyOn(console, 'error').mockImplementation(() => {})
  try {
    const { issuer, protection } = await startListening()
    const authorization = `Bearer ${await issuer.token()}`
    const header = (name: string): string | undefined =>
      name === 'authorization' ? authorization : undefined
    await protection.authorize({ method: 'POST', path: '/elsewhere', header })
    expect(log.mock.calls).toEqual([[expect.objectContaining({ code: 'ERR_AUTH_RESOURCE' })]])
  } finally {
    log.mockRestore()
  }
})

test('a protected server is called by the host of its URL, and by no other', async () => {
  const { issuer, protection, runtime } = await startListening()
  const server = createServer({ name: 'shop', version: '1.0.0', auth: protection, runtime })
  const authorization = `Bearer ${await issuer.token()}`
  const at = async (host: string): Promise<number> =>
    (await server.fetch(statelessPost({ method: 'server/discover' }, { authorization, host })))
      .status
  expect(await at('shop.example')).toBe(200)
  expect(await at('rebound.example')).toBe(403)
})

// AUTHR-04 (basic/authorization, "Protected Resource Metadata Discovery Requirements")
test('whoever’s time is over reads where to get another token', async () => {
  const { issuer, protection, runtime } = await startListening()
  const late = { ...protection, authorize: () => ({ subject: 'ada', scopes: [], expiresAtSec: 1 }) }
  const server = createServer({ name: 'shop', version: '1.0.0', auth: late, runtime })
  const authorization = `Bearer ${await issuer.token()}`
  const refused = await server.fetch(
    statelessPost({ method: 'server/discover' }, { authorization }),
  )
  expect(refused.status).toBe(401)
  expect(refused.headers.get('www-authenticate')).toContain('resource_metadata="https://shop.ex')
})

test('a client without a token reads how to sign in, and when to come back to a server that cannot check one', async () => {
  const { issuer, protection, runtime } = await startListening()
  const options = { name: 'shop', version: '1.0.0', auth: protection, runtime, onError: () => {} }
  const server = createServer(options)
  const join = (headers: Record<string, string> = {}): Promise<unknown> =>
    connectInProcess(server, { transport: 'fetch', headers })
  await expect(join()).rejects.toThrow('To sign in: connect(url, { auth: signIn() })')
  issuer.status = 500
  const authorization = `Bearer ${await issuer.token()}`
  await expect(join({ authorization })).rejects.toThrow(
    'cannot tell who calls (HTTP 503). Try again in 5 s',
  )
})
