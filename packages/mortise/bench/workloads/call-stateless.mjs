import { httpTargets } from '../http-workload.mjs'
import { nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

const others = ['official SDK 2.x', 'tmcp', 'Go SDK', 'Python SDK']

/** `tools/call` in the stateless era. */
export const callStateless = () => ({
  title: 'A call over HTTP, stateless (2026-07-28)',
  about:
    '`tools/call` of an echo of 100 bytes over 64 connections. Mortise has every check on, and an authorization hook. The ceiling is a handler of `node:http` that parses the same request and writes the same JSON without any check.',
  figure: { of: 'cpu', as: 'share' },
  targets: httpTargets(
    [
      { name: 'node:http', ...nodeProgram('servers/raw.mjs') },
      { name: 'Mortise, zod', ...nodeProgram('servers/mortise.mjs', { schema: 'zod' }) },
      { name: 'Mortise, plain', ...nodeProgram('servers/mortise.mjs', { schema: 'plain' }) },
      ...peers(others),
    ],
    { question: 'echo', kind: 'stateless', connections: 64 },
  ),
})
