import { swaggerSchemes } from '../document/swagger.ts'
import type { Resolver } from '../document/resolver.ts'
import { entriesOf, isRecord, itemsOf, textOf } from '../record.ts'
import type { JsonObject } from '../record.ts'

/** A security scheme that an operation asks for: what `credentials` is asked about. */
export interface OpenApiSecurityScheme {
  /** Its name in the document. */
  readonly name: string
  readonly type: 'apiKey' | 'http' | 'oauth2' | 'openIdConnect'
  /** For `http`: how the credential is sent. OAuth 2.0 and OpenID Connect are sent as `bearer`. */
  readonly scheme: 'basic' | 'bearer' | undefined
  /** The scopes, or roles, that the operation needs. */
  readonly scopes: readonly string[]
  /** Where the credential will go: `https://api.example.com`. */
  readonly origin: string
}

/** Where the credential of a scheme stands in a request. */
export interface SchemePlace {
  readonly type: OpenApiSecurityScheme['type']
  readonly scheme: OpenApiSecurityScheme['scheme']
  readonly in: 'header' | 'query' | 'cookie'
  /** Of the header, the parameter or the cookie. */
  readonly parameter: string
}

/** A scheme and the scopes that one operation needs of it. */
export interface Requirement extends SchemePlace {
  readonly name: string
  readonly scopes: readonly string[]
}

/** Ways to be let in, each of them enough; one without requirements is to come as anybody. */
export type Alternatives = readonly (readonly Requirement[])[]

const headerName = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/

/** The schemes of a document whose credentials can be sent, by name. */
export function readSchemes(
  root: JsonObject,
  resolver: Resolver,
): ReadonlyMap<string, SchemePlace> {
  const components = isRecord(root['components']) ? root['components'] : {}
  const given = root['swagger'] === undefined ? components['securitySchemes'] : swaggerSchemes(root)
  const schemes = new Map<string, SchemePlace>()
  for (const [name, value] of entriesOf(given)) {
    const place = isRecord(value) ? placeOf(resolver.follow(value)) : undefined
    if (place !== undefined) schemes.set(name, place)
  }
  return schemes
}

/**
 * The ways into an operation whose schemes are all known; those that need another scheme are left out. Empty when none is
 * left.
 */
export function readAlternatives(
  security: unknown,
  schemes: ReadonlyMap<string, SchemePlace>,
): Alternatives {
  const listed = itemsOf(security)
  if (listed.length === 0) return [[]]
  return listed.flatMap((alternative) => {
    const requirements = entriesOf(alternative).map(([name, scopes]) => {
      const place = schemes.get(name)
      return (
        place && {
          ...place,
          name,
          scopes: itemsOf(scopes).filter((scope) => typeof scope === 'string'),
        }
      )
    })
    const known = requirements.filter((requirement) => requirement !== undefined)
    return known.length === requirements.length ? [known] : []
  })
}

function placeOf(scheme: JsonObject): SchemePlace | undefined {
  const authorization = { in: 'header', parameter: 'authorization' } as const
  const { type } = scheme
  if (type === 'oauth2' || type === 'openIdConnect')
    return { type, scheme: 'bearer', ...authorization }
  if (type === 'http') {
    const named = String(scheme['scheme']).toLowerCase()
    if (named !== 'basic' && named !== 'bearer') return undefined
    return { type, scheme: named, ...authorization }
  }
  const parameter = textOf(scheme['name'])
  const { in: place } = scheme
  if (type !== 'apiKey' || parameter === undefined) return undefined
  if (place !== 'header' && place !== 'query' && place !== 'cookie') return undefined
  if (place !== 'query' && !headerName.test(parameter)) return undefined
  return { type, scheme: undefined, in: place, parameter }
}
