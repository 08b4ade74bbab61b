import { floors } from './bars.mjs'
import { workloads } from './workloads/index.mjs'

const usage = `npm run bench -- [WORKLOAD …] [--short] [--rounds N] [--json] [--write] [--profile]

Workloads: ${Object.keys(workloads).join(' ')}

--short     less than two minutes, without peers; fails below a floor
--rounds N  default 11
--json      prints the figures as data
--write     keeps them in results.json and results.md
--profile   leaves CPU profiles of the library in packages/mortise/bench/.tmp/profiles`

/** What the command line asks for. Ends the process with a sentence when that is nothing that there is. */
export function parseCommand(args) {
  if (args.includes('--help')) {
    console.log(usage)
    process.exit(0)
  }
  const isShort = args.includes('--short')
  const at = args.indexOf('--rounds')
  const rounds = at < 0 ? undefined : Number(args[at + 1])
  const flags = new Set(['--short', '--json', '--write', '--profile'])
  const words = args.filter(
    (word, index) => !flags.has(word) && (at < 0 || ![at, at + 1].includes(index)),
  )
  const unknown = words.find((word) => !Object.hasOwn(workloads, word))
  if (
    unknown !== undefined ||
    (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0))
  ) {
    const what = unknown === undefined ? '--rounds takes a number' : `there is no ${unknown}`
    console.error(`${what}. Workloads: ${Object.keys(workloads).join(' ')}`)
    process.exit(2)
  }
  // The short run is there for the floors.
  const floored = Object.keys(workloads).filter((name) =>
    floors.some((floor) => floor.workload === name),
  )
  const all = isShort ? floored : Object.keys(workloads)
  return {
    names: words.length > 0 ? words : all,
    isShort,
    rounds,
    json: args.includes('--json'),
    write: args.includes('--write'),
  }
}
