import { SignJWT, base64url, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import type { JWK, JWTPayload } from 'jose'
import { createTestRuntime } from 'mortise/testing'
import { equal } from '../../scenario.ts'
import type { Issuer } from './issuer.ts'
import type { Place } from './place.ts'
import { refusalOf, startShop } from './shop.ts'
import type { Shop } from './shop.ts'

const algorithms = ['ES256', 'ES384', 'RS256', 'PS512', 'EdDSA']

/** What `mortise/auth/server` lets in, and how it sends others away. */
export const beingProtected: Readonly<Record<string, (place: Place) => Promise<unknown>>> = {
  async 'metadata say where tokens are had'(place) {
    const { url } = await startShop(place, { protect: { name: 'Shop', dpop: true } })
    const { origin } = new URL(url)
    const paths = [
      '/.well-known/oauth-protected-resource/mcp',
      '/.well-known/oauth-protected-resource',
    ]
    const said = []
    for (const path of paths) {
      const answer = await place.fetch(new Request(origin + path))
      said.push([answer.status, answer.headers.get('content-type'), await answer.text()])
    }
    return place.nameless(said)
  },

  async 'tokens of every algorithm are taken, by keys that are given'(place) {
    const pairs = await Promise.all(
      algorithms.map(async (alg) => {
        const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true })
        return { alg, privateKey, jwk: { ...(await exportJWK(publicKey)), kid: alg, alg } }
      }),
    )
    const keys = { keys: pairs.map(({ jwk }) => jwk) }
    const shop = await startShop(place, {
      protect: ({ origin: issuer }) => ({ issuer: { issuer, keys } }),
    })
    const statuses: unknown[] = []
    for (const { alg, privateKey } of pairs) {
      const token = await new SignJWT(claimsFor(shop))
        .setProtectedHeader({ alg, kid: alg, typ: 'at+jwt' })
        .sign(privateKey)
      statuses.push([alg, (await shop.call(bearer(token))).status])
    }
    equal(
      statuses,
      algorithms.map((alg) => [alg, 200]),
      'statuses',
    )
    // Nothing was fetched.
    return { statuses, asked: shop.issuer.asked }
  },

  async 'keys are fetched, and again when there is a new one'(place) {
    const runtime = createTestRuntime({ startMs: Date.now() })
    const shop = await startShop(place, { protect: { runtime } })
    const statuses = [await statusWith(shop, { jti: '1' }), await statusWith(shop, { jti: '2' })]
    const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
    shop.issuer.keys.push({ ...(await exportJWK(publicKey)), kid: 'second', alg: 'ES256' })
    const token = await new SignJWT(claimsFor(shop))
      .setProtectedHeader({ alg: 'ES256', kid: 'second', typ: 'at+jwt' })
      .sign(privateKey)
    runtime.advance(60_000)
    statuses.push((await shop.call(bearer(token))).status)
    equal(statuses, [200, 200, 200], 'statuses')
    return { statuses, asked: shop.issuer.asked, errors: shop.errors.length }
  },

  async 'tokens that are not good are refused, with the same words'(place) {
    const shop = await startShop(place, { protect: { limits: { maxTokenBytes: 4_000 } } })
    const refusals: Record<string, unknown> = {}
    for (const [name, make] of Object.entries(badTokens)) {
      const answer = await shop.call(bearer(await make(shop)))
      equal(answer.status, name === 'too few scopes' ? 403 : 401, name)
      refusals[name] = await refusalOf(answer)
    }
    refusals['none'] = await refusalOf(await shop.call())
    refusals['no word'] = await refusalOf(await shop.call({ authorization: 'Bearer' }))
    refusals['another scheme'] = await refusalOf(await shop.call({ authorization: 'Basic YTpi' }))
    const token = await shop.issuer.sign(claimsFor(shop))
    refusals['no scope of the tool'] = await refusalOf(await shop.call(bearer(token), 'sell'))
    return place.nameless({ refusals, callers: shop.callers })
  },

  async 'keys that cannot be had let nobody in'(place) {
    const shop = await startShop(place, {
      protect: ({ origin: issuer }) => ({ issuer: { issuer, jwksUri: `${issuer}/nothing` } }),
    })
    const answer = await refusalOf(await shop.call(bearer(await shop.issuer.sign(claimsFor(shop)))))
    const codes = shop.errors.map((error) => (error as { readonly code?: unknown }).code)
    return place.nameless({ answer, codes })
  },

  async 'keys in a private network are not fetched'(place) {
    const metadata = { jwks_uri: 'https://192.168.0.1/jwks' }
    const shop = await startShop(place, { issuer: { metadata } })
    const answer = await refusalOf(await shop.call(bearer(await shop.issuer.sign(claimsFor(shop)))))
    const codes = shop.errors.map((error) => (error as { readonly code?: unknown }).code)
    return place.nameless({ answer, codes })
  },

  async 'an issuer is asked about tokens that are no JWT'(place) {
    const issuer = await place.serve(async (request) => {
      const form = new URLSearchParams(await request.text())
      const basic = request.headers.get('authorization')
      if (basic !== `Basic ${btoa('shop:secret')}`) return new Response(null, { status: 401 })
      if (form.get('token') !== 'opaque') return Response.json({ active: false })
      return Response.json({ active: true, sub: 'ada', scope: 'stock:read', client_id: 'desk' })
    })
    const introspection = {
      clientId: 'shop',
      clientSecret: 'secret',
      endpoint: `${issuer}/introspect`,
      withoutAudience: true,
    }
    const shop = await startShop(place, { protect: { issuer: { issuer, introspection } } })
    const statuses = []
    for (const token of ['opaque', 'unknown'])
      statuses.push((await shop.call(bearer(token))).status)
    equal(statuses, [200, 401], 'statuses')
    return place.nameless({ statuses, callers: shop.callers })
  },

  async 'tokens that are bound to a key need a proof for each request'(place) {
    const shop = await startShop(place, { protect: { dpop: { required: true } } })
    const key = await makeKey()
    const other = await makeKey()
    const bound = await shop.issuer.sign({ ...claimsFor(shop), cnf: { jkt: key.thumbprint } })
    const good = await prove(shop, { key, token: bound })
    const tries: Readonly<Record<string, string | undefined>> = {
      good,
      'shown again': good,
      'another one': await prove(shop, { key, token: bound }),
      'of another key': await prove(shop, { key: other, token: bound }),
      'for another method': await prove(shop, { key, token: bound }, { htm: 'GET' }),
      'for another place': await prove(shop, { key, token: bound }, { htu: 'https://x.example/' }),
      'for another token': await prove(shop, { key, token: 'another' }),
      'of long ago': await prove(shop, { key, token: bound }, { iat: 1_750_000_000 }),
      none: undefined,
    }
    const said: Record<string, unknown> = {}
    for (const [name, dpop] of Object.entries(tries)) {
      const headers = { authorization: `DPoP ${bound}`, ...(dpop === undefined ? {} : { dpop }) }
      const answer = await shop.call(headers)
      equal(answer.status, name === 'good' || name === 'another one' ? 200 : 401, name)
      said[name] = await refusalOf(answer)
    }
    said['borne'] = await refusalOf(await shop.call(bearer(bound)))
    return place.nameless(said)
  },

  async 'a proof has to hold the nonce that was given'(place) {
    const shop = await startShop(place, { protect: { dpop: { required: true, nonces: true } } })
    const key = await makeKey()
    const token = await shop.issuer.sign({ ...claimsFor(shop), cnf: { jkt: key.thumbprint } })
    const authorization = `DPoP ${token}`
    const first = await shop.call({ authorization, dpop: await prove(shop, { key, token }) })
    const nonce = first.headers.get('dpop-nonce') ?? ''
    const dpop = await prove(shop, { key, token }, { nonce })
    const second = await shop.call({ authorization, dpop })
    equal(second.status, 200, 'with the nonce')
    return place.nameless([await refusalOf(first), second.status])
  },
}

const badTokens: Readonly<Record<string, (shop: Shop) => string | Promise<string>>> = {
  'no token': () => 'nothing',
  'another signature': async (shop) => {
    const good = await shop.issuer.sign(claimsFor(shop))
    return `${good.slice(0, -6)}AAAAAA`
  },
  'other claims': async (shop) => {
    const [head, , signature] = (await shop.issuer.sign(claimsFor(shop))).split('.')
    const claims = { iss: shop.issuer.origin, ...claimsFor(shop), sub: 'root' }
    return [head, base64url.encode(JSON.stringify(claims)), signature].join('.')
  },
  'no algorithm': (shop) => {
    const parts = [{ alg: 'none', typ: 'at+jwt' }, claimsFor(shop)]
    return `${parts.map((part) => base64url.encode(JSON.stringify(part))).join('.')}.`
  },
  'the public key as secret': (shop) =>
    new SignJWT(claimsFor(shop))
      .setProtectedHeader({ alg: 'HS256', kid: 'first', typ: 'at+jwt' })
      .sign(new TextEncoder().encode(JSON.stringify(shop.issuer.keys[0]))),
  'an unknown key': (shop) => shop.issuer.sign(claimsFor(shop), { kid: 'unknown' }),
  ended: (shop) => shop.issuer.sign({ ...claimsFor(shop), exp: 1_750_000_000 }),
  'not yet good': (shop) => shop.issuer.sign({ ...claimsFor(shop), nbf: 4_000_000_000 }),
  'for another server': (shop) =>
    shop.issuer.sign({ ...claimsFor(shop), aud: 'https://other.example/mcp' }),
  'for nobody': (shop) => shop.issuer.sign({ scope: 'stock:read', sub: 'ada' }),
  'of another issuer': (shop) =>
    shop.issuer.sign({ ...claimsFor(shop), iss: 'https://other.example' }),
  'of no user': (shop) => shop.issuer.sign({ ...claimsFor(shop), sub: '' }),
  'too long': (shop) => shop.issuer.sign({ ...claimsFor(shop), more: 'x'.repeat(4_000) }),
  'too few scopes': (shop) => shop.issuer.sign({ ...claimsFor(shop), scope: 'stock:other' }),
}

function claimsFor({ url, issuer }: { readonly url: string; readonly issuer: Issuer }): JWTPayload {
  return {
    iss: issuer.origin,
    sub: 'ada',
    aud: url,
    client_id: 'desk',
    scope: 'stock:read',
    jti: 'one',
    exp: Math.floor(Date.now() / 1000) + 300,
  }
}

async function statusWith(shop: Shop, claims: JWTPayload): Promise<number> {
  const token = await shop.issuer.sign({ ...claimsFor(shop), ...claims })
  return (await shop.call(bearer(token))).status
}

function bearer(token: string): Readonly<Record<string, string>> {
  return { authorization: `Bearer ${token}` }
}

interface Key {
  readonly privateKey: CryptoKey
  readonly jwk: JWK
  readonly thumbprint: string
}

async function makeKey(): Promise<Key> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const jwk = await exportJWK(publicKey)
  return { privateKey, jwk, thumbprint: await calculateJwkThumbprint(jwk) }
}

/** A proof for one POST to the shop with `token`, with other claims (RFC 9449 §4.2). */
async function prove(
  shop: Shop,
  { key, token }: { readonly key: Key; readonly token: string },
  claims: JWTPayload = {},
): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token))
  return await new SignJWT({
    htm: 'POST',
    htu: shop.url,
    iat: Math.floor(Date.now() / 1000),
    jti: crypto.randomUUID(),
    ath: base64url.encode(new Uint8Array(hash)),
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk: key.jwk })
    .sign(key.privateKey)
}
