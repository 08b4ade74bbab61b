import { LeftOut, OpenApiError } from '../errors.ts'
import type { OpenApiOptions } from '../options.ts'
import { itemsOf } from '../record.ts'
import { checkBaseUrl, serverUrl } from './base-url.ts'

/** Where the operations of a document are. */
export interface Places {
  /** The only origins that requests go to. */
  readonly origins: ReadonlySet<string>
  /**
   * The URL that an operation is below; `servers` are its own, undefined when it has none.
   * @throws LeftOut when that is none of `origins`; OpenApiError when it is no URL.
   */
  baseUrl(servers: unknown): URL
}

/**
 * Decides where the API is, and where else requests may go. A document that was fetched may only name the place that it came
 * from: whoever can change it must not learn credentials.
 * @throws OpenApiError `ERR_OPENAPI_SERVER` when the document names another place, or none that can be called.
 */
export function createPlaces({
  servers,
  documentUrl,
  options: { baseUrl, origins = [], variables = {} },
}: {
  readonly servers: unknown
  readonly documentUrl: URL | undefined
  readonly options: Pick<OpenApiOptions, 'baseUrl' | 'origins' | 'variables'>
}): Places {
  const named = origins.map((origin) => checkBaseUrl(origin).origin)
  const base =
    baseUrl === undefined ? serverUrl(servers, { documentUrl, variables }) : checkBaseUrl(baseUrl)
  if (baseUrl === undefined && documentUrl !== undefined) {
    if (![documentUrl.origin, ...named].includes(base.origin)) {
      throw new OpenApiError(
        'ERR_OPENAPI_SERVER',
        `the document came from ${documentUrl.origin} and names ${base.origin} as its server: say baseUrl, or origins, if that is right`,
      )
    }
  }
  const allowed = new Set([base.origin, ...named])
  return {
    origins: allowed,
    baseUrl(own) {
      if (itemsOf(own).length === 0) return base
      const url = serverUrl(own, { documentUrl: documentUrl ?? base, variables })
      if (allowed.has(url.origin)) return url
      throw new LeftOut(`its own server is at ${url.origin}: name that in origins if it is right`)
    },
  }
}
