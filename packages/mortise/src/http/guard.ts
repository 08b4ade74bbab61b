import type { Exchange, HeaderRecord } from './exchange.ts'

/** Who may talk to an HTTP server from a browser, and under which name it may be called. */
export interface GuardOptions {
  /**
   * Host names under which the server may be reached besides the loopback ones, without port: `api.example.com`. A request
   * for another host is refused, since its page may have been rebound to this address (DNS rebinding).
   */
  readonly hosts?: readonly string[]
  /** Origins of pages that may call, exactly as a browser sends them: `https://app.example.com`. Default: none but its own. */
  readonly origins?: readonly string[]
}

/** The outcome of the checks: go on, with headers for the answer where a page asked, or refuse. */
export type Admission =
  | { readonly ok: true; readonly headers: HeaderRecord | undefined }
  | { readonly ok: false; readonly reason: string }

const loopback: readonly string[] = ['localhost', '127.0.0.1', '[::1]']
const admitted: Admission = { ok: true, headers: undefined }

/** Lets in who may call, and can be told of more names. */
export interface Guard {
  /** Whether it is called by a name of its own. */
  checkHost(exchange: Exchange): Admission
  /** Whether a page may call, or no page does. `Host` was checked before. */
  checkOrigin(exchange: Exchange): Admission
  /** @throws TypeError as `createGuard` does. */
  allow(options: GuardOptions): void
}

/**
 * Checks `Host` and `Origin` of every request, on every route (basic/transports, "Security Warning").
 * @throws TypeError when an option is no plain host name, or no origin.
 */
export function createGuard(options: GuardOptions): Guard {
  const names = new Set(loopback)
  const pages = new Set<string>()
  allow(options)
  // Nearly every request names the same host.
  let lastAdmitted: string | undefined

  function admits(host: string | undefined): boolean {
    if (host === undefined) return false
    if (host === lastAdmitted) return true
    const name = hostName(host)
    if (name === undefined || !names.has(name)) return false
    lastAdmitted = host
    return true
  }

  function allow({ hosts = [], origins = [] }: GuardOptions): void {
    for (const host of hosts) names.add(readHostOption(host))
    for (const origin of origins) pages.add(readOriginOption(origin))
  }

  function checkHost(exchange: Exchange): Admission {
    const host = exchange.header('host')
    if (admits(host)) return admitted
    const shown = host === undefined ? 'none' : JSON.stringify(host.slice(0, 100))
    return refused(`Host ${shown} is not one of this server's: name it in \`http.hosts\``)
  }

  function checkOrigin(exchange: Exchange): Admission {
    const origin = exchange.header('origin')
    if (origin === undefined) return admitted
    if (pages.has(origin)) return { ok: true, headers: corsHeaders(origin) }
    const host = exchange.header('host')
    if (origin === `http://${host}` || origin === `https://${host}`) return admitted
    const shown = JSON.stringify(origin.slice(0, 100))
    return refused(`Origin ${shown} may not call: name it in \`http.origins\``)
  }

  return { checkHost, checkOrigin, allow }
}

function refused(reason: string): Admission {
  return { ok: false, reason }
}

/** The name in a `Host` header, lower case; undefined when it is anything but a name or address with an optional port. */
function hostName(host: string): string | undefined {
  const [, name] =
    /^(\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9.-]{1,253})(?::[0-9]{1,5})?$/.exec(host) ?? []
  return name?.toLowerCase()
}

function readHostOption(host: string): string {
  const name = hostName(host)
  if (name === undefined || name !== host.toLowerCase()) {
    throw new TypeError(`hosts: "${host}" must be a host name without scheme and port`)
  }
  return name
}

function readOriginOption(origin: string): string {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return origin
  throw new TypeError(`origins: "${origin}" must be an origin such as https://app.example.com`)
}

function corsHeaders(origin: string): HeaderRecord {
  return {
    'access-control-allow-origin': origin,
    'access-control-expose-headers': 'Mcp-Session-Id, WWW-Authenticate, DPoP-Nonce, Retry-After',
    vary: 'Origin',
  }
}

const requestHeaders: readonly string[] = [
  'Authorization',
  'DPoP',
  'Content-Type',
  'Accept',
  'MCP-Protocol-Version',
  'Mcp-Method',
  'Mcp-Name',
  'Mcp-Session-Id',
  'Last-Event-ID',
]

/** Headers that answer a preflight: every header of MCP, and those of tools' arguments that the page asked for (T-24). */
export function preflightHeaders(asked: string | undefined): HeaderRecord {
  const own = (asked ?? '')
    .slice(0, 8192)
    .split(',')
    .map((name) => name.trim())
    .filter((name) => /^mcp-param-[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/i.test(name))
  return {
    'access-control-allow-methods': 'POST, GET, DELETE, OPTIONS',
    'access-control-allow-headers': [...requestHeaders, ...own].join(', '),
    'access-control-max-age': '600',
  }
}
