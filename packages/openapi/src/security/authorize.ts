import type { AuthInfo, ClientFacts } from 'mortise/server'
import { ToolError } from 'mortise/server'
import { encodeBase64 } from '../bytes.ts'
import { percent } from '../parameters/percent.ts'
import type { Alternatives, OpenApiSecurityScheme, Requirement } from './schemes.ts'

/** For whom a credential is wanted: the caller of the tool. */
export interface OpenApiCaller {
  /** Who calls, by the authorization of your server. */
  readonly auth: AuthInfo | undefined
  /** Who calls, by its own word. */
  readonly client: ClientFacts
  /** Aborts when the caller gives up. */
  readonly signal: AbortSignal
}

/** An API key or a token as it is, or a name and a password. */
export type OpenApiCredential = string | { readonly username: string; readonly password: string }

/**
 * The credential of a scheme for a caller; undefined when there is none for it. It is asked for with every call, so that
 * each caller has its own.
 */
export type OpenApiCredentials = (
  scheme: OpenApiSecurityScheme,
  caller: OpenApiCaller,
) => OpenApiCredential | undefined | Promise<OpenApiCredential | undefined>

/** What credentials add to a request. */
export interface Authorization {
  readonly headers: readonly (readonly [string, string])[]
  /** Encoded: `api_key=…`. */
  readonly query: readonly string[]
  readonly cookies: readonly string[]
  /** Every text that must not be told to the model. */
  readonly secrets: readonly string[]
}

/**
 * The first way in for which there are all credentials.
 * @throws ToolError when there is none, naming the schemes.
 */
export async function authorize(
  alternatives: Alternatives,
  {
    credentials,
    caller,
    origin,
  }: {
    readonly credentials: OpenApiCredentials
    readonly caller: OpenApiCaller
    readonly origin: string
  },
): Promise<Authorization> {
  for (const alternative of alternatives) {
    const found = await Promise.all(
      alternative.map(async ({ name, type, scheme, scopes, ...place }) => {
        const credential = await credentials({ name, type, scheme, scopes, origin }, caller)
        return credential === undefined
          ? undefined
          : present({ ...place, name, scheme }, credential)
      }),
    )
    const given = found.filter((one) => one !== undefined)
    if (given.length === found.length) return merge(given)
  }
  const names = new Set(alternatives.flat().map(({ name }) => name))
  throw new ToolError(
    `The API wants to know who calls, and there is no credential for ${[...names].join(', ')}`,
  )
}

type Presented = Pick<Requirement, 'name' | 'scheme' | 'in' | 'parameter'>

function present(requirement: Presented, credential: OpenApiCredential): Authorization {
  const { name, parameter } = requirement
  const text = textOf(requirement, credential)
  if (requirement.in !== 'query' && !/^[\x20-\x7E]+$/.test(text)) {
    throw new TypeError(`the credential for "${name}" has characters that no header can carry`)
  }
  const none = { headers: [], query: [], cookies: [] }
  const secrets = secretsOf(credential, text)
  switch (requirement.in) {
    case 'header':
      return { ...none, headers: [[parameter, text]], secrets }
    case 'query':
      return { ...none, query: [`${percent(parameter)}=${percent(text)}`], secrets }
    case 'cookie':
      return { ...none, cookies: [`${parameter}=${percent(text)}`], secrets }
  }
}

function textOf({ name, scheme }: Presented, credential: OpenApiCredential): string {
  if (scheme === 'basic') {
    const { username, password } = namedOf(name, credential)
    return `Basic ${encodeBase64(new TextEncoder().encode(`${username}:${password}`))}`
  }
  if (typeof credential !== 'string') {
    throw new TypeError(`the credential for "${name}" must be a string`)
  }
  return scheme === 'bearer' ? `Bearer ${credential}` : credential
}

function namedOf(
  name: string,
  credential: OpenApiCredential,
): { readonly username: string; readonly password: string } {
  if (typeof credential !== 'string') return credential
  const colon = credential.indexOf(':')
  if (colon === -1) {
    throw new TypeError(`the credential for "${name}" must be a name and a password`)
  }
  return { username: credential.slice(0, colon), password: credential.slice(colon + 1) }
}

function secretsOf(credential: OpenApiCredential, text: string): readonly string[] {
  const bare = text.replace(/^(?:Basic|Bearer) /, '')
  return typeof credential === 'string' ? [bare, credential] : [bare, credential.password]
}

function merge(parts: readonly Authorization[]): Authorization {
  return {
    headers: parts.flatMap(({ headers }) => headers),
    query: parts.flatMap(({ query }) => query),
    cookies: parts.flatMap(({ cookies }) => cookies),
    secrets: parts.flatMap(({ secrets }) => secrets),
  }
}
