import { parseJson } from '../std/json.ts'
import type { Limits } from '../std/limits.ts'
import { isObject } from '../std/object.ts'

/** Protected resource metadata (RFC 9728 §2): what of it is of use to a client. */
export interface ResourceMetadata {
  /** As it was sent, byte for byte. */
  readonly resource: string
  /** Issuers, in the order of the document. */
  readonly authorizationServers: readonly string[]
  readonly scopesSupported?: readonly string[]
  /** Whether only tokens that are bound to a key are accepted (RFC 9449). */
  readonly dpopRequired: boolean
  /** The algorithms of proofs that it takes (RFC 9449 §5.1 names the same of an authorization server). */
  readonly dpopAlgorithms?: readonly string[]
}

/** A document that was read, or why it is of no use: a clause without a subject, such as `is not JSON`. */
export type Read<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly reason: string }

/** What bounds a document of metadata; its bytes are bounded by who fetches it. */
export type MetadataLimits = Pick<Limits, 'maxJsonDepth' | 'maxScopes'>

const resourcePath = '/.well-known/oauth-protected-resource'
const serverPath = '/.well-known/oauth-authorization-server'
const openidPath = '/.well-known/openid-configuration'

/** Where the metadata of a protected resource is found (RFC 9728 §3.1): its own place, then that of its origin. */
export function resourceMetadataUrls(resource: string | URL): readonly string[] {
  const { origin, search } = new URL(resource)
  const own = `${origin}${resourceMetadataPath(resource)}${search}`
  const root = `${origin}${resourcePath}`
  return own === root ? [root] : [own, root]
}

/** The path under which a server serves its protected resource metadata (RFC 9728 §3.1). */
export function resourceMetadataPath(resource: string | URL): string {
  const { pathname } = new URL(resource)
  return pathname === '/' ? resourcePath : `${resourcePath}${pathname}`
}

/** Where the metadata of an issuer is found, in the order of basic/authorization, "Authorization Server Metadata Discovery". */
export function serverMetadataUrls(issuer: string | URL): readonly string[] {
  const { origin } = new URL(issuer)
  const path = pathOf(issuer)
  const inserted = [`${origin}${serverPath}${path}`, `${origin}${openidPath}${path}`]
  return path === '' ? inserted : [...inserted, `${origin}${path}${openidPath}`]
}

/** The path of a URL without its last slash, which RFC 8414 §3.1 takes away. */
function pathOf(url: string | URL): string {
  return new URL(url).pathname.replace(/\/$/, '')
}

/** Reads a document of protected resource metadata. Never throws. */
export function readResourceMetadata(
  body: Uint8Array,
  limits: MetadataLimits,
): Read<ResourceMetadata> {
  const json = readObject(body, limits)
  if (!json.ok) return json
  const { resource, authorization_servers: servers, scopes_supported: scopes } = json.value
  if (typeof resource !== 'string' || resource === '') return refuse('has no "resource"')
  const value = {
    resource,
    authorizationServers: strings(servers) ?? [],
    dpopRequired: json.value['dpop_bound_access_tokens_required'] === true,
  }
  const scopesSupported = strings(scopes)?.slice(0, limits.maxScopes)
  const dpopAlgorithms = strings(json.value['dpop_signing_alg_values_supported'])
  return {
    ok: true,
    value: {
      ...value,
      ...(scopesSupported === undefined ? {} : { scopesSupported }),
      ...(dpopAlgorithms === undefined ? {} : { dpopAlgorithms }),
    },
  }
}

/**
 * Whether metadata for `resource`, which stands at `place`, is about the server at `url`: the same URL but for the case of scheme
 * and host, and for a last slash, or, where `resource` has no query, a folder above it at the same origin (RFC 9728 §3.3 wants
 * identity; metadata of a whole origin is common). Tokens for a folder are good for all that is in it, which is nothing that one
 * of several servers there may decide: such metadata stands where the origin has it, or the folder. Never at another origin.
 */
export function identifies(resource: string, url: string, place: string): boolean {
  if (!URL.canParse(resource)) return false
  const named = new URL(resource)
  const asked = new URL(url)
  if (named.origin !== asked.origin || named.origin === 'null') return false
  if (resource.includes('#') || named.username !== '' || named.password !== '') return false
  const [above, path] = [pathOf(named), pathOf(asked)]
  if (named.search !== '') return above === path && named.search === asked.search
  if (path === above) return true
  return path.startsWith(`${above}/`) && isPlaceOf(named, place)
}

/** Whether metadata at `place` is the word of whoever has the folder: in a well-known place of its origin, or its own one. */
function isPlaceOf(folder: URL, place: string): boolean {
  const { origin, pathname } = new URL(place)
  const isWellKnown = (start: string): boolean =>
    pathname === start || pathname.startsWith(`${start}/`)
  const own = `${pathOf(folder)}${resourcePath}`
  return origin === folder.origin && (isWellKnown(resourcePath) || isWellKnown(own))
}

/** Reads a JSON object. Never throws. */
export function readObject(
  body: Uint8Array,
  { maxJsonDepth }: Pick<Limits, 'maxJsonDepth'>,
): Read<Readonly<Record<string, unknown>>> {
  const json = parseJson(new TextDecoder().decode(body), { maxDepth: maxJsonDepth })
  if (!json.ok) return refuse('is not JSON')
  return isObject(json.value) ? { ok: true, value: json.value } : refuse('is no JSON object')
}

/** The texts of a list; undefined when it is none. What else is in it is left out. */
export function strings(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined
  return value.filter((item) => typeof item === 'string')
}

function refuse(reason: string): { readonly ok: false; readonly reason: string } {
  return { ok: false, reason }
}
