import { httpTargets } from '../http-workload.mjs'
import { nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

const further = { further: 200 }
const others = ['official SDK 2.x', 'tmcp', 'Go SDK', 'Python SDK']

/** `tools/list` of 200 tools. */
export const list = () => ({
  title: 'A list of 200 tools',
  about:
    '`tools/list` (stateless) of 200 tools in one page over 16 connections. The ceiling is a handler of `node:http` that makes JSON of the same list each time; whoever keeps the text can be above 1.00.',
  figure: { of: 'cpu', as: 'share' },
  targets: httpTargets(
    [
      { name: 'node:http', ...nodeProgram('servers/raw.mjs', further) },
      { name: 'Mortise', ...nodeProgram('servers/mortise.mjs', further) },
      ...peers(others, further),
    ],
    { question: 'list', kind: 'stateless', connections: 16 },
  ),
})
