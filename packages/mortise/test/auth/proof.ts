import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, SignJWT } from 'jose'
import type { JWK, JWTHeaderParameters, JWTPayload } from 'jose'
import type { TestRuntime } from '../../src/testing/index.ts'
import { shop } from './token-issuer.ts'
import type { IssuerKey } from './token-issuer.ts'

/** What is different in a proof. Members that are undefined are left out. */
export interface ProofChanges {
  readonly claims?: JWTPayload
  readonly header?: Partial<JWTHeaderParameters>
  /** Who signs instead, while the header still shows the key. */
  readonly signer?: IssuerKey
}

/** A good proof for one POST to the shop with `token`, with changes (RFC 9449 §4.2). */
export async function prove(
  { key, token, runtime }: { key: IssuerKey; token: string; runtime: TestRuntime },
  { claims, header, signer = key }: ProofChanges = {},
): Promise<string> {
  const all = {
    htm: 'POST',
    htu: shop,
    iat: Math.floor(runtime.now() / 1_000),
    jti: randomUUID(),
    ath: createHash('sha256').update(token).digest('base64url'),
    ...claims,
  }
  return new SignJWT(Object.fromEntries(Object.entries(all).filter(([, v]) => v !== undefined)))
    .setProtectedHeader({ alg: key.alg, typ: 'dpop+jwt', jwk: shownKey(key), ...header })
    .sign(signer.privateKey)
}

/** `cnf` of a token that is bound to `key` (RFC 9449 §6.1). */
export async function boundTo({ publicJwk }: IssuerKey): Promise<{ cnf: { jkt: string } }> {
  return { cnf: { jkt: await calculateJwkThumbprint(publicJwk, 'sha256') } }
}

function shownKey({ publicJwk }: IssuerKey): JWK {
  const { kid: _kid, alg: _alg, ...key } = publicJwk
  return key
}
