// `npm run bench`: what one `tools/call` over HTTP costs, as a share of what `node:http` and JSON alone cost. Prints a table
// and fails below the bar. `--short` takes a minute and is what CI runs; `--write` keeps the table in results.md.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildIfStale } from '../../../scripts/set-up/build-if-stale.mjs'
import { installDependencies, requireNode } from '../../../scripts/set-up/install.mjs'
import { run, tool } from '../../../scripts/set-up/processes.mjs'
import { startLoad, startServer } from './children.mjs'
import { report, summarize } from './report.mjs'
import { targets } from './targets.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const isShort = process.argv.includes('--short')
const { rounds, windowMs, warmUpMs } = isShort
  ? { rounds: 5, windowMs: 700, warmUpMs: 1_500 }
  : { rounds: 11, windowMs: 2_000, warmUpMs: 4_000 }

requireNode()
installDependencies()
installDependencies(here)
if (!buildIfStale()) process.exit(1)

const load = startLoad()
const servers = new Map()
try {
  for (const target of targets) servers.set(target.name, await startServer(target))
  for (const { name } of targets) await measure(name, warmUpMs)
  const rows = summarize(targets, await measureInTurn())
  const text = report(rows, { rounds, windowMs })
  console.log(text)
  if (process.argv.includes('--write')) keep(text)
  const below = rows.filter(({ bar, share }) => bar !== undefined && share.median < bar)
  for (const { name, bar } of below) console.log(`${name} is below the bar of ${bar.toFixed(2)}`)
  process.exitCode = below.length === 0 ? 0 : 1
} finally {
  load.stop()
  for (const server of servers.values()) server.stop()
}

function keep(text) {
  const file = join(here, 'results.md')
  writeFileSync(file, text)
  run(process.execPath, [tool('oxfmt/bin/oxfmt'), file])
}

/** One window of every server in each round, begun by another one each time: a noisy neighbour hits them all. */
async function measureInTurn() {
  const windows = []
  for (let round = 0; round < rounds; round++) {
    const window = {}
    for (let turn = 0; turn < targets.length; turn++) {
      const { name } = targets[(round + turn) % targets.length]
      window[name] = await measure(name, windowMs)
    }
    windows.push(window)
  }
  return windows
}

async function measure(name, ms) {
  const server = servers.get(name)
  const before = await server.cpuMicros()
  const { calls, cpuMicros, wallMs } = await load.run(server, ms)
  const spent = (await server.cpuMicros()) - before
  return {
    cpuPerCall: spent / calls,
    loadPerCall: cpuMicros / calls,
    busy: spent / (wallMs * 1000),
    perSecond: (calls * 1000) / wallMs,
  }
}
