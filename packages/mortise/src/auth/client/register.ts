import type { AuthorizationServer } from 'oauth4webapi'
import { McpError } from '../../std/error.ts'
import type { ClientWish, PreRegistered } from './client-wish.ts'
import { checkMetadataUrl, checkRedirectUris } from './client-wish.ts'
import { otherIssuer } from './discover.ts'
import { shownText } from './discovery-error.ts'
import { registerDynamically } from './dynamic.ts'
import type { ClientIdentity, Discovered, Flow } from './flow.ts'
import { registeredRedirect } from './redirect-uris.ts'

/** A registration by another process is waited for as long, and looked for this often. */
const leaseMs = 60_000
const pollMs = 250

/**
 * Says who the client is at an authorization server (basic/authorization, "Client Registration Approaches"): as somebody
 * registered it by hand, as it is registered there already, by its metadata document, or by registering it now, which is kept under
 * the issuer.
 * @throws McpError `ERR_AUTH_REGISTRATION` when there is no way, or the one there is was refused. TypeError when the wish is
 *   none. The signal's reason when it was aborted.
 */
export async function identify(
  flow: Flow,
  { server }: Discovered,
  wish: ClientWish,
  signal?: AbortSignal,
): Promise<ClientIdentity> {
  checkRedirectUris(wish.redirectUris)
  const metadataUrl =
    wish.metadataUrl === undefined ? undefined : checkMetadataUrl(wish.metadataUrl)
  if (wish.preRegistered !== undefined) return preRegistered(flow, server, wish.preRegistered)
  const stored = await usable(flow, server.issuer, wish)
  if (stored !== undefined) return stored
  if (metadataUrl !== undefined && server.client_id_metadata_document_supported === true) {
    return byDocument(metadataUrl, wish)
  }
  if (server.registration_endpoint === undefined) throw noWay(server, wish)
  return registerOnce(flow, server, wish, signal)
}

/**
 * AUTHC-10, AUTHC-11: credentials are for one issuer, compared character for character. Where the application does not say for
 * which, a secret or key is for the first that it is used at: a server that is broken into may name another one to collect it.
 */
async function preRegistered(
  { credentials }: Flow,
  { issuer }: AuthorizationServer,
  { issuer: given, ...client }: PreRegistered,
): Promise<ClientIdentity> {
  const { clientId, clientSecret, privateKey } = client
  const isSecret = clientSecret !== undefined || privateKey !== undefined
  const bound = given ?? (isSecret ? await credentials.bindClient(clientId, issuer) : issuer)
  if (bound !== issuer) throw otherIssuer(bound, issuer)
  return { ...client, how: 'pre-registered' }
}

function byDocument(clientId: string, { metadataKey, redirectUris }: ClientWish): ClientIdentity {
  return metadataKey === undefined
    ? { clientId, authMethod: 'none', how: 'metadata-document', redirectUris }
    : {
        clientId,
        authMethod: 'private_key_jwt',
        privateKey: metadataKey,
        how: 'metadata-document',
        redirectUris,
      }
}

/** The registration that is kept for an issuer, unless its secret has ended or it has no redirect URI of the wish. */
async function usable(
  { credentials, runtime }: Flow,
  issuer: string,
  { redirectUris }: ClientWish,
): Promise<ClientIdentity | undefined> {
  const stored = await credentials.client(issuer)
  if (stored === undefined) return undefined
  const { secretExpiresAtSec = 0 } = stored
  const ended = secretExpiresAtSec !== 0 && secretExpiresAtSec * 1000 <= runtime.now()
  const fits = redirectUris.every((uri) => registeredRedirect(stored, uri) !== undefined)
  return ended || !fits ? undefined : stored
}

/** Registers, unless another process does at the same time: then its registration is used where it fits. */
async function registerOnce(
  flow: Flow,
  server: AuthorizationServer,
  wish: ClientWish,
  signal: AbortSignal | undefined,
): Promise<ClientIdentity> {
  const { credentials } = flow
  for (;;) {
    const lease = await credentials.lease(`register:${server.issuer}`, leaseMs)
    if (lease !== undefined) {
      try {
        const stored = await usable(flow, server.issuer, wish)
        if (stored !== undefined) return stored
        const identity = await registerDynamically(flow, server, wish, signal)
        await credentials.saveClient(server.issuer, identity)
        const { clientId, how } = identity
        flow.say({ type: 'registered', issuer: server.issuer, clientId, how })
        return identity
      } finally {
        await lease.release()
      }
    }
    await pause(flow, signal)
    const stored = await usable(flow, server.issuer, wish)
    if (stored !== undefined) return stored
  }
}

async function pause({ runtime }: Flow, signal: AbortSignal | undefined): Promise<void> {
  signal?.throwIfAborted()
  await new Promise<void>((resolve) => {
    const done = (): void => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = runtime.after(pollMs, done, { holds: true })
    signal?.addEventListener('abort', done, { once: true })
  })
  signal?.throwIfAborted()
}

function noWay(server: AuthorizationServer, { metadataUrl }: ClientWish): McpError {
  const documents =
    server.client_id_metadata_document_supported === true && metadataUrl === undefined
      ? 'It takes the URL of a metadata document: give `clientMetadataUrl`. Or register'
      : 'Register'
  const message = `the authorization server ${shownText(server.issuer)} does not know the client, and lets none register itself. ${documents} the client there by hand, and give \`client\` the id it got`
  return new McpError('ERR_AUTH_REGISTRATION', message)
}
