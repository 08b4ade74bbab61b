import { listKinds, readList } from '../../client/listing.ts'
import type { ListKind } from '../../client/listing.ts'
import type { Client, RequestOptions } from '../../client/types.ts'
import type { ClientExtension } from '../../client/extension.ts'
import { readObject } from '../../eras/conversation.ts'
import type { Params, Resource } from '../../model/types.ts'
import { LimitError, McpError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import { resolveLimits } from '../../std/limits.ts'
import type { Limits } from '../../std/limits.ts'
import { readEntry } from './entry.ts'
import type { ParseYaml } from './frontmatter.ts'
import { loadSkill } from './loaded.ts'
import type { LoadedSkill } from './loaded.ts'
import { SkillError } from './skill-error.ts'
import { skillMethods, skillsId } from './types.ts'
import type { Skill } from './types.ts'

/** How the skills of a server are read. */
export interface SkillReaderOptions {
  /** The host's own name for the server, which no other of its servers has; what a server calls itself is not one. */
  readonly server: string
  /** Whether skills are loaded of which nothing can be verified. Default: false. */
  readonly allowDynamic?: boolean
  /** Reads the YAML of frontmatter. Default: a strict reader, for which a skill that it cannot read is not verified. */
  readonly parse?: ParseYaml
  /** `maxSkillFiles`, `maxSkillBytes`, `maxPages`. */
  readonly limits?: Partial<Limits>
  /** Hears what was left out of a list, and why. */
  readonly onWarning?: (warning: string) => void
}

/** A skill of one server: `server` and `uri` together name it. */
export interface FoundSkill extends Skill {
  readonly server: string
}

/** The skills of one server. Nothing is read ahead of need, nothing is run, and nothing that fails verification is given. */
export interface SkillReader {
  readonly server: string
  /** The entries that the server lists: it may have others, which are known by their URI alone. No file is read. */
  list(options?: RequestOptions): AsyncIterableIterator<FoundSkill>
  /** The entry of one skill, as it is now. Rejects with RpcError when the server has none there. */
  get(uri: string, options?: RequestOptions): Promise<FoundSkill>
  /**
   * Reads and verifies a SKILL.md, for the model to act on: by the entry that is held, or by the URI of one that is fetched.
   * @throws SkillError when it must not be used. TypeError when the entry is another server's.
   */
  load(skill: string | FoundSkill, options?: RequestOptions): Promise<LoadedSkill>
  /**
   * What a directory holds now, which adds nothing to an entry that is held.
   * @throws McpError `ERR_NOT_OFFERED` when the server does not declare `directoryRead`.
   */
  directory(uri: string, options?: RequestOptions): AsyncIterableIterator<Resource>
}

const skillList: ListKind = {
  method: skillMethods.list,
  member: 'skills',
  strings: ['uri'],
  objects: ['frontmatter'],
}
const directoryList: ListKind = { ...listKinds.resources, method: skillMethods.readDirectory }

/**
 * What a client says that reads skills, for `connect(…, { extensions: [readsSkills()] })`: `Mcp-Name` then mirrors the URI that
 * its requests name. Reading skills does without.
 */
export function readsSkills(): ClientExtension {
  return {
    id: skillsId,
    methods: {
      [skillMethods.list]: { cacheable: true },
      [skillMethods.get]: { cacheable: true, nameParam: 'uri' },
      [skillMethods.readDirectory]: { nameParam: 'uri' },
    },
  }
}

/**
 * Reads the skills of the server behind `client` (extension `io.modelcontextprotocol/skills`).
 * @throws McpError `ERR_NOT_OFFERED` when the server does not declare it.
 */
export function skillsOf(client: Client, options: SkillReaderOptions): SkillReader {
  const { server, onWarning: warn = () => {} } = options
  const limits = resolveLimits(options.limits)
  if (typeof server !== 'string' || server === '') {
    throw new TypeError('skillsOf needs your own name for the server')
  }
  offered(client)

  function found(value: Params): FoundSkill {
    const read = readEntry(value, limits)
    if (read.ok) return { ...read.skill, server }
    const uri = String(value['uri'])
    const text = `the entry of ${excerpt(uri, 200)} cannot be used: ${read.reason}`
    if (read.limit !== undefined) throw new LimitError(read.limit, text)
    throw new SkillError('ERR_SKILL_ENTRY', text, { uri })
  }

  function pages(kind: ListKind, named: Params, request: RequestOptions): AsyncGenerator<Params> {
    return readList(kind, {
      maxPages: limits.maxPages,
      page: (params) => client.request(kind.method, { ...named, ...params }, request),
      warn,
    })
  }

  async function get(uri: string, request: RequestOptions = {}): Promise<FoundSkill> {
    offered(client)
    const result = await client.request(skillMethods.get, { uri }, request)
    const skill = found(readObject(result['skill']))
    if (skill.uri === uri) return skill
    throw new SkillError('ERR_SKILL_ENTRY', 'the server gave the entry of another skill', { uri })
  }

  return {
    server,
    async *list(request = {}) {
      offered(client)
      const seen = new Set<string>()
      for await (const item of pages(skillList, {}, request)) {
        try {
          const skill = found(item)
          if (seen.has(skill.uri)) warn(`${excerpt(skill.uri, 200)} is listed twice`)
          else yield skill
          seen.add(skill.uri)
        } catch (error) {
          if (!(error instanceof SkillError || error instanceof LimitError)) throw error
          warn(error.message)
        }
      }
    },
    get,
    async load(skill, request = {}) {
      const held = typeof skill === 'string' ? await get(skill, request) : heldOf(skill)
      return await loadSkill(client, held, { ...options, limits, request })
    },
    async *directory(uri, request = {}) {
      if (offered(client)['directoryRead'] !== true) {
        throw new McpError('ERR_NOT_OFFERED', 'the server does not let directories be read')
      }
      // What makes an item a resource was looked at.
      yield* pages(directoryList, { uri }, request) as AsyncGenerator as AsyncGenerator<Resource>
    },
  }

  function heldOf(skill: FoundSkill): FoundSkill {
    if (skill.server !== server) {
      throw new TypeError(`a skill of ${skill.server} cannot be read from ${server}`)
    }
    // It may have been stored meanwhile.
    return found(skill as unknown as Params)
  }
}

/** What the server declares for the extension. @throws McpError when it does not. */
function offered(client: Client): Params {
  const settings = client.server.capabilities.extensions?.[skillsId]
  if (typeof settings === 'object' && settings !== null) return settings as Params
  throw new McpError('ERR_NOT_OFFERED', 'the server does not offer skills')
}
