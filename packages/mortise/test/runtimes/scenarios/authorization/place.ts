import { createWeb } from '../../../front/browser.ts'
import type { Site } from '../../../front/browser.ts'

/** Where sites of a scenario are: in this process alone, or on sockets. */
export interface Place {
  /** Serves a site under an origin of its own. */
  serve(site: Site): Promise<string>
  /** Asks a site as a user's browser does: redirects are answers. */
  fetch(request: Request): Promise<Response>
  /** The same JSON, without the origins of this place. */
  nameless(value: unknown): unknown
  close(): Promise<void>
}

/** Opens a place of its own for a scenario. */
export type OpenPlace = () => Place

/** Sites without sockets, which the platform's `fetch` reaches until the place is closed: it reaches nothing else. */
export function openInProcess(): Place {
  const web = createWeb()
  const origins: string[] = []
  const { fetch } = globalThis
  globalThis.fetch = async (input, init) => await web.fetch(new Request(input, init))
  return {
    async serve(site) {
      const origin = `https://site-${origins.length + 1}.example`
      origins.push(origin)
      web.add(origin, site)
      return origin
    },
    fetch: async (request) => await web.fetch(request),
    nameless: (value) => withoutOrigins(value, origins),
    async close() {
      globalThis.fetch = fetch
    },
  }
}

/** The same JSON with `site-1` and so on in place of origins. */
export function withoutOrigins(value: unknown, origins: readonly string[]): unknown {
  const text = JSON.stringify(value ?? null)
  return JSON.parse(
    origins.reduce((done, origin, index) => done.replaceAll(origin, `site-${index + 1}`), text),
  )
}
