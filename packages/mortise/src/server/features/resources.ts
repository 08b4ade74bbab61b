import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call, Caller, Outcome } from '../../model/call.ts'
import type { Concerns } from '../../model/notice.ts'
import { contentsFlaw, firstFlaw, textFlaw, under } from '../../model/content-fault.ts'
import type { Flaw } from '../../model/content-fault.ts'
import type { Resource, ResourceContents, ResourceTemplate, Result } from '../../model/types.ts'
import { compileUriTemplate } from '../../model/uri-template.ts'
import { maxUriLength } from '../../model/uri.ts'
import type { UriTemplate } from '../../model/uri-template.ts'
import { encodeBase64 } from '../../std/encoding.ts'
import { CallContext } from '../context.ts'
import { checkListed, checkResource, checkTemplate } from '../definition-check.ts'
import type { Elicitor } from '../elicit.ts'
import type { Offered } from '../kinds.ts'
import { checkHint } from '../list-cache.ts'
import type { ListCache } from '../list-cache.ts'
import { createListing } from '../listing.ts'
import { badCursor, decodeCursor, encodeCursor } from '../pages.ts'
import type {
  CacheHint,
  Completer,
  ListedResources,
  ResourceDefinition,
  ResourceReader,
  ResourceReturn,
  ResourceWatcher,
  TemplateDefinition,
  TemplateReader,
} from '../types.ts'
import { refuseReturned } from '../returned.ts'
import { hasScopes, readScopes, requireScopes } from '../scopes.ts'
import type { Scopes } from '../scopes.ts'
import { unknownName } from '../unknown.ts'
import { checkVisible } from '../visibility.ts'
import type { Visibility, Visible } from '../visibility.ts'
import type { Feature } from './feature.ts'

/** What the resources need of their server. */
export interface ResourcesOptions {
  readonly elicitor: Elicitor
  readonly pageSize: number
  readonly visibility: Visibility
  readonly cache?: ListCache | undefined
  /** Called after a resource or a template came or went, with whom that concerns if not everybody. */
  readonly changed: (concerns: Concerns | undefined) => void
  /** Whether callers are authorized over HTTP. */
  readonly authorizes: boolean
}

/** The resources of one server. */
export interface Resources extends Feature {
  add(uri: string, definition: ResourceDefinition, read: ResourceReader): void
  addTemplate(uriTemplate: string, definition: TemplateDefinition, read: TemplateReader): void
  /** Removes a resource by its URI, or a family by its template; whether there was one. */
  remove(uri: string): boolean
  /** Begins to watch a resource; undefined when it is none of these, or cannot be watched. */
  watch(uri: string, changed: () => void): (() => void) | undefined
  /** Whom a change of a resource concerns, if not everybody. */
  concerns(uri: string): Concerns | undefined
  /** A template as the list shows it, and its completers; undefined when there is none that `caller` may see. */
  look(uriTemplate: unknown, caller: Caller | undefined): LookedUp | undefined
}

/** What is known of a template. */
interface LookedUp {
  readonly definition: ResourceTemplate
  readonly completers: ReadonlyMap<string, Completer>
  readonly scopes: Scopes
}

/** What is kept of a resource, and of a family alike. */
interface Kept {
  readonly cache: CacheHint | undefined
  readonly watch: ResourceWatcher | undefined
  readonly visible: Visible | undefined
  readonly scopes: Scopes
}

interface PreparedResource extends Kept {
  readonly definition: Resource
  readonly read: ResourceReader
}

/** What a URI led to. */
interface Found extends Kept {
  readonly offered: Offered
  readonly read: (context: CallContext) => ReturnType<ResourceReader>
}

interface PreparedTemplate extends Kept, LookedUp {
  readonly template: UriTemplate
  readonly list: TemplateDefinition['list']
  readonly read: TemplateReader
}

/** An empty set of resources. */
export function createResources(options: ResourcesOptions): Resources {
  const { elicitor, pageSize, visibility } = options
  const { sees } = visibility
  const resources = new Map<string, PreparedResource>()
  const templates = new Map<string, PreparedTemplate>()
  const shared = { size: pageSize, visibility }
  const listed = createListing({
    ...shared,
    member: 'resources',
    entries: resources,
    cache: options.cache?.['resources/list'],
    differs: () =>
      [...templates.values()].some(
        ({ visible, scopes, list: members }) =>
          visible !== undefined || (scopes !== undefined && members !== undefined),
      ),
  })
  const families = createListing({
    ...shared,
    member: 'resourceTemplates',
    entries: templates,
    cache: options.cache?.['resources/templates/list'],
  })
  const capabilities = { resources: { listChanged: true, subscribe: true } }

  function publish(...changed: (Kept | undefined)[]): void {
    listed.reset()
    families.reset()
    const visible = changed.flatMap((one) => (one === undefined ? [] : [one.visible]))
    options.changed(visibility.concerns(...visible))
  }

  /** The static resources first, then what each template lists, in the order of registration. */
  async function list(call: Call): Promise<Outcome> {
    const { cursor } = call.params
    const place = cursor === undefined ? { source: 0, inner: undefined } : readPlace(cursor)
    const seen = [...templates.values()].filter(({ visible }) => sees(visible, call))
    // The definition of a family is for everybody to see, its members are for those who may read them.
    const lists = seen.filter(
      (family) => family.list !== undefined && hasScopes(family.scopes, call.auth),
    )
    if (place.source > lists.length) throw badCursor()
    if (place.source > 0) return await listMembers(call, lists, place)
    const page = listed.page(place.inner, call)
    const { nextCursor, resources: own } = page.result
    const isEmpty = cursor === undefined && (own as readonly unknown[]).length === 0
    if (isEmpty && lists.length > 0) {
      return await listMembers(call, lists, { source: 1, inner: undefined })
    }
    if (nextCursor !== undefined) {
      return { ...page.result, nextCursor: writePlace(0, nextCursor as string) }
    }
    return lists.length === 0 ? page : { ...page.result, nextCursor: writePlace(1) }
  }

  async function listMembers(
    call: Call,
    lists: readonly PreparedTemplate[],
    { source, inner }: Place,
  ): Promise<Outcome> {
    const family = lists[source - 1]
    if (family?.list === undefined) throw badCursor()
    const context = new CallContext(call, elicitor)
    const page = await family.list({ cursor: inner, limit: pageSize }, context)
    refuseReturned(`the list of "${family.definition.uriTemplate}"`, listedFlaw(page))
    const { resources: own, nextCursor } = page
    const result = { resources: own, ...listed.hints() }
    if (nextCursor !== undefined) return { ...result, nextCursor: writePlace(source, nextCursor) }
    const more = source < lists.length
    return { ...result, ...(more ? { nextCursor: writePlace(source + 1) } : {}) }
  }

  async function read(call: Call): Promise<Outcome> {
    const { uri } = call.params
    if (typeof uri !== 'string' || uri.length > maxUriLength) {
      throw new RpcError(ErrorCode.invalidParams, 'params.uri must be a URI')
    }
    const context = new CallContext(call, elicitor)
    const found = find(uri, call)
    if (found === undefined) throw unknownName(call)
    requireScopes(found.scopes, call.auth)
    return toResult(await found.read(context), { uri, ...found })
  }

  /** What has `uri`, if `caller` may see it. A hidden resource hides its URI: no template that matches it gives it away. */
  function find(uri: string, caller: Caller | undefined): Found | undefined {
    const found = lookUp(uri, caller)
    return found === undefined || sees(found.visible, caller) ? found : undefined
  }

  function lookUp(uri: string, caller: Caller | undefined): Found | undefined {
    if (uri.length > maxUriLength) return undefined
    const own = resources.get(uri)
    if (own !== undefined) return asFound(own, uri)
    for (const family of templates.values()) {
      if (!sees(family.visible, caller)) continue
      const variables = family.template.match(uri)
      if (variables === undefined) continue
      // Another spelling of a resource (`%61` for `a`) is that resource, and asks for what it asks for.
      const meant = resources.get(spell(family.template, variables) ?? uri)
      if (meant !== undefined) return asFound(meant, uri)
      const { definition: item, scopes } = family
      const offered: Offered = { kind: 'resourceTemplate', item, scopes }
      return { ...family, offered, read: (context) => family.read(variables, context, uri) }
    }
    return undefined
  }

  /** Who may not read it is not told of its changes: what a session was let in for, its next token may lack. */
  function concerns(uri: string): Concerns | undefined {
    const { visible, scopes } = find(uri, undefined) ?? {}
    const seen = visibility.concerns(visible)
    if (scopes === undefined) return seen
    return (caller) => hasScopes(scopes, caller.auth) && seen?.(caller) !== false
  }

  return {
    methods: {
      'resources/list': list,
      'resources/templates/list': (call) => families.page(call.params['cursor'], call),
      'resources/read': read,
    },
    capabilities: () => (resources.size + templates.size === 0 ? undefined : capabilities),
    capability: 'resources',
    find: ({ params: { uri } }, caller) =>
      typeof uri === 'string' ? find(uri, caller)?.offered : undefined,
    watch: (uri, changed) => find(uri, undefined)?.watch?.(uri, changed),
    concerns,
    scopes: () =>
      [...resources.values(), ...templates.values()].flatMap(({ scopes = [] }) => scopes),
    add(uri, resource, reader) {
      const { cache, watch, visible, scopes: needed, ...said } = resource
      checkResource(uri, resource)
      if (!URL.canParse(uri)) throw new TypeError(`resource "${uri}" must have an absolute URI`)
      const scopes = readScopes(`resource "${uri}"`, needed, options.authorizes)
      checkCache(uri, { cache, visible, scopes })
      const before = resources.get(uri)
      const definition = { uri, ...said }
      checkListed(`resource "${uri}"`, definition)
      const own = { definition, cache, watch, visible, scopes, read: reader }
      resources.set(uri, own)
      publish(before, own)
    },
    addTemplate(uriTemplate, family, reader) {
      const { cache, watch, visible, scopes: needed, ...shown } = family
      const { list: members, complete = {}, ...said } = shown
      checkTemplate(uriTemplate, family)
      const template = compileUriTemplate(uriTemplate)
      const scopes = readScopes(`resource "${uriTemplate}"`, needed, options.authorizes)
      checkCache(uriTemplate, { cache, visible, scopes })
      const definition = { uriTemplate, ...said }
      checkListed(`resource "${uriTemplate}"`, definition)
      const completers = new Map(Object.entries(complete))
      const before = templates.get(uriTemplate)
      const kept = { cache, watch, visible, scopes, list: members, completers }
      const own = { definition, template, ...kept, read: reader }
      templates.set(uriTemplate, own)
      publish(before, own)
    },
    remove(uri) {
      const before = resources.get(uri) ?? templates.get(uri)
      const removed = resources.delete(uri) || templates.delete(uri)
      if (removed) publish(before)
      return removed
    },
    look(uriTemplate, caller) {
      const family = typeof uriTemplate === 'string' ? templates.get(uriTemplate) : undefined
      return sees(family?.visible, caller) ? family : undefined
    },
  }
}

function asFound(own: PreparedResource, uri: string): Found {
  const { scopes } = own
  const offered: Offered = { kind: 'resource', item: own.definition, scopes }
  return { ...own, offered, read: (context) => own.read(uri, context) }
}

/** The usual spelling of a member of a family; undefined where there is none. */
function spell(
  template: UriTemplate,
  variables: Readonly<Record<string, string>>,
): string | undefined {
  try {
    return template.expand(variables)
  } catch {
    return undefined // a TypeError: half a surrogate pair
  }
}

function checkCache(
  uri: string,
  { cache, visible, scopes }: Pick<Kept, 'cache' | 'visible' | 'scopes'>,
): void {
  checkVisible(`resource "${uri}"`, visible)
  if (cache === undefined) return
  checkHint(`resource "${uri}": cache`, cache)
  if (cache.scope === 'public' && (visible ?? scopes) !== undefined) {
    throw new TypeError(`resource "${uri}": what only some may read must not be cached as public`)
  }
}

/** Where a page of resources begins: 0 is the static ones, n the n-th template that lists. */
interface Place {
  readonly source: number
  readonly inner: string | undefined
}

function writePlace(source: number, inner?: string): string {
  return encodeCursor(inner === undefined ? String(source) : `${source}:${inner}`)
}

function readPlace(cursor: unknown): Place {
  const [, digits, inner] = /^([0-9]{1,4})(?::([^]*))?$/.exec(decodeCursor(cursor)) ?? []
  if (digits === undefined) throw badCursor()
  return { source: Number(digits), inner }
}

interface ReadFacts extends Pick<Found, 'cache' | 'visible' | 'scopes' | 'offered'> {
  readonly uri: string
}

function toResult(value: ResourceReturn, facts: ReadFacts): Result {
  const result = readResult(value, facts)
  const isForSome = (facts.visible ?? facts.scopes) !== undefined
  const isShared = isForSome && result['cacheScope'] === 'public'
  return isShared ? { ...result, cacheScope: 'private' } : result
}

function readResult(value: ResourceReturn, { uri, cache, offered }: ReadFacts): Result {
  const hints =
    cache === undefined ? {} : { ttlMs: cache.ttlMs, cacheScope: cache.scope ?? 'private' }
  const who = `resource "${uri}"`
  if (isWhole(value)) {
    refuseReturned(who, under('/contents', firstFlaw(value.contents, contentsFlaw)))
    return { ...hints, ...value }
  }
  const parts = Array.isArray(value)
    ? value
    : [value as Exclude<ResourceReturn, readonly unknown[]>]
  const { mimeType } = offered.item as { readonly mimeType?: string }
  const typed = mimeType === undefined ? {} : { mimeType }
  const contents = parts.map((part, index): unknown => {
    if (typeof part === 'string') return { uri, ...typed, text: part }
    if (part instanceof Uint8Array) return { uri, ...typed, blob: encodeBase64(part) }
    const content = { uri, ...typed, ...(part as Partial<ResourceContents>) }
    refuseReturned(who, under(Array.isArray(value) ? `/${index}` : '', contentsFlaw(content)))
    return content
  })
  return { contents, ...hints }
}

function isWhole(value: ResourceReturn): value is Extract<ResourceReturn, { contents: unknown }> {
  if (typeof value !== 'object' || value === null || !('contents' in value)) return false
  return Array.isArray(value.contents)
}

/** What is wrong with one page of the members of a template. */
function listedFlaw({ resources, nextCursor }: ListedResources): Flaw | undefined {
  if (!Array.isArray(resources)) return { pointer: '/resources', what: 'must be an array' }
  const own = firstFlaw(resources, (item) => {
    const { uri, name } = (item ?? {}) as { readonly uri?: unknown; readonly name?: unknown }
    return textFlaw('/uri', uri) ?? textFlaw('/name', name)
  })
  const page = nextCursor === undefined ? undefined : textFlaw('/nextCursor', nextCursor)
  return under('/resources', own) ?? page
}
