import { canonicalJson } from '../../std/canonical-json.ts'
import type { Limits } from '../../std/limits.ts'
import { isDigest } from './digest.ts'
import { isInside, isSkillName, lastSegment, skillRoot } from './names.ts'
import type { Skill, SkillFrontmatter, SkillResource } from './types.ts'
import { isObject } from '../../std/object.ts'

/** An entry as a server gave it, or why it is none. */
export type ReadEntry =
  | { readonly ok: true; readonly skill: Skill }
  | { readonly ok: false; readonly reason: string; readonly limit?: string }

type EntryLimits = Pick<Limits, 'maxSkillFiles' | 'maxSkillBytes'>

/** Looks at everything that makes an entry one (Skills, "Skill Entries" and "Limits"). */
export function readEntry(
  value: Readonly<Record<string, unknown>>,
  limits: EntryLimits,
): ReadEntry {
  const { uri, frontmatter, resources, _meta } = value
  if (typeof uri !== 'string') return refuse('its uri is not a string')
  const root = skillRoot(uri)
  if (root === undefined) return refuse('its uri is not that of a SKILL.md')
  if (!isFrontmatter(frontmatter)) return refuse('its frontmatter needs a name and a description')
  const { name } = frontmatter
  if (!isSkillName(name) || lastSegment(root) !== name) {
    return refuse('its name is none, or not the last segment of its path')
  }
  const said = { uri, frontmatter, ...(isObject(_meta) ? { _meta } : {}) }
  if (resources === 'dynamic') return { ok: true, skill: { ...said, resources } }
  if (!Array.isArray(resources)) return refuse('its resources are neither a list nor "dynamic"')
  if (resources.length > limits.maxSkillFiles) {
    return refuse(`it has more than ${limits.maxSkillFiles} files`, 'maxSkillFiles')
  }
  return readResources(resources, { said, root, limits })
}

function readResources(
  resources: readonly unknown[],
  { said, root, limits }: { said: Omit<Skill, 'resources'>; root: string; limits: EntryLimits },
): ReadEntry {
  const read = new Map<string, SkillResource>()
  let total = 0
  for (const resource of resources) {
    const { uri, digest, size } = isObject(resource) ? resource : {}
    if (typeof uri !== 'string' || !isInside(uri, root)) return refuse('a file is not inside it')
    if (!isDigest(digest)) return refuse('a digest is not sha256 and 64 lower-case digits')
    if (!Number.isSafeInteger(size) || (size as number) < 0) return refuse('a size is none')
    if (read.has(uri)) return refuse('a file is there twice')
    read.set(uri, { uri, digest, size: size as number })
    total += size as number
  }
  if (!read.has(said.uri)) return refuse('its SKILL.md is not among its files')
  if (total > limits.maxSkillBytes) {
    return refuse(`its files have more than ${limits.maxSkillBytes} bytes`, 'maxSkillBytes')
  }
  return { ok: true, skill: { ...said, resources: [...read.values()] } }
}

/** The first field in which two frontmatters differ; undefined when they are equal. */
export function frontmatterDifference(
  entry: Readonly<Record<string, unknown>>,
  file: Readonly<Record<string, unknown>>,
): string | undefined {
  const own = (members: Readonly<Record<string, unknown>>, name: string): string | undefined =>
    Object.hasOwn(members, name) ? canonicalJson(members[name]) : undefined
  const names = new Set([...Object.keys(entry), ...Object.keys(file)])
  return [...names].find((name) => own(entry, name) !== own(file, name))
}

/**
 * What an approval of a skill is bound to: the text is another as soon as one file is (Skills, "Security Considerations").
 * Undefined for a dynamic skill, to whose content nothing can be bound.
 */
export function skillFingerprint({ resources }: Pick<Skill, 'resources'>): string | undefined {
  if (resources === 'dynamic') return undefined
  const pairs = resources.map(({ uri, digest }) => [uri, digest] as const)
  return JSON.stringify(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

/** One text for a skill of one server, for registries, approvals and caches: neither half alone names it. */
export function skillKey({
  server,
  uri,
}: {
  readonly server: string
  readonly uri: string
}): string {
  return JSON.stringify([server, uri])
}

function isFrontmatter(value: unknown): value is SkillFrontmatter {
  if (!isObject(value)) return false
  const { name, description } = value
  return typeof name === 'string' && typeof description === 'string' && description !== ''
}

function refuse(reason: string, limit?: string): ReadEntry {
  return { ok: false, reason, ...(limit === undefined ? {} : { limit }) }
}
