import * as oauth from 'oauth4webapi'
import { clientAuthentication } from './client-auth-method.ts'
import { withDpopNonce } from './dpop.ts'
import type { ClientIdentity, DpopKey, Flow } from './flow.ts'
import { authError, oauthOptions } from './oauth-options.ts'

/** One request to a token endpoint. */
export interface TokenRequest {
  readonly server: oauth.AuthorizationServer
  /** Who asks; a `clientId` that is empty is not sent. */
  readonly identity: ClientIdentity
  readonly grantType: string
  readonly parameters: Readonly<Record<string, string>>
  readonly dpop?: DpopKey | undefined
  /** Token types that are right besides `bearer` and `dpop`, in lower case. */
  readonly types?: readonly string[]
  readonly signal?: AbortSignal | undefined
}

/**
 * Asks a token endpoint once, and once more for a DPoP nonce alone.
 * @throws McpError `ERR_AUTH_REFUSED` when the answer is no, or of no use; the signal's reason when it was aborted.
 */
export async function askTokenEndpoint(
  flow: Flow,
  { server, identity, grantType, parameters, dpop, types = [], signal }: TokenRequest,
): Promise<oauth.TokenEndpointResponse> {
  // The library wants a name, which `authentication` sends or not.
  const client = { client_id: identity.clientId || 'nameless' }
  const options = {
    ...oauthOptions(flow, signal),
    ...(dpop === undefined ? {} : { DPoP: dpop.handle }),
  }
  const recognizedTokenTypes = Object.fromEntries(types.map((type) => [type, () => {}]))
  try {
    const authentication = authenticationOf(server, identity)
    return await withDpopNonce(dpop, async () => {
      const response = await oauth.genericTokenEndpointRequest(
        server,
        client,
        authentication,
        grantType,
        parameters,
        options,
      )
      return await oauth.processGenericTokenEndpointResponse(server, client, response, {
        recognizedTokenTypes,
      })
    })
  } catch (error) {
    signal?.throwIfAborted()
    throw authError(error, options.sent)
  }
}

/** What a token is asked to be good for (RFC 8707 §2; RFC 6749 §3.3). */
export function restriction(
  scopes: readonly string[] | undefined,
  resource: string | undefined,
): Record<string, string> {
  return {
    ...(resource === undefined ? {} : { resource }),
    ...(scopes === undefined || scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
  }
}

function authenticationOf(
  server: oauth.AuthorizationServer,
  identity: ClientIdentity,
): oauth.ClientAuth {
  if (identity.clientId === '') return () => {}
  const authenticate = clientAuthentication(server, identity)
  return async (...request) => {
    await authenticate(...request)
    const body = request[2]
    // ACC-03: the assertion's `sub` says who it is. Other grants keep what more servers expect (RFC 7521 §4.2 allows both).
    const isOwn = body.get('grant_type') === 'client_credentials'
    if (isOwn && body.has('client_assertion')) body.delete('client_id')
  }
}
