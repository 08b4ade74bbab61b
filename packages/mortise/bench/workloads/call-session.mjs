import { httpTargets } from '../http-workload.mjs'
import { nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

const others = [
  'official SDK 1.x',
  'official SDK 2.x',
  'tmcp',
  'fastmcp',
  'mcp-lite',
  'Go SDK',
  'Python SDK',
]

/** `tools/call` in a session. */
export const callSession = () => ({
  title: 'A call over HTTP, in a session (2025-11-25)',
  about:
    'The same call over 64 connections, each in a session of its own. The ceiling is the same handler, which looks for no session. Peers answer in JSON where they can be told to.',
  figure: { of: 'cpu', as: 'share' },
  targets: httpTargets(
    [
      { name: 'node:http', ...nodeProgram('servers/raw.mjs'), hasSessions: false },
      { name: 'Mortise, zod', ...nodeProgram('servers/mortise.mjs', { schema: 'zod' }) },
      { name: 'Mortise, plain', ...nodeProgram('servers/mortise.mjs', { schema: 'plain' }) },
      ...peers(others, { kind: 'session' }),
    ],
    { question: 'echo', kind: 'session', connections: 64 },
  ),
})
