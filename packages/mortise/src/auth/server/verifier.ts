import type { GuardedFetch } from '../../http/guarded-fetch.ts'
import { McpError } from '../../std/error.ts'
import { createIntrospection } from './introspect.ts'
import type { Introspection } from './introspect.ts'
import { createMetadataSource } from './issuer-metadata.ts'
import { createFixedKeys, createKeySource } from './jwks.ts'
import type { KeySource } from './jwks.ts'
import { unverifiedIssuer, verifyJwt } from './jwt.ts'
import type { IssuerPolicy, Policy } from './policy.ts'
import { shownValues } from './refused.ts'
import type { Note } from './refused.ts'
import { readFacts } from './token-facts.ts'
import type { TokenFacts } from './token-facts.ts'

/** A token that was verified, and for how long it need not be verified again. */
export interface Verified {
  readonly facts: TokenFacts
  readonly ttlMs: number
}

/**
 * Verifies an access token, whoever issued it; undefined: it is not to be taken, and `note` hears why.
 * @throws McpError `ERR_AUTH_KEYS`, `ERR_AUTH_DISCOVERY` or `ERR_AUTH_INTROSPECTION` when that cannot be told.
 */
export type Verify = (token: string, note: Note) => Promise<Verified | undefined>

interface Issuer {
  readonly policy: IssuerPolicy
  readonly keys: KeySource
  readonly introspection: Introspection | undefined
}

/** Verifies JWTs by the keys of their issuer, and other tokens by asking the issuers that can be asked. */
export function createVerifier(policy: Policy, fetch: GuardedFetch): Verify {
  const { limits } = policy
  const issuers = policy.issuers.map((issuer) => createIssuer(issuer, policy, fetch))
  const byName = new Map(issuers.map((issuer) => [issuer.policy.issuer, issuer]))

  async function verifyOpaque(token: string, note: Note): Promise<Verified | undefined> {
    note({ reason: 'opaque' })
    let failure: { readonly error: unknown } | undefined
    for (const { policy: issuer, introspection } of issuers) {
      try {
        const claims = await introspection?.ask(token, note)
        const facts = claims && readFacts(claims, issuer, policy, note)
        if (facts !== undefined) return { facts, ttlMs: limits.introspectionTtlMs }
      } catch (error) {
        // One that is down must not keep out the tokens of the others.
        failure ??= { error }
      }
    }
    if (failure !== undefined) throw failure.error
    return undefined
  }

  return async (token, note) => {
    const name = unverifiedIssuer(token)
    if (name === undefined) return verifyOpaque(token, note)
    const issuer = byName.get(name)
    if (issuer === undefined) {
      return note({ reason: 'issuer', expected: [...byName.keys()], found: shownValues(name) })
    }
    const parts = { issuer: issuer.policy, keys: issuer.keys, policy }
    const claims = await verifyJwt(token, parts, note)
    const facts = claims && readFacts(claims, issuer.policy, policy, note)
    return facts && { facts, ttlMs: limits.verifiedTokenTtlMs }
  }
}

function createIssuer(issuer: IssuerPolicy, policy: Policy, fetch: GuardedFetch): Issuer {
  const { limits, runtime, onError } = policy
  const { issuer: name, keys, jwksUri, introspection } = issuer
  const metadata = createMetadataSource({ issuer: name, fetch, limits, runtime })

  async function locateKeys(again: boolean): Promise<string> {
    if (jwksUri !== undefined) return jwksUri
    if (again) metadata.forget()
    const { jwks_uri: place } = await metadata.get()
    if (typeof place === 'string') return place
    throw new McpError(
      'ERR_AUTH_DISCOVERY',
      `the metadata of the issuer ${name} do not say where its keys are: give protect its jwksUri`,
    )
  }

  return {
    policy: issuer,
    keys:
      keys === undefined
        ? createKeySource({ issuer: name, locate: locateKeys, fetch, limits, runtime, onError })
        : createFixedKeys(keys, name, limits),
    introspection:
      introspection && createIntrospection(introspection, { issuer, metadata, fetch, policy }),
  }
}
