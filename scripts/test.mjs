// `npm test`: sets itself up on a fresh clone, then runs every unit test (vitest) and every type test (tsc).
// The last line is `N passed, N failed`. `npm test -- <vitest arguments>` runs vitest alone.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildIfStale } from './set-up/build-if-stale.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'
import { root, run, tool, tsc } from './set-up/processes.mjs'
import { testProjects } from './set-up/projects.mjs'
import { add, countVitest, exitCode, none, readReport, summary } from './set-up/totals.mjs'

let total = none
// The last line is a total also when setting up fails or this script itself does.
process.on('exit', (code) => {
  const unexplained = code !== 0 && total.failed === 0
  console.log(summary(unexplained ? add(total, { ...none, failed: 1 }) : total))
})

requireNode()
installDependencies()

const vitestArguments = process.argv.slice(2)
if (vitestArguments.length === 0) {
  total = add(total, step('build', buildIfStale))
  for (const project of testProjects()) {
    total = add(
      total,
      step(
        `types of ${project}`,
        () => run(process.execPath, [tsc, '--noEmit', '-p', project]) === 0,
      ),
    )
  }
}
total = add(total, runVitest())
process.exitCode = exitCode(total)

function step(name, succeeds) {
  const passed = succeeds()
  console.log(`${passed ? '✓' : '✗'} ${name}`)
  return { ...none, [passed ? 'passed' : 'failed']: 1 }
}

function runVitest() {
  const folder = mkdtempSync(join(tmpdir(), 'mortise-test-'))
  try {
    const report = join(folder, 'report.json')
    const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
    const code = run(
      process.execPath,
      [tool('vitest/vitest.mjs'), 'run', ...reporters, ...vitestArguments],
      { cwd: root },
    )
    return countVitest(readReport(report), code)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
