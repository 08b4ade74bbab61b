import cluster from 'node:cluster'
import { availableParallelism } from 'node:os'
import type { Servable, ServeOptions, Serving } from '../serve.ts'
import { admitHttp, announce, readPort } from '../serve-http.ts'
import { resolveLimits } from '../../std/limits.ts'
import { tagVariable } from './messages.ts'
import { serveInWorker } from './serve-in-worker.ts'
import { supervise } from './supervise.ts'

/** Whether this process has workers already. */
let hasWorkers = false

/** Serves over HTTP by several processes: this one supervises them, or is one of them. @throws as `serve` does. */
export async function serveByWorkers(
  server: Servable,
  options: ServeOptions,
  argv: readonly string[],
): Promise<Serving> {
  const count = readCount(options.workers)
  const tag = process.env[tagVariable]
  // What this process starts is no worker of ours.
  delete process.env[tagVariable]
  if (cluster.isWorker) {
    if (tag !== undefined) return await serveInWorker(server, options, { argv, tag })
    throw new TypeError('workers: this process is a worker itself, or serves by workers already')
  }
  if (hasWorkers) throw new TypeError('workers: this process serves by workers already')
  admitHttp(server, options, argv)
  hasWorkers = true
  try {
    const serving = await supervise({
      count,
      port: readPort(options, argv),
      nextFreePort: options.nextFreePort ?? false,
      limits: resolveLimits(options.limits, server.limits),
    })
    // Nothing is served here: what was mounted, and what extensions do, is for the workers.
    await server.close({ drainMs: 0 })
    announce(server, options, serving.url)
    const free = (): void => void (hasWorkers = false)
    void serving.done.then(free, free)
    return serving
  } catch (error) {
    hasWorkers = false
    throw error
  }
}

/** @throws TypeError when it is no number of processes. */
function readCount(workers: ServeOptions['workers']): number {
  if (workers === 'auto') return availableParallelism()
  if (Number.isInteger(workers) && Number(workers) > 0) return Number(workers)
  throw new TypeError(`workers must be a positive whole number or 'auto', not ${String(workers)}`)
}
