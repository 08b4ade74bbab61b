import { ResourceNotFoundError } from '../../model/errors.ts'
import type { Call, ClientFacts, Outcome } from '../../model/call.ts'
import type { Meta, Params, Result, Tool } from '../../model/types.ts'
import type { ExtendedServer, ServerExtension } from '../../server/extension.ts'
import { createPages } from '../../server/pages.ts'
import type { Middleware } from '../../server/middleware.ts'
import type { Provider } from '../../server/provider.ts'
import type { CacheHint } from '../../server/types.ts'
import { McpError } from '../../std/error.ts'
import { hasUi, isAppUri, toolUi, withoutUi } from './link.ts'
import { readOrigin, readPermissions } from './policy.ts'
import { appMimeType, appsId } from './types.ts'
import type { AppCsp, AppPermissions } from './types.ts'

/** A page that shows what tools say. */
export interface AppPage {
  /** `ui://…`. */
  readonly uri: string
  /** A short name, for people. */
  readonly name: string
  readonly title?: string
  readonly description?: string
  /** The whole HTML5 document, or what makes it for each read. */
  readonly html: string | (() => string | Promise<string>)
  /** The origins that it needs. Default: none. */
  readonly csp?: AppCsp
  /** What it asks to use. Default: nothing. */
  readonly permissions?: AppPermissions
  /** The origin that it asks to be shown from, in the form that the particular host documents. */
  readonly domain?: string
  /** Whether the host draws a border around it. Default: the host's choice. */
  readonly prefersBorder?: boolean
  /** Whether `resources/list` tells of it: hosts find it by its tools. Default: true. */
  readonly listed?: boolean
  /** How long clients may keep it, and for whom. Default: not at all, and nobody else. */
  readonly cache?: CacheHint
}

/**
 * Serves the pages of tools (MCP Apps, `io.modelcontextprotocol/ui`): `server.extend(apps([board]))`. A tool is linked to its page by
 * `_meta: showsIn(board)`. To a client that shows no pages, tools are listed without the link, and those that only pages call are
 * not listed. A linked tool must say something besides: one that gives no content fails, and `onError` hears why.
 * @throws TypeError when a page is none.
 */
export function apps(pages: readonly AppPage[]): ServerExtension {
  const known = new Map<string, AppPage>()
  for (const page of pages) {
    checkPage(page)
    if (known.has(page.uri)) throw new TypeError(`page ${page.uri} is there twice`)
    known.set(page.uri, page)
  }
  let host: ExtendedServer | undefined
  /** Tools that were listed with a page. */
  const linked = new Set<string>()

  const provider: Provider = {
    capabilities: () => ({ resources: {} }),
    owns: ({ method, params: { uri } }) => method === 'resources/read' && known.has(uri as string),
    answer(call) {
      if (call.method === 'resources/read') return readPage(known.get(call.params['uri'] as string))
      if (call.method === 'resources/list') return listPages(call)
      return { resourceTemplates: [] }
    },
  }

  function listPages(call: Call): Outcome {
    const listed = pages.filter(({ listed: shown = true }) => shown)
    const items = new Map(listed.map((page) => [page.uri, describe(page)]))
    const size = host?.limits.pageSize ?? items.size
    return createPages({ member: 'resources', items, size }).page(call.params['cursor'])
  }

  const middleware: Middleware = async (call, next) => {
    if (call.method === 'tools/list') {
      const result = await next()
      for (const tool of toolsIn(result)) {
        if (toolUi(tool).resourceUri === undefined) linked.delete(tool.name)
        else linked.add(tool.name)
      }
      return kept(canShowUi(call) ? result : withoutPages(result))
    }
    if (call.method !== 'tools/call') return await next()
    const result = await next()
    if (linked.has(call.params['name'] as string)) checkText(call.params['name'] as string, result)
    return result
  }

  return {
    id: appsId,
    settings: { mimeTypes: [appMimeType] },
    provider,
    middleware,
    started(server) {
      host = server
    },
  }
}

/** Whether the client shows pages: `canShowUi(context)` in a handler, with sessions and without (Apps, "Capability Negotiation"). */
export function canShowUi({ client }: { readonly client: ClientFacts }): boolean {
  const settings = client.capabilities.extensions?.[appsId]
  if (typeof settings !== 'object' || settings === null) return false
  const { mimeTypes } = settings as { readonly mimeTypes?: unknown }
  return Array.isArray(mimeTypes) && mimeTypes.includes(appMimeType)
}

function checkPage(page: AppPage): void {
  const { uri, name, html, csp = {}, permissions = {} } = page
  const refuse = (why: string): TypeError => new TypeError(`page "${uri}": ${why}`)
  if (!isAppUri(uri) || !URL.canParse(uri)) throw refuse('its URI must begin with ui://')
  if (typeof name !== 'string' || name === '') throw refuse('it needs a name')
  if (typeof html === 'string' && !isDocument(html)) {
    throw refuse('its html must be a whole document, from <!doctype html> on')
  }
  for (const [list, origins] of Object.entries(csp) as [string, readonly string[]][]) {
    const wrong = origins.find((origin) => readOrigin(origin) === undefined)
    if (wrong !== undefined)
      throw refuse(`csp.${list}: "${wrong}" is no origin like https://example.com`)
  }
  const granted = readPermissions(permissions)
  const unknown = Object.keys(permissions).find((permission) => !Object.hasOwn(granted, permission))
  if (unknown !== undefined) throw refuse(`there is no permission called ${unknown}`)
}

function isDocument(html: string): boolean {
  return /^\ufeff?\s*(?:<!--(?:[^-]|-(?!->))*-->\s*)*<!doctype html\b/i.test(html)
}

function describe({ uri, name, title, description, ...page }: AppPage): Params {
  return {
    uri,
    name,
    ...(title === undefined ? {} : { title }),
    ...(description === undefined ? {} : { description }),
    mimeType: appMimeType,
    ...metaOf(page),
  }
}

function metaOf(page: Pick<AppPage, 'csp' | 'permissions' | 'domain' | 'prefersBorder'>): {
  _meta?: Meta
} {
  const { csp, permissions, domain, prefersBorder } = page
  const said = Object.entries({ csp, permissions, domain, prefersBorder })
  const given = said.filter(([, value]) => value !== undefined)
  return given.length === 0 ? {} : { _meta: { ui: Object.fromEntries(given) } }
}

async function readPage(page: AppPage | undefined): Promise<Result> {
  if (page === undefined) throw new ResourceNotFoundError('ui://')
  const { uri, html, cache } = page
  const text = typeof html === 'string' ? html : await html()
  if (!isDocument(text)) throw new TypeError(`page "${uri}" made no whole document`)
  const hints =
    cache === undefined ? {} : { ttlMs: cache.ttlMs, cacheScope: cache.scope ?? 'private' }
  return { contents: [{ uri, mimeType: appMimeType, text, ...metaOf(page) }], ...hints }
}

function toolsIn({ tools }: Result): readonly Tool[] {
  return Array.isArray(tools) ? (tools as readonly Tool[]) : [] // the list that this server makes
}

/** Other clients get another list: none of its pages may be kept for them (basic/utilities, "Caching"). */
function kept(result: Result): Result {
  return result['cacheScope'] === 'public' ? { ...result, cacheScope: 'private' } : result
}

/** The list for a client that shows no pages; the same object when there is nothing to take out. */
function withoutPages(result: Result): Result {
  const tools = toolsIn(result)
  if (!tools.some(({ _meta }) => _meta !== undefined && hasUi(_meta))) return result
  const plain = tools
    .filter((tool) => toolUi(tool).visibility.includes('model'))
    .map(({ _meta = {}, ...tool }) => {
      const rest = withoutUi(_meta)
      return Object.keys(rest).length === 0 ? tool : { ...tool, _meta: rest }
    })
  return { ...result, tools: plain }
}

function checkText(name: string, { content, isError }: Result): void {
  if (isError === true || !Array.isArray(content) || content.length > 0) return
  throw new McpError(
    'ERR_OUTPUT',
    `${name} is shown by a page and gave no content: clients without pages, and models, need some`,
  )
}
