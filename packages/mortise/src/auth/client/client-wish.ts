import { shownPlace } from '../../http/echo.ts'
import { isLoopbackHost } from '../../http/address.ts'

/** What a client would like to be known as. */
export interface ClientWish extends ClientFacts {
  /** Who the client is already, where somebody registered it by hand. */
  readonly preRegistered?: PreRegistered
  /** Where the client's metadata document is: an `https` URL with a path, which is the client's id (AUTHC-15). */
  readonly metadataUrl?: string
  /** The key whose public half the metadata document names, for `private_key_jwt`. */
  readonly metadataKey?: { readonly key: CryptoKey; readonly kid?: string }
}

/** What a client says about itself (RFC 7591 §2). */
export interface ClientFacts {
  /** For people to read. */
  readonly name: string
  readonly uri?: string
  readonly logoUri?: string
  /** On `localhost`, or of `https`. May be empty for a client that no user signs in with. */
  readonly redirectUris: readonly string[]
  /** Scopes that the client may ask for, separated by blanks. Default: not told. */
  readonly scope?: string
  readonly softwareId?: string
  readonly softwareVersion?: string
}

/** A client that somebody registered by hand. */
export interface PreRegistered {
  readonly clientId: string
  readonly clientSecret?: string
  readonly privateKey?: { readonly key: CryptoKey; readonly kid?: string }
  /** RFC 7591 §2. Default: what the server supports. */
  readonly authMethod?: string
  /**
   * The issuer that it is registered at; at another one it is not used. Default: where it has a secret or key, the first that
   * it is used at, which is kept; else whichever the server names.
   */
  readonly issuer?: string
}

/**
 * A client metadata document: what a developer serves as `application/json` at its `client_id` (basic/authorization, "Client ID
 * Metadata Documents").
 */
export interface ClientMetadataDocument {
  readonly client_id: string
  readonly client_name: string
  readonly redirect_uris: readonly string[]
  readonly grant_types: readonly string[]
  readonly response_types: readonly string[]
  readonly token_endpoint_auth_method: string
  readonly client_uri?: string
  readonly logo_uri?: string
  readonly scope?: string
  readonly software_id?: string
  readonly software_version?: string
  readonly jwks_uri?: string
}

/** What a client metadata document is made of. */
export interface ClientMetadataDocumentOptions extends ClientFacts {
  /** Where the document is served: an `https` URL with a path. */
  readonly url: string
  /** Where the public keys of the client are: then it authenticates by `private_key_jwt`. */
  readonly jwksUri?: string
}

/**
 * The document that a developer serves at `url`, so that the client is known wherever such documents are.
 * @throws TypeError when a URL is not what it must be.
 */
export function clientMetadataDocument({
  url,
  jwksUri,
  ...facts
}: ClientMetadataDocumentOptions): ClientMetadataDocument {
  checkRedirectUris(facts.redirectUris)
  return {
    client_id: checkMetadataUrl(url),
    ...describe(facts),
    token_endpoint_auth_method: jwksUri === undefined ? 'none' : 'private_key_jwt',
    ...(jwksUri === undefined ? {} : { jwks_uri: jwksUri }),
  }
}

/** The members of a registration and of a metadata document that are the same. */
export type Described = Omit<
  ClientMetadataDocument,
  'client_id' | 'token_endpoint_auth_method' | 'jwks_uri'
>

/** What a client says about itself, by the names of RFC 7591. `refresh_token` is among the grants (AUTHC-43). */
export function describe(facts: ClientFacts): Described {
  const { uri, logoUri, scope, softwareId, softwareVersion } = facts
  return {
    client_name: facts.name,
    redirect_uris: [...facts.redirectUris],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    ...(uri === undefined ? {} : { client_uri: uri }),
    ...(logoUri === undefined ? {} : { logo_uri: logoUri }),
    ...(scope === undefined ? {} : { scope }),
    ...(softwareId === undefined ? {} : { software_id: softwareId }),
    ...(softwareVersion === undefined ? {} : { software_version: softwareVersion }),
  }
}

/**
 * The URL of a metadata document, as it was given: it is compared as a text (AUTHC-15).
 * @throws TypeError when it is not `https` with a path, or has what such an id must not have.
 */
export function checkMetadataUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const fits =
    parsed !== undefined &&
    parsed.protocol === 'https:' &&
    parsed.pathname !== '/' &&
    !url.includes('#') &&
    parsed.username === '' &&
    parsed.password === '' &&
    // A text that the parser changes has dot segments, upper case or a default port: a server that compares texts refuses it.
    parsed.href === url
  if (fits) return url
  throw new TypeError(
    `the place of a metadata document must be an https URL with a path and without fragment, as a URL parser writes it: https://app.example/client.json`,
  )
}

/** @throws TypeError when a redirect URI is neither on this machine nor of `https` (AUTHC-36). */
export function checkRedirectUris(redirectUris: readonly string[]): void {
  for (const uri of redirectUris) {
    const { protocol, hostname } = URL.canParse(uri) ? new URL(uri) : { protocol: '', hostname: '' }
    const fits = protocol === 'https:' || (protocol === 'http:' && isLoopbackHost(hostname))
    if (!fits || uri.includes('#')) {
      throw new TypeError(
        `redirect URI ${JSON.stringify(shownPlace(uri))} must be on localhost or of https, without fragment`,
      )
    }
  }
}
