import { createMemoryStore } from '../../state/memory.ts'
import type { GuardedFetch } from '../../http/guarded-fetch.ts'
import { encodeBase64Url } from '../../std/encoding.ts'
import type { Limits } from '../../std/limits.ts'
import { resolveLimits } from '../../std/limits.ts'
import type { Runtime } from '../../std/runtime.ts'
import { systemRuntime } from '../../std/runtime.ts'
import { createSealer } from '../../std/seal.ts'
import { checkFrontOptions } from './check-options.ts'
import type { FrontStore } from './front-store.ts'
import { createFrontStore } from './front-store.ts'
import type { FrontOptions, FrontPlatform, Lifetimes } from './options.ts'
import { defaultLifetimes } from './options.ts'

/** What all parts of a front share. */
export interface FrontSetup {
  readonly options: FrontOptions
  readonly issuer: string
  /** The path of `issuer`, empty at the root. */
  readonly path: string
  /** Whether the front is served by https: its cookies then belong to it alone. */
  readonly secure: boolean
  /** As the application gave them; the first is the default. */
  readonly resources: readonly [string, ...string[]]
  readonly name: string
  readonly store: FrontStore
  readonly lifetimes: Lifetimes
  readonly limits: Limits
  readonly runtime: Runtime
  /** Reaches what strangers name. */
  readonly fetch: GuardedFetch
  /** Reaches the provider, which the application named. */
  readonly providerFetch: GuardedFetch
  report(error: unknown): void
  /** Tells what may be a mistake. */
  warn(text: string): void
  /** 256 random bits. */
  secret(): string
}

/** Of a client's metadata document. */
const maxDocumentBytes = 64 * 1024
const documentTimeoutMs = 5_000

/** Resolves options. @throws TypeError when one cannot be. */
export function setUp(platform: FrontPlatform, options: FrontOptions): FrontSetup {
  checkFrontOptions(options)
  const { allowLoopback = false, trust = [], provider, runtime = systemRuntime } = options
  const issuer = checkIssuer(options.issuer, allowLoopback)
  const resources = checkResources(options.resource)
  if (options.logo !== undefined && !/^data:image\/[\w.+-]+[;,][!-~]*$/.test(options.logo)) {
    throw new TypeError('logo must be a data: URL of an image, since the pages load nothing')
  }
  for (const scope of Object.keys(options.scopes ?? {})) checkScope(scope)
  const limits = resolveLimits(options.limits)
  const { onError = logError, onWarning = logWarning } = options
  const report = (error: unknown): void => {
    try {
      onError(error)
    } catch {
      /* whoever listens for errors must not cause one */
    }
  }
  const warn = (text: string): void => {
    try {
      onWarning(text)
    } catch (error) {
      report(error)
    }
  }
  if (options.store === undefined) {
    warn(
      'the front keeps its state in memory: everybody is signed out when this process ends; give it a store',
    )
  }
  const { secrets, store = createMemoryStore({ runtime }) } = options
  return {
    options,
    issuer: options.issuer,
    path: issuer.pathname === '/' ? '' : issuer.pathname,
    secure: issuer.protocol === 'https:',
    resources,
    name: options.name ?? issuer.host,
    store: createFrontStore(store, {
      sealer: createSealer({ secrets, runtime }),
      issuer: options.issuer,
    }),
    lifetimes: { ...defaultLifetimes, ...options.lifetimes },
    limits,
    runtime,
    fetch: platform.createFetch(
      { trust, allowLoopback },
      {
        ...limits,
        maxOutboundBytes: Math.min(limits.maxOutboundBytes, maxDocumentBytes),
        // A document is where its URL says. Whoever names one does not have us go further.
        maxOutboundRedirects: 0,
        outboundTimeoutMs: Math.min(limits.outboundTimeoutMs, documentTimeoutMs),
      },
    ),
    providerFetch: platform.createFetch(
      { trust: [...trust, ...providerOrigins(provider)], allowLoopback },
      limits,
    ),
    report,
    warn,
    secret: () => encodeBase64Url(runtime.randomBytes(32)),
  }
}

function logError(error: unknown): void {
  // oxlint-disable-next-line no-console -- the default of `onError`: what nobody else is told must be seen somewhere
  console.error(error)
}

function logWarning(text: string): void {
  // oxlint-disable-next-line no-console -- the default of `onWarning`, for the same reason
  console.warn(text)
}

function checkIssuer(text: string, allowLoopback: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || url.href.replace(/\/$/, '') !== text || url.search !== '' || url.hash) {
    throw new TypeError('issuer must be a URL without query, fragment and a slash at its end')
  }
  const isLoopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback && allowLoopback)) {
    throw new TypeError('issuer must be https; http is for loopback, with allowLoopback')
  }
  return url
}

function checkResources(given: string | readonly string[]): readonly [string, ...string[]] {
  const [first, ...others] = typeof given === 'string' ? [given] : given
  if (first === undefined) throw new TypeError('resource must name at least one server')
  for (const resource of [first, ...others]) {
    if (!URL.canParse(resource) || resource.includes('#')) {
      throw new TypeError('resource must be the URL of the MCP server, without fragment')
    }
  }
  return [first, ...others]
}

/** RFC 6749 §3.3. */
function checkScope(scope: string): void {
  if (!/^[!#-[\]-~]{1,200}$/.test(scope)) {
    throw new TypeError(`${JSON.stringify(scope)} is no scope`)
  }
}

function providerOrigins(provider: FrontOptions['provider']): readonly string[] {
  const urls =
    'tokenEndpoint' in provider
      ? [provider.authorizationEndpoint, provider.tokenEndpoint]
      : [provider.issuer]
  return urls.map((url) => {
    if (URL.canParse(url)) return new URL(url).origin
    throw new TypeError('provider must be given by URLs')
  })
}
