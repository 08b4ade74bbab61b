import type { Client, RequestOptions } from '../../client/types.ts'
import type { ResourceContents } from '../../model/types.ts'
import { decodeBase64, encodeUtf8, decodeUtf8 } from '../../std/encoding.ts'
import { LimitError } from '../../std/error.ts'
import { excerpt } from '../../std/excerpt.ts'
import type { Limits } from '../../std/limits.ts'
import type { FoundSkill } from './client.ts'
import { digestOf } from './digest.ts'
import { frontmatterDifference } from './entry.ts'
import { readFrontmatter } from './frontmatter.ts'
import type { ParseYaml } from './frontmatter.ts'
import { resolveInSkill, skillRoot } from './names.ts'
import { SkillError } from './skill-error.ts'
import type { SkillResource } from './types.ts'

/** A skill whose SKILL.md was read and verified. What its files say is a stranger's word, for ever. */
export interface LoadedSkill {
  /** The host's name of the server that it is from: to be told to the model with everything that comes from the skill. */
  readonly server: string
  readonly uri: string
  /** The entry that is held: the files that may be read, as they must be. */
  readonly entry: FoundSkill
  /** What follows the frontmatter of SKILL.md. */
  readonly instructions: string
  /**
   * Reads a file from the skill's own server, and verifies it: by its path in the skill, a reference relative to the skill's
   * root, or its URI. @throws SkillError when the held entry does not have it, or it is not what the entry says.
   */
  read(reference: string, options?: RequestOptions): Promise<SkillContent>
}

/** A file of a skill. */
export interface SkillContent {
  readonly uri: string
  readonly mimeType: string | undefined
  readonly bytes: Uint8Array
  /** The same as text; undefined when the bytes are no UTF-8. */
  readonly text: string | undefined
}

/** How a skill is loaded. */
export interface LoadOptions {
  readonly allowDynamic?: boolean
  readonly parse?: ParseYaml
  readonly limits: Limits
  readonly request: RequestOptions
}

/** Reads and verifies the SKILL.md of `entry`. */
export async function loadSkill(
  client: Client,
  entry: FoundSkill,
  { allowDynamic = false, parse, limits, request }: LoadOptions,
): Promise<LoadedSkill> {
  const { server, uri, resources } = entry
  const root = skillRoot(uri) as string // a verified entry's
  if (resources === 'dynamic' && !allowDynamic) {
    const text = `${excerpt(uri, 200)} is dynamic: nothing of it can be verified. Set allowDynamic to load it`
    throw new SkillError('ERR_SKILL_DYNAMIC', text, { uri })
  }
  const manifest =
    resources === 'dynamic' ? undefined : new Map(resources.map((one) => [one.uri, one]))
  let taken = 0

  async function read(wanted: string, options: RequestOptions): Promise<SkillContent> {
    if (manifest !== undefined) {
      return await readVerified(client, manifest.get(wanted) as SkillResource, options)
    }
    const content = await readOnce(client, wanted, options)
    taken += content.bytes.length
    if (taken <= limits.maxSkillBytes) return content
    throw new LimitError(
      'maxSkillBytes',
      `more than ${limits.maxSkillBytes} bytes were read of ${excerpt(uri, 200)}`,
    )
  }

  function locate(reference: string): string {
    const resolved = resolveInSkill(reference, root)
    const listed =
      resolved === undefined || manifest === undefined ? resolved : inManifest(manifest, resolved)
    if (listed !== undefined) return listed
    const text = `${excerpt(reference, 200)} is not among the files of ${excerpt(uri, 200)}`
    throw new SkillError('ERR_SKILL_UNVERIFIED', `${text}: get its entry anew`, { uri })
  }

  const { text } = await read(uri, request)
  const parsed =
    text === undefined
      ? { ok: false as const, reason: 'it is no UTF-8' }
      : readFrontmatter(text, { parse })
  if (!parsed.ok) throw unverified(uri, parsed.reason)
  const difference = frontmatterDifference(entry.frontmatter, parsed.frontmatter)
  if (difference !== undefined) {
    throw unverified(uri, `its frontmatter differs from its entry in ${excerpt(difference, 64)}`)
  }
  return {
    server,
    uri,
    entry,
    instructions: parsed.body,
    read: async (reference, options = {}) => await read(locate(reference), options),
  }
}

/** The listed URI of the same file, should it be encoded otherwise. */
function inManifest(manifest: ReadonlyMap<string, SkillResource>, uri: string): string | undefined {
  if (manifest.has(uri)) return uri
  const same = [...manifest.keys()].filter((listed) => decoded(listed) === decoded(uri))
  return same.length === 1 ? same[0] : undefined
}

function decoded(uri: string): string {
  try {
    return decodeURIComponent(uri)
  } catch {
    /* a stray percent sign: the URI stands for itself */
    return uri
  }
}

async function readVerified(
  client: Client,
  listed: SkillResource,
  options: RequestOptions,
): Promise<SkillContent> {
  const first = await readOnce(client, listed.uri, options)
  if ((await fault(first, listed)) === undefined) return first
  // What the client had kept may be older than the entry.
  client.clearCache()
  const again = await readOnce(client, listed.uri, options)
  const why = await fault(again, listed)
  if (why !== undefined) throw unverified(listed.uri, why)
  return again
}

async function fault(
  { bytes }: SkillContent,
  { digest, size }: SkillResource,
): Promise<string | undefined> {
  if (bytes.length !== size) return `it has ${bytes.length} bytes, and ${size} in its entry`
  const own = await digestOf(new Uint8Array(bytes))
  return own === digest ? undefined : 'its digest is not that of its entry'
}

async function readOnce(
  client: Client,
  uri: string,
  options: RequestOptions,
): Promise<SkillContent> {
  const { contents } = await client.readResource(uri, options)
  const [only, ...others] = contents
  if (only === undefined || others.length > 0 || only.uri !== uri) {
    throw unverified(uri, 'the server did not give this file, and this alone')
  }
  const bytes = bytesOf(only)
  if (bytes === undefined) throw unverified(uri, 'its blob is no Base64')
  return { uri, mimeType: only.mimeType, bytes, text: decodeUtf8(bytes) }
}

function bytesOf(content: ResourceContents): Uint8Array | undefined {
  return 'text' in content && typeof content.text === 'string'
    ? encodeUtf8(content.text)
    : decodeBase64((content as { readonly blob: string }).blob)
}

function unverified(uri: string, reason: string): SkillError {
  const text = `${excerpt(uri, 200)} must not be used: ${reason}`
  return new SkillError('ERR_SKILL_UNVERIFIED', text, { uri })
}
