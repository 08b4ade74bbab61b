import type { AuthInfo } from '../../model/call.ts'
import { isObject } from '../../std/object.ts'
import type { Claims } from './options.ts'
import type { IssuerPolicy, Policy } from './policy.ts'
import type { Note } from './refused.ts'
import { expandScopes } from './scopes.ts'

/** What a token that was verified says. */
export interface TokenFacts {
  readonly auth: AuthInfo
  /** The key that it is bound to (RFC 9449 §6); undefined: it is for whoever bears it. */
  readonly keyThumbprint: string | undefined
}

/** The claims that every token is judged by, however they were learned. Undefined: it is not to be taken, and `note` hears why. */
export function readFacts(
  claims: Claims,
  issuer: IssuerPolicy,
  { hierarchy, clockToleranceSec }: Pick<Policy, 'hierarchy' | 'clockToleranceSec'>,
  note: Note,
): TokenFacts | undefined {
  const { exp, client_id: clientId, azp, cnf } = claims
  const subject = subjectOf(claims, issuer)
  const binding = readBinding(cnf)
  if (subject === undefined) return note({ reason: 'subject' })
  if (binding === undefined) return note({ reason: 'binding' })
  const client = textOf(clientId) ?? textOf(azp)
  const scopes: unknown = issuer.scopes === undefined ? readScopes(claims) : issuer.scopes(claims)
  // Of a text every letter would be one.
  if (!Array.isArray(scopes))
    throw new TypeError(`scopes of the issuer ${issuer.issuer} gave no list`)
  const auth: AuthInfo = {
    subject,
    scopes: expandScopes(scopes, hierarchy),
    ...(client === undefined ? {} : { clientId: client }),
    ...(typeof exp === 'number' ? { expiresAtSec: exp + clockToleranceSec } : {}),
    claims,
  }
  return { auth: freeze(auth), keyThumbprint: binding.keyThumbprint }
}

/** `sub` is unique at its issuer only. An issuer has neither `?` nor `#`, so that no `sub` looks like a client's. */
function subjectOf(claims: Claims, { issuer, subject }: IssuerPolicy): string | undefined {
  const { sub, client_id: clientId, azp } = claims
  const name = subject === undefined ? textOf(sub) : textOf(subject(claims))
  if (name !== undefined) return `${issuer}#${name}`
  if (subject !== undefined || sub !== undefined) return undefined
  const client = textOf(clientId) ?? textOf(azp)
  return client === undefined ? undefined : `${issuer}?client#${client}`
}

/** `scope` is a text (RFC 9068 §2.2.3, RFC 7662 §2.2); `scp` is what Okta (a list) and Entra (a text) write. */
function readScopes({ scope, scp }: Claims): string[] {
  return [scope, scp]
    .flat()
    .filter((value) => typeof value === 'string')
    .flatMap((text) => text.split(' '))
    .filter((name) => name !== '')
}

/** Undefined: bound to something that cannot be checked here, such as a certificate (RFC 8705 §3.1). */
function readBinding(cnf: unknown): { readonly keyThumbprint: string | undefined } | undefined {
  if (cnf === undefined) return { keyThumbprint: undefined }
  if (!isObject(cnf) || Object.keys(cnf).length !== 1) return undefined
  const keyThumbprint = textOf(cnf['jkt'])
  return keyThumbprint === undefined ? undefined : { keyThumbprint }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** One object is handed to many calls. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  for (const member of Object.values(value)) freeze(member)
  return Object.freeze(value)
}
