import type { AuthRefusal, AuthRequest, Protection } from '../../http/authorize.ts'
import type { AuthInfo } from '../../model/call.ts'
import { readAuthorization } from './bearer.ts'
import type { PresentedToken } from './bearer.ts'
import { createProofCheck } from './dpop.ts'
import type { ProtectOptions } from './options.ts'
import { createPlaceCheck } from './place-check.ts'
import type { ServerAuthPlatform } from './platform.ts'
import { resolvePolicy } from './policy.ts'
import { createMetadataRoute } from './protected-resource.ts'
import { createRefusals } from './refusals.ts'
import { shownValues } from './refused.ts'
import type { Note, Refused } from './refused.ts'
import type { TokenFacts } from './token-facts.ts'
import { createVerifiedTokens } from './verified-tokens.ts'
import { createVerifier } from './verifier.ts'

/** `protect` on a platform: the entry points differ in nothing else. @throws TypeError as `protect` does. */
export function protectOn(platform: ServerAuthPlatform, options: ProtectOptions): Protection {
  const policy = resolvePolicy(options)
  const { limits, runtime, dpop } = policy
  const { accepts } = options
  const fetch = platform.createFetch(policy, limits)
  const verify = createVerifier(policy, fetch)
  const verified = createVerifiedTokens(limits, runtime)
  const refusals = createRefusals(policy)
  const checkProof = dpop && createProofCheck(dpop, policy, options.store)
  const tellPlace = createPlaceCheck('protect', policy)
  let verifying = 0

  function authorize(request: AuthRequest): ReturnType<Protection['authorize']> {
    const header = request.header('authorization')
    if (header === undefined) return refuse({ reason: 'missing' }, refusals.missing)
    const facts = verified.get(header)
    // A proof is for one request: what it proves is never remembered.
    if (facts !== undefined && facts.keyThumbprint === undefined) return admit(facts)
    return decide(request, header, facts)
  }

  async function decide(
    request: AuthRequest,
    header: string,
    known: TokenFacts | undefined,
  ): Promise<AuthInfo | AuthRefusal> {
    const presented = readAuthorization(header)
    if (presented.kind === 'none') return refuse({ reason: 'missing' }, refusals.missing)
    if (presented.kind === 'malformed') return refuse({ reason: 'malformed' }, refusals.malformed)
    const { scheme, token } = presented
    const invalid = refusals.invalidToken(scheme)
    if (token.length > limits.maxTokenBytes) return refuse({ reason: 'malformed' }, invalid)
    if (scheme === 'dpop' ? checkProof === undefined : dpop?.required === true) {
      return refuse({ reason: 'scheme' }, invalid)
    }
    // One connection can send thousands of requests without an answer, and an issuer can be slow.
    if (known === undefined && verifying >= limits.maxCalls) {
      return refuse({ reason: 'busy' }, refusals.busy)
    }
    let why: Refused = { reason: 'claims' }
    const facts = known ?? (await verifyNow(presented, header, (found) => void (why = found)))
    if (facts === undefined) return refuse(why, invalid)
    tellPlace(request.path)
    if (facts.keyThumbprint !== undefined && checkProof !== undefined) {
      const proof = await checkProof(request, { token, keyThumbprint: facts.keyThumbprint })
      if (proof.kind === 'invalid') return refuse({ reason: 'proof' }, refusals.invalidProof)
      if (proof.kind === 'nonce') {
        return refuse({ reason: 'nonce' }, refusals.useNonce(proof.nonce))
      }
    }
    return admit(facts)
  }

  /** Remembers what it takes and nothing else: what is remembered under a header is let in by it. */
  async function verifyNow(
    { scheme, token }: PresentedToken,
    header: string,
    note: Note,
  ): Promise<TokenFacts | undefined> {
    verifying += 1
    const found = await verify(token, note).finally(() => void (verifying -= 1))
    // A token that is bound to a key is of no use to whoever bears it alone, and the other way round (RFC 9449 §7.1).
    if (found === undefined) return undefined
    const isBound = found.facts.keyThumbprint !== undefined
    if (isBound !== (scheme === 'dpop')) return note({ reason: 'scheme' })
    verified.add(header, found.facts, found.ttlMs)
    return found.facts
  }

  function admit({ auth }: TokenFacts): AuthInfo | AuthRefusal {
    if (policy.scopes.some((scope) => !auth.scopes.includes(scope))) {
      const why = { expected: policy.scopes, found: shownValues(auth.scopes) }
      return refuse({ reason: 'scopes', ...why }, refusals.insufficientScope)
    }
    const refusal = accepts?.(auth)
    return refusal === undefined ? auth : refuse({ reason: 'accepts' }, refusal)
  }

  function refuse(why: Refused, refusal: AuthRefusal): AuthRefusal {
    policy.onRefused(why)
    return refusal
  }

  return {
    authorize,
    challenge(scopes) {
      policy.onRefused({ reason: 'scopes', expected: [...policy.scopes, ...scopes] })
      return refusals.challenge(scopes)
    },
    expired: refusals.expired,
    hosts: [new URL(policy.resource).hostname],
    route: createMetadataRoute(policy, options),
  }
}
