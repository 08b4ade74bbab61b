// `npm run runtimes`: the same scenarios on Node 20, 22 and 24, Bun, Deno, workerd and Chromium, in one process and between
// processes. Each checks itself, and what it gives must be what Node 20 gives. Installs the runtimes and builds the library
// where that is missing. The last line is `N passed, N failed(, N skipped)`. With names, only those: `npm run runtimes -- bun`.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeBundles } from './runtimes/bundles.mjs'
import { compare } from './runtimes/compare.mjs'
import { findRuntimes } from './runtimes/installed.mjs'
import { partsOf } from './runtimes/parts.mjs'
import { startPages } from './runtimes/pages.mjs'
import { startServer } from './runtimes/programs.mjs'
import { buildIfStale } from './set-up/build-if-stale.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'
import { add, exitCode, none, summary } from './set-up/totals.mjs'

// A runtime that does not start fails every scenario.
const maxShown = 20

let total = none
process.on('exit', (code) => {
  // The last line is a total also when this script itself fails.
  const unexplained = code !== 0 && total.failed === 0
  console.log(summary(unexplained ? add(total, { ...none, failed: 1 }) : total))
})

const wanted = process.argv.slice(2).map((name) => name.toLowerCase())
requireNode()
installDependencies()
const runtimes = await findRuntimes()
if (!buildIfStale()) process.exit(1)
const scratch = mkdtempSync(join(tmpdir(), 'mortise-runtimes-'))
try {
  await runAll(await makeBundles(scratch))
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
process.exitCode = exitCode(total)

async function runAll(bundles) {
  const reference = runtimes[0]
  const pages = await startPages(bundles.page)
  const server = await startServer(reference.command, [bundles.process, 'serve-node', pages.origin])
  const shops = await startServer(reference.command, [bundles.authorization, 'serve', pages.origin])
  const around = { bundles, reference: reference.command, scratch, server, shops, pages }
  const expected = new Map()
  try {
    for (const runtime of runtimes) {
      if (runtime !== reference && !isWanted(runtime)) continue
      if (runtime.missing === undefined) await runOne(runtime, around, expected)
      else leaveOut(runtime)
    }
  } finally {
    await shops.stop()
    await server.stop()
    await pages.stop()
  }
}

/** The first runtime's outcomes become those that the others must have. */
async function runOne(runtime, around, expected) {
  console.log(`\n${runtime.name} (${runtime.version})`)
  for (const { name, set, run } of partsOf(runtime, around)) {
    const began = performance.now()
    const { lines, said } = await run().catch(({ message }) => ({ lines: [], said: message }))
    if (!expected.has(set)) expected.set(set, lines)
    const { passed, faults } = compare(lines, expected.get(set))
    total = add(total, { ...none, passed, failed: faults.length })
    const seconds = ((performance.now() - began) / 1000).toFixed(1)
    console.log(`  ${faults.length === 0 ? '✓' : '✗'} ${name}: ${passed} in ${seconds} s`)
    for (const fault of faults.slice(0, maxShown)) console.log(`      ${fault}`)
    if (faults.length > maxShown) console.log(`      and ${faults.length - maxShown} more`)
    if (faults.length > 0 && said !== '') console.log(said.split('\n').slice(-20).join('\n'))
  }
}

// In CI everything has to be there, but for what only a root with apt-get could have fetched.
function leaveOut({ name, missing, excused = false }) {
  const fails = process.env.CI === 'true' && !excused
  console.log(`\n${fails ? '✗' : '-'} ${name} is left out: ${missing}`)
  total = add(total, fails ? { ...none, failed: 1 } : { ...none, skipped: 1 })
}

function isWanted({ name }) {
  return wanted.length === 0 || wanted.some((word) => name.toLowerCase().includes(word))
}
