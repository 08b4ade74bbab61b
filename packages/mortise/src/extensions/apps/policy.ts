import type { AppCsp, AppPermission, AppPermissions } from './types.ts'

/** Origins of one kind that count; a page that needs more is refused the rest. */
export const maxOrigins = 64

const label = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?'
const originPattern = new RegExp(
  `^((?:https?|wss?)://(?:\\*\\.(?:${label}\\.)+)?${label}(?:\\.${label})*(?::[0-9]{1,5})?)/?$`,
)

/**
 * An origin as it may stand in a policy: scheme, host and port, in lower case; `*.` only before a host of two labels or more.
 * Undefined for everything else: a path, a keyword, a quote, a blank or a semicolon would say something else there.
 */
export function readOrigin(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 300) return undefined
  return originPattern.exec(value.toLowerCase())?.[1]
}

const lists = ['connectDomains', 'resourceDomains', 'frameDomains', 'baseUriDomains'] as const

/**
 * What of a server's declaration may be granted: origins alone, each once. What is left out is told to `warn`. Undefined when
 * nothing was declared.
 */
export function readCsp(
  value: unknown,
  warn: (warning: string) => void = () => {},
): AppCsp | undefined {
  if (value === undefined) return undefined
  const declared = typeof value === 'object' && value !== null ? value : {}
  const read = lists.flatMap((list) => {
    const origins: unknown = (declared as Record<string, unknown>)[list]
    if (origins === undefined) return []
    const found = Array.isArray(origins)
      ? origins.slice(0, maxOrigins).map(readOrigin)
      : [undefined]
    const good = found.filter((origin) => origin !== undefined)
    if (good.length < found.length || (Array.isArray(origins) && origins.length > maxOrigins)) {
      warn(`csp.${list}: what is no origin, or more than ${maxOrigins}, was left out`)
    }
    return [[list, [...new Set(good)]] as const]
  })
  return Object.fromEntries(read)
}

/**
 * The content security policy of a page, for a header or a `meta` element: everything that was not declared is blocked, also
 * where the page declared nothing (Apps, "Host Behavior" and "Sandbox proxy"). What is no origin is not let through.
 */
export function contentSecurityPolicy(declared?: AppCsp): string {
  const csp = readCsp(declared) ?? {}
  const { connectDomains, resourceDomains = [], frameDomains, baseUriDomains } = csp
  const only = (origins: readonly string[] | undefined, otherwise: string): readonly string[] =>
    origins === undefined || origins.length === 0 ? [otherwise] : origins
  const directives: Readonly<Record<string, readonly string[]>> = {
    'default-src': ["'none'"],
    'script-src': ["'self'", "'unsafe-inline'", ...resourceDomains],
    'style-src': ["'self'", "'unsafe-inline'", ...resourceDomains],
    'img-src': ["'self'", 'data:', ...resourceDomains],
    'font-src': ["'self'", ...resourceDomains],
    'media-src': ["'self'", 'data:', ...resourceDomains],
    'connect-src': only(connectDomains, "'none'"),
    'frame-src': only(frameDomains, "'none'"),
    'object-src': ["'none'"],
    'base-uri': only(baseUriDomains, "'self'"),
    // These two do not fall back to default-src.
    'form-action': ["'none'"],
    'worker-src': ["'none'"],
  }
  return Object.entries(directives)
    .map(([name, sources]) => `${name} ${sources.join(' ')}`)
    .join('; ')
}

/** The policy as the first element of a page's head. */
export function policyElement(policy: string): string {
  const escaped = policy.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;')
  return `<meta http-equiv="Content-Security-Policy" content="${escaped}">`
}

/** Every origin beside its own that a page may reach: what a user is warned of, and a log keeps. */
export function externalOrigins(declared?: AppCsp): readonly string[] {
  const csp = readCsp(declared) ?? {}
  return [...new Set(lists.flatMap((list) => csp[list] ?? []))].sort()
}

const features: Readonly<Record<AppPermission, string>> = {
  camera: 'camera',
  microphone: 'microphone',
  geolocation: 'geolocation',
  clipboardWrite: 'clipboard-write',
}

/** What of a server's wishes is a permission; everything else is left out. */
export function readPermissions(value: unknown): AppPermissions {
  const asked = typeof value === 'object' && value !== null ? value : {}
  const names = Object.keys(features).filter((name) => {
    const wish: unknown = Object.hasOwn(asked, name)
      ? (asked as Record<string, unknown>)[name]
      : undefined
    return typeof wish === 'object' && wish !== null
  })
  return Object.fromEntries(names.map((name) => [name, {}]))
}

/** The attributes of the frames that a page is shown in. */
export interface FrameAttributes {
  /** Of the frame that holds the page. */
  readonly sandbox: string
  /** Of the same: the browser's features that were granted. */
  readonly allow: string
  /** Of the frame of a sandbox proxy, which a web host has around it, from another origin (Apps, "Sandbox proxy"). */
  readonly proxySandbox: string
}

/** The least rights that a page can be shown with. `granted` are the permissions that the host, or its user, grants. */
export function frameAttributes(granted: AppPermissions = {}): FrameAttributes {
  const names = Object.keys(readPermissions(granted)) as AppPermission[]
  return {
    sandbox: 'allow-scripts',
    allow: names.map((name) => features[name]).join('; '),
    proxySandbox: 'allow-scripts allow-same-origin',
  }
}
