import { decodeUtf8 } from '../../std/encoding.ts'
import { parseJson } from '../../std/json.ts'
import { isObject } from '../../std/object.ts'
import type { Registration } from './clients.ts'
import { digest } from './front-store.ts'
import { judgeRedirectUri, mayRedirect } from './redirect-uri.ts'
import type { FrontSetup } from './setup.ts'

/** What a registration is answered with (RFC 7591 §3.2). */
export type Registered =
  | { readonly ok: true; readonly body: Readonly<Record<string, unknown>> }
  | {
      readonly ok: false
      readonly error: 'invalid_redirect_uri' | 'invalid_client_metadata'
      readonly description: string
    }

const maxRedirectUris = 16
const maxNameLength = 100
/** The redirect URIs and the name together: what a client id is made of travels in URLs and tokens. */
const maxTotalLength = 2_048
const authMethods: readonly unknown[] = ['none', 'client_secret_basic', 'client_secret_post']
const grantTypes: readonly unknown[] = ['authorization_code', 'refresh_token']

/** Registers a client: its id is its registration, sealed, so that nothing is kept of it until a user approves. */
export async function register(
  bytes: Uint8Array,
  { store, options, runtime, secret }: FrontSetup,
): Promise<Registered> {
  const json = parseJson(decodeUtf8(bytes) ?? '', { maxDepth: 8 })
  if (!json.ok || !isObject(json.value)) return refuse('the body must be a JSON object')
  const { client_name: given = 'An unnamed program', redirect_uris: uris } = json.value
  if (typeof given !== 'string') return refuse('client_name must be a text')
  const name = given.slice(0, maxNameLength)
  const fault = faultOf(json.value)
  if (fault !== undefined) return refuse(fault)
  if (!Array.isArray(uris) || uris.length === 0 || uris.length > maxRedirectUris) {
    return refuseUri(`redirect_uris must name 1 to ${maxRedirectUris} URIs`)
  }
  const redirectUris: string[] = []
  for (const uri of uris as readonly unknown[]) {
    if (typeof uri !== 'string') return refuseUri('redirect_uris must be texts')
    const reason = redirectFault(uri, json.value['application_type'])
    if (reason !== undefined) return refuseUri(`a redirect URI ${reason}`)
    // Others that a client also has are left out of the answer (RFC 7591 §2): Cursor names `cursor:`, https and loopback at once.
    if (mayRedirect(uri, { name, how: 'dynamic' }, options)) redirectUris.push(uri)
  }
  if (redirectUris.length === 0) {
    return refuseUri('no redirect URI is allowed by the policy of this server')
  }
  if (redirectUris.join('').length + name.length > maxTotalLength) {
    return refuse('the registration is too long')
  }
  const method = json.value['token_endpoint_auth_method'] ?? 'none'
  const clientSecret = method === 'none' ? undefined : secret()
  const registration: Registration = {
    name,
    redirectUris,
    atMs: runtime.now(),
    ...(clientSecret === undefined ? {} : { secretDigest: await digest(clientSecret) }),
  }
  const body = {
    client_id: await store.seal('client', registration),
    client_id_issued_at: Math.floor(registration.atMs / 1000),
    client_name: name,
    redirect_uris: redirectUris,
    grant_types: grantTypes,
    response_types: ['code'],
    token_endpoint_auth_method: method,
    ...(clientSecret === undefined
      ? {}
      : { client_secret: clientSecret, client_secret_expires_at: 0 }),
    ...(json.value['application_type'] === undefined
      ? {}
      : { application_type: json.value['application_type'] }),
  }
  return { ok: true, body }
}

function faultOf(metadata: Readonly<Record<string, unknown>>): string | undefined {
  const { token_endpoint_auth_method: method = 'none', application_type: type } = metadata
  if (!authMethods.includes(method)) return 'token_endpoint_auth_method is not supported'
  if (type !== undefined && type !== 'web' && type !== 'native') {
    return 'application_type must be web or native'
  }
  const { grant_types: grants, response_types: responses } = metadata
  if (grants !== undefined) {
    // Others that a client also has elsewhere are left out of the answer (RFC 7591 §2).
    const usable = Array.isArray(grants) && grants.includes('authorization_code')
    if (!usable) return 'grant_types must have authorization_code'
  }
  if (responses !== undefined && !(Array.isArray(responses) && responses.includes('code'))) {
    return 'response_types must have code'
  }
  return undefined
}

/** The policy for an app's own scheme is asked afterwards. */
function redirectFault(uri: string, type: unknown): string | undefined {
  const verdict = judgeRedirectUri(uri)
  if (!verdict.ok) return verdict.reason
  // OpenID Connect Registration §2: web clients have https, and no loopback.
  if (type === 'web' && verdict.kind !== 'https') return 'of a web client must be https'
  return undefined
}

function refuse(description: string): Registered {
  return { ok: false, error: 'invalid_client_metadata', description }
}

function refuseUri(description: string): Registered {
  return { ok: false, error: 'invalid_redirect_uri', description }
}
