import { memoryTargets } from '../memory-workload.mjs'
import { nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

const flags = ['--expose-gc']
// Without fastmcp, which takes a second or two for each hundred of them.
const others = ['official SDK 1.x', 'official SDK 2.x', 'tmcp', 'mcp-lite']

/** What a session holds that nobody uses. */
export const idleSessions = () => ({
  title: 'Memory of an idle session',
  about:
    'Bytes that live after a collection (heap and buffers) for each of 2,000 sessions of 2025-11-25 that were begun and are not used, no stream open; beside it what the whole process has grown by. The first row holds an id in a map.',
  figure: { of: 'bytes', as: 'value' },
  rounds: 3,
  warmUp: 'none',
  targets: memoryTargets(
    [
      { name: 'node:http', ...nodeProgram('servers/raw.mjs', {}, flags) },
      { name: 'Mortise', ...nodeProgram('servers/mortise.mjs', {}, flags) },
      ...peers(others, { kind: 'session', flags }),
    ],
    { load: 'loads/sessions.mjs', count: 2_000 },
  ),
})
