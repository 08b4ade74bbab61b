import { named, sampleOf } from './http-workload.mjs'
import { nodeProgram, startOrdered } from './processes.mjs'
import { peers } from './programs.mjs'

const told = { transport: 'stdio' }
const others = ['official SDK 1.x', 'official SDK 2.x', 'tmcp', 'fastmcp', 'Go SDK', 'Python SDK']

/** The targets of a workload over stdio: each program is started by a load process of its own, as by a host. */
export function stdioTargets({ inFlight }) {
  const programs = [
    { name: 'lines of JSON', ...nodeProgram('servers/raw-stdio.mjs', told) },
    {
      name: 'lines, gathered',
      ...nodeProgram('servers/raw-stdio.mjs', { ...told, together: true }),
    },
    { name: 'Mortise', ...nodeProgram('servers/mortise.mjs', told) },
    ...peers(others, told),
  ]
  return programs.map(({ name, command, args }) => ({
    name,
    open: async () => {
      const load = startOrdered('loads/stdio.mjs')
      await load.order({ program: { command, args }, kind: 'session', inFlight })
      return {
        async window(windowMs) {
          const seen = await named(name, () => load.order({ windowMs }))
          return sampleOf(seen, seen.serverMicros)
        },
        stop: load.stop,
      }
    },
  }))
}
