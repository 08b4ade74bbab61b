import type { JSONWebKeySet } from 'jose'
import type { AuthInfo } from '../../model/call.ts'
import type { AuthRefusal } from '../../http/authorize.ts'
import type { OutboundPolicy } from '../../http/guarded-fetch.ts'
import type { KeyValueStore } from '../../state/key-value.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import type { Refused } from './refused.ts'

/** The claims of a verified token, or what introspection says of one. */
export type Claims = Readonly<Record<string, unknown>>

/** How a server is protected. */
export interface ProtectOptions extends OutboundPolicy {
  /** Who issues tokens for this server: issuers as their metadata spell them, to the last slash. */
  readonly issuer: string | IssuerOptions | readonly (string | IssuerOptions)[]
  /**
   * What `aud` of a token must be, or hold: the URL under which clients call this server. Of several, the first URL is the one
   * that is published. An issuer that knows the server under another name has `audience` of its own.
   */
  readonly audience: string | readonly string[]
  /** The URL under which clients call this server, where no `audience` is one (`api://orders`, say). */
  readonly resource?: string
  /** Scopes without which nothing is let in. Default: none; tools, resources and prompts say theirs. */
  readonly scopes?: readonly string[]
  /** Scopes that include others: `{ 'stock:write': ['stock:read'] }`. Followed all the way (AUTHR-11). */
  readonly hierarchy?: Readonly<Record<string, readonly string[]>>
  /** The server's name for people, in its metadata (`resource_name`, RFC 9728 §2). */
  readonly name?: string
  /** A page for developers, in its metadata (`resource_documentation`). */
  readonly documentation?: string
  /** Take tokens that are bound to a key of the client (RFC 9449). Default: bearer tokens alone are taken. */
  readonly dpop?: true | DpopOptions
  /** Whether a JWT must say in its header that it is an access token, `typ: at+jwt` (RFC 9068 §2.1). Default: false. */
  readonly requireAccessTokenType?: boolean
  /** How much the clocks of issuers, clients and this server may differ, in seconds. Default: 5. */
  readonly clockToleranceSec?: number
  /** Refuses tokens that are good for reasons of the application's own. Asked for every request. */
  readonly accepts?: (auth: AuthInfo) => AuthRefusal | undefined
  /** Where proofs that were used are remembered, for several processes to share. Default: the memory of this process. */
  readonly store?: KeyValueStore
  readonly limits?: Partial<Limits>
  /**
   * Hears what went wrong while it could be made up for: keys that could not be renewed, say; and that clients find the server
   * elsewhere than it says. Default: `console.error`.
   */
  readonly onError?: (error: unknown) => void
  /**
   * Hears why a request was refused, which the client is not told: every request without a token among them, as conversations
   * begin with one. Without tokens. Default: nobody.
   */
  readonly onRefused?: (why: Refused) => void
  /** Clock and chance. Default: the real ones. */
  readonly runtime?: Runtime
}

/** How tokens of one issuer are verified. */
export interface IssuerOptions {
  /** Compared with `iss` as it is. */
  readonly issuer: string
  /** What `aud` must be, or hold, in tokens of this issuer. Default: the `audience` of the server. */
  readonly audience?: string | readonly string[]
  /** Where its keys are. Default: what its metadata say (RFC 8414, OpenID Connect Discovery). */
  readonly jwksUri?: string
  /** Its public keys, where they are known: nothing is fetched then. */
  readonly keys?: JSONWebKeySet
  /** Algorithms that it signs with. Default: RS, PS and ES with 256, 384 and 512, and EdDSA. */
  readonly algorithms?: readonly string[]
  /** How it is asked about tokens that are no JWT (RFC 7662). Default: such tokens are refused. */
  readonly introspection?: IntrospectionOptions
  /** The scopes of a token. Default: `scope`, a text, and `scp`, a text or a list. */
  readonly scopes?: (claims: Claims) => readonly string[]
  /** Who a token is for, unique at this issuer; undefined refuses it. Default: `sub`. */
  readonly subject?: (claims: Claims) => string | undefined
}

/** How an issuer is asked about a token (RFC 7662). */
export interface IntrospectionOptions {
  readonly clientId: string
  readonly clientSecret: string
  /** Default: what the issuer's metadata say. */
  readonly endpoint?: string
  /**
   * Whether a token is taken whose answer has no `aud`: right only where the issuer calls a token active for nobody but the
   * server that it is for. Default: false.
   */
  readonly withoutAudience?: boolean
}

/** How tokens are taken that are bound to a key (RFC 9449). */
export interface DpopOptions {
  /** Whether other tokens are refused. Default: false. */
  readonly required?: boolean
  /**
   * Whether proofs must hold a number that this server gave out a moment ago, so that none can be made ahead of time (RFC 9449
   * §9). Default: false.
   */
  readonly nonces?: boolean
  /** What these numbers are made with: the same in all processes that share the server. Default: random for this process. */
  readonly secrets?: readonly (string | Uint8Array)[]
}
