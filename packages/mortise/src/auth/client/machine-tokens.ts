import { encodeBase64Url } from '../../std/encoding.ts'
import type { ClientIdentity, Flow, TokenSet, Wanted } from './flow.ts'
import { askTokenEndpoint, restriction } from './token-request.ts'
import { readTokens } from './token.ts'

/** The grant of an assertion (RFC 7523 §2.1). */
export const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

/** How a machine asks for tokens. */
export interface MachineRequest {
  readonly identity: ClientIdentity
  readonly grantType: string
  readonly parameters?: Readonly<Record<string, string>>
}

/**
 * Gets tokens for the protected server that is wanted, and nothing to refresh them with: a machine asks anew (RFC 6749 §4.4.3),
 * so that whoever vouches for it decides again.
 * @throws McpError `ERR_AUTH_REFUSED` when the answer is no, or of no use; the signal's reason when it was aborted.
 */
export async function requestMachineTokens(
  flow: Flow,
  { found, scopes, dpop, signal }: Wanted,
  { identity, grantType, parameters = {} }: MachineRequest,
): Promise<TokenSet> {
  const answer = await askTokenEndpoint(flow, {
    server: found.server,
    identity,
    grantType,
    parameters: { ...parameters, ...restriction(scopes, found.resource) },
    dpop,
    signal,
  })
  const { refreshToken: _unused, ...tokens } = readTokens(flow, answer, {
    found,
    clientId: identity.clientId,
    requested: scopes ?? [],
    grant: encodeBase64Url(flow.runtime.randomBytes(16)),
    dpop,
  })
  return tokens
}
