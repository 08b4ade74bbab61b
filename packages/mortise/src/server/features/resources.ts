import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call, Outcome } from '../../model/call.ts'
import { ResourceNotFoundError } from '../../model/errors.ts'
import type { Resource, ResourceContents, ResourceTemplate, Result } from '../../model/types.ts'
import { compileUriTemplate } from '../../model/uri-template.ts'
import { maxUriLength } from '../../model/uri.ts'
import type { UriTemplate } from '../../model/uri-template.ts'
import { encodeBase64 } from '../../std/encoding.ts'
import { CallContext } from '../context.ts'
import type { Elicitor } from '../elicit.ts'
import { badCursor, createPages, decodeCursor, encodeCursor } from '../pages.ts'
import type { Pages } from '../pages.ts'
import type {
  CacheHint,
  Completer,
  ResourceDefinition,
  ResourceReader,
  ResourceReturn,
  ResourceWatcher,
  TemplateDefinition,
  TemplateReader,
} from '../types.ts'
import type { Feature } from './feature.ts'

/** What the resources need of their server. */
export interface ResourcesOptions {
  readonly elicitor: Elicitor
  readonly pageSize: number
  /** Called after a resource or a template came or went. */
  readonly changed: () => void
}

/** The resources of one server. */
export interface Resources extends Feature {
  add(uri: string, definition: ResourceDefinition, read: ResourceReader): void
  addTemplate(uriTemplate: string, definition: TemplateDefinition, read: TemplateReader): void
  /** Removes a resource by its URI, or a family by its template; whether there was one. */
  remove(uri: string): boolean
  /** Begins to watch a resource; undefined when it is none of these, or cannot be watched. */
  watch(uri: string, changed: () => void): (() => void) | undefined
  /** The completers of a template; undefined when there is no such template. */
  completers(uriTemplate: string): ReadonlyMap<string, Completer> | undefined
}

interface PreparedResource {
  readonly definition: Resource
  readonly cache: CacheHint | undefined
  readonly watch: ResourceWatcher | undefined
  readonly read: ResourceReader
}

/** What a URI led to. */
interface Found extends Pick<PreparedResource, 'cache' | 'watch'> {
  readonly definition: { readonly mimeType?: string }
  readonly read: (context: CallContext) => ReturnType<ResourceReader>
}

interface PreparedTemplate {
  readonly definition: ResourceTemplate
  readonly template: UriTemplate
  readonly cache: CacheHint | undefined
  readonly watch: ResourceWatcher | undefined
  readonly list: TemplateDefinition['list']
  readonly completers: ReadonlyMap<string, Completer>
  readonly read: TemplateReader
}

/** An empty set of resources. */
export function createResources({ elicitor, pageSize, changed }: ResourcesOptions): Resources {
  const resources = new Map<string, PreparedResource>()
  const templates = new Map<string, PreparedTemplate>()
  let listed: Pages | undefined
  let listedTemplates: Pages | undefined
  const capabilities = { resources: { listChanged: true, subscribe: true } }

  function publish(): void {
    listed = undefined
    listedTemplates = undefined
    changed()
  }

  /** The static resources first, then what each template lists, in the order of registration. */
  async function list(call: Call): Promise<Outcome> {
    const { cursor } = call.params
    const place = cursor === undefined ? { source: 0, inner: undefined } : readPlace(cursor)
    const lists = [...templates.values()].flatMap(({ list: members }) => members ?? [])
    if (place.source > lists.length) throw badCursor()
    if (place.source > 0 || (resources.size === 0 && lists.length > 0)) {
      return await listMembers(call, lists, { ...place, source: Math.max(place.source, 1) })
    }
    listed ??= createPages({
      member: 'resources',
      items: new Map([...resources].map(([uri, { definition }]) => [uri, definition])),
      size: pageSize,
    })
    const page = listed.page(place.inner)
    const { nextCursor } = page.result
    if (nextCursor !== undefined) {
      return { ...page.result, nextCursor: writePlace(0, nextCursor as string) }
    }
    return lists.length === 0 ? page : { ...page.result, nextCursor: writePlace(1) }
  }

  async function listMembers(
    call: Call,
    lists: readonly NonNullable<TemplateDefinition['list']>[],
    { source, inner }: Place,
  ): Promise<Outcome> {
    const members = lists[source - 1]
    if (members === undefined) throw badCursor()
    const context = new CallContext(call, elicitor)
    const { resources: own, nextCursor } = await members(
      { cursor: inner, limit: pageSize },
      context,
    )
    if (nextCursor !== undefined)
      return { resources: own, nextCursor: writePlace(source, nextCursor) }
    const more = source < lists.length
    return { resources: own, ...(more ? { nextCursor: writePlace(source + 1) } : {}) }
  }

  function listTemplates(call: Call): Outcome {
    listedTemplates ??= createPages({
      member: 'resourceTemplates',
      items: new Map([...templates].map(([key, { definition }]) => [key, definition])),
      size: pageSize,
    })
    return listedTemplates.page(call.params['cursor'])
  }

  async function read(call: Call): Promise<Outcome> {
    const { uri } = call.params
    if (typeof uri !== 'string' || uri.length > maxUriLength) {
      throw new RpcError(ErrorCode.invalidParams, 'params.uri must be a URI')
    }
    const context = new CallContext(call, elicitor)
    const found = find(uri)
    if (found === undefined) throw new ResourceNotFoundError(uri)
    return toResult(await found.read(context), { uri, ...found })
  }

  function find(uri: string): Found | undefined {
    if (uri.length > maxUriLength) return undefined
    const own = resources.get(uri)
    if (own !== undefined) return { ...own, read: (context) => own.read(uri, context) }
    for (const family of templates.values()) {
      const variables = family.template.match(uri)
      if (variables === undefined) continue
      return { ...family, read: (context) => family.read(variables, context, uri) }
    }
    return undefined
  }

  return {
    methods: {
      'resources/list': list,
      'resources/templates/list': listTemplates,
      'resources/read': read,
    },
    capabilities: () => (resources.size + templates.size === 0 ? undefined : capabilities),
    capability: 'resources',
    owns: ({ params: { uri } }) => typeof uri === 'string' && find(uri) !== undefined,
    watch(uri, changed) {
      const found = find(uri)
      return found?.watch?.(uri, changed)
    },
    add(uri, { cache, watch, ...said }, reader) {
      checkName(uri, said.name)
      if (!URL.canParse(uri)) throw new TypeError(`resource "${uri}" must have an absolute URI`)
      checkCache(uri, cache)
      resources.set(uri, { definition: { uri, ...said }, cache, watch, read: reader })
      publish()
    },
    addTemplate(uriTemplate, { cache, watch, list: members, complete = {}, ...said }, reader) {
      checkName(uriTemplate, said.name)
      const template = compileUriTemplate(uriTemplate)
      checkCache(uriTemplate, cache)
      const definition = { uriTemplate, ...said }
      const completers = new Map(Object.entries(complete))
      const family = { definition, template, cache, watch, list: members, completers }
      templates.set(uriTemplate, { ...family, read: reader })
      publish()
    },
    remove(uri) {
      const removed = resources.delete(uri) || templates.delete(uri)
      if (removed) publish()
      return removed
    },
    completers: (uriTemplate) => templates.get(uriTemplate)?.completers,
  }
}

function checkCache(uri: string, cache: CacheHint | undefined): void {
  if (cache === undefined) return
  const { ttlMs, scope = 'private' } = cache
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 0) {
    throw new TypeError(`resource "${uri}": cache.ttlMs must be a whole number, 0 or more`)
  }
  if (scope !== 'private' && scope !== 'public') {
    throw new TypeError(`resource "${uri}": cache.scope must be "public" or "private"`)
  }
}

/** A resource without a name is left out by clients. */
function checkName(uri: string, name: unknown): void {
  if (typeof name !== 'string' || name === '') throw new TypeError(`resource "${uri}" needs a name`)
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

interface ReadFacts {
  readonly uri: string
  readonly cache: CacheHint | undefined
  readonly definition: { readonly mimeType?: string }
}

function toResult(value: ResourceReturn, { uri, cache, definition }: ReadFacts): Result {
  const hints =
    cache === undefined ? {} : { ttlMs: cache.ttlMs, cacheScope: cache.scope ?? 'private' }
  if (isWhole(value)) return { ...hints, ...value }
  const parts = Array.isArray(value)
    ? value
    : [value as Exclude<ResourceReturn, readonly unknown[]>]
  const { mimeType } = definition
  const typed = mimeType === undefined ? {} : { mimeType }
  const contents = parts.map((part): unknown => {
    if (typeof part === 'string') return { uri, ...typed, text: part }
    if (part instanceof Uint8Array) return { uri, ...typed, blob: encodeBase64(part) }
    return { uri, ...typed, ...(part as Partial<ResourceContents>) }
  })
  return { contents, ...hints }
}

function isWhole(value: ResourceReturn): value is Extract<ResourceReturn, { contents: unknown }> {
  return typeof value === 'object' && 'contents' in value && Array.isArray(value.contents)
}
