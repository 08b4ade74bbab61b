import type { AuthorizationServer } from 'oauth4webapi'
import { McpError } from '../../std/error.ts'
import type { ClientIdentity, Discovered, Flow, Grant, Wanted } from './flow.ts'
import { discoverIssuer } from './discover.ts'
import type { IssuerBound, MachineIdentity } from './machine.ts'
import { bindIssuer, machineIdentity, requireTls } from './machine.ts'
import { askTokenEndpoint, jwtBearer, requestTokens, restriction } from './token-request.ts'

/** Who a client is whose organisation decides what its users may reach. */
export interface EnterpriseIdentity extends MachineIdentity, IssuerBound {
  readonly idp: IdentityProvider
}

/** The organisation's identity provider, where the user has signed in to the client. */
export interface IdentityProvider extends MachineIdentity {
  /** Where its metadata is found. Needed where `tokenEndpoint` is not given. */
  readonly issuer?: string
  /** Its token endpoint, where that is known. */
  readonly tokenEndpoint?: string
  /** The ID token of the user's sign-in; a function is called anew for every token, since ID tokens are short-lived. */
  readonly idToken: string | (() => string | Promise<string>)
}

const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const idJag = 'urn:ietf:params:oauth:token-type:id-jag'
const idToken = 'urn:ietf:params:oauth:token-type:id_token'

/**
 * Gets tokens for a user whose organisation decides: its identity provider gives an assertion for the server's authorization
 * server (an ID-JAG), which gives a token for that (Extensions, "Enterprise-Managed Authorization").
 * @throws TypeError when the identity provider is not named, or not by https.
 */
export function enterpriseGrant(options: EnterpriseIdentity): Grant {
  const { idp } = options
  const place = idp.tokenEndpoint ?? idp.issuer
  if (place === undefined) throw new TypeError('idp needs an `issuer` or a `tokenEndpoint`')
  requireTls(place)
  const bind = bindIssuer(options.issuer)
  const identify = machineIdentity(options)
  const identifyAtIdp = machineIdentity(idp)

  async function assertionFor(flow: Flow, wanted: Wanted): Promise<Assertion> {
    return await exchange(flow, wanted, { idp, identity: await identifyAtIdp() })
  }

  return {
    key: `enterprise:${options.clientId}:${place}:${idp.clientId}`,
    interactive: false,
    async obtain(flow, wanted) {
      bind(wanted.found.server.issuer)
      const { assertion, scopes } = await assertionFor(flow, wanted)
      const asked = { ...wanted, scopes: wanted.scopes ?? scopes }
      return await requestTokens(flow, asked, {
        identity: await identify(),
        grantType: jwtBearer,
        parameters: { assertion },
      })
    },
    async identity(_flow: Flow, { server }: Discovered) {
      bind(server.issuer)
      return await identify()
    },
  }
}

/** An ID-JAG, and the scopes that it is for where that was told. */
interface Assertion {
  readonly assertion: string
  readonly scopes: readonly string[] | undefined
}

/** "Token Exchange" (§4): the identity provider judges whether this user may use this client with this server. */
async function exchange(
  flow: Flow,
  { found, scopes, signal }: Wanted,
  { idp, identity }: { readonly idp: IdentityProvider; readonly identity: ClientIdentity },
): Promise<Assertion> {
  const answer = await askTokenEndpoint(flow, {
    server: await serverOf(flow, idp, signal),
    identity,
    grantType: tokenExchange,
    parameters: {
      requested_token_type: idJag,
      audience: found.server.issuer,
      subject_token: typeof idp.idToken === 'string' ? idp.idToken : await idp.idToken(),
      subject_token_type: idToken,
      ...restriction(scopes, found.resource),
    },
    types: ['n_a'],
    signal,
  })
  // What is no ID-JAG might be a token for something else, and is shown to nobody ("Token Exchange Response").
  if (answer['issued_token_type'] !== idJag || answer.token_type !== 'n_a') {
    throw new McpError(
      'ERR_AUTH_REFUSED',
      'the identity provider gave something else than the assertion that was asked for: it has to support ID-JAG',
    )
  }
  return { assertion: answer.access_token, scopes: answer.scope?.split(' ') }
}

async function serverOf(
  flow: Flow,
  { issuer, tokenEndpoint }: IdentityProvider,
  signal: AbortSignal | undefined,
): Promise<AuthorizationServer> {
  if (tokenEndpoint !== undefined) {
    return { issuer: issuer ?? tokenEndpoint, token_endpoint: tokenEndpoint }
  }
  return await discoverIssuer(flow, issuer ?? '', signal)
}
