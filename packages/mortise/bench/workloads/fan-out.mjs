import { nodeProgram, startHttp, startOrdered } from '../processes.mjs'

const count = 2_000

/** A change that 2,000 subscriptions are told of. */
export const fanOut = () => ({
  title: 'A change told to 2,000 subscriptions',
  about:
    'A tool is added to a server with 2,000 open streams of `subscriptions/listen`; figures are for one notice, `ms` until the last has arrived. The ceiling writes one event to each open response of `node:http`.',
  figure: { of: 'cpu', as: 'share' },
  targets: [
    { name: 'node:http', ...nodeProgram('servers/raw.mjs') },
    { name: 'Mortise', ...nodeProgram('servers/mortise.mjs') },
  ].map(({ name, ...program }) => ({
    name,
    open: async () => {
      const server = await startHttp(program)
      const load = startOrdered('loads/listeners.mjs')
      await load.order({ url: server.url, open: count })
      return {
        async window() {
          const before = await server.cpuMicros()
          const told = load.order({ hear: count })
          await server.ask('change')
          const { ms, cpuMicros } = await told
          const cpu = ((await server.cpuMicros()) - before) / count
          return { cpu, loadCpu: cpuMicros / count, ms, perSecond: (count * 1_000) / ms }
        },
        stop() {
          load.stop()
          server.stop()
        },
      }
    },
  })),
})
