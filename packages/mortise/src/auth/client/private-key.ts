import { importJWK, importPKCS8 } from 'jose'
import type { JWK } from 'jose'

/** A private key with which a machine shows who it is. */
export interface MachineKey {
  /** A key of Web Cryptography, PKCS #8 as PEM, or a private JWK. */
  readonly key: CryptoKey | string | (JsonWebKey & { readonly kid?: string })
  /** The JWS algorithm of a key in PEM, or of a JWK that does not name one: `ES256`, `PS256` and so on. Default: `ES256`. */
  readonly algorithm?: string
  /** The `kid` by which the authorization server finds the public key. Default: that of the JWK, else none. */
  readonly keyId?: string
}

/**
 * Makes a signing key of what an application has.
 * @throws TypeError when it is no private key for the algorithm; the message holds nothing of it.
 */
export async function importPrivateKey({
  key,
  algorithm,
  keyId,
}: MachineKey): Promise<{ readonly key: CryptoKey; readonly kid?: string }> {
  const jwk: JWK | undefined = typeof key === 'string' || isCryptoKey(key) ? undefined : key
  const kid = keyId ?? jwk?.kid
  const imported = await take(key, algorithm ?? jwk?.alg ?? 'ES256')
  if (imported?.type !== 'private') {
    throw new TypeError(
      'privateKey is no private key for this algorithm: give PKCS #8 as PEM, a private JWK or a CryptoKey, and its algorithm',
    )
  }
  return { key: imported, ...(kid === undefined ? {} : { kid }) }
}

async function take(key: MachineKey['key'], algorithm: string): Promise<CryptoKey | undefined> {
  if (isCryptoKey(key)) return key
  try {
    if (typeof key === 'string') return await importPKCS8(key, algorithm)
    const imported = await importJWK(key, algorithm)
    return imported instanceof Uint8Array ? undefined : imported
  } catch {
    // What is wrong is said by the caller: the text of an importer might hold parts of the key.
    return undefined
  }
}

function isCryptoKey(key: MachineKey['key']): key is CryptoKey {
  return typeof key === 'object' && key instanceof CryptoKey
}
