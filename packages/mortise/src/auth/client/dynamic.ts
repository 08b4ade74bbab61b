import * as oauth from 'oauth4webapi'
import { McpError } from '../../std/error.ts'
import { readObject, strings } from '../metadata.ts'
import type { ClientWish } from './client-wish.ts'
import { describe } from './client-wish.ts'
import { shownText, shownUrl } from './discovery-error.ts'
import type { ClientIdentity, Flow } from './flow.ts'
import { AuthRefusedError, authError, oauthOptions } from './oauth-options.ts'
import { otherLoopback, registeredRedirect } from './redirect-uris.ts'

/**
 * Registers the client (RFC 7591). When its redirect URIs are refused it tries once more with this machine's other name.
 * @throws McpError `ERR_AUTH_REGISTRATION`; what `flow.fetch` throws; the signal's reason when it was aborted.
 */
export async function registerDynamically(
  flow: Flow,
  server: oauth.AuthorizationServer,
  wish: ClientWish,
  signal?: AbortSignal,
): Promise<ClientIdentity> {
  try {
    return await register(flow, server, wish, signal)
  } catch (error) {
    const renamed = isAboutRedirects(error) ? wish.redirectUris.map(otherLoopback) : []
    const redirectUris = renamed.filter((uri) => uri !== undefined)
    if (redirectUris.length === 0 || redirectUris.length < renamed.length) {
      throw registrationError(error, server, wish)
    }
    try {
      return await register(flow, server, { ...wish, redirectUris }, signal)
    } catch {
      // The first refusal is about what the application asked for.
      signal?.throwIfAborted()
      throw registrationError(error, server, wish)
    }
  }
}

async function register(
  flow: Flow,
  server: oauth.AuthorizationServer,
  wish: ClientWish,
  signal: AbortSignal | undefined,
): Promise<ClientIdentity> {
  const options = oauthOptions(flow, signal)
  try {
    const request = metadataFor(server, wish)
    const response = await oauth.dynamicClientRegistrationRequest(server, request, options)
    // RFC 7591 §3.2.1 wants 201; 200 is common.
    if (response.status === 200 || response.status === 201) {
      return readRegistration(flow, new Uint8Array(await response.arrayBuffer()), wish)
    }
    await oauth.processDynamicClientRegistrationResponse(response)
    throw new TypeError('a refusal was taken for a registration')
  } catch (error) {
    signal?.throwIfAborted()
    throw authError(error, options.sent)
  }
}

/** What is asked for. `application_type` tells whether the client runs on the user's machine (AUTHC-18). */
function metadataFor(
  { token_endpoint_auth_methods_supported: supported }: oauth.AuthorizationServer,
  wish: ClientWish,
): Partial<oauth.OmitSymbolProperties<oauth.Client>> {
  const native = wish.redirectUris.some((uri) => otherLoopback(uri) !== undefined)
  // A program on the user's machine keeps no secret from the user; one on a server does.
  const order = native
    ? ['none', 'client_secret_basic', 'client_secret_post']
    : ['client_secret_basic', 'client_secret_post', 'none']
  const method = order.find((one) => supported?.includes(one))
  const { redirect_uris, grant_types, response_types, ...told } = describe(wish)
  return {
    ...told,
    redirect_uris: [...redirect_uris],
    grant_types: [...grant_types],
    response_types: [...response_types],
    application_type: native ? 'native' : 'web',
    // Where the server does not tell, it chooses.
    ...(method === undefined ? {} : { token_endpoint_auth_method: method }),
  }
}

function readRegistration(
  { limits }: Flow,
  body: Uint8Array,
  { redirectUris }: ClientWish,
): ClientIdentity {
  const json = readObject(body, limits)
  if (!json.ok) throw new McpError('ERR_AUTH_REGISTRATION', `the registration ${json.reason}`)
  const { client_id: clientId, client_secret: clientSecret } = json.value
  const { token_endpoint_auth_method: authMethod, client_secret_expires_at: end } = json.value
  if (!isPrintable(clientId)) {
    throw new McpError(
      'ERR_AUTH_REGISTRATION',
      'the registration has no client_id that can be sent',
    )
  }
  // Some servers name their default to a client that they gave no secret.
  const isOfSecret = String(authMethod).startsWith('client_secret_')
  const lacksSecret = isOfSecret && !isPrintable(clientSecret)
  const identity: ClientIdentity = {
    clientId,
    how: 'dynamic',
    redirectUris: strings(json.value['redirect_uris']) ?? redirectUris,
    ...(isPrintable(clientSecret) ? { clientSecret } : {}),
    ...(typeof authMethod === 'string' && !lacksSecret ? { authMethod } : {}),
    ...(typeof end === 'number' ? { secretExpiresAtSec: end } : {}),
  }
  if (redirectUris.every((uri) => registeredRedirect(identity, uri) !== undefined)) return identity
  const message = 'the authorization server registered other redirect URIs than were asked for'
  throw new McpError('ERR_AUTH_REGISTRATION', message)
}

/** RFC 6749, Appendix A.1 and A.2. */
function isPrintable(value: unknown): value is string {
  return typeof value === 'string' && /^[\x20-\x7e]+$/.test(value)
}

/** Servers without the code for it (RFC 7591 §3.2.2) say so in words. */
function isAboutRedirects(error: unknown): error is AuthRefusedError {
  if (!(error instanceof AuthRefusedError)) return false
  return error.error === 'invalid_redirect_uri' || /redirect/i.test(error.message)
}

function registrationError(
  error: unknown,
  { issuer }: oauth.AuthorizationServer,
  { redirectUris }: ClientWish,
): unknown {
  if (!(error instanceof McpError) || error.code !== 'ERR_AUTH_REFUSED') return error
  const advice = isAboutRedirects(error)
    ? ` It allows none of ${redirectUris.map(shownUrl).join(', ')}: register the client there by hand, or give a redirect URI that it allows`
    : ' Register the client there by hand, and give the id it got'
  const message = `the client could not register at ${shownText(issuer)}: ${error.message}.${advice}`
  return new McpError('ERR_AUTH_REGISTRATION', message)
}
