import { readFileSync, readdirSync } from 'node:fs'
import { join, relative, sep } from 'node:path'

const IGNORED_FOLDERS = new Set(['node_modules', 'dist', 'coverage', '.git', '.tmp'])
const TEXT = /\.(?:ts|tsx|mts|js|mjs|json|md|ya?ml|sh|css|html|txt)$|(?:^|\/)(?:run|\.[a-z]+)$/

/**
 * Every text file of the repository: path from the root, with `/`, to its text. The laws read nothing else, so a test
 * hands them a `Map` of its own.
 */
export function readFiles(root) {
  const files = new Map()
  const visit = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name)
      const name = relative(root, path).split(sep).join('/')
      if (entry.isDirectory()) {
        if (!IGNORED_FOLDERS.has(entry.name)) visit(path)
      } else if (entry.isFile() && TEXT.test(name)) files.set(name, readFileSync(path, 'utf8'))
    }
  }
  visit(root)
  return files
}

const LIBRARY = 'packages/mortise/src/'

/** A path inside the library's sources (`server/receive.ts`); undefined for any other file. */
function inLibrary(path) {
  return path.startsWith(LIBRARY) && path.endsWith('.ts') ? path.slice(LIBRARY.length) : undefined
}

/** Unit tests and type tests. */
export function isTest(path) {
  return /\.(?:test|test-d)\.m?[jt]s$/.test(path)
}

/** The library's own sources, without tests: `[path from the root, path in src, text]`. */
export function librarySources(files) {
  return [...files]
    .map(([path, text]) => [path, inLibrary(path), text])
    .filter(([path, inside]) => inside !== undefined && !isTest(path))
}

/** `path:line`, as terminals and editors make a link of it. */
export function at(path, text, offset) {
  return `${path}:${text.slice(0, offset).split('\n').length}`
}
