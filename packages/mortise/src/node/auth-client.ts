import { clientCredentialsOn } from '../auth/client/client-credentials.ts'
import type { ClientCredentialsOptions } from '../auth/client/client-credentials.ts'
import { enterpriseOn } from '../auth/client/enterprise.ts'
import type { EnterpriseOptions } from '../auth/client/enterprise.ts'
import type { AuthPlatform } from '../auth/client/platform.ts'
import { signInOn } from '../auth/client/sign-in.ts'
import type { SignIn, SignInOptions } from '../auth/client/sign-in.ts'
import type { SignedIn } from '../auth/client/signed-in.ts'
import { workloadIdentityOn } from '../auth/client/workload-identity.ts'
import type { WorkloadIdentityOptions } from '../auth/client/workload-identity.ts'
import { createNodeGuardedFetch } from './guarded-fetch.ts'
import { createLoopbackSignIn } from './loopback-sign-in.ts'

const platform: AuthPlatform = {
  createFetch: (policy, limits) => createNodeGuardedFetch(policy, { limits }),
}

/**
 * Signs a user in, wherever a server asks for it: `connect(url, { auth: signIn() })`. The user's browser is opened, and comes
 * back to this machine; where there is none, stderr says which page to open. `store` keeps what was got: see
 * `createFileStore` and `createKeychainStore` of `mortise/node`.
 * @throws TypeError when an option has a name that none has, or a value that it cannot have.
 */
export function signIn(options: SignInOptions = {}): SignIn {
  const { trust = [], limits = {} } = options
  const userAgent = createLoopbackSignIn({ trust, limits })
  return signInOn({ ...platform, userAgent }, options)
}

/**
 * Gets a machine in that acts for itself: `connect(url, { auth: clientCredentials({ clientId, clientSecret }) })` (Extensions,
 * "OAuth Client Credentials"; RFC 6749 §4.4).
 * @throws TypeError when there is neither a secret nor a key, or an option has a name that none has.
 */
export function clientCredentials(options: ClientCredentialsOptions): SignedIn {
  return clientCredentialsOn(platform, options)
}

/**
 * Gets a user in for whom the organisation decides: its identity provider gives an assertion for the server's authorization
 * server (Extensions, "Enterprise-Managed Authorization"). Nobody is asked; the user has signed in to the client before.
 * @throws TypeError when the identity provider is not named, or not by https; when an option has a name that none has, or
 *   `account` is missing beside `store`.
 */
export function enterprise(options: EnterpriseOptions): SignedIn {
  return enterpriseOn(platform, options)
}

/**
 * Gets a workload in that its platform vouches for (Extensions, "Workload Identity Federation"; RFC 7523 §2.1).
 * @throws TypeError when an option has a name that none has, or `account` is missing beside `store`.
 */
export function workloadIdentity(options: WorkloadIdentityOptions): SignedIn {
  return workloadIdentityOn(platform, options)
}

export { createLoopbackSignIn } from './loopback-sign-in.ts'
export type { LoopbackSignInOptions, Pasting } from './loopback-sign-in.ts'
export { createTerminalSignIn } from './terminal-sign-in.ts'
export type { TerminalSignInOptions } from './terminal-sign-in.ts'
export { openUrl } from './open-url.ts'
export type { OpenUrlOptions } from './open-url.ts'
export * from '../auth/client/face.ts'
