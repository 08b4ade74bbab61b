import type { OauthError } from './answers.ts'
import type { Client, Clients } from './clients.ts'
import type { Parameters } from './parameters.ts'
import { isRegistered, mayRedirect } from './redirect-uri.ts'
import type { FrontSetup } from './setup.ts'

/** Of a client what the page shows: a request is in its form, and in the store. */
export type RequestingClient = Omit<Client, 'redirectUris' | 'secretDigest'>

/** An authorization request that may be put before the user. */
export interface AuthorizationRequest {
  readonly client: RequestingClient
  readonly redirectUri: string
  readonly state?: string
  readonly scopes: readonly string[]
  readonly resource: string
  /** The code challenge of PKCE, S256. */
  readonly challenge: string
}

/** What became of the query of the authorization endpoint. */
export type RequestRead =
  | { readonly kind: 'good'; readonly request: AuthorizationRequest; readonly prompt: Prompt }
  /** For the client: where to, and what is wrong. */
  | {
      readonly kind: 'refused'
      readonly client: RequestingClient
      readonly redirectUri: string
      readonly state: string | undefined
      readonly error: OauthError
    }
  /** Where to send the browser is not known to be right: it stays here. */
  | { readonly kind: 'stopped'; readonly reason: string }

/** Whether the client wants the page in any case, or in no case. */
export type Prompt = 'consent' | 'none' | undefined

const maxStateLength = 2_048
const notKnown =
  'The address that the program wants you to be sent to is not one that it has registered.'

/** Reads an authorization request (OAuth 2.1 §4.1.1, RFC 8707 §2). `offered` are the scopes that there are. */
export async function readRequest(
  params: Parameters,
  context: {
    readonly setup: FrontSetup
    readonly clients: Clients
    readonly offered: readonly string[]
  },
): Promise<RequestRead> {
  const { setup, clients, offered } = context
  const clientId = params.get('client_id')
  const redirectUri = params.get('redirect_uri')
  if (params.repeated.has('client_id') || params.repeated.has('redirect_uri')) {
    return stop('The program asked for two things at once.')
  }
  if (clientId === undefined) return stop('The program did not say who it is.')
  if (redirectUri === undefined) return stop('The program did not say where to send you.')
  const found = await clients.find(clientId)
  if (!found.ok) return stop(found.reason)
  const { redirectUris, secretDigest: _digest, ...client } = found.client
  if (!isRegistered(redirectUri, redirectUris)) return stop(notKnown)
  if (!mayRedirect(redirectUri, client, setup.options)) {
    return stop('The address that the program wants you to be sent to is not allowed here.')
  }

  // From here on the client is told.
  const state = params.repeated.has('state') ? undefined : params.get('state')
  const refuse = (error: string, description: string): RequestRead => ({
    kind: 'refused',
    client,
    redirectUri,
    state: state !== undefined && state.length <= maxStateLength ? state : undefined,
    error: { error, description },
  })
  if (params.repeated.size > 0) return refuse('invalid_request', 'a parameter is repeated')
  if (state !== undefined && state.length > maxStateLength) {
    return refuse('invalid_request', 'state is too long')
  }
  if (params.get('response_type') !== 'code') {
    return refuse('unsupported_response_type', 'response_type must be code')
  }
  if (params.get('request') !== undefined) {
    return refuse('request_not_supported', 'request objects are not supported')
  }
  if (params.get('request_uri') !== undefined) {
    return refuse('request_uri_not_supported', 'request objects are not supported')
  }
  const mode = params.get('response_mode')
  if (mode !== undefined && mode !== 'query') {
    return refuse('invalid_request', 'response_mode must be query')
  }
  const challenge = params.get('code_challenge')
  if (params.get('code_challenge_method') !== 'S256') {
    return refuse('invalid_request', 'code_challenge_method must be S256')
  }
  if (challenge === undefined || !/^[A-Za-z0-9_-]{43}$/.test(challenge)) {
    return refuse('invalid_request', 'code_challenge must be the S256 of a verifier')
  }
  const resource = resourceOf(params.get('resource'), setup)
  if (resource === undefined) {
    return refuse('invalid_target', 'resource is not a server of this authorization server')
  }
  const asked = scopesAsked(params.get('scope'))
  // What is not known is left out, and the token's `scope` says so (RFC 6749 §3.3).
  const scopes = offered.filter((scope) => asked?.includes(scope) ?? true)
  const prompt = params.get('prompt')
  return {
    kind: 'good',
    request: {
      client,
      redirectUri,
      scopes,
      resource,
      challenge,
      ...(state === undefined ? {} : { state }),
    },
    prompt: prompt === 'none' ? 'none' : prompt?.includes('consent') ? 'consent' : undefined,
  }
}

/** Scopes of OpenID Connect (OpenID Connect Core §5.4, §11), which many clients always ask for. */
const openidScopes: ReadonlySet<string> = new Set([
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
])

/** Undefined where nothing is said of our scopes: with `openid profile email` alone a client would get in and could do nothing. */
function scopesAsked(scope: string | undefined): readonly string[] | undefined {
  const asked = scope?.split(' ').filter(Boolean) ?? []
  return asked.every((name) => openidScopes.has(name)) ? undefined : asked
}

/** The resource that is meant, as the application wrote it; a slash at the end makes no other of it. */
export function resourceOf(
  given: string | undefined,
  { resources }: Pick<FrontSetup, 'resources'>,
): string | undefined {
  if (given === undefined) return resources[0]
  const bare = (url: string): string => url.replace(/\/$/, '')
  return resources.find((resource) => bare(resource) === bare(given))
}

function stop(reason: string): RequestRead {
  return { kind: 'stopped', reason }
}
