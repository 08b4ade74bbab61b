import type { GuardedFetch, OutboundPolicy } from '../../http/guarded-fetch.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'

/** What a front is made of on one platform. */
export interface FrontPlatform {
  createFetch(policy: OutboundPolicy, limits: Limits): GuardedFetch
}

/** Options of `createFront`. */
export interface FrontOptions extends OutboundPolicy {
  /**
   * The front's own origin, and path if it has one, without a slash at its end: `https://mcp.example.com`. https; http for
   * loopback with `allowLoopback`.
   */
  readonly issuer: string
  /** The URLs of the MCP servers behind it, as their clients name them: `https://mcp.example.com/mcp`. */
  readonly resource: string | readonly string[]
  readonly provider: ProviderOptions
  /** Everything is sealed under these, the current one first; each has at least 16 characters. */
  readonly secrets: readonly string[]
  /** Where grants are kept. Default: memory, so that everybody is signed out when the process ends; `onWarning` is told. */
  readonly store?: KeyValueStore
  /** Scopes of the MCP server, and what the consent page says of them. Default: those that its definitions ask for. */
  readonly scopes?: Readonly<Record<string, string>>
  /** Clients that were registered by hand. */
  readonly clients?: readonly FrontClient[]
  /** Whether clients may register themselves (RFC 7591). Default: true. */
  readonly registration?: boolean
  /**
   * Judges a redirect URI that is well formed, besides our own rules: https and loopback are fine unless it says no, an app's own
   * scheme is not unless it says yes. With undefined it leaves it at that. Default: as said.
   */
  readonly allowRedirect?: (uri: string, client: RedirectingClient) => boolean | undefined
  readonly lifetimes?: Partial<Lifetimes>
  /** Shown on the pages. Default: the host of `issuer`. */
  readonly name?: string
  /** An image for the pages as `data:image/…`: they load nothing. */
  readonly logo?: string
  readonly limits?: Partial<Limits>
  readonly runtime?: Runtime
  /** Hears of errors that nobody is told of: of the store, of the provider. They hold no secret. Default: `console.error`. */
  readonly onError?: (error: unknown) => void
  /**
   * Hears once each what is no error and may be a mistake: that there is no `store`, that the provider gives no refresh tokens.
   * Default: `console.warn`.
   */
  readonly onWarning?: (text: string) => void
}

/** Who wants to be redirected to. */
export interface RedirectingClient {
  readonly name: string
  readonly how: 'pre-registered' | 'metadata-document' | 'dynamic'
  /** Of a client with a metadata document, its URL. */
  readonly url?: string
}

/** A client that was registered by hand. */
export interface FrontClient {
  readonly clientId: string
  /** At least 16 characters. Absent: a public client. */
  readonly clientSecret?: string
  readonly name: string
  readonly redirectUris: readonly string[]
}

/** Times in milliseconds. */
export interface Lifetimes {
  /** Of an access token. Default: 10 minutes. */
  readonly accessTokenMs: number
  /** Of a grant that is not used. Default: 30 days. */
  readonly refreshTokenMs: number
  /** A replaced refresh token still gives its successor for this long. Default: 30 seconds. */
  readonly refreshGraceMs: number
  /** A grant that another process ended is refused after this long at the latest. Default: 10 seconds. */
  readonly recheckMs: number
  /** Of a registration that nobody approves. Default: a day. */
  readonly registrationMs: number
  /** What a user approved is remembered for this long; 0: the page is shown each time. Default: 90 days. */
  readonly approvalMs: number
  /** Of a key that signs access tokens. Default: 30 days. */
  readonly signingKeyMs: number
}

/** The identity provider behind the front. */
export type ProviderOptions = ProviderClient & (OpenidProvider | PlainProvider)

/** The confidential client that was registered at the provider, with `<issuer>/callback` as its redirect URI. */
export interface ProviderClient {
  readonly clientId: string
  readonly clientSecret: string
  /** How the secret is sent. Default: what the provider's metadata says, `post` without any. */
  readonly clientAuth?: 'basic' | 'post'
  /** Asked for at the provider. Default: `openid` where it is discovered, else none. */
  readonly scopes?: readonly string[]
  /** More parameters of the authorization request: `{ access_type: 'offline', prompt: 'consent' }`. */
  readonly parameters?: Readonly<Record<string, string>>
}

/** A provider that is discovered (OpenID Connect Discovery, RFC 8414). */
export interface OpenidProvider {
  readonly issuer: string
  /** Default: `sub` of the id token, and its `name`, `email` and `preferred_username`. */
  readonly identify?: Identify
}

/** A provider without metadata. */
export interface PlainProvider {
  /** Compared with `iss` of its answers, where it is known. */
  readonly issuer?: string
  readonly authorizationEndpoint: string
  readonly tokenEndpoint: string
  /** Says who signed in: there is no id token to tell. */
  readonly identify: Identify
}

/** Says who signed in, with the tokens that the provider gave. */
export type Identify = (
  tokens: ProviderTokens,
  /** Gets JSON from the provider with the access token. */
  fetchJson: (url: string) => Promise<unknown>,
) => Identity | Promise<Identity>

/** A user of the provider. */
export interface Identity {
  /** Stable and never given to somebody else: an id, not an address or a name. */
  readonly subject: string
  /** Facts for handlers: `claims.user` of the `AuthInfo`. The client can read them; at most 4 KiB of JSON. */
  readonly claims?: Readonly<Record<string, unknown>>
}

/** A user's tokens at the provider. */
export interface ProviderTokens {
  readonly accessToken: string
  readonly scopes: readonly string[]
  /** Of the id token, which was validated; absent where there is none. */
  readonly idToken?: Readonly<Record<string, unknown>>
}

/** The defaults of `Lifetimes`. */
export const defaultLifetimes: Lifetimes = {
  accessTokenMs: 10 * 60_000,
  refreshTokenMs: 30 * 24 * 60 * 60_000,
  refreshGraceMs: 30_000,
  recheckMs: 10_000,
  registrationMs: 24 * 60 * 60_000,
  approvalMs: 90 * 24 * 60 * 60_000,
  signingKeyMs: 30 * 24 * 60 * 60_000,
}
