import type { AuthorizationServer, DPoPHandle } from 'oauth4webapi'
import type { GuardedFetch } from '../../http/guarded-fetch.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { Credentials } from './credentials.ts'

/** What every step of getting in to one server shares. */
export interface Flow {
  /** The server's URL as the application gave it, without fragment. */
  readonly serverUrl: string
  /** What the connection calls itself, for people, where it says so. */
  readonly clientName?: string
  /** Reaches what peers named. The server's own origin, and what the application names, are trusted there. */
  readonly fetch: GuardedFetch
  readonly credentials: Credentials
  readonly limits: Limits
  readonly runtime: Runtime
  /** Does what waits for the user. */
  asking<T>(ask: () => Promise<T>): Promise<T>
  /** Tells the application what is done, in words and facts without secrets. */
  readonly say: (event: AuthEvent) => void
}

/** What is known of a protected server and of who gives tokens for it. */
export interface Discovered {
  /**
   * The value of `resource` in requests (RFC 8707): the metadata's own string, else the canonical URL of the server. Undefined
   * where the server is of the first revision with authorization, which had no such metadata (AUTHC-44).
   */
  readonly resource: string | undefined
  /** Of the protected resource metadata. */
  readonly scopesSupported: readonly string[] | undefined
  /** Of the protected resource metadata: only tokens that are bound to a key are taken (RFC 9449). */
  readonly dpopRequired?: boolean
  /** Of the protected resource metadata: tokens that are bound to a key of ours are taken (RFC 9728 §2). */
  readonly dpopOffered?: boolean
  /** The authorization server; its `issuer` was compared with the one that was asked. */
  readonly server: AuthorizationServer
}

/** Who we are at one authorization server. */
export interface ClientIdentity {
  readonly clientId: string
  readonly clientSecret?: string
  /** RFC 7591 §2. Default: what the server supports, `none` without a secret. */
  readonly authMethod?: string
  /** A private key for `private_key_jwt`. */
  readonly privateKey?: { readonly key: CryptoKey; readonly kid?: string }
  readonly how: 'pre-registered' | 'metadata-document' | 'dynamic'
  /** Redirect URIs that are registered, where it was registered here. */
  readonly redirectUris?: readonly string[]
  /** Seconds since the epoch at which the secret ends; 0 or absent: never. */
  readonly secretExpiresAtSec?: number
}

/** Tokens for one server. */
export interface TokenSet {
  readonly accessToken: string
  /** Lower case: `bearer` or `dpop`. */
  readonly tokenType: string
  readonly refreshToken?: string
  /** Milliseconds since the epoch; absent where it was not told. */
  readonly expiresAtMs?: number
  /** Scopes that were asked for so far: what a later request unites with new ones (trap T-59). */
  readonly requested: readonly string[]
  /** Scopes that were granted, where that was told. */
  readonly granted?: readonly string[]
  /** Who issued them: they are never shown to another one. */
  readonly issuer: string
  readonly clientId: string
  readonly resource?: string
  /** Names the sign-in that they come from; refreshed tokens keep it. */
  readonly grant: string
  /** The private key that they are bound to (RFC 9449), as JWK. */
  readonly dpopJwk?: JsonWebKey
}

/** A way to tokens: by a user, by a secret of a machine, by an assertion. */
export interface Grant {
  /** Names the way where tokens are stored: a word and what tells two accounts apart, without secrets. */
  readonly key: string
  /** Whether a user takes part: then it runs under `flow.asking`, and scopes are stepped up. */
  readonly interactive: boolean
  /** Gives new tokens with `scopes`; undefined is for leaving the parameter out. */
  obtain(flow: Flow, wanted: Wanted): Promise<TokenSet>
  /** Who the client is at `found.server`, for refreshing and revoking tokens that `clientId` got. */
  identity(flow: Flow, found: Discovered, clientId: string): Promise<ClientIdentity>
}

/** What is wanted of a grant. */
export interface Wanted {
  readonly found: Discovered
  readonly scopes: readonly string[] | undefined
  /** The key to bind tokens to; undefined for bearer tokens. */
  readonly dpop: DpopKey | undefined
  readonly signal?: AbortSignal
}

/** A key that tokens are bound to, and proofs of having it (RFC 9449). */
export interface DpopKey {
  /** For requests of oauth4webapi; keeps the nonces of the authorization server. */
  readonly handle: DPoPHandle
  /** The private key, to be stored with the tokens. */
  readonly jwk: JsonWebKey
  /** One proof for one request to the protected server. */
  proof(request: {
    readonly method: string
    readonly url: string
    readonly accessToken: string
    readonly nonce: string | undefined
    /** The body of the request: the proof is for it alone (Extensions, "DPoP Profile for MCP"). */
    readonly body?: string
  }): Promise<string>
}

/** What happens while a client gets in. No member ever holds a secret. */
export type AuthEvent =
  | {
      readonly type: 'discovered'
      readonly issuer: string
      /** Without its query. */
      readonly resource: string | undefined
    }
  | {
      readonly type: 'registered'
      readonly issuer: string
      readonly clientId: string
      readonly how: ClientIdentity['how']
    }
  /** The user is sent to a page of the issuer. */
  | {
      readonly type: 'authorizing'
      readonly issuer: string
      readonly scopes: readonly string[] | undefined
    }
  | {
      readonly type: 'signed-in'
      readonly issuer: string
      readonly scopes: readonly string[] | undefined
    }
  | { readonly type: 'refreshed'; readonly issuer: string }
  /** More scopes are needed than were granted. */
  | { readonly type: 'step-up'; readonly issuer: string; readonly scopes: readonly string[] }
  | {
      readonly type: 'signed-out'
      readonly issuer: string
      /** Why the issuer could not be told: a sentence. Absent: it was told, or takes no such thing. */
      readonly untold?: string
    }
