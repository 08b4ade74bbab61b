// `npm run interop`: this library and the official SDKs in TypeScript, Python and Go call each other, over stdio and HTTP.
// The peers are installed when they are missing; what is under test is the built library. Where there is no Python or no Go,
// its tests are skipped, but with CI=true they fail. The last line is `N passed, N failed(, N skipped)`.
import { join } from 'node:path'
import { buildIfStale } from './set-up/build-if-stale.mjs'
import { library } from './set-up/entries.mjs'
import { installForeignPeers } from './set-up/foreign-peers.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'
import { runFolder } from './set-up/run-folder.mjs'
import { add, exitCode, none, summary } from './set-up/totals.mjs'

const here = join(library, 'test', 'interop')

let total = none
// The last line is a total also when setting up fails or this script itself does.
process.on('exit', (code) => {
  const unexplained = code !== 0 && total.failed === 0
  console.log(summary(unexplained ? add(total, { ...none, failed: 1 }) : total))
})

requireNode()
installDependencies()
installDependencies(here)
installForeignPeers()
if (buildIfStale()) total = runFolder(here)
process.exitCode = exitCode(total)
