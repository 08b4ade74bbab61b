// `npm run requirements`: which test proves which requirement of `docs/spec`. Fails when one is neither proven nor excluded
// with a reason, and when the lists are wrong or stale. `--json` prints everything; `--write` renews traceability.md and takes
// out of untested.md what has a test now.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readFiles } from './laws/files.mjs'
import { judge, UNTESTED } from './requirements/judge.mjs'
import { formatTable, formatTraceability } from './requirements/print.mjs'
import { readClaims } from './requirements/read-claims.mjs'
import { readReasons, readRequirements, withoutRows } from './requirements/read-spec.mjs'
import { root } from './set-up/processes.mjs'

const page = (name) => join(root, 'docs', 'spec', name)
const read = (name) => readFileSync(page(name), 'utf8')
const options = new Set(process.argv.slice(2))
const traceability = 'traceability.md'

const claims = readClaims(readFiles(root))
if (options.has('--write')) {
  const tested = new Set(claims.map(({ id }) => id))
  writeFileSync(page('untested.md'), withoutRows(read('untested.md'), tested))
}
const { requirements, faults } = judge({
  requirements: readRequirements(read('requirements.md')),
  claims,
  excluded: readReasons(read('excluded.md')),
  untested: readReasons(read('untested.md')),
})
const trace = formatTraceability(requirements)
if (options.has('--write')) writeFileSync(page(traceability), trace)
else if (readOrNothing(traceability) !== trace) {
  faults.push(`docs/spec/${traceability} is not current: npm run requirements -- --write`)
}

if (options.has('--json')) console.log(JSON.stringify({ requirements, faults }, undefined, 2))
else {
  console.log(formatTable(requirements, UNTESTED))
  for (const fault of faults) console.log(`✗ ${fault}`)
}
process.exitCode = faults.length === 0 ? 0 : 1

function readOrNothing(name) {
  try {
    return read(name)
  } catch (error) {
    if (error.code === 'ENOENT') return undefined
    throw error
  }
}
