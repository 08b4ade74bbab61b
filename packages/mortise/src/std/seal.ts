import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from './encoding.ts'
import type { Runtime } from './runtime.ts'

/** What a sealer needs. */
export interface SealerOptions {
  /** Current secret first; the others only open. Each has at least `minSecretLength` characters or bytes. */
  readonly secrets: readonly (string | Uint8Array)[]
  /** Draws the nonces. */
  readonly runtime: Pick<Runtime, 'randomBytes'>
}

/** A payload, or why there is none. */
export type Opened =
  | { readonly ok: true; readonly payload: Uint8Array<ArrayBuffer> }
  | { readonly ok: false; readonly reason: 'malformed' | 'unknown-key' | 'tampered' }

/**
 * Hides and protects small state that a stranger keeps for us. `binding` is not stored: whoever opens must give the same
 * bytes as whoever sealed. Calls are independent of each other; neither bounds the size, which is the caller's to do.
 */
export interface Sealer {
  /** Seals under the current secret, for at most 2^32 payloads a secret (NIST SP 800-38D §8.3). */
  seal(payload: Uint8Array, binding: Uint8Array): Promise<string>
  /**
   * Opens what any of the secrets sealed; `binding` is asked for only when `text` may be ours. Never rejects for what they
   * hold.
   */
  open(text: string, binding: () => Uint8Array): Promise<Opened>
}

/** Shortest secret, in UTF-16 code units or bytes. */
export const minSecretLength = 16

interface Key {
  readonly id: Uint8Array
  readonly key: CryptoKey
}

const version = 1
const idLength = 4
const nonceLength = 12
const tagLength = 16
const headLength = 1 + idLength
const nonceEnd = headLength + nonceLength
const keyPurpose = encodeUtf8('mortise sealed state, version 1')

/**
 * Makes a sealer: AES-256-GCM under keys derived from the secrets with HKDF-SHA-256. Sealed text is Base64url of: version
 * 1 (1 byte), key id (4), nonce (12), ciphertext and tag; version, key id and `binding` are authenticated with it.
 * @throws TypeError when there is no secret, or one is too short.
 */
export function createSealer({ secrets, runtime }: SealerOptions): Sealer {
  if (secrets.length === 0) throw new TypeError('at least one secret is needed')
  if (secrets.some(({ length }) => length < minSecretLength)) {
    throw new TypeError(`a secret must have at least ${minSecretLength} characters or bytes`)
  }
  // Copied at once, since the caller may change or clear its bytes; derived at the first use.
  const copies = secrets.map((secret) => {
    return typeof secret === 'string' ? encodeUtf8(secret) : new Uint8Array(secret)
  })
  let derived: Promise<Key[]> | undefined
  const keys = (): Promise<Key[]> => (derived ??= Promise.all(copies.map(deriveKey)))

  return {
    async seal(payload, binding) {
      // Safe: there is at least one secret.
      const { id, key } = (await keys())[0]!
      const head = join(Uint8Array.of(version), id)
      const nonce = runtime.randomBytes(nonceLength)
      const sealed = await crypto.subtle.encrypt(
        cipher(nonce, join(head, binding)),
        key,
        new Uint8Array(payload),
      )
      return encodeBase64Url(join(head, nonce, new Uint8Array(sealed)))
    },

    async open(text, binding) {
      const bytes = decodeBase64Url(text)
      if (bytes === undefined || bytes.length < nonceEnd + tagLength || bytes[0] !== version) {
        return { ok: false, reason: 'malformed' }
      }
      const head = bytes.subarray(0, headLength)
      const id = head.subarray(1)
      const candidates = (await keys()).filter((key) => key.id.every((byte, at) => byte === id[at]))
      if (candidates.length === 0) return { ok: false, reason: 'unknown-key' }
      const nonce = bytes.subarray(headLength, nonceEnd)
      const algorithm = cipher(nonce, join(head, binding()))
      const sealed = bytes.subarray(nonceEnd)
      for (const { key } of candidates) {
        const payload = await decrypt(algorithm, key, sealed)
        if (payload) return { ok: true, payload }
      }
      return { ok: false, reason: 'tampered' }
    },
  }
}

async function deriveKey(secret: Uint8Array<ArrayBuffer>): Promise<Key> {
  const { subtle } = crypto
  const base = await subtle.importKey('raw', secret, 'HKDF', false, ['deriveBits'])
  const derivation = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: keyPurpose }
  const material = await subtle.deriveBits(derivation, base, 256)
  const digest = await subtle.digest('SHA-256', material)
  const key = await subtle.importKey('raw', material, 'AES-GCM', false, ['encrypt', 'decrypt'])
  return { id: new Uint8Array(digest, 0, idLength), key }
}

async function decrypt(
  algorithm: AesGcmParams,
  key: CryptoKey,
  sealed: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed))
  } catch (error) {
    // The one failure that depends on the input (Web Cryptography, "AES-GCM", decrypt).
    if (error instanceof DOMException && error.name === 'OperationError') return undefined
    throw error
  }
}

function cipher(nonce: Uint8Array<ArrayBuffer>, binding: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv: nonce, additionalData: binding, tagLength: tagLength * 8 }
}

function join(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    joined.set(part, at)
    at += part.length
  }
  return joined
}
