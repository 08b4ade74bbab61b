import { ErrorCode, RpcError } from '../../jsonrpc/error.ts'
import type { Call, Outcome } from '../../model/call.ts'
import { ResourceNotFoundError } from '../../model/errors.ts'
import type { Params, Resource, ResourceContents, Result } from '../../model/types.ts'
import { maxUriLength } from '../../model/uri.ts'
import { createPages } from '../../server/pages.ts'
import type { Provider } from '../../server/provider.ts'
import type { ExtendedServer, ServerExtension } from '../../server/extension.ts'
import type { CacheHint } from '../../server/types.ts'
import { decodeUtf8, encodeBase64 } from '../../std/encoding.ts'
import { excerpt } from '../../std/excerpt.ts'
import { createCatalog } from './catalog.ts'
import type { Catalog } from './catalog.ts'
import type { ParseYaml } from './frontmatter.ts'
import { placeSkill } from './source.ts'
import type { SkillSource } from './source.ts'
import { skillMethods, skillsId } from './types.ts'

/** Which skills a server serves, and how. */
export interface SkillsOptions {
  /** The skills, or a function that finds them: when they are first asked for, and again after `refresh`. */
  readonly skills:
    | readonly SkillSource[]
    | (() => readonly SkillSource[] | Promise<readonly SkillSource[]>)
  /** Whether clients may list directories. Default: true. */
  readonly directoryRead?: boolean
  /** How long clients may keep entries and files, and for whom. Default: not at all, and nobody else. */
  readonly cache?: CacheHint
  /** The scheme of their URIs. Default: `skill`. */
  readonly scheme?: string
  /** Reads the YAML of frontmatter. Default: a strict reader of what frontmatter needs. */
  readonly parse?: ParseYaml
}

/** The extension on a server. */
export interface SkillsExtension extends ServerExtension {
  /** Forgets digests, and what a function found: everything is looked at anew when it is next asked for. */
  refresh(): void
}

/**
 * Serves Agent Skills (extension `io.modelcontextprotocol/skills`): `server.extend(skills({ skills: [ … ] }))`. Their files are
 * resources besides. A skill that a function found and that is none is left out of the list and told to `onError`.
 * @throws TypeError when a skill that is given as it is is none: its path, its frontmatter, a file twice.
 */
export function skills(options: SkillsOptions): SkillsExtension {
  const { skills: given, directoryRead = true, cache, scheme = 'skill', parse } = options
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) throw new TypeError(`"${scheme}" is no scheme of a URI`)
  const hints =
    cache === undefined ? {} : { ttlMs: cache.ttlMs, cacheScope: cache.scope ?? 'private' }
  const make = (sources: readonly SkillSource[]): Catalog =>
    createCatalog(
      sources.map((source) => placeSkill(source, scheme)),
      { parse },
    )
  const find = typeof given === 'function' ? given : () => given
  let host: ExtendedServer | undefined
  let catalog: Promise<Catalog> | undefined
  if (typeof given !== 'function') catalog = Promise.resolve(make(given))

  function load(): Promise<Catalog> {
    return (catalog ??= (async () => make(await find()))().catch((error: unknown) => {
      catalog = undefined // the next one to ask tries again
      throw error
    }))
  }

  function started(): ExtendedServer {
    if (host === undefined) throw new TypeError('skills are served by `server.extend`')
    return host
  }

  /** A page of what the listed skills have; one that is broken does not hide the others. */
  async function page(
    call: Call,
    { member, item }: { member: string; item: (own: Catalog, uri: string) => Promise<unknown> },
  ): Promise<Params> {
    const own = await load()
    const items = new Map<string, unknown>()
    for (const uri of own.uris({ listed: true })) {
      try {
        items.set(uri, await item(own, uri))
      } catch (error) {
        started().report(error)
      }
    }
    const { pageSize: size } = started().limits
    return createPages({ member, items, size }).page(call.params['cursor']).result
  }

  async function list(call: Call): Promise<Outcome> {
    const found = await page(call, { member: 'skills', item: (own, uri) => own.entry(uri) })
    return { ...found, ...hints }
  }

  async function get(call: Call): Promise<Outcome> {
    const uri = readUri(call)
    const own = await load()
    if (!own.has(uri)) throw refuse(`No skill is served at ${excerpt(uri, 200)}`, uri)
    return { skill: await own.entry(uri), ...hints }
  }

  async function readDirectory(call: Call): Promise<Outcome> {
    const uri = readUri(call)
    const children = await (await load()).children(uri)
    if (children === undefined) throw refuse(`${excerpt(uri, 200)} is no directory`, uri)
    const items = new Map<string, Resource>(children.map((child) => [child.uri, child]))
    const { pageSize: size } = started().limits
    return createPages({ member: 'resources', items, size }).page(call.params['cursor'])
  }

  async function readFile(call: Call): Promise<Result> {
    const uri = readUri(call)
    const own = await load()
    if (!own.hasFile(uri)) throw new ResourceNotFoundError(uri)
    const { bytes, mimeType } = await own.read(uri)
    return { contents: [contentsOf({ uri, bytes, mimeType })], ...hints }
  }

  const provider: Provider = {
    capabilities: () => ({ resources: {} }),
    async owns({ method, params: { uri } }) {
      return method === 'resources/read' && typeof uri === 'string' && (await load()).hasFile(uri)
    },
    answer(call) {
      if (call.method === 'resources/read') return readFile(call)
      if (call.method !== 'resources/list') return { resourceTemplates: [] }
      return page(call, { member: 'resources', item: (own, uri) => own.describe(uri) })
    },
  }
  const named = { nameParam: 'uri', nameOptional: true } as const

  return {
    id: skillsId,
    settings: directoryRead ? { directoryRead: true } : {},
    methods: {
      [skillMethods.list]: { cacheable: true, answer: list },
      [skillMethods.get]: { cacheable: true, ...named, answer: get },
      ...(directoryRead
        ? { [skillMethods.readDirectory]: { ...named, answer: readDirectory } }
        : {}),
    },
    provider,
    started(server) {
      host = server
    },
    refresh() {
      catalog = undefined
    },
  }
}

function readUri({ params: { uri } }: Call): string {
  if (typeof uri === 'string' && uri.length <= maxUriLength) return uri
  throw new RpcError(ErrorCode.invalidParams, 'params.uri must be a URI')
}

function refuse(message: string, uri: string): RpcError {
  return new RpcError(ErrorCode.invalidParams, message, { uri })
}

/** Text where the bytes are text, so that a client that knows nothing of skills can read it. */
function contentsOf({
  uri,
  bytes,
  mimeType,
}: {
  uri: string
  bytes: Uint8Array
  mimeType: string | undefined
}): ResourceContents {
  const text = decodeUtf8(bytes)
  const typed = {
    mimeType: mimeType ?? (text === undefined ? 'application/octet-stream' : 'text/plain'),
  }
  return text === undefined ? { uri, ...typed, blob: encodeBase64(bytes) } : { uri, ...typed, text }
}
