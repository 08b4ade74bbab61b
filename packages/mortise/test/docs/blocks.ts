import { readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository, with a slash at the end. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url))

/** One page of the documentation. */
export interface Page {
  /** From the root of the repository, with `/`. */
  readonly path: string
  readonly text: string
  readonly blocks: readonly Block[]
}

/** One `ts` block of a page: a whole module. */
export interface Block {
  /** Where its code begins in the page. */
  readonly line: number
  readonly code: string
  /** Compiled and not run, since it serves for ever or needs what a test has not: `ts check-only`. */
  readonly checkOnly: boolean
  /** The name of its module: other blocks of the page import what it is the first to export from `./<name>.ts`. */
  readonly name: string
}

/** The pages of the repository's root, of its packages and of `docs`. Reports of the public surface are no pages. */
export function readPages(): readonly Page[] {
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)
  const own = ['README.md', 'SECURITY.md', ...packages, ...markdownIn('docs')]
  const present = new Set(readdirSync(root))
  return own
    .filter((path) => path.includes('/') || present.has(path))
    .filter((path) => !path.startsWith('docs/api/'))
    .map((path) => {
      const text = readFileSync(join(root, path), 'utf8')
      return { path, text, blocks: readBlocks(text) }
    })
}

function markdownIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort()
}

/** Every block of `text` that begins with three backquotes and `ts`. */
export function readBlocks(text: string): readonly Block[] {
  const blocks: Block[] = []
  const taken = new Set<string>()
  for (const match of text.matchAll(/^```ts([^\n]*)\n([^]*?)^```$/gm)) {
    const [, info = '', code = ''] = match
    const line = text.slice(0, match.index).split('\n').length + 1
    const exported = /^export const (\w+)/m.exec(code)?.[1] ?? ''
    const name = exported === '' || taken.has(exported) ? `line-${line}` : exported
    taken.add(name)
    blocks.push({ line, code, checkOnly: info.trim() === 'check-only', name })
  }
  return blocks
}
