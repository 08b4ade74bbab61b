import {
  EmbeddedJWK,
  SignJWT,
  calculateJwkThumbprint,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  jwtVerify,
} from 'jose'
import * as oauth from 'oauth4webapi'
import { expect, test } from 'vitest'
import { createDpopKey, withDpopNonce } from './dpop.ts'

const url = 'https://mcp.example/mcp?tenant=1#part'

async function proofOf(over: { nonce?: string; jwk?: JsonWebKey } = {}) {
  const key = await createDpopKey(over.jwk)
  const request = { method: 'POST', url, accessToken: 'the-token', nonce: over.nonce }
  return { key, proof: await key.proof(request), again: await key.proof(request) }
}

// RFC 9449 §4.2, read by another library
test('a proof is signed by the key that it shows, and says what request it is for', async () => {
  const { proof } = await proofOf({ nonce: 'n1' })
  const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
    typ: 'dpop+jwt',
    algorithms: ['ES256'],
    maxTokenAge: 60,
  })
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('the-token'))
  expect(payload).toEqual({
    jti: expect.stringMatching(/^[\w-]{22}$/),
    htm: 'POST',
    htu: 'https://mcp.example/mcp',
    iat: expect.any(Number),
    ath: Buffer.from(digest).toString('base64url'),
    nonce: 'n1',
  })
  expect(Object.keys(protectedHeader.jwk ?? {}).sort()).toEqual(['crv', 'kty', 'x', 'y'])
})

// RFC 9449 §11.1
test('every proof has an id of its own', async () => {
  const { proof, again } = await proofOf()
  const ids = await Promise.all(
    [proof, again].map(async (text) => (await jwtVerify(text, EmbeddedJWK)).payload.jti),
  )
  expect(new Set(ids).size).toBe(2)
})

// Extensions, "DPoP Profile for MCP", "Content Digest Calculation"; the body and its digest are of RFC 9530, appendix B.1
test('a proof for a body is for that body alone', async () => {
  const key = await createDpopKey()
  const request = { method: 'POST', url, accessToken: 'the-token', nonce: undefined }
  const proof = await key.proof({ ...request, body: '{"hello": "world"}\n' })
  const { payload } = await jwtVerify(proof, EmbeddedJWK)
  expect(payload['content_digest']).toBe('sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:')
})

// RFC 9449 §7.1, by a verifier that is not ours
test('a resource server accepts a proof with a token that is bound to the key', async () => {
  const key = await createDpopKey()
  const issuer = await generateKeyPair('ES256')
  const jwks = { keys: [{ ...(await exportJWK(issuer.publicKey)), alg: 'ES256', kid: 'one' }] }
  const now = Math.floor(Date.now() / 1000)
  const accessToken = await new SignJWT({
    client_id: 'client',
    cnf: { jkt: await calculateJwkThumbprint(key.jwk) },
  })
    .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid: 'one' })
    .setIssuer('https://id.example')
    .setSubject('ann')
    .setAudience('https://mcp.example/mcp')
    .setJti('t1')
    .setIssuedAt(now)
    .setExpirationTime(now + 60)
    .sign(issuer.privateKey)
  const headers = {
    authorization: `DPoP ${accessToken}`,
    dpop: await key.proof({ method: 'POST', url, accessToken, nonce: undefined }),
  }
  const claims = await oauth.validateJwtAccessToken(
    { issuer: 'https://id.example', jwks_uri: 'https://id.example/jwks' },
    new Request(url, { method: 'POST', headers }),
    'https://mcp.example/mcp',
    {
      requireDPoP: true,
      [oauth.customFetch]: () => Promise.resolve(Response.json(jwks)),
    },
  )
  expect(claims.sub).toBe('ann')
})

test('a key that was stored makes proofs that show the same public key', async () => {
  const first = await proofOf()
  const second = await proofOf({ jwk: JSON.parse(JSON.stringify(first.key.jwk)) as JsonWebKey })
  expect(decodeProtectedHeader(second.proof)).toEqual(decodeProtectedHeader(first.proof))
})

test('proofs are made at the time of the runtime', async () => {
  const runtime = { now: () => 1_000_999, randomBytes: (length: number) => new Uint8Array(length) }
  const key = await createDpopKey(undefined, runtime)
  const proof = await key.proof({ method: 'GET', url, accessToken: 't', nonce: undefined })
  const { payload } = await jwtVerify(proof, EmbeddedJWK, { currentDate: new Date(1_000_000) })
  expect(payload.iat).toBe(1000)
})

const server = { issuer: 'https://id.example', token_endpoint: 'https://id.example/token' }

/** A token endpoint that gives nonces and says which proofs it saw. */
async function askForToken(refusals: number) {
  const key = await createDpopKey()
  const seen: (string | undefined)[] = []
  const fetchToken = async (_url: string, init: { headers: Record<string, string> }) => {
    const { payload } = await jwtVerify(init.headers['dpop'] ?? '', EmbeddedJWK)
    seen.push(payload['nonce'] as string | undefined)
    const headers = { 'dpop-nonce': `n${seen.length}` }
    return seen.length <= refusals
      ? Response.json({ error: 'use_dpop_nonce' }, { status: 400, headers })
      : Response.json({ access_token: 't', token_type: 'DPoP' }, { headers })
  }
  const answer = withDpopNonce(key, async () => {
    const client = { client_id: 'client' }
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      oauth.None(),
      {},
      {
        DPoP: key.handle,
        [oauth.customFetch]: fetchToken,
      },
    )
    return await oauth.processClientCredentialsResponse(server, client, response)
  })
  return { answer, seen }
}

// RFC 9449 §8
test('a token endpoint that wants its nonce gets it in a second request', async () => {
  const { answer, seen } = await askForToken(1)
  expect((await answer).token_type).toBe('dpop')
  expect(seen).toEqual([undefined, 'n1'])
})

test('a token endpoint that wants one nonce after another is asked twice and no more', async () => {
  const { answer, seen } = await askForToken(5)
  await expect(answer).rejects.toSatisfy(oauth.isDPoPNonceError)
  expect(seen).toHaveLength(2)
})
