// `npm run check`: everything that can be said of the code without running it. All checks run, then the failed are named.
import { checks } from './set-up/checks.mjs'
import { installDependencies, requireNode } from './set-up/install.mjs'
import { capture } from './set-up/processes.mjs'

requireNode()
installDependencies()
const failed = []
for (const [name, [command, ...args]] of checks()) {
  const startedAt = performance.now()
  const { code, output } = await capture(command, args)
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  console.log(`${code === 0 ? '✓' : '✗'} ${name} (${seconds} s)`)
  if (code === 0) continue
  console.log(output)
  failed.push(name)
}
console.log(failed.length === 0 ? 'All checks pass' : `Failed: ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
