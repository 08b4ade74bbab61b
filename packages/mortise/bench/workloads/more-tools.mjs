import { httpTargets } from '../http-workload.mjs'
import { nodeProgram } from '../processes.mjs'
import { peers } from '../programs.mjs'

const further = { further: 700 }

/** What a call costs on a server that has many other tools. */
export const moreTools = () => ({
  title: 'A call on a server with 700 more tools',
  about:
    'The stateless call of above, on a server with 700 more tools, held against one with few: 1.00 says that the number of tools costs a call nothing. The official SDK is held against its own cost with few.',
  figure: { of: 'cpu', as: 'share' },
  targets: httpTargets(
    [
      { name: 'Mortise, few tools', ...nodeProgram('servers/mortise.mjs') },
      { name: 'Mortise, 700 more', ...nodeProgram('servers/mortise.mjs', further) },
      ...peers(['official SDK 2.x']).map((peer) => ({
        ...peer,
        name: `${peer.name}, few tools`,
        ceiling: 'official SDK 2.x, few tools',
      })),
      ...peers(['official SDK 2.x'], further).map((peer) => ({
        ...peer,
        name: `${peer.name}, 700 more`,
        ceiling: 'official SDK 2.x, few tools',
      })),
    ],
    { question: 'echo', kind: 'stateless', connections: 16 },
  ),
})
