import { httpTargets } from '../http-workload.mjs'
import { nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

/** A result of 1 MiB. */
export const bigResult = () => ({
  title: 'A result of 1 MiB',
  about:
    'A stateless `tools/call` that answers one text of 1 MiB, over 4 connections. The ceiling makes JSON of the same text each time.',
  figure: { of: 'cpu', as: 'share' },
  targets: httpTargets(
    [
      { name: 'node:http', ...nodeProgram('servers/raw.mjs') },
      { name: 'Mortise', ...nodeProgram('servers/mortise.mjs') },
      ...peers(['official SDK 2.x', 'tmcp', 'Go SDK', 'Python SDK']),
    ],
    { question: 'print', kind: 'stateless', connections: 4 },
  ),
})
