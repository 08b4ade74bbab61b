// `npm run attacks`: the attacks whose tests must be shown to notice, against the library as it is. `npm run attacks --
// --planted` plants one fault after another in the library, and fails for each that its test does not notice; a text after it
// chooses those with this text in their name. The last line is a total.
import { attack, attackPlanted } from './planted.mjs'
import { faults } from './faults.mjs'

const [first, text = '', ...rest] = process.argv.slice(2)
if ((first !== undefined && first !== '--planted') || rest.length > 0) {
  console.error('npm run attacks [-- --planted [text]]')
  process.exit(2)
}

let passed = 0
let failed = 0
const chosen = faults.filter(({ name }) => name.includes(text))
const tests = [...new Set(chosen.map(({ test }) => test))]
// Also before faults are planted: a test that fails without any notices nothing.
for (const test of tests) {
  const wrong = await attack(test)
  count(wrong === undefined, test, wrong ?? 'nothing got in')
}
if (first === '--planted') {
  for (const fault of chosen) {
    const { found, missed } = await attackPlanted(fault)
    count(found !== undefined, fault.name, found ?? missed)
  }
}
console.log(`${passed} passed, ${failed} failed`)
process.exitCode = failed === 0 && passed > 0 ? 0 : 1

function count(isGood, name, what) {
  if (isGood) passed += 1
  else failed += 1
  console.log(`${isGood ? '✓' : '✗'} ${name}\n    ${what}`)
}
