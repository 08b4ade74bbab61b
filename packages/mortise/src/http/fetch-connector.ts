import { createFetchAnswer } from './fetch-client.ts'
import type { Connect } from './guarded-fetch.ts'
import { unreachable } from './unreachable.ts'

/** What the connector is made of. */
export interface FetchConnectorOptions {
  /** Default: the platform's. */
  readonly fetch?: typeof globalThis.fetch
}

/**
 * Does the hops of a guarded fetch by `fetch`, where names cannot be looked up: addresses that are written in a URL are
 * judged, and names that have no place outside of a local network; where any other name leads to is left to the platform, as
 * in a browser, which has rules for pages, or a Worker, which stands outside of private networks. A browser hides where a
 * redirect leads to: there it is an answer with status 302, and never followed.
 */
export function createFetchConnector({
  fetch = globalThis.fetch,
}: FetchConnectorOptions = {}): Connect {
  return async ({ url, method, headers, body, signal }) => {
    try {
      const init: RequestInit = { method, headers, redirect: 'manual', signal }
      if (body !== undefined) init.body = body
      const response = await fetch(url, init)
      return {
        answer: createFetchAnswer(response, url, signal),
        headers: Object.fromEntries(response.headers),
      }
    } catch (cause) {
      throw signal.aborted ? signal.reason : unreachable(url, cause)
    }
  }
}
