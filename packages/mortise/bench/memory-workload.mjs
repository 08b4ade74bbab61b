import { named } from './http-workload.mjs'
import { startHttp, startOrdered } from './processes.mjs'

const first = 200

/**
 * The targets of a workload that counts what is held for each of `count` things that `load` opens. Every round is a process
 * of its own; what comes with the first few is left out.
 */
export function memoryTargets(programs, { load: file, count }) {
  return programs.map(({ name, ...program }) => ({
    name,
    open: () => ({
      window: () => named(name, () => measureOnce(program, { file, count })),
      stop() {},
    }),
  }))
}

async function measureOnce(program, { file, count }) {
  const server = await startHttp(program)
  const load = startOrdered(file)
  try {
    const { url } = server
    await load.order({ url, open: first })
    const before = await server.ask('memory')
    await load.order({ url, open: count })
    const after = await server.ask('memory')
    return {
      bytes: (after.bytes - before.bytes) / count,
      rss: (after.rss - before.rss) / count,
    }
  } finally {
    load.stop()
    server.stop()
  }
}
