import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose'
import type { JWTPayload, ProtectedHeaderParameters } from 'jose'
import type { KeySource } from './jwks.ts'
import type { Claims } from './options.ts'
import type { IssuerPolicy, Policy } from './policy.ts'
import { shownValues } from './refused.ts'
import type { Note, Refused } from './refused.ts'

/** What a JWT is verified with. */
export interface JwtParts {
  readonly issuer: IssuerPolicy
  readonly keys: KeySource
  readonly policy: Pick<Policy, 'requireAccessTokenType' | 'clockToleranceSec' | 'runtime'>
}

/** Whose token it says that it is, before anything of it is verified; undefined: it is no signed JWT. */
export function unverifiedIssuer(token: string): string | undefined {
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) return undefined
  try {
    const { iss } = decodeJwt(token)
    return typeof iss === 'string' ? iss : ''
  } catch {
    /* the only failure: the parts are not what a JWT has */
    return undefined
  }
}

/**
 * The claims of an access token that one of the issuer's keys signed, for this server and now (RFC 9068 §4); undefined: it is
 * not one, and `note` hears why.
 * @throws McpError `ERR_AUTH_KEYS` when the keys are not to be had.
 */
export async function verifyJwt(
  token: string,
  parts: JwtParts,
  note: Note,
): Promise<Claims | undefined> {
  const { issuer, keys, policy } = parts
  const header = readHeader(token)
  if (header === undefined || !issuer.algorithms.includes(header.alg ?? '')) {
    return note({ reason: 'algorithm' })
  }
  if (!isAccessTokenType(header.typ, policy.requireAccessTokenType)) return note({ reason: 'type' })
  const candidates = await keys.find(header)
  note({ reason: candidates.length === 0 ? 'unknown-key' : 'signature' })
  for (const key of candidates) {
    const claims = await verifyBy(key, token, parts, note)
    if (claims === undefined) continue
    return isAccessToken(claims, header, policy, note) ? claims : undefined
  }
  return undefined
}

async function verifyBy(
  key: CryptoKey,
  token: string,
  { issuer, policy }: JwtParts,
  note: Note,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, {
      issuer: issuer.issuer,
      audience: [...issuer.audiences],
      algorithms: [...issuer.algorithms],
      requiredClaims: ['exp'],
      clockTolerance: policy.clockToleranceSec,
      currentDate: new Date(policy.runtime.now()),
    })
    return payload
  } catch (error) {
    // The key is there: whatever fails now, the token is to blame. Another key may yet be the one that signed.
    return error instanceof errors.JWSSignatureVerificationFailed
      ? undefined
      : note(faultOf(error, issuer))
  }
}

function faultOf(error: unknown, { audiences }: IssuerPolicy): Refused {
  if (error instanceof errors.JWTExpired) return { reason: 'expired' }
  if (!(error instanceof errors.JWTClaimValidationFailed)) return { reason: 'claims' }
  const { claim, payload } = error
  if (claim === 'aud') {
    return { reason: 'audience', expected: audiences, found: shownValues(payload.aud) }
  }
  return { reason: claim === 'nbf' ? 'not-yet' : 'claims' }
}

function readHeader(token: string): ProtectedHeaderParameters | undefined {
  try {
    return decodeProtectedHeader(token)
  } catch {
    /* the only failure: the first part is no header */
    return undefined
  }
}

/** RFC 9068 §2.1. Many issuers write `JWT`, or nothing; what is another kind of token says so (RFC 8725 §3.11). */
function isAccessTokenType(type: unknown, isRequired: boolean): boolean {
  if (type === undefined) return !isRequired
  if (typeof type !== 'string') return false
  const name = type.toLowerCase().replace(/^application\//, '')
  return name === 'at+jwt' || (name === 'jwt' && !isRequired)
}

/** Claims that ID tokens (OpenID Connect Core §2) and logout tokens have, and that access tokens have no use for. */
const claimsOfOthers: readonly string[] = ['at_hash', 'c_hash', 's_hash', 'events']
/** What Keycloak calls its other tokens, in the claims. */
const typesOfOthers: readonly unknown[] = ['ID', 'Refresh', 'Offline', 'Logout']

function isAccessToken(
  claims: JWTPayload,
  { typ }: ProtectedHeaderParameters,
  { clockToleranceSec, runtime }: JwtParts['policy'],
  note: Note,
): boolean {
  if (claims.iat !== undefined && claims.iat > runtime.now() / 1_000 + clockToleranceSec) {
    note({ reason: 'not-yet' })
    return false
  }
  note({ reason: 'type' })
  const saysSo = typ?.toLowerCase().endsWith('at+jwt') === true
  // `nonce` binds an ID token to a sign-in; a few issuers copy it.
  if (!saysSo && claims['nonce'] !== undefined) return false
  return !typesOfOthers.includes(claims['typ']) && !claimsOfOthers.some((name) => name in claims)
}
