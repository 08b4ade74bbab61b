import { nodeProgram, startHttp, startOrdered } from '../processes.mjs'
import { sampleOf } from '../http-workload.mjs'

const inFlight = 64

/** What a call costs a client. */
export const client = () => ({
  title: 'A client',
  about: `\`tools/call\` of the echo with ${inFlight} calls in flight, against the \`node:http\` handler of above, stateless but for SDK 1.x. Here the client is on the measured core, and the server's cost is the load. The ceiling is \`undici.request\` with the request's JSON written and the answer's read.`,
  figure: { of: 'cpu', as: 'share' },
  targets: [
    ['undici.request', 'clients/undici.mjs'],
    ['Mortise', 'clients/mortise.mjs'],
    ['fetch', 'clients/fetch.mjs'],
    ['official SDK 1.x', 'peers/sdk1-client.mjs'],
    ['official SDK 2.x', 'peers/sdk2-client.mjs'],
  ].map(([name, file]) => ({ name, open: () => openClient(file) })),
})

async function openClient(file) {
  const server = await startHttp(nodeProgram('servers/raw.mjs'))
  const caller = startOrdered(file, { told: { url: server.url, inFlight }, role: 'measured' })
  return {
    async window(windowMs) {
      const before = await server.cpuMicros()
      const { calls, cpuMicros, wallMs } = await caller.order({ windowMs })
      const load = { calls, wallMs, cpuMicros: (await server.cpuMicros()) - before }
      return sampleOf(load, cpuMicros)
    },
    stop() {
      caller.stop()
      server.stop()
    },
  }
}
