import { SignJWT, exportJWK, generateKeyPair, importJWK } from 'jose'
import type { JWK } from 'jose'
import * as oauth from 'oauth4webapi'
import { encodeBase64, encodeBase64Url, encodeUtf8 } from '../../std/encoding.ts'
import type { Runtime } from '../../std/runtime.ts'
import { systemRuntime } from '../../std/runtime.ts'
import type { DpopKey } from './flow.ts'

/** The algorithm of all keys: the one that every server that checks proofs has in practice. */
export const dpopAlgorithm = 'ES256'

/**
 * Makes a key that tokens are bound to, or takes the one of a private `jwk` (P-256) that was stored with tokens. `runtime`
 * tells what time proofs are made at.
 */
export async function createDpopKey(
  jwk?: JsonWebKey,
  runtime: Pick<Runtime, 'now' | 'randomBytes'> = systemRuntime,
): Promise<DpopKey> {
  const pair = await (jwk === undefined
    ? generateKeyPair(dpopAlgorithm, { extractable: true })
    : importPair(jwk))
  const publicJwk = publicPart(await exportJWK(pair.publicKey))
  const nowSec = (): number => Math.floor(runtime.now() / 1000)
  const handle = oauth.DPoP({}, pair, {
    [oauth.modifyAssertion](_header, payload) {
      payload['iat'] = nowSec()
    },
  })
  return {
    handle,
    jwk: jwk ?? (await exportJWK(pair.privateKey)),
    async proof({ method, url, accessToken, nonce, body }) {
      const claims = {
        jti: encodeBase64Url(runtime.randomBytes(16)),
        htm: method,
        htu: withoutQuery(url),
        ath: encodeBase64Url(await digest(accessToken)),
        // RFC 9530 §2: servers that know nothing of it pass over it.
        ...(body === undefined
          ? {}
          : { content_digest: `sha-256=:${encodeBase64(await digest(body))}:` }),
        ...(nonce === undefined ? {} : { nonce }),
      }
      return await new SignJWT(claims)
        .setProtectedHeader({ alg: dpopAlgorithm, typ: 'dpop+jwt', jwk: publicJwk })
        .setIssuedAt(nowSec())
        .sign(pair.privateKey)
    },
  }
}

/**
 * Runs a request to a token endpoint, and once more where the server wants its nonce in the proof (RFC 9449 §8): the handle
 * has taken it from the refusal.
 */
export async function withDpopNonce<T>(
  dpop: DpopKey | undefined,
  request: () => Promise<T>,
): Promise<T> {
  try {
    return await request()
  } catch (error) {
    if (dpop === undefined || !oauth.isDPoPNonceError(error)) throw error
    return await request()
  }
}

async function importPair(jwk: JsonWebKey): Promise<CryptoKeyPair> {
  // Safe: what is no key is refused by the import, and only one of the kind `oct` gives bytes.
  const take = async (part: JWK): Promise<CryptoKey> =>
    (await importJWK(part, dpopAlgorithm, { extractable: true })) as CryptoKey
  return { privateKey: await take(jwk), publicKey: await take(publicPart(jwk)) }
}

/** What of a key may be shown: picked by name, so that nothing private can slip through (RFC 9449 §4.2). */
function publicPart({ kty, crv, x, y }: JWK): JWK {
  return {
    ...(kty === undefined ? {} : { kty }),
    ...(crv === undefined ? {} : { crv }),
    ...(x === undefined ? {} : { x }),
    ...(y === undefined ? {} : { y }),
  }
}

/** RFC 9449 §4.2, `htu`. */
function withoutQuery(text: string): string {
  const url = new URL(text)
  url.search = ''
  url.hash = ''
  return url.href
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', encodeUtf8(text)))
}
