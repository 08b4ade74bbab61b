import { resolveLimits } from '../../std/limits.ts'
import type { Limits } from '../../std/limits.ts'
import type { AppPort } from './peer.ts'
import { readPlain } from './plain.ts'
import { contentSecurityPolicy, frameAttributes, readCsp, readPermissions } from './policy.ts'
import { sandboxPrefix, uiMethods } from './types.ts'
import { isObject } from '../../std/object.ts'

/** A page that a sandbox proxy is to show, and under what. */
export interface SandboxedPage {
  readonly html: string
  /** The content security policy that the page must be loaded under. */
  readonly policy: string
  /** The attributes of the frame that it is loaded into. */
  readonly sandbox: string
  readonly allow: string
}

/** A sandbox proxy's two sides. */
export interface SandboxProxyOptions {
  /** The way to the host. */
  readonly host: AppPort
  /** The way to the page's frame. */
  readonly view: AppPort
  /** Shows the page. Called once. */
  readonly load: (page: SandboxedPage) => void
  readonly limits?: Partial<Limits>
}

/** What a frame of the page may be let do at most: never the proxy's own origin. */
const rights: ReadonlySet<string> = new Set([
  'allow-scripts',
  'allow-forms',
  'allow-popups',
  'allow-modals',
  'allow-downloads',
  'allow-pointer-lock',
])

/**
 * Stands between a host and a page (Apps, "Sandbox proxy"): tells the host that it is ready, has the page loaded that it gets,
 * and passes everything on that is not between host and proxy alone. It says nothing of its own. Returns what ends it.
 */
export function startSandboxProxy({
  host,
  view,
  load,
  ...options
}: SandboxProxyOptions): () => void {
  const limits = resolveLimits(options.limits)
  let loaded = false

  host.onmessage = ({ data }: { readonly data: unknown }): void => {
    if (!isForProxy(data)) return view.postMessage(data)
    if (loaded || data.method !== uiMethods.resourceReady) return
    const page = readPage(data, limits)
    if (page === undefined) return
    loaded = true
    load(page)
  }
  view.onmessage = ({ data }: { readonly data: unknown }): void => {
    if (!isForProxy(data)) host.postMessage(data)
  }
  host.postMessage({ jsonrpc: '2.0', method: uiMethods.proxyReady, params: {} })

  return () => {
    host.onmessage = null
    view.onmessage = null
  }
}

function isForProxy(data: unknown): data is { readonly method: string } {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, 'method')) return false
  const { method } = data as { readonly method: unknown }
  return typeof method === 'string' && method.startsWith(sandboxPrefix)
}

function readPage(data: unknown, limits: Limits): SandboxedPage | undefined {
  const plain = readPlain(data, {
    maxDepth: limits.maxJsonDepth,
    maxLength: limits.maxAnswerBytes,
  })
  if (!plain.ok || !isObject(plain.value)) return undefined
  const params = plain.value['params']
  if (!isObject(params)) return undefined
  const { html, csp, permissions, sandbox } = params
  if (typeof html !== 'string') return undefined
  const least = frameAttributes(readPermissions(permissions))
  return {
    html,
    policy: contentSecurityPolicy(readCsp(csp)),
    allow: least.allow,
    sandbox: typeof sandbox === 'string' ? onlyRights(sandbox) : least.sandbox,
  }
}

function onlyRights(sandbox: string): string {
  return sandbox
    .split(/\s+/)
    .filter((right) => rights.has(right))
    .join(' ')
}
