// `npm start`: sets itself up on a fresh clone, builds when a source is newer than the build, runs the demo.
import { readStart } from './demo/read-start.mjs'
import { buildIfStale } from './set-up/build-if-stale.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'

const { text, code } = readStart(process.argv.slice(2), process.env)
if (text !== undefined) {
  const stream = code === 0 ? process.stdout : process.stderr
  stream.write(`${text}\n`)
  process.exit(code)
}
requireNode()
installDependencies()
if (!buildIfStale()) process.exit(1)
await import('./demo.mjs')
