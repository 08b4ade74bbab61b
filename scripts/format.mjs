// `npm run format`: writes every file as oxfmt has it.
import { installDependencies, requireNode } from './set-up/install.mjs'
import { run, tool } from './set-up/processes.mjs'

requireNode()
installDependencies()
const paths = process.argv.slice(2)
process.exitCode = run(process.execPath, [
  tool('oxfmt/bin/oxfmt'),
  ...(paths.length > 0 ? paths : ['.']),
])
