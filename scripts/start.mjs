// `npm start`: sets itself up on a fresh clone, builds when a source is newer than the build, runs the demo.
import { buildIfStale } from './set-up/build-if-stale.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'

requireNode()
installDependencies()
if (!buildIfStale()) process.exit(1)
await import('./demo.mjs')
