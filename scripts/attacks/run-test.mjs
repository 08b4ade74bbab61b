import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startVitest } from 'vitest/node'
import { plant } from '../set-up/plant.mjs'
import { root } from '../set-up/processes.mjs'
import { readReport } from '../set-up/totals.mjs'

const runner = fileURLToPath(new URL('run.mjs', import.meta.url))
/** Running out of time finds nothing: it may be the machine's fault. */
const timeoutMs = 120_000

/**
 * Runs one test file with `fault`, `{ file, from, to }`, planted in the library on its way to it; without, the library as it
 * is. Gives vitest's report; undefined when there is none. The tree is not touched.
 */
export function runTest(test, fault) {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-attacks-'))
  const report = join(folder, 'report.json')
  const task = JSON.stringify({ test, fault, report })
  return new Promise((resolve) => {
    const options = { cwd: root, timeout: timeoutMs, killSignal: 'SIGKILL' }
    // In a process of its own: a fault may end it, or keep it busy for ever.
    execFile(process.execPath, [runner, '--alone', task], options, () => {
      resolve(readReport(report))
      rmSync(folder, { recursive: true, force: true })
    })
  })
}

/** What the process of one test file does. */
export async function runAlone(task) {
  const { test, fault, report } = JSON.parse(task)
  const options = {
    root,
    run: true,
    watch: false,
    bail: 1,
    reporters: ['json'],
    outputFile: report,
  }
  const plugins = fault === undefined ? [] : [planting(fault)]
  const vitest = await startVitest('test', [test], options, { plugins })
  await vitest.exit()
}

function planting(patch) {
  const end = `/packages/mortise/src/${patch.file}`
  return {
    name: 'plant',
    enforce: 'pre',
    transform(code, id) {
      const [path] = id.replaceAll('\\', '/').split('?')
      return path.endsWith(end) ? { code: plant(code, patch), map: null } : undefined
    },
  }
}
