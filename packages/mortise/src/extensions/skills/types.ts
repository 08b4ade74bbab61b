import type { Meta } from '../../model/types.ts'

/** What is known of one skill before any file of it is read (Skills, "Skill Entries"). */
export interface Skill {
  /** The URI of its SKILL.md. */
  readonly uri: string
  /** The frontmatter of its SKILL.md, whole. */
  readonly frontmatter: SkillFrontmatter
  /** All its files, SKILL.md too; `dynamic` where what is in them cannot be told beforehand. */
  readonly resources: readonly SkillResource[] | 'dynamic'
  readonly _meta?: Meta
}

/** What the author of a skill says about it. */
export interface SkillFrontmatter {
  readonly name: string
  readonly description: string
  readonly [other: string]: unknown
}

/** One file of a skill, and what its bytes are. */
export interface SkillResource {
  readonly uri: string
  /** `sha256:` and 64 lower-case hexadecimal digits, of the bytes. */
  readonly digest: string
  /** Bytes. */
  readonly size: number
}

/** The identifier of the extension. */
export const skillsId = 'io.modelcontextprotocol/skills'

/** The methods of the extension. */
export const skillMethods = {
  list: 'skills/list',
  get: 'skills/get',
  readDirectory: 'resources/directory/read',
} as const

/** The MIME type of a directory. */
export const directoryType = 'inode/directory'
