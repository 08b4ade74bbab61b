import { exportJWK } from 'jose'
import { expect, onTestFinished, test } from 'vitest'
import { createNodeExchange } from '../../../src/node/http-exchange.ts'
import { protect } from '../../../src/node/auth-server.ts'
import type { ProtectOptions } from '../../../src/auth/server/options.ts'
import { createServer } from '../../../src/server/index.ts'
import { systemRuntime } from '../../../src/std/runtime.ts'
import { boundTo, prove } from '../../auth/proof.ts'
import { makeKey, shop, startIssuer } from '../../auth/token-issuer.ts'
import type { TokenIssuer } from '../../auth/token-issuer.ts'
import { jsonOf, modernHeaders, rawRequest, serveNode, touch } from '../peers.ts'
import { sentinels } from './sentinels.ts'
import { createWitness } from './witness.ts'

const witness = createWitness()
const { bring, see } = witness

/** A protected server whose every hook, and every answer, is watched. */
async function startProtected(
  options: (issuer: TokenIssuer) => Partial<ProtectOptions> = () => ({}),
) {
  const issuer = await startIssuer()
  const auth = protect({
    issuer: {
      issuer: issuer.url,
      introspection: { clientId: 'shop', clientSecret: bring('introspection client secret') },
    },
    audience: shop,
    allowLoopback: true,
    dpop: { nonces: true, secrets: [bring('nonce secret of the server').padEnd(40, 'x')] },
    onError: (error) => see('onError of protect', error),
    ...options(issuer),
  })
  const server = createServer({
    name: 'shop',
    version: '1.0.0',
    auth,
    secrets: [
      bring('secret of the server').padEnd(40, 'x'),
      bring('older secret of the server').padEnd(40, 'x'),
    ],
    onError: (error) => see('onError of the server', error),
  }).tool('touch', {}, (_input, ctx) => {
    // Claims are for handlers; the token is not.
    told.push(JSON.stringify([ctx.auth, Object.keys(ctx.auth ?? {})]))
    return 'touched'
  })
  const told: string[] = []
  const served = await serveNode((req, res) => server.handle(createNodeExchange(req, res)))
  onTestFinished(() => served.close())

  async function call(...headers: (readonly [string, string])[]): Promise<string> {
    const lines = [
      ...modernHeaders('tools/call', 'touch'),
      ['Content-Length', String(touch.length)] as const,
      ...headers,
    ]
    return await served.raw(rawRequest('POST /mcp HTTP/1.1', lines, touch))
  }
  const bear = (token: string): Promise<string> => {
    witness.secret('token', token)
    return call(['Authorization', `Bearer ${token}`])
  }
  return { issuer, auth, server, told, call, bear, raw: served.raw }
}

const claims = () => ({ secret: bring('private claim') })

// AUTHR-13: basic/authorization, "Token Handling"; the token is passed on to nobody, the handler neither
test('AUTHR-13: a server that lets in shows no secret, and hands no token on', async () => {
  const { issuer, auth, server, told, bear } = await startProtected()
  const opaque = bring('opaque access token')
  issuer.introspect = (form, authorization) => {
    expect(atob(authorization?.slice(6) ?? '')).toContain(bring('introspection client secret'))
    expect(form.get('token')).toBe(opaque)
    return {
      active: true,
      sub: 'ada',
      aud: shop,
      client_id: 'desk',
      secret: bring('claim of an introspection'),
    }
  }
  for (const token of [await issuer.token({ claims: claims() }), opaque]) {
    const answer = await bear(token)
    expect(jsonOf(answer).result.content).toEqual([{ type: 'text', text: 'touched' }])
    see('an answer', answer)
  }
  for (const one of [auth, server]) see('an object', one)
  expect(witness.leaks()).toEqual([])
  expect(told).toHaveLength(2)
  expect(told[0]).toContain(sentinels['private claim'])
  expect(told[1]).toContain(sentinels['claim of an introspection'])
  expect(told.join()).not.toContain(opaque)
  expect(told.join()).not.toMatch(/eyJ/)
})

test('a token that is bound to a key: neither it, nor the proof or its nonce are shown', async () => {
  const { issuer, call, told } = await startProtected()
  const key = await makeKey()
  const runtime = { ...systemRuntime } as never
  const token = await issuer.token({ claims: { ...(await boundTo(key)), ...claims() } })
  witness.secret('token', token)
  witness.secret('private key', (await exportJWK(key.privateKey)).d)
  const proof = await prove({ key, token, runtime })
  witness.secret('proof', proof)
  const first = await call(['Authorization', `DPoP ${token}`], ['DPoP', proof])
  const nonce = /^dpop-nonce: (.*)$/im.exec(first)?.[1]?.trim() ?? ''
  expect(nonce).not.toBe('')
  // The nonce is for the client, in its header.
  see('an answer', first.replaceAll(nonce, ''))
  witness.secret('nonce', nonce)
  const again = await prove({ key, token, runtime }, { claims: { nonce } })
  witness.secret('proof', again)
  const second = await call(['Authorization', `DPoP ${token}`], ['DPoP', again])
  expect(jsonOf(second).result).toBeDefined()
  see('an answer', second)
  see(
    'an answer to a proof that comes again',
    await call(['Authorization', `DPoP ${token}`], ['DPoP', again]),
  )
  expect(told).toHaveLength(1)
  expect(witness.leaks()).toEqual([])
})

const bad: [name: string, make: (issuer: TokenIssuer) => Promise<string> | string][] = [
  [
    'of somebody else',
    (issuer) => issuer.token({ claims: { ...claims(), aud: 'https://other.example' } }),
  ],
  ['that has ended', (issuer) => issuer.token({ claims: { ...claims(), exp: 7 } })],
  [
    'of another key',
    async (issuer) => issuer.token({ claims: claims(), key: await makeKey('ES256', 'k2') }),
  ],
  [
    'with a critical claim',
    (issuer) =>
      issuer.token({ claims: claims(), header: { crit: ['exp2'], exp2: bring('private claim') } }),
  ],
  ['that is cut', async (issuer) => (await issuer.token({ claims: claims() })).slice(0, -30)],
  [
    'of another issuer',
    (issuer) =>
      issuer.token({ claims: { ...claims(), iss: `https://${bring('user in a URL')}.example` } }),
  ],
  ['that is no JWT', () => bring('opaque access token')],
]

test.each(bad)('a server that refuses a token %s shows no secret', async (_name, make) => {
  const { issuer, bear, call, told } = await startProtected()
  see('an answer', await bear(await make(issuer)))
  see('an answer', await call(['Authorization', `Basic ${bring('header authorization')}`]))
  see(
    'an answer',
    await call([
      'Authorization',
      `Bearer ${bring('opaque access token')} ${bring('client secret')}`,
    ]),
  )
  see(
    'an answer',
    await call(
      ['Authorization', `DPoP ${bring('opaque access token')}`],
      ['DPoP', bring('nonce of a proof')],
    ),
  )
  expect(told).toEqual([])
  expect(witness.leaks()).toEqual([])
})

test.each(['/.well-known/oauth-authorization-server', '/keys', '/introspect'])(
  'an issuer in trouble at %s shows no secret',
  async (path) => {
    const { issuer, bear } = await startProtected()
    issuer.introspect = () => ({ active: bring('claim of an introspection') })
    const opaque = bring('opaque access token')
    see('an answer', await bear(opaque))
    issuer.introspect = (form, authorization) => ({
      error: `${form.get('token')} ${authorization}`,
      error_description: form.get('token'),
    })
    if (path === '/introspect') issuer.status = 400
    else issuer.status = 500
    see('an answer', await bear(opaque))
    see('an answer', await bear(await issuer.token({ claims: claims() })))
    issuer.status = undefined
    issuer.keys = [{ kty: 'oct', k: bring('private claim') }]
    see('an answer', await bear(await issuer.token({ claims: claims() })))
    expect(witness.shown()).toContain('onError of')
    expect(witness.leaks()).toEqual([])
  },
)
