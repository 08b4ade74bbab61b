import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { execFile } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { plant } from '../set-up/plant.mjs'
import { root, tool } from '../set-up/processes.mjs'
import { readReport } from '../set-up/totals.mjs'

const config = join(root, 'scripts', 'attacks', 'vitest.config.mjs')
/** Running out of time finds nothing: it may be the machine's fault. */
const timeoutMs = 120_000

/** Runs the attacks of one file against the library as it is; what is wrong with that, undefined when they all fail to get in. */
export async function attack(test) {
  const report = await runTest(test)
  if (report === undefined) return 'no result'
  if (report.numTotalTests === 0) return 'it has no tests, or cannot be loaded'
  return report.success ? undefined : failures(report)[0]
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
  // Not a file that cannot be loaded: that would hold for any fault that is no code.
  const [found] = failures(report)
  return found === undefined ? { missed: 'nobody noticed' } : { found }
}

function runTest(test, fault) {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-attacks-'))
  const report = join(folder, 'report.json')
  const vitest = [tool('vitest/vitest.mjs'), 'run', '--config', config, '--root', root, '--bail=1']
  const output = ['--reporter=json', `--outputFile=${report}`]
  const env = { ...process.env }
  if (fault !== undefined) env.MORTISE_PLANTED_FAULT = JSON.stringify(fault)
  return new Promise((resolve) => {
    const options = { cwd: root, env, timeout: timeoutMs, killSignal: 'SIGKILL' }
    execFile(process.execPath, [...vitest, ...output, test], options, () => {
      resolve(readReport(report))
      rmSync(folder, { recursive: true, force: true })
    })
  })
}

function failures({ testResults }) {
  return testResults
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => fullName)
}
