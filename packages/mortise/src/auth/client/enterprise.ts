import type { AuthorizationServer } from 'oauth4webapi'
import { McpError } from '../../std/error.ts'
import type { Names } from '../../std/option-names.ts'
import { checkNames } from '../../std/option-names.ts'
import { discoverIssuer } from './discover.ts'
import type { ClientIdentity, Flow, Grant, Wanted } from './flow.ts'
import type { MachineOptions } from './machine-options.ts'
import { createMachine, grantKey, machineOptionNames, requireAccount } from './machine-options.ts'
import type { MachineIdentity } from './machine.ts'
import { machineIdentity, machineIdentityNames, requireIssuer } from './machine.ts'
import { jwtBearer, requestMachineTokens } from './machine-tokens.ts'
import type { AuthPlatform } from './platform.ts'
import type { SignedIn } from './signed-in.ts'
import { askTokenEndpoint, restriction } from './token-request.ts'

/**
 * A client whose organisation decides what its users may reach. Its own members are of its registration at the authorization server
 * of the protected server; where it has none, `clientId` is the URL of its metadata document.
 */
export interface EnterpriseOptions extends MachineIdentity, MachineOptions {
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

const names: Names<EnterpriseOptions> = {
  ...machineIdentityNames,
  ...machineOptionNames,
  idp: true,
}
const idpNames: Names<IdentityProvider> = {
  ...machineIdentityNames,
  issuer: true,
  tokenEndpoint: true,
  idToken: true,
}

/**
 * Gets a user in for whom the organisation decides: its identity provider gives an assertion for the server's authorization
 * server (an ID-JAG), which gives a token for that (Extensions, "Enterprise-Managed Authorization"), on any platform. Nobody is
 * asked; the user has signed in to the client before.
 * @throws TypeError when the identity provider is not named, or not by https; when an option has a name that none has, or
 *   `account` is missing beside `store`.
 */
export function enterpriseOn(platform: AuthPlatform, options: EnterpriseOptions): SignedIn {
  checkNames('enterprise has no option ', options, names)
  if (options.idp === undefined)
    throw new TypeError('enterprise needs `idp`: the identity provider')
  checkNames('idp has no member ', options.idp, idpNames)
  requireAccount(options, 'user')
  const { issuer, tokenEndpoint } = options.idp
  const named = [issuer, tokenEndpoint].filter((url) => url !== undefined)
  return createMachine(platform, options, { grant: enterpriseGrant(options), named })
}

/** Tokens for an assertion of the identity provider. @throws TypeError when that is not named. */
export function enterpriseGrant(
  options: MachineIdentity & Pick<EnterpriseOptions, 'idp' | 'issuer' | 'account'>,
): Grant {
  const { idp } = options
  const place = idp.tokenEndpoint ?? idp.issuer
  if (place === undefined) throw new TypeError('idp needs an `issuer` or a `tokenEndpoint`')
  const identify = machineIdentity(options)
  const identifyAtIdp = machineIdentity(idp)

  const key = grantKey('enterprise', [options.clientId, place, idp.clientId, options.account ?? ''])
  const binding = { key, given: options.issuer }
  return {
    key,
    interactive: false,
    async obtain(flow, wanted) {
      await requireIssuer(flow, wanted.found, binding)
      const atIdp = { idp, identity: await identifyAtIdp() }
      const { assertion, scopes } = await exchange(flow, wanted, atIdp)
      const asked = { ...wanted, scopes: wanted.scopes ?? scopes }
      return await requestMachineTokens(flow, asked, {
        identity: await identify(),
        grantType: jwtBearer,
        parameters: { assertion },
      })
    },
    async identity(flow, found) {
      await requireIssuer(flow, found, binding)
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
