import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run, tool } from './processes.mjs'
import { countVitest, readReport } from './totals.mjs'

/** Runs vitest in a folder with a configuration of its own, with the words of the command line, and counts its tests. */
export function runFolder(folder, env = {}) {
  const scratch = mkdtempSync(join(tmpdir(), 'mortise-tests-'))
  try {
    const report = join(scratch, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const words = ['run', ...reporters, ...process.argv.slice(2)]
    const options = { cwd: folder, env: { ...process.env, ...env } }
    const code = run(process.execPath, [tool('vitest/vitest.mjs'), ...words], options)
    return countVitest(readReport(report), code)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}
