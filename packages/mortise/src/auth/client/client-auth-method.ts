import * as oauth from 'oauth4webapi'
import { McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { visible } from '../../std/visible.ts'
import type { ClientIdentity } from './flow.ts'

/**
 * How the client proves who it is to the token endpoint: as its registration says (`identity.authMethod`), else by what the
 * server supports in this order: `private_key_jwt`, `client_secret_basic`, `client_secret_post` (trap T-53), and
 * `client_secret_basic` where the server does not tell (RFC 8414 §2). Without key and secret: `none`.
 * @throws McpError `ERR_AUTH_REGISTRATION` when the method is not supported here, or what it takes is missing.
 */
export function clientAuthentication(
  server: oauth.AuthorizationServer,
  identity: ClientIdentity,
): oauth.ClientAuth {
  const { clientSecret, privateKey } = identity
  const method = identity.authMethod ?? choose(server, identity)
  switch (method) {
    case 'none':
      return oauth.None()
    case 'private_key_jwt':
      if (privateKey === undefined) throw missing(method, 'privateKey')
      return oauth.PrivateKeyJwt({
        key: privateKey.key,
        ...(privateKey.kid === undefined ? {} : { kid: privateKey.kid }),
      })
    case 'client_secret_basic':
      if (clientSecret === undefined) throw missing(method, 'clientSecret')
      return basic(clientSecret)
    case 'client_secret_post':
      if (clientSecret === undefined) throw missing(method, 'clientSecret')
      return oauth.ClientSecretPost(clientSecret)
    case 'client_secret_jwt':
      if (clientSecret === undefined) throw missing(method, 'clientSecret')
      return oauth.ClientSecretJwt(clientSecret)
    default: {
      const shown = visible(excerpt(method, 64))
      const message = `the client is registered for the authentication method ${shown}, which is not supported`
      throw new McpError('ERR_AUTH_REGISTRATION', message)
    }
  }
}

function choose(
  { token_endpoint_auth_methods_supported: supported }: oauth.AuthorizationServer,
  { clientSecret, privateKey }: ClientIdentity,
): string {
  const has = (method: string): boolean => supported?.includes(method) ?? false
  if (privateKey !== undefined && (clientSecret === undefined || has('private_key_jwt'))) {
    return 'private_key_jwt'
  }
  if (clientSecret === undefined) return 'none'
  return has('client_secret_post') && !has('client_secret_basic')
    ? 'client_secret_post'
    : 'client_secret_basic'
}

/**
 * RFC 6749 §2.3.1, form-encoded as URLSearchParams does it. oauth4webapi encodes `-`, `.` and `_` besides, which is allowed, and
 * which the many servers that do not decode take for another client.
 */
function basic(clientSecret: string): oauth.ClientAuth {
  const encode = (text: string): string => new URLSearchParams({ v: text }).toString().slice(2)
  return (_server, client, _body, headers) => {
    const pair = `${encode(client.client_id)}:${encode(clientSecret)}`
    headers.set('authorization', `Basic ${btoa(pair)}`)
  }
}

function missing(method: string, what: string): McpError {
  const message = `the client authenticates by ${method}, and has no ${what}: give it one`
  return new McpError('ERR_AUTH_REGISTRATION', message)
}
