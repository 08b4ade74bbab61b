import { memoryTargets } from '../memory-workload.mjs'
import { nodeProgram } from '../processes.mjs'

const flags = ['--expose-gc']

/** What a stream holds on which nothing happens. */
export const idleListeners = () => ({
  title: 'Memory of an idle subscription',
  about:
    'The same for each of 2,000 open streams of `subscriptions/listen` (2026-07-28), with its connection. The first row is an open response of `node:http`, which the others hold too.',
  figure: { of: 'bytes', as: 'value' },
  rounds: 3,
  warmUp: 'none',
  targets: memoryTargets(
    [
      { name: 'node:http', ...nodeProgram('servers/raw.mjs', {}, flags) },
      { name: 'Mortise', ...nodeProgram('servers/mortise.mjs', {}, flags) },
    ],
    { load: 'loads/listeners.mjs', count: 2_000 },
  ),
})
