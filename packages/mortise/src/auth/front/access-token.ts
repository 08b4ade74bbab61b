import { SignJWT, decodeProtectedHeader, jwtVerify, errors } from 'jose'
import type { AuthInfo } from '../../model/call.ts'
import type { SigningKeys } from './keys.ts'
import type { Grant } from './grants.ts'
import type { FrontSetup } from './setup.ts'
import { shownValues } from '../server/refused.ts'
import type { Note } from '../server/refused.ts'

/** A token that was verified. */
export interface Verified {
  readonly auth: AuthInfo
  /** The grant that it comes from. */
  readonly grant: string
  readonly expiresAtMs: number
  readonly resource: string
  readonly clientId: string
}

/** Makes and verifies access tokens (RFC 9068). */
export interface AccessTokens {
  sign(grant: Grant, id: string): Promise<string>
  /** Undefined when it is none of ours that is good, and `note` hears why. Whether its grant still stands is another question. */
  verify(token: string, note?: Note): Promise<Verified | undefined>
}

/** Tokens of one front, signed with ES256. */
export function createAccessTokens(setup: FrontSetup, keys: SigningKeys): AccessTokens {
  const { issuer, resources, runtime, lifetimes, limits, secret } = setup

  return {
    async sign({ clientId, scopes, subject, user, resource }, grant) {
      const { kid, privateKey } = await keys.current()
      const nowSec = Math.floor(runtime.now() / 1000)
      const claims = { client_id: clientId, scope: scopes.join(' '), grant }
      return await new SignJWT(user === undefined ? claims : { ...claims, user })
        .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
        .setIssuer(issuer)
        .setSubject(subject)
        .setAudience(resource)
        .setJti(secret())
        .setIssuedAt(nowSec)
        .setExpirationTime(nowSec + Math.ceil(lifetimes.accessTokenMs / 1000))
        .sign(privateKey)
    },
    async verify(token, note = () => undefined) {
      if (token.length > limits.maxTokenBytes) return note({ reason: 'malformed' })
      try {
        const { kid } = decodeProtectedHeader(token)
        const key = typeof kid === 'string' ? await keys.verifier(kid) : undefined
        if (key === undefined) return note({ reason: 'unknown-key' })
        const { payload } = await jwtVerify(token, key, {
          algorithms: ['ES256'],
          typ: 'at+jwt',
          issuer,
          audience: [...resources],
          requiredClaims: ['sub', 'exp', 'client_id', 'grant'],
          currentDate: new Date(runtime.now()),
        })
        const { sub = '', exp = 0, aud, client_id: clientId, grant, scope } = payload
        const auth: AuthInfo = {
          // As `protect` names callers: two issuers never name the same one.
          subject: `${issuer}#${sub}`,
          scopes: String(scope).split(' ').filter(Boolean),
          clientId: String(clientId),
          expiresAtSec: exp,
          // One object is handed to many calls.
          claims: Object.freeze(payload),
        }
        return {
          auth,
          grant: String(grant),
          expiresAtMs: exp * 1000,
          resource: String(aud),
          clientId: String(clientId),
        }
      } catch (error) {
        // `decodeProtectedHeader` throws a TypeError for what is no JWT.
        if (error instanceof TypeError) return note({ reason: 'opaque' })
        if (error instanceof errors.JWTExpired) return note({ reason: 'expired' })
        if (error instanceof errors.JWTClaimValidationFailed) {
          const found = shownValues(error.payload.aud)
          return note(
            error.claim === 'aud'
              ? { reason: 'audience', expected: resources, found }
              : { reason: 'claims' },
          )
        }
        if (error instanceof errors.JOSEError) return note({ reason: 'signature' })
        throw error
      }
    },
  }
}
