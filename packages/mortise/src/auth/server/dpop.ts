import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import type { JWTVerifyResult } from 'jose'
import type { AuthRequest } from '../../http/authorize.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import { encodeBase64Url, encodeUtf8 } from '../../std/encoding.ts'
import { createNonces } from './nonces.ts'
import type { DpopOptions } from './options.ts'
import type { Policy } from './policy.ts'
import { signatureAlgorithms } from './signature-algorithms.ts'
import { createUsedProofs } from './used-proofs.ts'

/** The token whose key is to be proven. */
export interface BoundToken {
  readonly token: string
  /** `jkt` of its `cnf` (RFC 9449 §6.1). */
  readonly keyThumbprint: string
}

/** What a proof is worth. */
export type ProofVerdict =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid' }
  /** It must be made again, with this nonce. */
  | { readonly kind: 'nonce'; readonly nonce: string }

/**
 * Checks the proof of one request (RFC 9449 §4.3). Each is good once.
 * @throws LimitError (`maxDpopProofs`), or what the store throws, when that cannot be told.
 */
export type ProofCheck = (request: AuthRequest, bound: BoundToken) => Promise<ProofVerdict>

const invalid: ProofVerdict = { kind: 'invalid' }

/** Makes the check for a server. Proofs that were used are remembered in `store`, if there is one. */
export function createProofCheck(
  { nonces: wantsNonces = false, secrets }: DpopOptions,
  policy: Policy,
  store: KeyValueStore | undefined,
): ProofCheck {
  const { limits, runtime, clockToleranceSec, resource } = policy
  const nonces = wantsNonces ? createNonces({ limits, runtime, secrets }) : undefined
  const used = createUsedProofs({ limits, runtime, store })
  const origin = new URL(resource).origin
  const ownUrl = normalUrl(resource)

  function isHere(htu: unknown, path: string): boolean {
    const url = typeof htu === 'string' ? normalUrl(htu) : undefined
    // A proxy in front may have changed the path: the URL that the application names is this server's as well.
    if (url === undefined || url === ownUrl) return url !== undefined
    // What is no path (`any://x`) would make another host of ours.
    return path.startsWith('/') && url === normalUrl(`${origin}${path}`)
  }

  return async (request, { token, keyThumbprint }) => {
    const proof = request.header('dpop')
    if (proof === undefined || proof.length > limits.maxTokenBytes) return invalid
    const { now } = runtime
    const verified = await verifyProof(proof, new Date(now()))
    if (verified === undefined) return invalid
    const { payload, protectedHeader } = verified
    const { htm, htu, iat = NaN, jti, ath, nonce } = payload
    const nowMs = now()
    const endMs = iat * 1_000 + limits.dpopProofMaxAgeMs
    if (htm !== request.method || !isHere(htu, request.path)) return invalid
    if (!(iat * 1_000 <= nowMs + clockToleranceSec * 1_000 && nowMs < endMs)) return invalid
    if (typeof jti !== 'string' || jti === '') return invalid
    if (ath !== (await digest(token))) return invalid
    // Safe: the signature was verified with this member.
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk!, 'sha256')
    if (thumbprint !== keyThumbprint) return invalid
    if (nonces !== undefined && !(await nonces.isCurrent(nonce))) {
      return { kind: 'nonce', nonce: await nonces.make() }
    }
    const name = await digest(`${thumbprint} ${jti}`)
    return (await used.add(name, endMs - nowMs)) ? { kind: 'valid' } : invalid
  }
}

async function verifyProof(proof: string, currentDate: Date): Promise<JWTVerifyResult | undefined> {
  try {
    return await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...signatureAlgorithms],
      requiredClaims: ['iat'],
      currentDate,
    })
  } catch {
    /* the key is in the proof: whatever fails, the proof is to blame */
    return undefined
  }
}

async function digest(text: string): Promise<string> {
  return encodeBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', encodeUtf8(text))))
}

/** A URL without query and fragment, in the one form that all its spellings have (RFC 9449 §4.3, RFC 3986 §6.2). */
function normalUrl(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { origin, pathname, username, password } = new URL(text)
  if (origin === 'null' || username !== '' || password !== '') return undefined
  return `${origin}${pathname.replace(/%[0-9a-f]{2}/gi, normalOctet)}`
}

function normalOctet(escaped: string): string {
  const character = String.fromCharCode(Number.parseInt(escaped.slice(1), 16))
  return /[\w.~-]/.test(character) ? character : escaped.toUpperCase()
}
