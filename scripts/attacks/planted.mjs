import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { plant } from '../set-up/plant.mjs'
import { root } from '../set-up/processes.mjs'
import { runTest } from './run-test.mjs'

/** Runs the attacks of one file against the library as it is: what got in, or undefined. */
export async function attack(test) {
  const report = await runTest(test)
  if (report === undefined) return 'it came to no result'
  if (report.success && report.numPassedTests > 0) return undefined
  return failures(report)[0] ?? 'it has no tests, or cannot be loaded'
}

/**
 * Plants one fault and runs its test. `found` is the first attack that got in; `missed` says why there is none: nobody noticed,
 * or the fault cannot be planted.
 */
export async function attackPlanted({ file, from, to, test }) {
  try {
    plant(readFileSync(join(root, 'packages', 'mortise', 'src', file), 'utf8'), { file, from, to })
  } catch (error) {
    return { missed: error.message }
  }
  const report = await runTest(test, { file, from, to })
  if (report === undefined) return { missed: 'the test came to no result' }
  // A file that cannot be loaded has none: it would say the same of any fault that is no code.
  const [found] = failures(report)
  return found === undefined ? { missed: 'nobody noticed' } : { found }
}

function failures({ testResults }) {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => fullName)
}
