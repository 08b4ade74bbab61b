// `npm run attacks`: the attacks whose tests must be shown to notice, against the library as it is. `npm run attacks --
// --planted` plants one fault after another in the library, and fails for each that its test does not notice; a text after it
// chooses those with this text in their name. As many run at once as there are cores. The last line is a total.
import { availableParallelism } from 'node:os'
import { faults } from './faults.mjs'
import { attack, attackPlanted } from './planted.mjs'
import { runAlone } from './run-test.mjs'

const [first, text = '', ...rest] = process.argv.slice(2)

if (first === '--alone') await runAlone(text)
else if ((first === undefined || first === '--planted') && rest.length === 0) await attackAll()
else {
  console.error('npm run attacks [-- --planted [text]]')
  process.exitCode = 2
}

async function attackAll() {
  const results = { passed: 0, failed: 0 }
  const count = (isGood, name, what) => {
    results[isGood ? 'passed' : 'failed'] += 1
    console.log(`${isGood ? '✓' : '✗'} ${name}\n    ${what}`)
  }
  const chosen = faults.filter(({ name }) => name.includes(text))
  // Also before faults are planted: a test that fails without any notices nothing.
  await atOnce(new Set(chosen.map((fault) => fault.test)), async (test) => {
    const wrong = await attack(test)
    count(wrong === undefined, test, wrong ?? 'nothing got in')
  })
  await atOnce(first === '--planted' ? chosen : [], async (fault) => {
    const { found, missed } = await attackPlanted(fault)
    count(found !== undefined, fault.name, found ?? missed)
  })
  console.log(`${results.passed} passed, ${results.failed} failed`)
  process.exitCode = results.failed === 0 && results.passed > 0 ? 0 : 1
}

/** Does `work` for each item, for as many at once as there are cores. */
async function atOnce(items, work) {
  const left = [...items]
  const takeAll = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, takeAll))
}
