import type { GuardedFetch } from '../../http/guarded-fetch.ts'
import { McpError } from '../../std/error.ts'
import type { Limits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { readObject, serverMetadataUrls } from '../metadata.ts'

/** Metadata of an authorization server. */
export type IssuerMetadata = Readonly<Record<string, unknown>>

/** Learns the metadata of an issuer. */
export interface MetadataSource {
  /** Known for as long as they are of use. @throws McpError `ERR_AUTH_DISCOVERY` when there are none. */
  get(): Promise<IssuerMetadata>
  /** Makes the next `get` ask anew: what they named was not there. */
  forget(): void
}

/** What it is made of. */
export interface MetadataSourceParts {
  readonly issuer: string
  readonly fetch: GuardedFetch
  readonly limits: Pick<Limits, 'maxJsonDepth' | 'jwksMaxAgeMs' | 'jwksCooldownMs'>
  readonly runtime: Pick<Runtime, 'monotonic'>
}

/** Finds metadata by RFC 8414 and OpenID Connect Discovery; one that calls itself otherwise is not the issuer's. */
export function createMetadataSource(parts: MetadataSourceParts): MetadataSource {
  const { issuer, fetch, limits, runtime } = parts
  let known: { readonly metadata: Promise<IssuerMetadata>; untilMs: number } | undefined
  let last: IssuerMetadata | undefined

  async function discover(): Promise<IssuerMetadata> {
    const tried: string[] = []
    let cause: unknown
    for (const url of serverMetadataUrls(issuer)) {
      try {
        const answer = await fetch({ method: 'GET', url, headers: { accept: 'application/json' } })
        const read = answer.status === 200 ? readObject(answer.body, limits) : undefined
        if (read?.ok === true && read.value['issuer'] === issuer) return read.value
        tried.push(`${url}: ${whatCame(answer.status, read)}`)
      } catch (error) {
        cause = error
        tried.push(`${url}: ${error instanceof McpError ? error.code : 'failed'}`)
      }
    }
    throw new McpError(
      'ERR_AUTH_DISCOVERY',
      `the issuer ${issuer} has no metadata of its own: ${tried.join('; ')}`,
      { cause },
    )
  }

  return {
    get() {
      if (known !== undefined && runtime.monotonic() < known.untilMs) return known.metadata
      const asked = { metadata: renew(), untilMs: runtime.monotonic() + limits.jwksMaxAgeMs }
      known = asked
      return asked.metadata

      async function renew(): Promise<IssuerMetadata> {
        try {
          return (last = await discover())
        } catch (error) {
          // Whoever asks in vain meanwhile is told the same, so that no token makes more requests than another.
          asked.untilMs = runtime.monotonic() + limits.jwksCooldownMs
          // An issuer that is down is where it was.
          if (last !== undefined) return last
          throw error
        }
      }
    },
    forget: () => void (known = undefined),
  }
}

function whatCame(status: number, read: ReturnType<typeof readObject> | undefined): string {
  if (read === undefined) return `status ${status}`
  return read.ok ? 'another issuer' : read.reason
}
