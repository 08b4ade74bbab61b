// `npm run auth`: signing in against a real OpenID provider over loopback, with a real browser. The provider and the browser's
// driver are installed when they are missing, and with CI=true the browser too; without one its tests are skipped, but with
// CI=true they fail. What is under test is the built library. The last line is `N passed, N failed(, N skipped)`.
import { join } from 'node:path'
import { findChromium } from './runtimes/chromium.mjs'
import { buildIfStale } from './set-up/build-if-stale.mjs'
import { library } from './set-up/entries.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'
import { runFolder } from './set-up/run-folder.mjs'
import { add, exitCode, none, summary } from './set-up/totals.mjs'

const here = join(library, 'test', 'identity-provider')

let total = none
// The last line is a total also when setting up fails or this script itself does.
process.on('exit', (code) => {
  const unexplained = code !== 0 && total.failed === 0
  console.log(summary(unexplained ? add(total, { ...none, failed: 1 }) : total))
})

requireNode()
installDependencies()
installDependencies(here)
const { command, missing, excused = false } = await findChromium()
if (command === undefined) console.log(`Without a browser: ${missing}`)
const isFault = command === undefined && process.env.CI === 'true' && !excused
if (isFault) total = add(total, { ...none, failed: 1 })
if (buildIfStale()) {
  const browser = command === undefined ? {} : { MORTISE_BROWSER: JSON.stringify(command) }
  total = add(total, runFolder(here, browser))
}
process.exitCode = exitCode(total)
