import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { npm, root } from './processes.mjs'

const OLDEST_NODE = [20, 19]
// Errors are shown; a warning about one's own npm settings would only worry a newcomer.
const QUIET = ['--loglevel=error', '--no-audit', '--no-fund']

/** Ends the process with a sentence when this Node is too old for the tools. */
export function requireNode(version = process.versions.node) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const [oldestMajor, oldestMinor] = OLDEST_NODE
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return
  console.error(
    `Mortise needs Node ${OLDEST_NODE.join('.')} or newer to build and test; this is Node ${version}.`,
  )
  process.exit(1)
}

/** Installs the dependencies of `folder` when they are missing or are not those of its lock file. */
export function installDependencies(folder = root) {
  if (isInstalled(folder)) return
  const label =
    folder === root ? 'dependencies' : `dependencies of ${folder.slice(root.length + 1)}`
  console.log(`Installing ${label} (once; takes a moment) …`)
  if (existsSync(join(folder, 'package-lock.json')) && npm(['ci', ...QUIET], { cwd: folder }) === 0)
    return
  console.log('npm ci did not work: trying npm install …')
  if (npm(['install', ...QUIET], { cwd: folder }) === 0) return
  console.error(`The ${label} could not be installed; npm says why above. Is the network there?`)
  process.exit(1)
}

function isInstalled(folder) {
  const wanted = readPackages(join(folder, 'package-lock.json'))
  const present = readPackages(join(folder, 'node_modules', '.package-lock.json'))
  if (wanted === undefined || present === undefined) return false
  return Object.entries(wanted).every(([path, entry]) => {
    // The root itself is not listed among the installed; optional packages are those of other platforms.
    if (path === '' || entry.optional === true) return true
    return present[path] !== undefined && present[path].version === entry.version
  })
}

function readPackages(file) {
  if (!existsSync(file)) return undefined
  return JSON.parse(readFileSync(file, 'utf8')).packages
}
