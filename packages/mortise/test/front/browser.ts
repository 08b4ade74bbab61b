/** Answers requests for one origin. */
export type Site = (request: Request) => Promise<Response> | Response

/** A little web: sites by origin, without sockets. */
export interface Web {
  add(origin: string, site: Site): void
  fetch(request: Request): Promise<Response>
}

export function createWeb(): Web {
  const sites = new Map<string, Site>()
  return {
    add: (origin, site) => void sites.set(origin, site),
    async fetch(request) {
      const site = sites.get(new URL(request.url).origin)
      if (site === undefined) throw new TypeError(`nothing at ${request.url}`)
      return await site(request)
    },
  }
}

/** Where a browser ended up. */
export interface Landing {
  readonly url: URL
  /** Undefined: nobody of the web lives there, as at a client's redirect URI. */
  readonly response: Response | undefined
  readonly body: string
}

/** A browser: cookies by origin, redirects followed, forms pressed. Scripts are not run. */
export interface Browser {
  visit(url: string, headers?: Record<string, string>): Promise<Landing>
  /** Presses a button of the page's form. */
  press(page: Landing, decision: string, headers?: Record<string, string>): Promise<Landing>
  /** The cookies of an origin, by name. */
  cookies(origin: string): Map<string, string>
  /** Attributes of the cookies that were set, as they came. */
  readonly setCookies: readonly string[]
}

export function createBrowser(
  web: Pick<Web, 'fetch'>,
  knows: (origin: string) => boolean,
): Browser {
  const jars = new Map<string, Map<string, string>>()
  const setCookies: string[] = []
  const jar = (origin: string): Map<string, string> => {
    let found = jars.get(origin)
    if (found === undefined) jars.set(origin, (found = new Map()))
    return found
  }

  async function go(first: string, init: RequestInit): Promise<Landing> {
    let url = new URL(first)
    let request = init
    for (let hops = 0; hops < 20; hops++) {
      if (!knows(url.origin)) return { url, response: undefined, body: '' }
      const headers = new Headers(request.headers)
      const cookies = [...jar(url.origin)].map(([name, value]) => `${name}=${value}`)
      if (cookies.length > 0) headers.set('cookie', cookies.join('; '))
      const response = await web.fetch(
        new Request(url, { ...request, headers, redirect: 'manual' }),
      )
      for (const line of response.headers.getSetCookie()) {
        setCookies.push(line)
        const [pair = ''] = line.split(';')
        const at = pair.indexOf('=')
        jar(url.origin).set(pair.slice(0, at), pair.slice(at + 1))
      }
      const location = response.headers.get('location')
      if (location === null) return { url, response, body: await response.text() }
      url = new URL(location, url)
      request = {}
    }
    throw new Error('too many redirects')
  }

  return {
    visit: (url, headers = {}) => go(url, { headers }),
    press({ url, body }, decision, headers = {}) {
      const action = /<form method="post" action="([^"]*)"/.exec(body)?.[1] ?? ''
      const sealed = /name="request" value="([^"]*)"/.exec(body)?.[1] ?? ''
      return go(new URL(unescapeHtml(action), url).href, {
        method: 'POST',
        headers: { origin: url.origin, 'sec-fetch-site': 'same-origin', ...headers },
        body: new URLSearchParams({ request: unescapeHtml(sealed), decision }),
      })
    },
    cookies: jar,
    setCookies,
  }
}

function unescapeHtml(text: string): string {
  return text.replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
}
