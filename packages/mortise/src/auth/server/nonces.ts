import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '../../std/encoding.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { minSecretLength } from '../../std/seal.ts'

/** Numbers that this server gave out a moment ago (RFC 9449 §9). Nothing is kept of them. */
export interface Nonces {
  make(): Promise<string>
  isCurrent(nonce: unknown): Promise<boolean>
}

/** What they are made with. */
export interface NoncesParts {
  /** The first makes them, all accept them. Undefined: a random one. */
  readonly secrets: readonly (string | Uint8Array)[] | undefined
  readonly limits: Pick<Limits, 'dpopNonceTtlMs'>
  readonly runtime: Pick<Runtime, 'now' | 'randomBytes'>
}

const timeLength = 8
const hmac = { name: 'HMAC', hash: 'SHA-256' }
const purpose = encodeUtf8('mortise nonce, version 1')

/**
 * Makes nonces of the time and its HMAC-SHA-256.
 * @throws TypeError when there is no secret, or one is too short.
 */
export function createNonces({ secrets, limits, runtime }: NoncesParts): Nonces {
  const given = secrets ?? [runtime.randomBytes(32)]
  if (given.length === 0 || given.some(({ length }) => length < minSecretLength)) {
    throw new TypeError(
      `dpop.secrets must have at least ${minSecretLength} characters or bytes each`,
    )
  }
  const copies = given.map((secret) =>
    typeof secret === 'string' ? encodeUtf8(secret) : new Uint8Array(secret),
  )
  let imported: Promise<CryptoKey[]> | undefined
  const keys = (): Promise<CryptoKey[]> =>
    (imported ??= Promise.all(
      copies.map((secret) =>
        crypto.subtle.importKey('raw', secret, hmac, false, ['sign', 'verify']),
      ),
    ))

  function told(time: Uint8Array): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(purpose.length + time.length)
    bytes.set(purpose)
    bytes.set(time, purpose.length)
    return bytes
  }

  return {
    async make() {
      const nonce = new Uint8Array(timeLength + 32)
      new DataView(nonce.buffer).setFloat64(0, runtime.now())
      // Safe: there is one secret at least.
      const key = (await keys())[0]!
      const mac = await crypto.subtle.sign(hmac, key, told(nonce.subarray(0, timeLength)))
      nonce.set(new Uint8Array(mac), timeLength)
      return encodeBase64Url(nonce)
    },
    async isCurrent(nonce) {
      if (typeof nonce !== 'string' || nonce.length > 100) return false
      const bytes = decodeBase64Url(nonce)
      if (bytes === undefined || bytes.length !== timeLength + 32) return false
      const ageMs = runtime.now() - new DataView(bytes.buffer).getFloat64(0)
      if (!(ageMs >= -1_000 && ageMs < limits.dpopNonceTtlMs)) return false
      const mac = bytes.slice(timeLength)
      const time = told(bytes.subarray(0, timeLength))
      for (const key of await keys()) {
        if (await crypto.subtle.verify(hmac, key, mac, time)) return true
      }
      return false
    },
  }
}
