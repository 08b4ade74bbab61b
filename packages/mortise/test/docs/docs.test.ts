import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readBlocks, readPages, root } from './blocks.ts'
import type { Block, Page } from './blocks.ts'

const tsc = join(root, 'node_modules/typescript/bin/tsc')
// Ignored by git and by the laws, and beside the sources, so that the library's names lead to them.
const parent = fileURLToPath(new URL('.tmp/', import.meta.url))
const pages = readPages()
/** Pages of `docs` that are no guides to the library: an index, tables, reports and commands. A new one is named here. */
const withoutCode = new Set(['README', 'limits', 'revisions', 'cli', 'conformance', 'interop'])
const guides = pages
  .map(({ path }) => /^docs\/([^/]+)\.md$/.exec(path)?.[1])
  .filter((name) => name !== undefined && !withoutCode.has(name))
const runnable = pages.flatMap((page) =>
  page.blocks
    // Those of apps need folders and servers of a real machine.
    .filter(({ checkOnly }) => !checkOnly && !/^docs\/(?:servers\/|cli\.md)/.test(page.path))
    .map((block) => ({ page, block, title: `${page.path}:${block.line}` })),
)
let folder = ''

beforeAll(() => {
  mkdirSync(parent, { recursive: true })
  folder = mkdtempSync(join(parent, 'docs-'))
  for (const page of pages) {
    for (const block of page.blocks) write(fileOf(page, block), block)
  }
})

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('every block of code compiles against the sources', { timeout: 120_000 }, () => {
  expect(compile(folder)).toBe('')
})

test.each(runnable)('$title does what its page says', async ({ page, block }) => {
  await import(/* @vite-ignore */ fileOf(page, block))
})

test.each(guides)('the guide to %s has code that is run', (name) => {
  expect(runnable.filter(({ page }) => page.path === `docs/${name}.md`)).not.toHaveLength(0)
})

test.each(pages)('$path links to pages and headings that exist', ({ path, text }) => {
  const links = [...text.matchAll(/\]\((?!https?:)([^)\s]*)\)/g)].map(([, link = '']) => link)
  expect(links.filter((link) => !leadsSomewhere(path, link))).toEqual([])
})

describe('a mistake is noticed', () => {
  const mistakes = [
    { name: 'a name that is not exported', code: "import { creatServer } from 'mortise/server'" },
    { name: 'a wrong type', code: "export const n: number = 'one'" },
  ]

  test.each(mistakes)('$name', { timeout: 120_000 }, ({ code }) => {
    const planted = mkdtempSync(join(parent, 'planted-'))
    try {
      const [block] = readBlocks(`# A page\n\n\`\`\`ts\n${code}\n\`\`\`\n`)
      if (block === undefined) throw new TypeError('the block was not found')
      write(join(planted, 'page.ts'), block)
      // The error stands at the line of the page.
      expect(compile(planted)).toContain('page.ts(4,')
    } finally {
      rmSync(planted, { recursive: true, force: true })
    }
  })
})

function fileOf({ path }: Page, { name }: Block): string {
  return join(folder, path.replaceAll('/', '-').replace(/\.md$/, ''), `${name}.ts`)
}

/** Its code stands at the lines that it has in its page. */
function write(file: string, { line, code }: Block): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, '\n'.repeat(line - 1) + code)
}

/** What the compiler says of all modules below `project`. */
function compile(project: string): string {
  const config = {
    extends: '../../../../tsconfig.test.json',
    compilerOptions: { noUnusedLocals: false, noUnusedParameters: false },
    include: ['**/*.ts'],
    exclude: [],
  }
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify(config))
  try {
    execFileSync(process.execPath, [tsc, '-p', project, '--pretty', 'false'], { encoding: 'utf8' })
    return ''
  } catch (error) {
    return (error as { stdout: string }).stdout // what execFileSync throws when the compiler says no
  }
}

function leadsSomewhere(from: string, link: string): boolean {
  const [path = '', heading] = link.split('#')
  const target = path === '' ? join(root, from) : join(root, dirname(from), path)
  if (!existsSync(target)) return false
  if (heading === undefined) return true
  const headings = [...readFileSync(target, 'utf8').matchAll(/^#+ (.*)$/gm)]
  return headings.some(([, title = '']) => slug(title) === heading)
}

/** The anchor that a heading gets where Markdown is shown. */
function slug(title: string): string {
  return title
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')
}
