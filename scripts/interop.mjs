// `npm run interop`: this library and the official SDKs in TypeScript, Python and Go call each other, over stdio and HTTP.
// The peers are installed when they are missing; what is under test is the built library. Where there is no Python or no Go,
// its tests are skipped, but with CI=true they fail. The last line is `N passed, N failed(, N skipped)`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildIfStale } from './set-up/build-if-stale.mjs'
import { library } from './set-up/entries.mjs'
import { installForeignPeers } from './set-up/foreign-peers.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'
import { run, tool } from './set-up/processes.mjs'
import { add, countVitest, exitCode, none, readReport, summary } from './set-up/totals.mjs'

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
if (buildIfStale()) total = runVitest()
process.exitCode = exitCode(total)

function runVitest() {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-interop-'))
  try {
    const report = join(folder, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = run(
      process.execPath,
      [tool('vitest/vitest.mjs'), 'run', ...reporters, ...process.argv.slice(2)],
      { cwd: here },
    )
    return countVitest(readReport(report), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
