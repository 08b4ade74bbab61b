import { join } from 'node:path'
import { root, tool, tsc } from './processes.mjs'
import { sourceProjects, testProjects } from './projects.mjs'

const node = process.execPath

/** What `npm run check` runs: a name and a command line each. */
export function checks() {
  return [
    [
      'lint',
      [node, tool('oxlint/bin/oxlint'), '--type-aware', '--deny-warnings', 'packages', 'scripts'],
    ],
    ['format', [node, tool('oxfmt/bin/oxfmt'), '--check', '.']],
    ['unused code', [node, tool('knip/bin/knip.js'), '--no-progress', '--no-config-hints']],
    ['laws', [node, join(root, 'scripts', 'laws', 'run.mjs')]],
    ['requirements', [node, join(root, 'scripts', 'requirements.mjs')]],
    ['types of the sources', [node, tsc, '-b', ...sourceProjects()]],
    ...testProjects().map((project) => [
      `types of ${project}`,
      [node, tsc, '--noEmit', '-p', project],
    ]),
  ]
}
