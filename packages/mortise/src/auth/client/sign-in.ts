import { checkTrust } from '../../http/outbound-policy.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import { createMemoryStore } from '../../state/memory.ts'
import type { Limits } from '../../std/limits.ts'
import { resolveLimits } from '../../std/limits.ts'
import { checkNames } from '../../std/option-names.ts'
import type { Names } from '../../std/option-names.ts'
import { userGrant } from './authorize.ts'
import type { PreRegistered } from './client-wish.ts'
import { checkMetadataUrl } from './client-wish.ts'
import type { AuthEvent, Flow } from './flow.ts'
import type { AuthPlatform, UserAgent } from './platform.ts'
import { importPrivateKey } from './private-key.ts'
import type { MachineKey } from './private-key.ts'
import { createSignedIn } from './signed-in.ts'
import type { SignedIn } from './signed-in.ts'

/** How a user is signed in. */
export interface SignInOptions {
  /** Keeps registrations and tokens. Default: this process's memory, so that the user signs in each time. */
  readonly store?: KeyValueStore
  /** Who the client is, where somebody registered it by hand. Default: it registers itself. */
  readonly client?: RegisteredClient
  /** Where the client's metadata document is: an `https` URL with a path (`clientMetadataDocument`). */
  readonly clientMetadataUrl?: string
  /** What users see of a client that registers itself. Default: title or name in `info` of the connection, else `mortise`. */
  readonly clientName?: string
  /** Scopes that are asked for besides those that the server wants. */
  readonly scopes?: readonly string[]
  /** Brings the user to the page and back. Default: the platform's way; none where it has none. */
  readonly userAgent?: UserAgent
  /** Origins of authorization servers that need not be public, nor of https: `https://id.corp.example`. */
  readonly trust?: readonly string[]
  /** Whether authorization servers on this machine are let be: for development. Default: false. */
  readonly allowLoopback?: boolean
  /** Whether tokens are bound to a key wherever both servers say that they can (RFC 9449). Default: where the server asks. */
  readonly dpop?: boolean
  /** Tells users apart who share a store. Default: one user. */
  readonly account?: string
  /** Hears what is done, without secrets. */
  readonly onEvent?: (event: AuthEvent) => void
  /** Over the limits of the connection. */
  readonly limits?: Partial<Limits>
}

/** A client that somebody registered by hand. */
export interface RegisteredClient {
  readonly clientId: string
  readonly clientSecret?: string
  /** The key for `private_key_jwt`: PKCS #8 as PEM, a private JWK, or a CryptoKey. */
  readonly privateKey?: MachineKey['key']
  /**
   * The issuer that it is registered at; another one never sees it. Default: where it has a secret or key, the first that it
   * is used at, which `store` keeps; else whichever the server names.
   */
  readonly issuer?: string
}

/** Signs a user in, wherever a server asks for it. */
export type SignIn = SignedIn

const clientNames: Names<RegisteredClient> = {
  clientId: true,
  clientSecret: true,
  privateKey: true,
  issuer: true,
}

const names: Names<SignInOptions> = {
  store: true,
  client: true,
  clientMetadataUrl: true,
  clientName: true,
  scopes: true,
  userAgent: true,
  trust: true,
  allowLoopback: true,
  dpop: true,
  account: true,
  onEvent: true,
  limits: true,
}

/**
 * Signs a user in on one platform.
 * @throws TypeError when an option has a name that none has, or a value that it cannot have.
 */
export function signInOn(platform: AuthPlatform, options: SignInOptions = {}): SignIn {
  checkNames('signIn has no option ', options, names)
  resolveLimits(options.limits)
  const { store = createMemoryStore(), client, clientMetadataUrl, account = '' } = options
  const { userAgent = platform.userAgent, trust = [], allowLoopback = false } = options
  checkTrust(trust)
  if (clientMetadataUrl !== undefined) checkMetadataUrl(clientMetadataUrl)
  if (client !== undefined) checkClient(client)
  let registered: Promise<PreRegistered> | undefined
  const wish = async ({
    clientName = 'mortise',
  }: Pick<Flow, 'clientName'>): Promise<{
    name: string
    metadataUrl?: string
    preRegistered?: PreRegistered
  }> => ({
    name: options.clientName ?? clientName,
    ...(clientMetadataUrl === undefined ? {} : { metadataUrl: clientMetadataUrl }),
    ...(client && { preRegistered: await (registered ??= readClient(client)) }),
  })
  return createSignedIn({
    grant: userGrant({ account, userAgent, wish, trust }),
    store,
    createFetch: platform.createFetch,
    policy: { trust, allowLoopback },
    ...(options.scopes === undefined ? {} : { scopes: options.scopes }),
    ...(options.dpop === undefined ? {} : { dpop: options.dpop }),
    ...(client?.issuer === undefined ? {} : { issuer: client.issuer }),
    ...(options.onEvent === undefined ? {} : { onEvent: options.onEvent }),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  })
}

function checkClient(client: RegisteredClient): void {
  checkNames('signIn has no option client.', client, clientNames)
  const { clientId }: { readonly clientId?: unknown } = client
  if (typeof clientId === 'string' && clientId !== '') return
  throw new TypeError('signIn: client needs the clientId that it was registered with')
}

async function readClient({ privateKey, ...client }: RegisteredClient): Promise<PreRegistered> {
  if (privateKey === undefined) return client
  return { ...client, privateKey: await importPrivateKey({ key: privateKey }) }
}
