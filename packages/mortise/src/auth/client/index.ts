import { clientCredentialsOn } from './client-credentials.ts'
import type { ClientCredentialsOptions } from './client-credentials.ts'
import { enterpriseOn } from './enterprise.ts'
import type { EnterpriseOptions } from './enterprise.ts'
import { fetchPlatform } from './fetch-platform.ts'
import { signInOn } from './sign-in.ts'
import type { SignIn, SignInOptions } from './sign-in.ts'
import type { SignedIn } from './signed-in.ts'
import { workloadIdentityOn } from './workload-identity.ts'
import type { WorkloadIdentityOptions } from './workload-identity.ts'

/**
 * Gets a client in: `mortise/auth/client`. On Node the entry point is `node/auth-client.ts`.
 *
 * Signs a user in, wherever a server asks for it: `connect(url, { auth: signIn({ userAgent }) })`.
 * @throws TypeError when an option has a name that none has, or a value that it cannot have.
 */
export function signIn(options: SignInOptions = {}): SignIn {
  return signInOn(fetchPlatform, options)
}

/**
 * Gets a machine in that acts for itself: `connect(url, { auth: clientCredentials({ clientId, clientSecret }) })` (Extensions,
 * "OAuth Client Credentials"; RFC 6749 §4.4).
 * @throws TypeError when there is neither a secret nor a key, or an option has a name that none has.
 */
export function clientCredentials(options: ClientCredentialsOptions): SignedIn {
  return clientCredentialsOn(fetchPlatform, options)
}

/**
 * Gets a user in for whom the organisation decides: its identity provider gives an assertion for the server's authorization
 * server (Extensions, "Enterprise-Managed Authorization"). Nobody is asked; the user has signed in to the client before.
 * @throws TypeError when the identity provider is not named, or not by https; when an option has a name that none has, or
 *   `account` is missing beside `store`.
 */
export function enterprise(options: EnterpriseOptions): SignedIn {
  return enterpriseOn(fetchPlatform, options)
}

/**
 * Gets a workload in that its platform vouches for (Extensions, "Workload Identity Federation"; RFC 7523 §2.1).
 * @throws TypeError when an option has a name that none has, or `account` is missing beside `store`.
 */
export function workloadIdentity(options: WorkloadIdentityOptions): SignedIn {
  return workloadIdentityOn(fetchPlatform, options)
}

export * from './face.ts'
