import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './processes.mjs'

/** The folder of the library. */
export const library = join(root, 'packages', 'mortise')

const SOURCE = 'mortise-source'

/**
 * The entry points that the library's package.json exports, one for each condition:
 * `{ subpath: './client', conditions: ['node'], source: 'src/node/client.ts' }`.
 */
export function libraryEntries(manifest = readManifest(library)) {
  return Object.entries(manifest.exports ?? {}).flatMap(([subpath, target]) =>
    typeof target === 'string'
      ? []
      : sourcesOf(target[SOURCE], []).map((found) => ({ subpath, ...found })),
  )
}

/** Every file that `exports` promises, without the leading `./` and without the sources. */
export function promisedFiles(manifest = readManifest(library)) {
  return leaves(manifest.exports ?? {}).map((path) => path.replace(/^\.\//, ''))
}

/** Where the build writes an entry, without suffix: `src/server/index.ts` → `server/index`. */
export function outputName(source) {
  return source.replace(/^src\//, '').replace(/\.ts$/, '')
}

export function readManifest(folder) {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
}

function sourcesOf(target, conditions) {
  if (target === undefined) return []
  if (typeof target === 'string') return [{ conditions, source: target.replace(/^\.\//, '') }]
  return Object.entries(target).flatMap(([condition, inner]) =>
    sourcesOf(inner, condition === 'default' ? conditions : [...conditions, condition]),
  )
}

function leaves(target) {
  if (typeof target === 'string') return [target]
  return Object.entries(target).flatMap(([condition, inner]) =>
    condition === SOURCE ? [] : leaves(inner),
  )
}
