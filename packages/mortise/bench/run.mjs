// `npm run bench`: what the library costs beside the least that could be, and beside others. With names, only those
// workloads; `--short` takes a minute, is what CI runs, and fails below a floor; `--rounds N`; `--json` prints the figures as
// data; `--write` keeps them in results.json and results.md; `--profile` leaves CPU profiles of the library in .tmp/profiles.
// README.md explains the method.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { buildIfStale } from '../../../scripts/set-up/build-if-stale.mjs'
import { installForeignPeers } from '../../../scripts/set-up/foreign-peers.mjs'
import { installDependencies, requireNode } from '../../../scripts/set-up/install.mjs'
import { run, tool } from '../../../scripts/set-up/processes.mjs'
import { boundOf, floors, isMet } from './bars.mjs'
import { parseCommand } from './command.mjs'
import { fileOf } from './processes.mjs'
import { foreign } from './programs.mjs'
import { conditions, page, table } from './report.mjs'
import { measureInTurn, summarize } from './rounds.mjs'
import { workloads } from './workloads/index.mjs'

const { names, isShort, rounds, json, write } = parseCommand(process.argv.slice(2))
const times = isShort
  ? { rounds: rounds ?? 5, windowMs: 500, warmUpMs: 700 }
  : { rounds: rounds ?? 11, windowMs: 1_000, warmUpMs: 2_000 }

requireNode()
installDependencies()
installDependencies(fileOf('peers'))
if (!isShort) installForeignPeers(foreign)
if (!buildIfStale()) process.exit(1)

const results = []
for (const name of names) {
  const result = await measure(name)
  results.push(result)
  // At once: a run that is stopped keeps what it has.
  if (write) keep(result)
}
if (json) console.log(JSON.stringify(results, undefined, 2))
if (isShort) process.exitCode = reportFloors(results)

async function measure(name) {
  const { rounds: enough, ...workload } = workloads[name]()
  // Of what hardly differs from one round to the next, a few do.
  const own = { ...times, rounds: Math.min(enough ?? times.rounds, times.rounds) }
  if (isShort && enough !== undefined) own.rounds = 1
  const before = await conditions(own)
  const rows = summarize(workload, await measureInTurn(workload, own))
  const { title, about, figure } = workload
  const result = { name, title, about, figure, rows, conditions: before }
  if (!json) console.log(table(result))
  return result
}

/** Puts what was measured now beside what was measured before. */
function keep(fresh) {
  const file = fileOf('results.json')
  const kept = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : []
  const all = new Map([...kept, fresh].map((result) => [result.name, result]))
  const ordered = Object.keys(workloads).flatMap((name) => all.get(name) ?? [])
  writeFileSync(file, JSON.stringify(ordered, undefined, 2))
  writeFileSync(fileOf('results.md'), page(ordered))
  run(process.execPath, [tool('oxfmt/bin/oxfmt'), file, fileOf('results.md')])
}

function reportFloors(results) {
  const below = results.flatMap(({ name, rows }) =>
    rows
      .map((row) => ({ ...row, floor: boundOf(floors, name, row.name) }))
      .filter(({ floor, figure }) => floor !== undefined && !isMet(floor, figure))
      .map((row) => `${name}: ${row.name} has ${row.figure.median.toFixed(2)}`),
  )
  for (const line of below) console.log(`Beyond its floor: ${line}`)
  return below.length === 0 ? 0 : 1
}
