import type { AuthRefusal } from '../../http/authorize.ts'
import type { HeaderRecord } from '../../http/exchange.ts'
import { writeChallenge } from '../challenge.ts'
import { resourceMetadataPath } from '../metadata.ts'
import { signatureAlgorithms } from './signature-algorithms.ts'
import type { Policy } from './policy.ts'
import { publicScopes } from './scopes.ts'

/** How requests are refused: always with the same words, whatever was wrong with a token. */
export interface Refusals {
  /** Nothing was presented: no error code (RFC 6750 §3.1). */
  readonly missing: AuthRefusal
  readonly malformed: AuthRefusal
  readonly invalidToken: (scheme: Scheme) => AuthRefusal
  /** The proof of a key is missing or wrong (RFC 9449 §7.1). */
  readonly invalidProof: AuthRefusal
  /** A proof must hold `nonce` (RFC 9449 §9). */
  readonly useNonce: (nonce: string) => AuthRefusal
  readonly insufficientScope: AuthRefusal
  /** As many tokens as there may be wait to be verified. */
  readonly busy: AuthRefusal
  /** The headers of a 403 for an operation that needs these scopes besides those of the server. */
  challenge(scopes: readonly string[]): HeaderRecord
  /** The headers of a 401 to a caller whose time is over. */
  readonly expired: HeaderRecord
}

/** How a token is presented. */
export type Scheme = 'bearer' | 'dpop'

/** Writes them once for a server. */
export function createRefusals({ resource, scopes, dpop }: Policy): Refusals {
  const metadataUrl = `${new URL(resource).origin}${resourceMetadataPath(resource)}`
  const schemes: readonly Scheme[] =
    dpop === undefined ? ['bearer'] : dpop.required === true ? ['dpop'] : ['bearer', 'dpop']
  // Where one scheme alone is taken, what came by another one is told of that.
  const answering = (scheme: Scheme): readonly Scheme[] =>
    schemes.includes(scheme) ? [scheme] : schemes

  function headers(
    asked: readonly Scheme[],
    needed: readonly string[],
    error: { readonly error?: string; readonly error_description?: string } = {},
  ): HeaderRecord {
    const scope = publicScopes(...needed).join(' ')
    const params = { ...error, ...(scope === '' ? {} : { scope }), resource_metadata: metadataUrl }
    const written = asked.map((scheme) =>
      scheme === 'bearer'
        ? writeChallenge('Bearer', params)
        : writeChallenge('DPoP', { ...params, algs: signatureAlgorithms.join(' ') }),
    )
    return { 'www-authenticate': written.join(', '), 'cache-control': 'no-store' }
  }

  function challenge(needed: readonly string[]): HeaderRecord {
    return headers(schemes, [...scopes, ...needed], {
      error: 'insufficient_scope',
      error_description: 'The access token lacks a scope',
    })
  }

  const invalidToken = (scheme: Scheme): AuthRefusal => ({
    refused: true,
    status: 401,
    headers: headers(answering(scheme), scopes, {
      error: 'invalid_token',
      error_description: 'The access token is not valid here',
    }),
    message: 'The access token is not valid here',
  })
  const invalid = { bearer: invalidToken('bearer'), dpop: invalidToken('dpop') }

  return {
    missing: {
      refused: true,
      status: 401,
      headers: headers(schemes, scopes),
      message: 'An access token is needed',
    },
    malformed: {
      refused: true,
      status: 400,
      headers: headers(schemes, scopes, {
        error: 'invalid_request',
        error_description: 'The Authorization header is malformed',
      }),
      message: 'The Authorization header is malformed',
    },
    invalidToken: (scheme) => invalid[scheme],
    invalidProof: {
      refused: true,
      status: 401,
      headers: headers(['dpop'], scopes, {
        error: 'invalid_dpop_proof',
        error_description: 'The proof of possession is not valid here',
      }),
      message: 'The proof of possession is not valid here',
    },
    useNonce: (nonce) => ({
      refused: true,
      status: 401,
      headers: {
        ...headers(['dpop'], scopes, {
          error: 'use_dpop_nonce',
          error_description: 'The proof of possession must hold the nonce of this server',
        }),
        'dpop-nonce': nonce,
      },
      message: 'The proof of possession must hold the nonce of this server',
    }),
    insufficientScope: {
      refused: true,
      status: 403,
      headers: challenge([]),
      message: 'The access token lacks a scope',
    },
    busy: {
      refused: true,
      status: 503,
      headers: { 'retry-after': '1' },
      message: 'Too many access tokens wait to be verified',
    },
    challenge,
    expired: headers(schemes, scopes, {
      error: 'invalid_token',
      error_description: 'The token expired',
    }),
  }
}
