import type { Limits } from '../std/limits.ts'
import type { Runtime } from '../std/runtime.ts'
import type { HttpClient } from './client-seam.ts'

/** Gets a client in by itself: what `signIn` and the others of `mortise/auth/client` make, for the option `auth` of `connect`. */
export interface ClientAuth {
  /** Wraps the HTTP client of one connection, so that its requests are authorized. */
  sign(http: HttpClient, connection: AuthConnection): SignedClient
}

/** The connection whose requests are signed. */
export interface AuthConnection {
  /** The server's URL, as the application gave it. */
  readonly url: string
  /** What the connection calls itself, for people. Default: it does not say. */
  readonly clientName?: string
  /** The version of the protocol that requests for metadata name. */
  readonly version: string
  readonly limits: Limits
  readonly runtime: Runtime
  /** Does what waits for the user: no request of the connection runs out of time meanwhile. */
  asking<T>(ask: () => Promise<T>): Promise<T>
  /** Hears what the user should know, in words without secrets. */
  warning(text: string): void
}

/** An HTTP client whose requests are authorized. */
export interface SignedClient extends HttpClient {
  /**
   * Names the grant under which requests go now: the same while its tokens are refreshed, another one once somebody has signed
   * in anew, who may be another user. Undefined: nobody is signed in.
   */
  grant(): string | undefined
}
