import { httpTargets } from '../http-workload.mjs'
import { notes } from '../offered.mjs'
import { nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

/** Notes of progress. */
export const progress = () => ({
  title: 'Progress',
  about: `A stateless \`tools/call\` that sends ${notes} notes of progress and then answers, over 4 connections; all figures are for one note. The ceiling waits for each write to a response of \`node:http\` before the next; the second row leaves it to Node to gather them.`,
  figure: { of: 'cpu', as: 'share' },
  targets: httpTargets(
    [
      { name: 'node:http, one write each', ...nodeProgram('servers/raw.mjs') },
      { name: 'node:http, gathered', ...nodeProgram('servers/raw.mjs', { together: true }) },
      { name: 'Mortise', ...nodeProgram('servers/mortise.mjs') },
      ...peers(['official SDK 2.x', 'tmcp']),
    ],
    { question: 'count', kind: 'stateless', connections: 4, per: notes },
  ),
})
