import { httpTargets } from '../http-workload.mjs'
import { nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

/** An argument of 1 MiB. */
export const bigArgument = () => ({
  title: 'An argument of 1 MiB',
  about:
    'A stateless `tools/call` with one argument of 1 MiB that answers its length, over 4 connections. The ceiling parses the same request.',
  figure: { of: 'cpu', as: 'share' },
  targets: httpTargets(
    [
      { name: 'node:http', ...nodeProgram('servers/raw.mjs') },
      { name: 'Mortise', ...nodeProgram('servers/mortise.mjs') },
      ...peers(['official SDK 2.x', 'tmcp', 'Go SDK', 'Python SDK']),
    ],
    { question: 'measure', kind: 'stateless', connections: 4 },
  ),
})
