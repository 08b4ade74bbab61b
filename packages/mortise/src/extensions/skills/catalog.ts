import type { Resource } from '../../model/types.ts'
import { decodeUtf8 } from '../../std/encoding.ts'
import { defaultLimits } from '../../std/limits.ts'
import { digestOf } from './digest.ts'
import { readFrontmatter } from './frontmatter.ts'
import type { ParseYaml } from './frontmatter.ts'
import { mediaTypeOf } from './media-types.ts'
import type { PlacedSkill, ServedFile } from './source.ts'
import { directoryType } from './types.ts'
import type { Skill, SkillFrontmatter, SkillResource } from './types.ts'

/** All skills of a server. Digests are made when they are first asked for, and kept. */
export interface Catalog {
  /** The URIs of the skills, in order; `listed` leaves out those that no list tells of. */
  uris(which: { readonly listed: boolean }): readonly string[]
  has(uri: string): boolean
  /** The entry of a skill. Rejects with TypeError when its files are not those of a skill. */
  entry(uri: string): Promise<Skill>
  hasFile(uri: string): boolean
  /** Reads a file; entries that its bytes no longer fit are made anew when they are next asked for. */
  read(uri: string): Promise<{ readonly bytes: Uint8Array; readonly mimeType: string | undefined }>
  /** The metadata of a file, as in `resources/list`. */
  describe(uri: string): Promise<Resource>
  /** The direct children of a directory; undefined when it is none. */
  children(uri: string): Promise<readonly Resource[] | undefined>
}

/** How entries are made. */
export interface CatalogOptions {
  readonly parse: ParseYaml | undefined
}

/** What every host must take (Skills, "Limits"), and no server should go past. */
const { maxSkillFiles, maxSkillBytes } = defaultLimits

interface Served {
  readonly skill: PlacedSkill
  /** All files below its root, those of skills inside it too (Skills, "Resources"). */
  readonly files: readonly ServedFile[]
}

/** @throws TypeError when two skills have one file, or one has more files than hosts must take. */
export function createCatalog(placed: readonly PlacedSkill[], options: CatalogOptions): Catalog {
  const files = new Map<string, ServedFile>()
  for (const file of placed.flatMap((skill) => skill.files)) {
    if (files.has(file.uri)) throw new TypeError(`two skills have a file ${file.uri}`)
    files.set(file.uri, file)
  }
  const ordered = [...files.values()].sort((a, b) => (a.uri < b.uri ? -1 : 1))
  const skills = new Map<string, Served>()
  for (const skill of placed) {
    const own = ordered.filter(({ uri }) => uri.startsWith(`${skill.root}/`))
    if (own.length > maxSkillFiles) {
      throw new TypeError(`skill ${skill.uri} has more than ${maxSkillFiles} files`)
    }
    skills.set(skill.uri, { skill, files: own })
  }
  checkDynamic(placed)
  const directories = directoriesOf(placed, ordered)
  const entries = new Map<string, Promise<Skill>>()
  const facts = new Map<string, Promise<SkillResource>>()

  for (const { skill } of skills.values()) {
    const { content } = files.get(skill.uri) as ServedFile
    if (content !== undefined) readSkillFile(skill, content, options)
  }

  function forget(uri: string): void {
    facts.delete(uri)
    for (const { skill } of skills.values()) {
      if (uri.startsWith(`${skill.root}/`)) entries.delete(skill.uri)
    }
  }

  function factsOf(file: ServedFile): Promise<SkillResource> {
    return kept(facts, file.uri, async () => factsFrom(file.uri, await file.read()))
  }

  async function makeEntry({ skill, files: own }: Served): Promise<Skill> {
    const file = files.get(skill.uri) as ServedFile
    const bytes = await file.read()
    const frontmatter = readSkillFile(skill, bytes, options)
    if (skill.dynamic) return { uri: skill.uri, frontmatter, resources: 'dynamic' }
    // Of the bytes that the frontmatter was read from, should the file change meanwhile.
    const first = await factsFrom(skill.uri, bytes)
    facts.set(skill.uri, Promise.resolve(first))
    const resources: SkillResource[] = []
    let total = 0
    for (const one of own) {
      const known = one.uri === skill.uri ? first : await factsOf(one)
      total += known.size
      if (total > maxSkillBytes) {
        throw new TypeError(`skill ${skill.uri} has more than ${maxSkillBytes} bytes`)
      }
      resources.push(known)
    }
    return { uri: skill.uri, frontmatter, resources }
  }

  async function entry(uri: string): Promise<Skill> {
    return await kept(entries, uri, () => makeEntry(skills.get(uri) as Served))
  }

  async function describe(uri: string): Promise<Resource> {
    const { path } = files.get(uri) as ServedFile
    const mimeType = mediaTypeOf(path)
    const typed = mimeType === undefined ? {} : { mimeType }
    if (skills.has(uri)) {
      const { name, description } = (await entry(uri)).frontmatter
      return { uri, name, description, ...typed }
    }
    return { uri, name: path.slice(path.lastIndexOf('/') + 1), ...typed }
  }

  return {
    uris: ({ listed }) =>
      [...skills.keys()].filter((uri) => !listed || skills.get(uri)?.skill.listed === true),
    has: (uri) => skills.has(uri),
    entry,
    hasFile: (uri) => files.has(uri),
    async read(uri) {
      const file = files.get(uri) as ServedFile
      const bytes = await file.read()
      const known = await facts.get(uri)?.catch(() => undefined)
      if (known !== undefined && file.content === undefined) {
        const { digest } = await factsFrom(uri, bytes)
        if (digest !== known.digest) forget(uri)
      }
      return { bytes, mimeType: mediaTypeOf(file.path) }
    },
    describe,
    async children(uri) {
      const own = directories.get(uri)
      if (own === undefined) return undefined
      const described = [...own].map(async (child): Promise<Resource> => {
        if (files.has(child)) return await describe(child)
        const name = decodeURIComponent(child.slice(child.lastIndexOf('/') + 1))
        return { uri: child, name, mimeType: directoryType }
      })
      return await Promise.all(described)
    },
  }
}

/** The value under `key`, made once; a failure is not kept. */
function kept<T>(values: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = values.get(key)
  if (known !== undefined) return known
  const made = make()
  values.set(key, made)
  made.catch(() => {
    if (values.get(key) === made) values.delete(key)
  })
  return made
}

async function factsFrom(uri: string, bytes: Uint8Array<ArrayBuffer>): Promise<SkillResource> {
  return { uri, digest: await digestOf(bytes), size: bytes.length }
}

/** What is made anew each time has no digest for the skill around it either. */
function checkDynamic(placed: readonly PlacedSkill[]): void {
  for (const inner of placed.filter(({ dynamic }) => dynamic)) {
    const outer = placed.find(({ root, dynamic }) => !dynamic && inner.root.startsWith(`${root}/`))
    if (outer === undefined) continue
    throw new TypeError(`skill ${outer.uri} must be dynamic, since ${inner.uri} in it is`)
  }
}

/** Directories by their URI, from the first segment down, with the URIs of their children. */
function directoriesOf(
  placed: readonly PlacedSkill[],
  files: readonly ServedFile[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const directories = new Map<string, Set<string>>()
  const starts = placed.map(({ root }) => root.indexOf('://') + 3)
  const top = starts[0] ?? 0
  for (const { uri } of files) {
    let child = uri
    for (let end = uri.lastIndexOf('/'); end > top; end = uri.lastIndexOf('/', end - 1)) {
      const directory = uri.slice(0, end)
      const children = directories.get(directory) ?? new Set()
      children.add(child)
      directories.set(directory, children)
      child = directory
    }
  }
  return directories
}

function readSkillFile(
  skill: PlacedSkill,
  bytes: Uint8Array,
  { parse }: Pick<CatalogOptions, 'parse'>,
): SkillFrontmatter {
  const text = decodeUtf8(bytes)
  if (text === undefined) throw new TypeError(`skill ${skill.uri} is no UTF-8`)
  const read = readFrontmatter(text, { parse, portable: true })
  if (!read.ok) throw new TypeError(`skill ${skill.uri}: ${read.reason}`)
  const { name, description } = read.frontmatter
  if (name !== skill.name) {
    throw new TypeError(`skill ${skill.uri}: the name in its frontmatter must be "${skill.name}"`)
  }
  if (typeof description !== 'string' || description.trim() === '') {
    throw new TypeError(`skill ${skill.uri}: its frontmatter needs a description`)
  }
  return read.frontmatter as SkillFrontmatter // what it must have was looked at
}
