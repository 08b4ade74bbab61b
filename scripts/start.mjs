// `npm start`: sets itself up on a fresh clone, builds when a source is newer than the build, runs the demo.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildIfStale } from './set-up/build-if-stale.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'
import { root } from './set-up/processes.mjs'

requireNode()
installDependencies()
if (!buildIfStale()) process.exit(1)
const demo = join(root, 'scripts', 'demo.mjs')
if (!existsSync(demo)) {
  console.error('Mortise is installed and built, but there is no demo yet (scripts/demo.mjs).')
  process.exit(1)
}
await import(pathToFileURL(demo).href)
