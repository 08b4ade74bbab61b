import { exportJWK, generateKeyPair, importJWK } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import { encodeBase64Url } from '../../std/encoding.ts'
import type { FrontSetup } from './setup.ts'

/** A key that signs access tokens. */
export interface SigningKey {
  readonly kid: string
  readonly privateKey: CryptoKey
}

/** The keys of a front, the same in all its processes. */
export interface SigningKeys {
  current(): Promise<SigningKey>
  /** The public key of this name; undefined when there is none. */
  verifier(kid: string): Promise<CryptoKey | undefined>
  /** The public keys (RFC 7517 §5). */
  published(): Promise<readonly JWK[]>
}

interface StoredKey {
  readonly kid: string
  readonly jwk: JWK
  readonly madeAtMs: number
}

interface Loaded {
  readonly stored: readonly StoredKey[]
  readonly current: SigningKey
  readonly verifiers: ReadonlyMap<string, CryptoKey>
  readonly atMs: number
}

/** Keys are read again so often, and for a name that is not known after the shorter time. */
const reloadMs = 5 * 60_000
const unknownReloadMs = 2_000

/** Keeps the signing keys in the store; a compare-and-swap decides whose new key it is. */
export function createSigningKeys({ store, lifetimes, runtime }: FrontSetup): SigningKeys {
  const { signingKeyMs, accessTokenMs } = lifetimes
  let loaded: Promise<Loaded> | undefined

  async function load(): Promise<Loaded> {
    for (;;) {
      const kept = await store.get<readonly StoredKey[]>('keys')
      const now = runtime.now()
      const stored = kept?.value ?? []
      const newest = stored[0]
      if (newest !== undefined && now - newest.madeAtMs < signingKeyMs) {
        return await prepare(stored, newest)
      }
      // Of the older keys those are kept whose tokens may still be good.
      const good = stored.filter(
        (key) => now - key.madeAtMs < signingKeyMs + accessTokenMs + 2 * reloadMs,
      )
      const made: StoredKey = { ...(await makeKey()), madeAtMs: now }
      const value = [made, ...good].slice(0, 4)
      await store.swap('keys', kept, {
        value,
        ttlMs: 4 * signingKeyMs + accessTokenMs + 2 * reloadMs,
      })
      // Whoever won, what is stored now counts.
    }
  }

  async function makeKey(): Promise<Pick<StoredKey, 'kid' | 'jwk'>> {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true })
    const kid = encodeBase64Url(runtime.randomBytes(12))
    return { kid, jwk: { ...(await exportJWK(privateKey)), kid, alg: 'ES256', use: 'sig' } }
  }

  async function prepare(stored: readonly StoredKey[], newest: StoredKey): Promise<Loaded> {
    const verifiers = new Map<string, CryptoKey>()
    for (const { kid, jwk } of stored) verifiers.set(kid, await importEs256(publicPart(jwk)))
    const current = { kid: newest.kid, privateKey: await importEs256(newest.jwk) }
    return { stored, current, verifiers, atMs: runtime.now() }
  }

  /** What is known, or was read within `maxAgeMs`. */
  async function fresh(maxAgeMs: number): Promise<Loaded> {
    if (loaded !== undefined) {
      const known = await loaded
      const age = runtime.now() - known.atMs
      if (age >= 0 && age < maxAgeMs) return known
    }
    const loading = load()
    loaded = loading
    loading.catch(() => {
      if (loaded === loading) loaded = undefined
    })
    return await loading
  }

  return {
    current: async () => (await fresh(reloadMs)).current,
    async verifier(kid) {
      const known = (await fresh(reloadMs)).verifiers.get(kid)
      return known ?? (await fresh(unknownReloadMs)).verifiers.get(kid)
    },
    published: async () => (await fresh(reloadMs)).stored.map(({ jwk }) => publicPart(jwk)),
  }
}

function publicPart(jwk: JWK): JWK {
  const { d: _private, ...rest } = jwk
  return rest
}

async function importEs256(jwk: JWK): Promise<CryptoKey> {
  return (await importJWK(jwk, 'ES256')) as CryptoKey // only symmetric keys are bytes
}
