import { fetchPlatform } from './fetch-platform.ts'
import { signInOn } from './sign-in.ts'
import type { SignIn, SignInOptions } from './sign-in.ts'

/**
 * Gets a client in: `mortise/auth/client`. On Node the entry point is `node/auth-client.ts`.
 *
 * Signs a user in, wherever a server asks for it: `connect(url, { auth: signIn({ userAgent }) })`.
 * @throws TypeError when an option has a name that none has, or a value that it cannot have.
 */
export function signIn(options: SignInOptions = {}): SignIn {
  return signInOn(fetchPlatform, options)
}

export * from './face.ts'
