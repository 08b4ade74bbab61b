import { readFile, readdir, realpath } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { defaultLimits } from '../std/limits.ts'
import type { SkillFile, SkillSource } from '../extensions/skills/source.ts'

const skillFile = 'SKILL.md'
const maxDepth = 16

/**
 * Finds the skills in a folder: it may be one itself, or hold folders that are, at any depth. Their files are read when they are
 * asked for. What begins with a dot, `node_modules` and symbolic links are left out. Rejects when the folder cannot be read.
 */
export async function skillsInFolder(folder: string): Promise<readonly SkillSource[]> {
  const root = await realpath(folder)
  const found: FoundFolder[] = []
  const rootIsSkill = await walk({ folder: root, path: '', skill: undefined, depth: 0 }, found)
  const prefix = rootIsSkill ? basename(root) : ''
  return found.map(({ path, files }) => ({
    path: [prefix, path].filter((part) => part !== '').join('/'),
    files,
  }))
}

interface FoundFolder {
  readonly path: string
  readonly files: Record<string, SkillFile>
}

interface Place {
  readonly folder: string
  /** From the root, with `/`. */
  readonly path: string
  /** The skill that it is in. */
  readonly skill: FoundFolder | undefined
  readonly depth: number
}

/** Whether the folder itself is a skill. */
async function walk({ folder, path, skill, depth }: Place, found: FoundFolder[]): Promise<boolean> {
  if (depth > maxDepth) throw new RangeError(`${folder} is more than ${maxDepth} folders deep`)
  const entries = await readdir(folder, { withFileTypes: true })
  const isSkill = entries.some((entry) => entry.isFile() && entry.name === skillFile)
  const own = isSkill ? { path, files: {} } : skill
  if (own !== undefined && own !== skill) found.push(own)
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const { name } = entry
    if (name.startsWith('.') || name === 'node_modules') continue
    const inner = join(folder, name)
    const innerPath = path === '' ? name : `${path}/${name}`
    if (entry.isDirectory()) {
      await walk({ folder: inner, path: innerPath, skill: own, depth: depth + 1 }, found)
    } else if (entry.isFile() && own !== undefined) {
      own.files[own.path === '' ? innerPath : innerPath.slice(own.path.length + 1)] = () =>
        readFile(inner)
      if (Object.keys(own.files).length > defaultLimits.maxSkillFiles) {
        throw new RangeError(
          `${folder}: a skill has more than ${defaultLimits.maxSkillFiles} files`,
        )
      }
    }
  }
  return isSkill
}
