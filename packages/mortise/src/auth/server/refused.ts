import { excerpt } from '../../std/excerpt.ts'
import { visible } from '../../std/visible.ts'

/**
 * Why a request was refused: `missing` (no token; how every conversation begins), `malformed` (the header), `scheme` (a bearer
 * token where they must be bound to a key, or the other way round), `opaque` (no JWT, and no issuer can be asked), `issuer`,
 * `algorithm`, `type` (no access token), `unknown-key`, `signature`, `claims` (another fault of them), `audience`, `expired`,
 * `not-yet`, `subject` (nobody is named), `binding` (to what cannot be checked), `inactive` (its issuer says so), `ended` (its
 * grant), `proof`, `nonce` (a proof must be made again), `scopes`, `accepts` (the application's own function), `busy`.
 */
export type RefusalReason =
  | 'missing'
  | 'malformed'
  | 'scheme'
  | 'opaque'
  | 'issuer'
  | 'algorithm'
  | 'type'
  | 'unknown-key'
  | 'signature'
  | 'claims'
  | 'audience'
  | 'expired'
  | 'not-yet'
  | 'subject'
  | 'binding'
  | 'inactive'
  | 'ended'
  | 'proof'
  | 'nonce'
  | 'scopes'
  | 'accepts'
  | 'busy'

/** A request that was refused, for operators: clients read the same words whatever was wrong. It holds no token. */
export interface Refused {
  readonly reason: RefusalReason
  /** What there should have been, where it is about an issuer, an audience or scopes. */
  readonly expected?: readonly string[]
  /** What there was, cut short. Of an issuer it is what a stranger wrote: nothing was verified yet. */
  readonly found?: readonly string[]
}

/** Takes down why a token is not taken; of several reasons the last one counts. */
export type Note = (why: Refused) => undefined

/** What strangers write is shown in part. */
const maxShown = 10
const maxShownLength = 200

/** What a token holds, to be shown: a text, or a list of texts. */
export function shownValues(value: unknown): readonly string[] {
  return [value ?? []]
    .flat()
    .slice(0, maxShown)
    .map((one) => visible(excerpt(one, maxShownLength)))
}
