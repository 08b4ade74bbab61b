import { shownPlace } from '../../http/echo.ts'
import { otherIssuer } from './discover.ts'
import { isLoopbackHost } from '../../http/address.ts'
import type { MachineKey } from './private-key.ts'
import { importPrivateKey } from './private-key.ts'
import type { ClientIdentity, Discovered, Flow } from './flow.ts'
import type { Names } from '../../std/option-names.ts'

/** Who a machine is at the authorization server: registered there beforehand. */
export interface MachineIdentity {
  readonly clientId: string
  readonly clientSecret?: string
  /**
   * A private key whose public half the authorization server knows: PKCS #8 as PEM, a JWK, or a CryptoKey. Preferred to a
   * secret where the server takes both.
   */
  readonly privateKey?: MachineKey['key']
  /** The JWS algorithm of a key in PEM, or of a JWK that does not name one. Default: `ES256`. */
  readonly algorithm?: string
  /** The `kid` by which the authorization server finds the public key. Default: that of the JWK, else none. */
  readonly keyId?: string
}

/** The names of `MachineIdentity`, for `checkNames`. */
export const machineIdentityNames: Names<MachineIdentity> = {
  clientId: true,
  clientSecret: true,
  privateKey: true,
  algorithm: true,
  keyId: true,
}

/** Reads an identity when it is first needed: importing a key takes its time. */
export function machineIdentity({
  clientId,
  clientSecret,
  privateKey,
  algorithm,
  keyId,
}: MachineIdentity): () => Promise<ClientIdentity> {
  async function read(): Promise<ClientIdentity> {
    const base = { clientId, ...(clientSecret === undefined ? {} : { clientSecret }) }
    if (privateKey === undefined) return { ...base, how: 'pre-registered' }
    const key = await importPrivateKey({
      key: privateKey,
      ...(algorithm === undefined ? {} : { algorithm }),
      ...(keyId === undefined ? {} : { keyId }),
    })
    return { ...base, privateKey: key, how: 'pre-registered' }
  }
  let identity: Promise<ClientIdentity> | undefined
  return () => (identity ??= read())
}

/**
 * Keeps credentials with one issuer: a server that is broken into could name an authorization server that collects them
 * (AUTHC-10, AUTHC-11). Where the application does not say which, it is the first that the grant with this `key` is used at.
 * @throws McpError `ERR_AUTH_REGISTRATION` when it is another one.
 */
export async function requireIssuer(
  { credentials }: Flow,
  { server: { issuer } }: Discovered,
  { key, given }: { readonly key: string; readonly given: string | undefined },
): Promise<void> {
  const bound = given ?? (await credentials.bindClient(key, issuer))
  // Names, which are no secrets; compared character for character (trap T-55).
  if (issuer !== bound) throw otherIssuer(bound, issuer)
}

/** @throws TypeError when what the application gives is no URL, or neither https nor of this machine (EMA-14). */
export function requireTls(url: string): void {
  if (!URL.canParse(url)) throw new TypeError(`"${shownPlace(url)}" is no URL of an issuer`)
  const { protocol, hostname } = new URL(url)
  if (protocol === 'https:' || isLoopbackHost(hostname)) return
  throw new TypeError(`credentials are sent by https alone, and not to ${protocol}//${hostname}`)
}
