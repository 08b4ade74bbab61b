import { existsSync, mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root, run } from './processes.mjs'

const STAMP = join(root, '.tmp', 'built')
const IGNORED = new Set(['node_modules', 'dist', 'test', 'bench'])

/** Builds when a source is newer than the last build; answers whether a current build is there. */
export function buildIfStale() {
  if (isBuilt()) return true
  console.log('Building …')
  return run(process.execPath, [join(root, 'scripts', 'build.mjs')]) === 0
}

/** Remembers that a build which began at `startedAt` (ms since epoch) went well. */
export function stampBuild(startedAt) {
  mkdirSync(dirname(STAMP), { recursive: true })
  writeFileSync(STAMP, '')
  utimesSync(STAMP, startedAt / 1000, startedAt / 1000)
}

function isBuilt() {
  if (!existsSync(STAMP) || !existsSync(join(root, 'packages', 'mortise', 'dist'))) return false
  const builtAt = statSync(STAMP).mtimeMs
  const inputs = [
    'packages',
    'scripts/build.mjs',
    'scripts/set-up/chunks.mjs',
    'scripts/set-up/declarations.mjs',
    'package-lock.json',
    'tsconfig.json',
    'tsconfig.base.json',
  ]
  return inputs.every((path) => newest(join(root, path)) < builtAt)
}

// Folders count too: their time changes when a file in them is removed.
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  const below = readdirSync(path).filter(
    (name) => !IGNORED.has(name) && !/\.test(-d)?\.ts$/.test(name),
  )
  // Writing `dist` or `node_modules` touches the folder of a package, which says nothing about its sources.
  const own = below.includes('package.json') ? 0 : stat.mtimeMs
  return Math.max(own, ...below.map((name) => newest(join(path, name))))
}
