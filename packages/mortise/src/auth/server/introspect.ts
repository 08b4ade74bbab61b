import * as oauth from 'oauth4webapi'
import type { GuardedFetch, OutboundAnswer } from '../../http/guarded-fetch.ts'
import { LimitError, McpError } from '../../std/error.ts'
import { strings } from '../metadata.ts'
import type { MetadataSource } from './issuer-metadata.ts'
import type { Claims, IntrospectionOptions } from './options.ts'
import type { IssuerPolicy, Policy } from './policy.ts'
import { shownValues } from './refused.ts'
import type { Note, Refused } from './refused.ts'

/** Asks an issuer about tokens that say nothing themselves (RFC 7662). */
export interface Introspection {
  /**
   * What it says of a token that is for this server, now; undefined: it is not, and `note` hears why.
   * @throws McpError `ERR_AUTH_INTROSPECTION` or `ERR_AUTH_DISCOVERY` when it does not answer as it should. LimitError
   *   (`maxIntrospections`).
   */
  ask(token: string, note: Note): Promise<Claims | undefined>
}

/** What it is made of. */
export interface IntrospectionParts {
  readonly issuer: IssuerPolicy
  readonly metadata: MetadataSource
  readonly fetch: GuardedFetch
  readonly policy: Pick<Policy, 'limits' | 'runtime' | 'clockToleranceSec'>
}

/** What is made of an answer. */
type Judged = { readonly claims: Claims } | { readonly why: Refused }

/** One question at a time for one token: whoever brings it meanwhile gets the same answer. */
export function createIntrospection(
  options: IntrospectionOptions,
  { issuer, metadata, fetch, policy }: IntrospectionParts,
): Introspection {
  const { limits, runtime, clockToleranceSec } = policy
  const asked = new Map<string, Promise<Judged>>()
  const client: oauth.Client = { client_id: options.clientId }

  async function introspect(token: string): Promise<Judged> {
    const { endpoint, authentication } = await locate()
    try {
      const server = { issuer: issuer.issuer, introspection_endpoint: endpoint }
      const response = await oauth.introspectionRequest(server, client, authentication, token, {
        // What may be asked by http is the guard's to say.
        [oauth.allowInsecureRequests]: true,
        [oauth.customFetch]: (url, { headers, body }) => send(fetch, url, { headers, body }),
        additionalParameters: { token_type_hint: 'access_token' },
      })
      const claims = await oauth.processIntrospectionResponse(server, client, response)
      const why = faultOf(claims)
      return why === undefined ? { claims } : { why }
    } catch (error) {
      // What failed may hold the answer, and with it claims: the kind of failure is all that is passed on.
      const reason = error instanceof McpError || error instanceof Error ? error.name : 'Error'
      const code = error instanceof McpError ? ` ${error.code}` : ''
      throw new McpError(
        'ERR_AUTH_INTROSPECTION',
        `the issuer ${issuer.issuer} did not say whether a token is active (${reason}${code}): look at its endpoint and at ` +
          'clientId and clientSecret of introspection',
      )
    }
  }

  async function locate(): Promise<{ endpoint: string; authentication: oauth.ClientAuth }> {
    const { clientSecret } = options
    if (options.endpoint !== undefined) {
      return {
        endpoint: options.endpoint,
        authentication: oauth.ClientSecretBasic(clientSecret),
      }
    }
    const known = await metadata.get()
    const endpoint = known['introspection_endpoint']
    if (typeof endpoint !== 'string') {
      throw new McpError(
        'ERR_AUTH_DISCOVERY',
        `the metadata of the issuer ${issuer.issuer} name no introspection_endpoint: give introspection its endpoint`,
      )
    }
    const methods = strings(known['introspection_endpoint_auth_methods_supported'])
    const isPost =
      methods?.includes('client_secret_post') === true && !methods.includes('client_secret_basic')
    return {
      endpoint,
      authentication: isPost
        ? oauth.ClientSecretPost(clientSecret)
        : oauth.ClientSecretBasic(clientSecret),
    }
  }

  function faultOf(claims: oauth.IntrospectionResponse): Refused | undefined {
    const { active, iss, aud, exp, nbf } = claims
    if (!active) return { reason: 'inactive' }
    if (iss !== undefined && iss !== issuer.issuer) {
      return { reason: 'issuer', expected: [issuer.issuer], found: shownValues(iss) }
    }
    if (isOther(claims)) return { reason: 'type' }
    // Issuers write these as texts, too: what is no number has no end that could be waited for.
    if (![exp, nbf].every((time) => time === undefined || Number.isFinite(time))) {
      return { reason: 'claims' }
    }
    const nowSec = runtime.now() / 1_000
    if (exp !== undefined && nowSec >= exp + clockToleranceSec) return { reason: 'expired' }
    if (nbf !== undefined && nowSec < nbf - clockToleranceSec) return { reason: 'not-yet' }
    const { audiences: expected } = issuer
    const isOurs =
      aud === undefined
        ? options.withoutAudience === true
        : [aud].flat().some((audience) => expected.includes(audience))
    return isOurs ? undefined : { reason: 'audience', expected, found: shownValues(aud) }
  }

  async function judged(answer: Promise<Judged>, note: Note): Promise<Claims | undefined> {
    const found = await answer
    return 'claims' in found ? found.claims : note(found.why)
  }

  return {
    ask(token, note) {
      const pending = asked.get(token)
      if (pending !== undefined) return judged(pending, note)
      if (asked.size >= limits.maxIntrospections) {
        throw new LimitError(
          'maxIntrospections',
          `${limits.maxIntrospections} tokens wait for the issuer ${issuer.issuer} already`,
        )
      }
      const answer = introspect(token).finally(() => void asked.delete(token))
      asked.set(token, answer)
      return judged(answer, note)
    },
  }
}

/**
 * Whether it is a refresh token, of which an issuer says that it is active as well (RFC 7662 §2.2), by the names that Hydra
 * and Keycloak have for its kind; or one that is bound to a key which the answer does not name (RFC 9449 §6.2).
 */
function isOther({
  token_use: use,
  token_type: type,
  typ,
  cnf,
}: oauth.IntrospectionResponse): boolean {
  if (type?.toLowerCase() === 'dpop' && cnf === undefined) return true
  const kinds: readonly unknown[] = [use, type, typ]
  return kinds.some(
    (kind) => typeof kind === 'string' && /^(refresh|offline|id)([ _-]?token)?$/i.test(kind),
  )
}

async function send(
  fetch: GuardedFetch,
  url: string,
  { headers, body }: { headers: Record<string, string>; body: URLSearchParams | undefined },
): Promise<Response> {
  const answer: OutboundAnswer = await fetch({
    method: 'POST',
    url,
    headers,
    ...(body === undefined ? {} : { body: body.toString() }),
  })
  return new Response(answer.body, { status: answer.status, headers: answer.headers })
}
