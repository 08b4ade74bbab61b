import { createLocalJWKSet, errors } from 'jose'
import type { CryptoKey, JSONWebKeySet, JWK, JWSHeaderParameters } from 'jose'
import type { GuardedFetch } from '../../http/guarded-fetch.ts'
import { decodeBase64Url } from '../../std/encoding.ts'
import { McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import { isObject } from '../../std/object.ts'
import type { Runtime } from '../../std/runtime.ts'
import { readObject } from '../metadata.ts'

/** The keys of one issuer. */
export interface KeySource {
  /**
   * The keys that may have signed a token with this header, one nearly always; empty: nobody's that is known.
   * @throws McpError `ERR_AUTH_KEYS` when that cannot be told, since the issuer cannot be reached.
   */
  find(header: JWSHeaderParameters): Promise<readonly CryptoKey[]>
}

/** What it is made of. */
export interface KeySourceParts {
  readonly issuer: string
  /** Where the keys are. `again`: they were not where it was said before. */
  locate(again: boolean): Promise<string>
  readonly fetch: GuardedFetch
  readonly limits: Pick<
    Limits,
    'jwksMaxAgeMs' | 'jwksStaleMs' | 'jwksCooldownMs' | 'maxJwksKeys' | 'maxJsonDepth'
  >
  readonly runtime: Pick<Runtime, 'monotonic'>
  readonly onError: (error: unknown) => void
}

/** Longer names are nobody's: not worth a question to the issuer. */
const maxKeyIdLength = 256
/** RFC 7518 §3.3. */
const minRsaBytes = 256
/** Of one name: what an issuer does while it replaces one. Each costs a verification. */
const maxCandidates = 4

/**
 * Keeps the keys of an issuer: asked for when they are too old, and when a token names one that is not among them, at most
 * once in `jwksCooldownMs` either way. Keys that cannot be renewed go on for `jwksStaleMs`.
 */
export function createKeySource(parts: KeySourceParts): KeySource {
  const { issuer, fetch, limits, runtime, onError } = parts
  let keys: Finder | undefined
  let loadedAtMs = -Infinity
  let triedAtMs = -Infinity
  let failure: McpError | undefined
  let pending: Promise<void> | undefined

  async function load(): Promise<void> {
    triedAtMs = runtime.monotonic()
    try {
      const url = await parts.locate(failure !== undefined)
      const answer = await fetch({ method: 'GET', url, headers: { accept: 'application/json' } })
      if (answer.status !== 200) throw unusable(issuer, `status ${answer.status}`)
      keys = createFinder(readKeys(answer.body, issuer, limits))
      loadedAtMs = runtime.monotonic()
      failure = undefined
    } catch (error) {
      failure = error instanceof McpError ? error : unusable(issuer, 'no answer', error)
      // Without keys it is thrown, and whoever called tells it.
      if (keys !== undefined) onError(failure)
    }
  }

  /** Asks the issuer, unless that was done a moment ago; whoever comes meanwhile waits for the same answer. */
  function renew(): Promise<void> | undefined {
    if (pending === undefined && runtime.monotonic() - triedAtMs < limits.jwksCooldownMs) {
      return undefined
    }
    pending ??= load().finally(() => void (pending = undefined))
    return pending
  }

  function ageMs(): number {
    return runtime.monotonic() - loadedAtMs
  }

  return {
    async find(header) {
      if (ageMs() >= limits.jwksMaxAgeMs) {
        const renewal = renew()
        // Nobody waits a second time for an issuer that is down, as long as there are keys.
        if (failure === undefined || ageMs() >= limits.jwksStaleMs) await renewal
      }
      if (keys === undefined || ageMs() >= limits.jwksStaleMs) {
        throw failure ?? unusable(issuer, 'no answer')
      }
      const found = await keys(header)
      if (found.length > 0 || !mayBeNew(header)) return found
      await renew()
      // It may be a key that was made since the issuer could last be reached.
      if (failure !== undefined) throw failure
      return keys(header)
    },
  }
}

/** The keys that an application knows. */
export function createFixedKeys(
  jwks: JSONWebKeySet,
  issuer: string,
  limits: Pick<Limits, 'maxJwksKeys'>,
): KeySource {
  const usable = usableKeys(jwks.keys, limits)
  if (usable.length === 0) {
    throw new TypeError(`keys of the issuer ${issuer} hold no public key for signatures`)
  }
  return { find: createFinder(usable) }
}

type Finder = (header: JWSHeaderParameters) => Promise<readonly CryptoKey[]>

function createFinder(keys: readonly JWK[]): Finder {
  const find = createLocalJWKSet({ keys: [...keys] })
  return async (header) => {
    try {
      return [await find(header)]
    } catch (error) {
      // Everything else is a key, or an algorithm, that is of no use here: as good as none.
      return error instanceof errors.JWKSMultipleMatchingKeys ? firstOf(error) : []
    }
  }
}

async function firstOf(several: AsyncIterable<CryptoKey>): Promise<readonly CryptoKey[]> {
  const found: CryptoKey[] = []
  for await (const key of several) {
    found.push(key)
    if (found.length === maxCandidates) break
  }
  return found
}

function readKeys(
  body: Uint8Array,
  issuer: string,
  limits: Pick<Limits, 'maxJwksKeys' | 'maxJsonDepth'>,
): readonly JWK[] {
  const json = readObject(body, limits)
  if (!json.ok) throw unusable(issuer, `the document ${json.reason}`)
  const usable = usableKeys(json.value['keys'], limits)
  if (usable.length === 0) throw unusable(issuer, 'no public key for signatures is among them')
  return usable
}

function usableKeys(keys: unknown, { maxJwksKeys }: Pick<Limits, 'maxJwksKeys'>): JWK[] {
  if (!Array.isArray(keys)) return []
  return keys.slice(0, maxJwksKeys).filter(isUsable)
}

/** A public key that is strong enough. A published private one is everybody's; a shared secret is no key for others to have. */
function isUsable(key: unknown): key is JWK {
  if (!isObject(key) || typeof key['kty'] !== 'string' || 'd' in key || 'k' in key) return false
  if (key['kty'] !== 'RSA') return true
  const modulus = typeof key['n'] === 'string' ? decodeBase64Url(key['n']) : undefined
  return modulus !== undefined && modulus.length >= minRsaBytes && modulus[0] !== 0
}

function mayBeNew({ kid }: JWSHeaderParameters): boolean {
  return typeof kid === 'string' && kid.length <= maxKeyIdLength
}

function unusable(issuer: string, reason: string, cause?: unknown): McpError {
  const message = `the keys of the issuer ${issuer} could not be read, so that its tokens cannot be verified: ${reason}`
  return new McpError('ERR_AUTH_KEYS', message, { cause })
}
