// `npm run conversations`: random conversations between the library's client and server, with the seed and the count that
// were used; `npm run conversations -- <count> <seed>` repeats what failed. `npm run conversations -- --planted` plants one
// fault after another in the library, and fails for each that the conversations do not find. The last line is a total.
import { bundle } from './bundle.mjs'
import { findPlanted, holdAlone } from './planted.mjs'

const [first = '10000', second, ...rest] = process.argv.slice(2)

if (first === '--planted') await planted()
else if (first === '--hold') await holdAlone([second, ...rest])
else await many(readCount(first), readCount(second ?? Math.floor(Math.random() * 2 ** 31)))

/** A whole number of at least 1: with anything else nothing would be held, and nothing found. */
function readCount(text) {
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  console.error(`Not a number: ${text}\nnpm run conversations -- [count] [seed] | --planted`)
  process.exit(2)
}

async function many(numRuns, seed) {
  const { check } = await import(await bundle('conversations'))
  console.log(`${numRuns} random conversations with seed ${seed}`)
  const began = performance.now()
  const fault = await check({ numRuns, seed })
  console.log(`held in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  if (fault !== undefined) console.log(fault)
  end(fault === undefined ? 1 : 0, fault === undefined ? 0 : 1)
}

async function planted() {
  let found = 0
  let missed = 0
  for await (const { name, seconds, fault } of findPlanted()) {
    if (fault === undefined) missed += 1
    else found += 1
    console.log(`${fault === undefined ? '✗' : '✓'} ${name} (${seconds.toFixed(1)} s)`)
    console.log(`    ${fault ?? 'nobody noticed'}`)
  }
  end(found, missed)
}

function end(passed, failed) {
  console.log(`${passed} passed, ${failed} failed`)
  process.exitCode = failed === 0 ? 0 : 1
}
