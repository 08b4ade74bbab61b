import type { AuthorizationServer } from 'oauth4webapi'
import type { MetadataLimits, Read } from '../metadata.ts'
import { readObject, strings } from '../metadata.ts'
import { shownText } from './discovery-error.ts'

const endpoints: readonly string[] = [
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'pushed_authorization_request_endpoint',
  'device_authorization_endpoint',
  'jwks_uri',
]

const lists: readonly string[] = [
  'scopes_supported',
  'response_types_supported',
  'response_modes_supported',
  'grant_types_supported',
  'code_challenge_methods_supported',
  'token_endpoint_auth_methods_supported',
  'token_endpoint_auth_signing_alg_values_supported',
  'revocation_endpoint_auth_methods_supported',
  'dpop_signing_alg_values_supported',
]

const flags: readonly string[] = [
  'client_id_metadata_document_supported',
  'authorization_response_iss_parameter_supported',
  'require_pushed_authorization_requests',
]

/**
 * Reads metadata of an authorization server (RFC 8414, or OpenID Connect Discovery). The document is of no use when its
 * `issuer` is not one of `issuers`, character for character (basic/authorization, "Authorization Server Metadata Discovery"),
 * or an endpoint has a scheme that must not be opened. Members of another type than theirs are left out. Never throws.
 */
export function readServerMetadata(
  body: Uint8Array,
  issuers: readonly string[],
  limits: MetadataLimits,
): Read<AuthorizationServer> {
  const json = readObject(body, limits)
  if (!json.ok) return json
  const { issuer } = json.value
  if (typeof issuer !== 'string') return refuse('has no "issuer"')
  if (!issuers.includes(issuer)) {
    return refuse(`is of the issuer ${shownText(issuer)}, not of ${shownText(issuers[0] ?? '')}`)
  }
  const read = { ...json.value }
  for (const name of endpoints) {
    const fault = endpointFault(name, read[name])
    if (fault !== undefined) return refuse(fault)
  }
  // RFC 8414 §2 wants it of all but the implicit grant; without it a user would sign in for nothing.
  if (typeof read['token_endpoint'] !== 'string') return refuse('has no "token_endpoint"')
  for (const name of lists) {
    const items = strings(read[name])?.slice(0, limits.maxScopes)
    if (items === undefined) delete read[name]
    else read[name] = items
  }
  for (const name of flags) {
    if (typeof read[name] !== 'boolean') delete read[name]
  }
  // Safe: what the type says of members that are read anywhere was made so above.
  return { ok: true, value: read as unknown as AuthorizationServer }
}

/** AUTHC-46. Where http may lead is judged where an endpoint is fetched, and a page opened. */
function endpointFault(name: string, value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined
  if (typeof value !== 'string' || !URL.canParse(value)) return `has a "${name}" that is no URL`
  const { protocol, username, password } = new URL(value)
  if (username !== '' || password !== '') return `has a "${name}" with credentials in it`
  return protocol === 'https:' || protocol === 'http:'
    ? undefined
    : `has a "${name}" that is not of https`
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
