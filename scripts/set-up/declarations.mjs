import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { library, promisedFiles } from './entries.mjs'

/** Where `tsc` writes the declarations of every module, which are not published. */
const declared = join(library, 'dist', 'declared')
const published = join(library, 'dist', 'types')

/**
 * Puts the declarations that can be reached from those of the entry points into `dist/types`: no editor and no compiler
 * ever opens the others.
 */
export function publishDeclarations() {
  rmSync(published, { recursive: true, force: true })
  const entries = promisedFiles().filter((path) => path.endsWith('.d.ts'))
  for (const path of reachable(entries.map((path) => path.replace(/^dist\/types\//, '')))) {
    const target = join(published, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, readFileSync(join(declared, path)))
  }
}

function reachable(entries) {
  const found = new Set(entries)
  // A set is walked to what is added meanwhile, too.
  for (const path of found) for (const next of importsOf(path)) found.add(next)
  return found
}

/** What a declaration names in `from '…'` and `import('…')`, as paths in the folder of declarations. */
function importsOf(path) {
  const text = readFileSync(join(declared, path), 'utf8')
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*['"](\.[^'"]+)['"]/g)].map(
    ([, specifier]) => join(dirname(path), specifier).replace(/\.[jt]s$/, '.d.ts'),
  )
}
