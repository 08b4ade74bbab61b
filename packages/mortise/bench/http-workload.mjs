import { writeRequests } from './http-requests.mjs'
import { startHttp, startOrdered } from './processes.mjs'

/**
 * The targets of a workload over HTTP: each program serves, and one load process at a time calls it over `connections`. A
 * sample holds what one `per`th of a call costs either side.
 */
export function httpTargets(programs, { question, kind, connections, per = 1 }) {
  return programs.map((program) => ({
    name: program.name,
    ceiling: program.ceiling,
    open: async () => {
      const server = await startHttp(program)
      const load = startOrdered('loads/http.mjs')
      const hasSessions = kind === 'session' && program.hasSessions !== false
      const { url, port } = server
      const requests = await named(program.name, () =>
        writeRequests({ url, question, kind, connections, hasSessions }),
      )
      return {
        async window(windowMs) {
          const before = await server.cpuMicros()
          const order = { port, requests, question, windowMs }
          const seen = await named(program.name, () => load.order(order))
          return sampleOf(seen, (await server.cpuMicros()) - before, per)
        },
        stop() {
          load.stop()
          server.stop()
        },
      }
    },
  }))
}

/** What both sides have spent in a window, for each `per`th of a call. */
export function sampleOf({ calls, cpuMicros, wallMs }, serverMicros, per = 1) {
  const units = calls * per
  return {
    cpu: serverMicros / units,
    perSecond: (units * 1_000) / wallMs,
    busy: serverMicros / (wallMs * 1_000),
    loadCpu: cpuMicros / units,
    loadBusy: cpuMicros / (wallMs * 1_000),
  }
}

/** Says in an error whose it is. */
export async function named(name, work) {
  try {
    return await work()
  } catch (cause) {
    throw new Error(`${name}: ${cause.message}`, { cause })
  }
}
