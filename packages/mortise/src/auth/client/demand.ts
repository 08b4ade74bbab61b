import type { HttpAnswer } from '../../http/client-seam.ts'
import type { Limits } from '../../std/limits.ts'
import { readChallenges } from '../challenge.ts'
import { readScopes } from './scopes.ts'

/** What a server wants of somebody whom it did not let in: its challenges for tokens (RFC 6750 §3, RFC 9449 §7.1) together. */
export interface Demand {
  /** Whether it offers to take tokens that are bound to a key. */
  readonly dpop: boolean
  /** Whether it asks for tokens at all, in words of theirs. */
  readonly asked: boolean
  readonly error: string | undefined
  /** Undefined: it does not say. */
  readonly scopes: readonly string[] | undefined
  /** Where the server's metadata is, as it was sent. */
  readonly resourceMetadata: string | undefined
}

/** Reads what an answer with status 401 or 403 demands. */
export function readDemand(answer: HttpAnswer, { maxScopes }: Pick<Limits, 'maxScopes'>): Demand {
  const challenges = readChallenges(answer.header('www-authenticate') ?? '')
  const ours = challenges.filter(({ scheme }) => scheme === 'bearer' || scheme === 'dpop')
  const param = (name: string): string | undefined =>
    ours.find(({ params }) => params.has(name))?.params.get(name)
  const scope = param('scope')
  const scopes = scope === undefined ? [] : readScopes(scope, maxScopes)
  return {
    dpop: ours.some(({ scheme }) => scheme === 'dpop'),
    asked: ours.length > 0,
    error: param('error'),
    scopes: scopes.length === 0 ? undefined : scopes,
    resourceMetadata: param('resource_metadata'),
  }
}
